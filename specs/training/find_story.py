"""Searches the story picture: one that answers to wrong settings as the published case did.

Published (RK1808, a two-class network trained on BGR planes, mean 128): right settings 0.958134, bytes read as INT8
0.000730, the same declared NCHW 0.640625, red and blue of float planes exchanged 0.785645. The search draws fruit,
keeps what lies in the bands below, and of these takes the one with the smallest sum of distances to the published
numbers. It looks at the network's answers only; nothing is trained or changed for the picture.
"""

import argparse

import catalogue
import fruit
import numpy as np
import torch
from input_semantics import story_input
from onnx_writer import load_weights
from preprocessing import MODELS, decode
from residual_network import ResidualNetwork
from training import probabilities

FIRST_SEED = 1_000_000

# Probability of the first class under each setting: the published value and the band that is accepted.
_BANDS = {
    "correct_bytes": (0.958134, 0.948, 0.968),
    "int8_nhwc_mean128_reorder210": (0.000730, 0.0, 0.1),
    "int8_declared_nchw_mean128_reorder210": (0.640625, 0.5, 0.8),
    "float_nchw_mean0_reorder210": (0.785645, 0.65, 0.9),
}


def _entry(seed):
    return catalogue.Entry(folder="story", file="picture.png", width=120, height=90, seed=seed)


def _hopeful(seed):
    """Whether the target, which is known before drawing, is near the wanted confidence."""
    return 0.9 < fruit.target(np.random.default_rng(seed))[0] < 0.985


def search(network, candidates):
    """Answers [(sum of distances, entry)] of what lies in all bands, and how many were left after each setting."""
    found = []
    entries = [_entry(seed) for seed in range(FIRST_SEED, FIRST_SEED + candidates) if _hopeful(seed)]
    passed = {"target": len(entries), **dict.fromkeys(_BANDS, 0)}
    for start in range(0, len(entries), 64):
        alive = [(entry, decode(entry.encode(entry.draw()[0])), 0.0) for entry in entries[start : start + 64]]
        for name, (published, low, high) in _BANDS.items():
            if not alive:
                break
            data = np.stack([story_input(bgr, name) for _, bgr, _ in alive])
            first_class = probabilities(network, torch.from_numpy(data))[:, 0]
            alive = [
                (entry, bgr, miss + abs(float(p) - published))
                for (entry, bgr, miss), p in zip(alive, first_class)
                if low <= p <= high
            ]
            passed[name] += len(alive)
        found += [(miss, entry) for entry, _, miss in alive]
    return found, passed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--candidates", type=int, default=200_000)
    candidates = parser.parse_args().candidates
    torch.set_num_threads(1)
    network = load_weights(ResidualNetwork(len(fruit.LABELS)), MODELS / "two-class.onnx")
    found, passed = search(network, candidates)
    print(f"{candidates} pictures; left after each setting: {passed}")
    if not found:
        raise SystemExit("no picture lies in all bands")
    found.sort(key=lambda pair: pair[0])
    for miss, entry in found:
        print(f"seed {entry.seed}, sum of distances {miss:.4f}")
    entry = found[0][1]
    catalogue.replace_folder("story", [entry])


if __name__ == "__main__":
    main()
