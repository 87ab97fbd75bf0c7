"""Trains the two-class network and writes ../models/two-class.onnx and its labels."""

import fruit
import torch
from preprocessing import MODELS, two_class_planes
from residual_network import ResidualNetwork
from training import be_deterministic, draw_set, probabilities, report, save, train

SEED = 1808


def preprocess(pictures):
    return torch.from_numpy(two_class_planes(pictures[..., ::-1]))


def main():
    be_deterministic(SEED)
    pictures, targets = draw_set(fruit.draw, SEED, 20_000)
    network = ResidualNetwork(len(fruit.LABELS))
    train(
        network, pictures, targets, preprocess,
        seed=SEED, epochs=8, batch=64, learning_rate=4e-3, weight_decay=1e-2,
    )

    held_out, wanted = draw_set(fruit.draw, SEED + 1, 4_000)
    answered = probabilities(network, preprocess(held_out))
    report(answered, wanted)
    save(network, MODELS / "two-class.onnx", "two-class", fruit.LABELS, preprocess(held_out[:64]))


if __name__ == "__main__":
    main()
