"""Chooses the committed pictures of both tasks and writes them into the catalogue.

For each file the class, the size and the confidence it should have are given below; among CANDIDATES seeds the picture
is taken whose softmax, as the trained network computes it from the encoded file, comes nearest. Candidates that the
network gets wrong are passed over: the pictures shall spread in confidence, they are no measure of accuracy.
"""

import catalogue
import fruit
import numpy as np
import signs
import torch
from onnx_writer import load_weights
from preprocessing import MODELS, decode, ten_class_planes, two_class_planes
from residual_network import ResidualNetwork
from separable_network import SeparableNetwork
from training import probabilities

CANDIDATES = 200
LARGEST_FILE = 40_000

# Shapes of the files in turn: extension, width, height, chroma subsampling.
_SHAPES = [
    ("png", 64, 64, None),
    ("jpg", 160, 120, "4:2:0"),
    ("png", 96, 72, None),
    ("jpg", 120, 90, "4:4:4"),
    ("png", 64, 64, None),
    ("png", 120, 90, None),
    ("png", 96, 72, None),
]
_BMP = ("bmp", 96, 72, None)

# Confidence wanted of each class's pictures.
_TWO_CLASS = {"apple": (0.999, 0.97, 0.90, 0.78, 0.62), "plum": (0.998, 0.99, 0.95, 0.85, 0.70)}
_TEN_CLASS = dict(
    zip(
        signs.LABELS,
        [(0.999, 0.72), (0.995, 0.90), (0.99, 0.80), (0.98, 0.94), (0.999, 0.85),
         (0.97, 0.65), (0.99, 0.75), (0.96, 0.88), (0.998, 0.70), (0.98, 0.92)],
    )
)


def choose(folder, labels, wanted, network, planes):
    entries = []
    for class_number, label in enumerate(labels):
        for number, confidence in enumerate(wanted[label]):
            shape = _BMP if (class_number, number) == (1, 0) else _SHAPES[len(entries) % len(_SHAPES)]
            entry, softmax = _nearest(folder, labels, label, number, confidence, shape, network, planes)
            print(f"{folder}/{entry.file}: {softmax[class_number]:.4f}, wanted {confidence}", flush=True)
            entries.append(entry)
    catalogue.replace_folder(folder, entries)


def _nearest(folder, labels, label, number, confidence, shape, network, planes):
    extension, width, height, subsampling = shape
    best = None
    for candidate in range(CANDIDATES):
        entry = catalogue.Entry(
            folder=folder,
            file=f"{label}-{number + 1}.{extension}",
            width=width,
            height=height,
            seed=(labels.index(label) * 10 + number) * 10_000 + candidate,
            subsampling=subsampling,
            class_name=label if folder == "ten-class" else None,
        )
        picture, target = entry.draw()
        if target[labels.index(label)] < 0.5:
            continue
        file_bytes = entry.encode(picture)
        softmax = probabilities(network, torch.from_numpy(planes(decode(file_bytes)[None])))[0]
        if len(file_bytes) > LARGEST_FILE or softmax.argmax() != labels.index(label):
            continue
        miss = abs(_logit(softmax[labels.index(label)]) - _logit(confidence))
        if best is None or miss < best[0]:
            best = miss, entry, softmax
    return best[1:]


def _logit(probability):
    return np.log(probability / max(1 - probability, 1e-7))


def main():
    torch.set_num_threads(1)
    two = load_weights(ResidualNetwork(len(fruit.LABELS)), MODELS / "two-class.onnx")
    choose("two-class", fruit.LABELS, _TWO_CLASS, two, two_class_planes)
    ten = load_weights(SeparableNetwork(len(signs.LABELS)), MODELS / "ten-class.onnx")
    choose("ten-class", signs.LABELS, _TEN_CLASS, ten, ten_class_planes)


if __name__ == "__main__":
    main()
