"""Fits the rivals on the tables that the Rust side wrote, fold by fold, and writes their predictions.

Reads one JSON document from standard input: {"jobs": [...], "threads": n}. A job names a folder with
x.f32 (row-major), y.f64, fold.u8 and spec.json, the rival, its parameters, the task, and the file to
write out-of-fold predictions to. Prints one JSON line a job: seconds of wall clock and CPU spent in fit.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd


# Fold of rows that are learned from in every fold and never predicted.
TRAIN_ONLY = 255


def load(folder):
    folder = Path(folder)
    spec = json.loads((folder / "spec.json").read_text())
    y = np.fromfile(folder / "y.f64", dtype="<f8")
    x = np.fromfile(folder / "x.f32", dtype="<f4").reshape(len(y), len(spec["features"]))
    fold = np.fromfile(folder / "fold.u8", dtype="u1")
    return spec["features"], x, y, fold


def frame(features, x):
    """A data frame with pandas categories where the schema has them."""
    columns = {}
    for j, feature in enumerate(features):
        column = x[:, j]
        if feature["categories"] is None:
            columns[feature["name"]] = column
        else:
            codes = np.where(np.isnan(column), -1, column).astype(int)
            names = range(len(feature["categories"]))
            columns[feature["name"]] = pd.Categorical.from_codes(codes, list(names))
    return pd.DataFrame(columns)


def make(rival, task, params, threads, features):
    binary = task == "binary"
    if rival == "xgboost":
        import xgboost as xgb

        kind = xgb.XGBClassifier if binary else xgb.XGBRegressor
        return kind(tree_method="hist", enable_categorical=True, n_jobs=threads, random_state=1, **params)
    if rival == "lightgbm":
        import lightgbm as lgb

        kind = lgb.LGBMClassifier if binary else lgb.LGBMRegressor
        return kind(n_jobs=threads, random_state=1, verbose=-1, **params)
    if rival == "sklearn_forest":
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        kind = RandomForestClassifier if binary else RandomForestRegressor
        return kind(n_jobs=threads, random_state=1, **params)
    if rival == "sklearn_logistic":
        from sklearn.compose import ColumnTransformer
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        numbers = [f["name"] for f in features if f["categories"] is None]
        categories = [f["name"] for f in features if f["categories"] is not None]
        scaled = make_pipeline(SimpleImputer(), StandardScaler())
        encode = ColumnTransformer(
            [("n", scaled, numbers), ("c", OneHotEncoder(handle_unknown="ignore"), categories)]
        )
        return make_pipeline(encode, LogisticRegression(max_iter=1000, **params))
    raise SystemExit(f"unknown rival {rival}")


def run(job, threads):
    features, x, y, fold = load(job["data"])
    native = any(f["categories"] is not None for f in features)
    table = frame(features, x) if native or job["rival"] == "sklearn_logistic" else x
    rows = (lambda mask: table[mask]) if isinstance(table, pd.DataFrame) else (lambda mask: x[mask])
    out = np.full(len(y), np.nan)
    wall = cpu = 0.0
    for k in sorted(set(fold) - {TRAIN_ONLY}):
        test = fold == k
        train = ~test
        model = make(job["rival"], job["task"], job["params"], threads, features)
        train_x, test_x, train_y = rows(train), rows(test), y[train]
        start, start_cpu = time.perf_counter(), time.process_time()
        model.fit(train_x, train_y)
        wall += time.perf_counter() - start
        cpu += time.process_time() - start_cpu
        if job["task"] == "binary":
            out[test] = model.predict_proba(test_x)[:, 1]
        else:
            out[test] = model.predict(test_x)
    out.astype("<f8").tofile(job["out"])
    return {"wall_s": wall, "cpu_s": cpu}


def main():
    request = json.load(sys.stdin)
    for job in request["jobs"]:
        print(json.dumps(run(job, request["threads"])), flush=True)


if __name__ == "__main__":
    main()
