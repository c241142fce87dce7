"""XGBoost waiting for its turn: `xgb.py FOLDER`. Each line of the input is a turn; prints the rows a
second of the quickest of ten calls of inplace_predict on one thread."""

import sys
import time
from pathlib import Path

import numpy as np
import xgboost as xgb

folder = Path(sys.argv[1])
rows = np.fromfile(folder / "rows.f32", "<f4").reshape(-1, 24)
booster = xgb.Booster(model_file=folder / "xgb_100x6.json")
booster.set_param({"nthread": 1})
for _ in sys.stdin:
    best = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        booster.inplace_predict(rows, predict_type="margin")
        best = min(best, time.perf_counter() - start)
    print(len(rows) / best, flush=True)
