"""Shows how the networks bear the NPU's number formats: the committed pictures in fp16, u8 and i8 against fp32.

A quick model of the chip, for choosing networks, not for judging boards: BatchNorm is folded into its convolution,
every fused layer's output is rounded to the format, sums are kept in fp32. Ranges come from the committed pictures.
"""

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from preprocessing import IMAGES, MODELS, decode, ten_class_planes, two_class_planes
from torch.nn import functional


class FusedNetwork:
    """The layers of an ONNX file after folding and fusing, each with its weight, bias and function."""

    def __init__(self, path):
        graph = onnx.load(path).graph
        constants = {c.name: torch.from_numpy(numpy_helper.to_array(c).copy()) for c in graph.initializer}
        self.layers = []
        for node in graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            values = [constants[name] for name in node.input if name in constants]
            if node.op_type == "BatchNormalization":
                self._fold(node, attributes["epsilon"], *values)
            elif node.op_type == "Relu":
                self.layers[-1].update(output=node.output[0], relu=True)
            else:
                weight, bias = (*values, None, None)[:2]
                inputs = [name for name in node.input if name not in constants]
                self.layers.append(
                    {"op": node.op_type, "attributes": attributes, "inputs": inputs, "output": node.output[0],
                     "weight": weight, "bias": bias, "relu": False}
                )

    def _fold(self, node, epsilon, scale, bias, mean, variance):
        conv = self.layers[-1]
        factor = scale / torch.sqrt(variance + epsilon)
        conv["weight"] = conv["weight"] * factor.reshape(-1, 1, 1, 1)
        conv["bias"] = bias - mean * factor
        conv["output"] = node.output[0]

    def run(self, data, round_weight, round_output):
        """Answers {tensor name: values}; the two functions say how weights and outputs (with their name) are rounded."""
        values = {"data": round_output("data", data)}
        for layer in self.layers:
            inputs = [values[name] for name in layer["inputs"]]
            weight = None if layer["weight"] is None else round_weight(layer["weight"])
            result = _operate(layer["op"], layer["attributes"], inputs, weight, layer["bias"])
            values[layer["output"]] = round_output(layer["output"], result.relu() if layer["relu"] else result)
        return values


def _operate(op, attributes, inputs, weight, bias):
    x = inputs[0]
    match op:
        case "Conv":
            return functional.conv2d(
                x, weight, bias, attributes["strides"], attributes["pads"][:2], groups=attributes["group"]
            )
        case "Gemm":
            return functional.linear(x, weight, bias)
        case "Add":
            return x + inputs[1]
        case "MaxPool":
            return functional.max_pool2d(
                x, attributes["kernel_shape"], attributes["strides"], attributes["pads"][:2]
            )
        case "GlobalAveragePool":
            return x.mean(dim=(2, 3), keepdim=True)
        case "Flatten":
            return x.flatten(1)
        case "Softmax":
            return x.softmax(dim=1)
    raise ValueError(f"no rule for {op}")


def _fp16(values):
    return values.half().float()


def _fp16_truncated(values):
    nearest = values.numpy().astype(np.float16)
    too_big = np.abs(nearest.astype(np.float32)) > np.abs(values.numpy())
    return torch.from_numpy(np.where(too_big, np.nextafter(nearest, np.float16(0)), nearest).astype(np.float32))


def _u8(values, low, high):
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / 255 or 1.0
    zero_point = round(-low / scale)
    return (torch.clamp(torch.round(values / scale) + zero_point, 0, 255) - zero_point) * scale


def _i8(values, low, high):
    largest = max(abs(low), abs(high), 1e-9)
    step = 2.0 ** (np.ceil(np.log2(largest)) - 7)
    return torch.clamp(torch.round(values / step), -128, 127) * step


def answers(network, data):
    """Softmax of the network in each format, by the format's name."""
    exact = network.run(data, lambda w: w, lambda _, v: v)
    ranges = {name: (float(v.min()), float(v.max())) for name, v in exact.items()}
    results = {"fp32": exact, "fp16": network.run(data, _fp16_truncated, lambda _, v: _fp16(v))}
    for name, rounded in (("u8", _u8), ("i8", _i8)):
        results[name] = network.run(
            data,
            lambda w, rounded=rounded: rounded(w, float(w.min()), float(w.max())),
            lambda tensor, v, rounded=rounded: rounded(v, *ranges[tensor]),
        )
    return {name: values["prob"].numpy() for name, values in results.items()}


def main():
    torch.set_num_threads(1)
    for name, planes in (("two-class", two_class_planes), ("ten-class", ten_class_planes)):
        paths = sorted(p for p in (IMAGES / name).iterdir() if p.is_file())
        data = torch.from_numpy(planes(np.stack([decode(p.read_bytes()) for p in paths])))
        by_format = answers(FusedNetwork(MODELS / f"{name}.onnx"), data)
        exact = by_format.pop("fp32")
        top = exact.argmax(axis=1)
        print(f"{name}, top-1 score of {len(paths)} pictures: fp32, then {', '.join(by_format)}")
        for row, path in enumerate(paths):
            scores = "  ".join(f"{softmax[row, top[row]]:.4f}" for softmax in by_format.values())
            print(f"  {path.name:28} {exact[row, top[row]]:.4f}  {scores}")
        for format_name, softmax in by_format.items():
            flips = int((softmax.argmax(axis=1) != top).sum())
            print(f"  {format_name}: {flips} top-1 changed, max |difference| {np.abs(softmax - exact).max():.4f}")


if __name__ == "__main__":
    main()
