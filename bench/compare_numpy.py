"""The metrics of harness/compare as one writes them with NumPy; answers one timed measurement for each line of input.

Usage: compare_numpy.py golden.npy board.npy
"""

import json
import sys
import time

import numpy as np

golden, board = np.load(sys.argv[1]), np.load(sys.argv[2])
atol, rtol = 1e-3, 1e-2


def place(values):
    bits = values.astype(np.float16).view(np.int16)
    return np.where(bits < 0, -(bits & 0x7FFF).astype(np.int32), bits)


def metrics():
    g, b = golden.astype(np.float64).ravel(), board.astype(np.float64).ravel()
    error, magnitude = np.abs(b - g), np.abs(g)
    nonzero = magnitude > 0
    squared_golden, squared_board, product = g @ g, b @ b, g @ b
    squared_error = error @ error
    worst = int(error.argmax())
    return {
        "goldenNonFinite": int(np.count_nonzero(~np.isfinite(golden))),
        "boardNonFinite": int(np.count_nonzero(~np.isfinite(board))),
        "identical": bool(np.array_equal(golden, board)),
        "maxAbsError": error[worst],
        "meanAbsError": error.mean(),
        "maxRelError": (error[nonzero] / magnitude[nonzero]).max(),
        "nonzeroWhereGoldenZero": int(np.count_nonzero(error[~nonzero])),
        "rmse": np.sqrt(squared_error / g.size),
        "cosine": product / np.sqrt(squared_golden * squared_board),
        "snrDb": 10 * np.log10(squared_golden / squared_error),
        "gain": product / squared_golden,
        "maxUlp": int(np.abs(place(golden) - place(board)).max()),
        "used": (error / (atol + rtol * magnitude)).max(),
    }


metrics()
print(np.__version__, flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    found = metrics()
    ms = (time.perf_counter() - started) * 1e3
    print(json.dumps({"ms": ms, "metrics": {key: float(value) for key, value in found.items()}}), flush=True)
