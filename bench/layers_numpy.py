"""Reads texts of one number per line with numpy.loadtxt; answers one timed measurement for each line of input.

Usage: layers_numpy.py file...
"""

import json
import sys
import time

import numpy as np

print(np.__version__, flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    arrays = [np.loadtxt(name, dtype=np.float32) for name in sys.argv[1:]]
    ms = (time.perf_counter() - started) * 1e3
    total = float(sum(array.astype(np.float64).sum() for array in arrays))
    print(json.dumps({"ms": ms, "sum": total}), flush=True)
