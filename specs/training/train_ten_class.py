"""Trains the ten-class network and writes ../models/ten-class.onnx and its labels."""

import signs
import torch
from preprocessing import MODELS, ten_class_planes
from separable_network import SeparableNetwork
from training import be_deterministic, draw_set, probabilities, report, save, train

SEED = 1010


def preprocess(pictures):
    return torch.from_numpy(ten_class_planes(pictures[..., ::-1]))


def main():
    be_deterministic(SEED)
    pictures, targets = draw_set(signs.draw, SEED, 22_000)
    network = SeparableNetwork(len(signs.LABELS))
    train(
        network, pictures, targets, preprocess,
        seed=SEED, epochs=7, batch=64, learning_rate=6e-3, weight_decay=2e-2,
    )

    held_out, wanted = draw_set(signs.draw, SEED + 1, 4_000)
    answered = probabilities(network, preprocess(held_out))
    report(answered, wanted)
    save(network, MODELS / "ten-class.onnx", "ten-class", signs.LABELS, preprocess(held_out[:64]))


if __name__ == "__main__":
    main()
