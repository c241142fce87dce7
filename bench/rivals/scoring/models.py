"""Trains the models that every side scores: `models.py FOLDER`.

Writes rows.f32 (20,000 x 24), and of each model the library's own file and NAME.margins.f64, the
library's margins of the rows. What is there already stays.
"""

import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import table
import xgboost as xgb

ROWS = 20_000
SIZES = [(100, 6), (500, 8)]


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    train_x, train_y = table.make(ROWS, 1)
    rows, _ = table.make(ROWS, 2)
    rows.astype("<f4").tofile(folder / "rows.f32")
    for trees, depth in SIZES:
        name = f"xgb_{trees}x{depth}"
        if not (folder / f"{name}.margins.f64").exists():
            params = {"max_depth": depth, "eta": 0.1, "objective": "binary:logistic", "seed": 1}
            booster = xgb.train({**params, "tree_method": "hist", "nthread": 1}, xgb.DMatrix(train_x, train_y), trees)
            booster.save_model(folder / f"{name}.json")
            margins(folder, name, booster.inplace_predict(rows, predict_type="margin"))
        name = f"lgb_{trees}x{depth}"
        if not (folder / f"{name}.margins.f64").exists():
            params = {"num_leaves": 2**depth, "max_depth": depth, "objective": "binary", "seed": 1}
            params.update(learning_rate=0.1, num_threads=1, verbose=-1)
            booster = lgb.train(params, lgb.Dataset(train_x, train_y), trees)
            booster.save_model(folder / f"{name}.txt")
            booster = lgb.Booster(model_file=folder / f"{name}.txt")
            margins(folder, name, booster.predict(rows, raw_score=True, num_threads=1))


def margins(folder, name, values):
    """Last of a model's files: its presence says that the others are whole."""
    np.asarray(values, dtype="<f8").tofile(folder / f"{name}.margins.f64")


if __name__ == "__main__":
    main()
