"""Writes the expected values of the built-in suite: ../models/*.expected.json.

The softmax of every committed picture as PyTorch computes it in fp32 from cv2.imread, cv2.resize (INTER_LINEAR, 8 bit)
and the network's preprocessing: independent of the harness and of ONNX Runtime.
"""

import json
import platform
import textwrap

import cv2
import fruit
import numpy as np
import signs
import torch
from input_semantics import STORY_SETTINGS, story_input
from onnx_writer import load_weights
from preprocessing import IMAGES, MODELS, decode, ten_class_planes, two_class_planes
from residual_network import ResidualNetwork
from separable_network import SeparableNetwork
from training import probabilities

_LINE_WIDTH = 110

_MADE_WITH = {
    "engine": f"PyTorch {torch.__version__}, fp32, CPU",
    "decoding": f"OpenCV {cv2.__version__} imread and resize to 64x64, INTER_LINEAR, 8 bit",
    "numpy": np.__version__,
    "python": platform.python_version(),
    "script": "specs/training/expected_values.py",
}


def _softmax(network, data):
    return probabilities(network, torch.from_numpy(data[None]))[0]


def _write(name, values):
    (MODELS / f"{name}.expected.json").write_text(_layout(values, "") + "\n")


def _layout(value, indent):
    """JSON as Prettier lays it out; probabilities with the digits that float32 has, more would pretend to know better."""
    deeper = indent + "  "
    if isinstance(value, dict):
        members = [f"{deeper}{json.dumps(key)}: {_layout(member, deeper)}" for key, member in value.items()]
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, np.ndarray):
        numbers = ", ".join(np.format_float_positional(number, unique=True) for number in value)
        if len(value) < 5:
            return f"[{numbers}]"
        filled = textwrap.fill(numbers, _LINE_WIDTH, initial_indent=deeper, subsequent_indent=deeper)
        return f"[\n{filled}\n{indent}]"
    return json.dumps(value)


def _write_task(name, network, planes, preprocessing):
    pictures = sorted(path for path in (IMAGES / name).iterdir() if path.is_file())
    softmax = {path.stem: _softmax(network, planes(decode(path.read_bytes()))) for path in pictures}
    _write(name, {"made_with": {**_MADE_WITH, "preprocessing": preprocessing}, "softmax": softmax})


def _write_story(network):
    bgr = decode((IMAGES / "story" / "picture.png").read_bytes())
    settings = {
        name: {"setting": setting["setting"], "softmax": _softmax(network, story_input(bgr, name))}
        for name, setting in STORY_SETTINGS.items()
    }
    how = (
        "The inputs of the wrong settings come from specs/training/input_semantics.py, a NumPy model of how the"
        " runtime reads a buffer; the network runs in fp32, so that only the setting is wrong. Simulated, no board."
    )
    correct = {"picture": settings["correct_bytes"]["softmax"]}
    _write(
        "story",
        {"made_with": {**_MADE_WITH, "how": how}, "softmax": correct, "settings": settings},
    )


def main():
    torch.set_num_threads(1)
    two = load_weights(ResidualNetwork(len(fruit.LABELS)), MODELS / "two-class.onnx")
    ten = load_weights(SeparableNetwork(len(signs.LABELS)), MODELS / "ten-class.onnx")
    _write_task("two-class", two, two_class_planes, "BGR planes, mean 128, std 1")
    _write_task("ten-class", ten, ten_class_planes, "RGB planes, mean 127.5, std 127.5")
    _write_story(two)


if __name__ == "__main__":
    main()
