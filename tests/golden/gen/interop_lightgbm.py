"""Small LightGBM models with what LightGBM says of some rows.

Command: python3 tests/golden/gen/interop_lightgbm.py tests/golden/interop
Needs: lightgbm==4.7.0 numpy pandas
"""

import re
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from interop_rows import probes, table, ties, wide, write

SOURCE = f"lightgbm {lgb.__version__}: predict(raw_score=True), predict(), predict(pred_contrib=True)"
COMMAND = "python3 tests/golden/gen/interop_lightgbm.py tests/golden/interop"
BASE = {"num_leaves": 6, "learning_rate": 0.3, "min_data_in_leaf": 5, "verbosity": -1, "seed": 7,
        "deterministic": True, "num_threads": 1, "force_row_wise": True}
ROWS, COLUMNS = 400, 5


def thresholds(text, most=6):
    """The first thresholds of numeric splits, with their features."""
    found = []
    for tree in text.split("Tree=")[1:]:
        line = lambda key: re.search(rf"^{key}=(.*)$", tree, re.M).group(1).split()
        for feature, t, kind in zip(line("split_feature"), line("threshold"), line("decision_type")):
            if int(kind) & 1 == 0:
                found.append((int(feature), float(t)))
    return found[:most]


def save(folder, name, booster, rows, frame=None, contribs=True):
    """Model and case."""
    booster.save_model(folder / f"{name}.lgb.txt")
    data = rows if frame is None else frame
    write(folder, name, SOURCE, COMMAND, X=rows, margin=booster.predict(data, raw_score=True),
          pred=booster.predict(data),
          contribs=booster.predict(data, pred_contrib=True)[:24] if contribs else None)


def case(folder, name, x, y, rounds=4, edit=None, data=None, contribs=True, **parameters):
    booster = lgb.train(BASE | parameters, lgb.Dataset(x, y, **(data or {})), rounds)
    text = booster.model_to_string()
    if edit:
        booster = lgb.Booster(model_str=edit(text))
    save(folder, name, booster, probes(x, thresholds(text)), contribs=contribs)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20)
    x = table(rng, ROWS, COLUMNS)
    full = np.nan_to_num(x, nan=0.7)
    signal = full[:, 0] + 2 * (full[:, 1] > 0.3) - full[:, 2] * full[:, 3] + rng.normal(size=ROWS) / 5
    up = (signal > 0.5).astype(float)
    three = np.digitize(signal, [0.0, 1.5])
    counts = rng.poisson(np.exp(signal / 3)).astype(float)
    case(folder, "lgb_reg_missing", x, signal, objective="regression")
    case(folder, "lgb_reg_sqrt", x, signal, objective="regression", reg_sqrt=True)
    case(folder, "lgb_binary", x, up, objective="binary", sigmoid=0.7)
    case(folder, "lgb_zero_missing", x, signal, objective="regression", zero_as_missing=True)
    case(folder, "lgb_missing_none", x, signal, objective="regression", use_missing=False)
    case(folder, "lgb_multiclass3", x, three, rounds=2, objective="multiclass", num_class=3)
    case(folder, "lgb_multiclassova", x, three, rounds=2, objective="multiclassova", num_class=3,
         sigmoid=1.3)
    case(folder, "lgb_dart", x, up, rounds=6, objective="binary", boosting="dart", drop_rate=0.6)
    forest = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
    case(folder, "lgb_rf", x, signal, objective="regression", **forest)
    case(folder, "lgb_rf_binary", x, up, objective="binary", **forest)
    case(folder, "lgb_poisson", x, counts, objective="poisson")
    case(folder, "lgb_xentropy", x, 1 / (1 + np.exp(-signal)), objective="cross_entropy")
    case(folder, "lgb_xentlambda", x, 1 / (1 + np.exp(-signal)), objective="cross_entropy_lambda")
    case(folder, "lgb_stump_noleaf", x, np.full(ROWS, 1.25), objective="regression")
    case(folder, "lgb_custom", x, signal, objective="regression",
         edit=lambda text: text.replace("objective=regression\n", ""))
    case(folder, "lgb_linear_tree", x, signal, rounds=1, contribs=False, objective="regression",
         linear_tree=True)

    codes = x.copy()
    codes[:, 1] = rng.integers(0, 90, ROWS)
    codes[:, 4] = rng.integers(0, 6, ROWS)
    target = signal + codes[:, 1] % 7 + (codes[:, 4] == 2)
    codes[rng.random(ROWS) < 0.1, 1] = np.nan
    booster = lgb.train(BASE | {"objective": "regression", "min_data_per_group": 5, "cat_smooth": 1},
                        lgb.Dataset(codes, target, categorical_feature=[1, 4]), 4)
    rows = probes(codes, thresholds(booster.model_to_string(), 2))
    extra = np.repeat(codes[:1], 14, axis=0)
    extra[:, 1] = [0, -0.5, -1, 2.9, 63, 64, 65, 89, 90, 4094, 4095, 4096, 3e38, -3e38]
    save(folder, "lgb_categorical", booster, np.concatenate([rows, extra]))

    frame = pd.DataFrame(x[:, :3], columns=["age", "spend", "gap"])
    frame["plan"] = pd.Categorical(rng.choice(["free", "pro", "team"], ROWS))
    frame["size"] = pd.Categorical(rng.choice([5, 10, 25, 50], ROWS))
    target = signal + (frame["plan"] == "pro") * 2 + (frame["size"] == 25)
    booster = lgb.train(BASE | {"objective": "regression", "min_data_per_group": 5, "cat_smooth": 1},
                        lgb.Dataset(frame, target), 4)
    part = frame[:30].copy()
    part.loc[3, "plan"] = np.nan
    part["plan"] = part["plan"].cat.add_categories("new")
    part.loc[4, "plan"] = "new"
    rows = part[["age", "spend", "gap"]].to_numpy(np.float32)
    code = lambda name: frame[name].cat.categories.get_indexer(part[name]).astype(np.float32)
    numbers = np.column_stack([rows, code("plan"), code("size")])
    numbers[numbers[:, 3] < 0, 3] = np.nan
    save(folder, "lgb_pandas", booster, numbers, part)
    in_f64(folder)


def in_f64(folder):
    """LightGBM compares in f64."""
    x = wide(np.random.default_rng(22), 600, 3)
    signal = x[:, 0] + 80 * (x[:, 1] > 30) - x[:, 2] / 2
    booster = lgb.train(BASE | {"objective": "regression"}, lgb.Dataset(x, signal), 4)
    rows = ties(x, thresholds(booster.model_to_string(), 12))
    save(folder, "lgb_f64", booster, rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
