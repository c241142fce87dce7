"""Small golden cases of XGBoost: a model file in JSON and UBJSON, rows, and what XGBoost says.

Commands, each in an environment of its own (Python 3.11, numpy):
    pip install xgboost-cpu==3.2.0 pandas; python xgboost_golden.py tests/golden/interop
    pip install xgboost-cpu==3.1.3;        python xgboost_golden.py tests/golden/interop v31
    pip install xgboost-cpu==2.1.4;        python xgboost_golden.py tests/golden/interop v21
    pip install xgboost==1.7.6;            python xgboost_golden.py tests/golden/interop v17

Rows: plain, with missing values, all missing, -0.0, 3e38, a denormal, and for thresholds t of the
model f32(t) and its two neighbours. `margin` is predict(output_margin=True), `pred` predict(),
`contribs` predict(pred_contribs=True) where XGBoost gives them; `inf_X` holds rows with infinities,
which only inplace_predict takes. Numbers have the shortest text that gives the same f32.
"""

import json
import sys
from pathlib import Path

import numpy as np
import xgboost as xgb

F32 = np.float32
SPECIAL = [F32(0), F32(-0.0), F32(3e38), F32(-3e38), F32(1e-40), F32("nan")]


def table(rng, rows=400, features=5):
    x = rng.normal(0, 2, (rows, features)).astype(F32)
    x[:, 0] = np.round(x[:, 0])
    x[rng.random(x.shape) < 0.15] = np.nan
    return x


def signal(x):
    filled = np.nan_to_num(x, nan=0.3).astype(np.float64)
    return filled[:, 0] + np.abs(filled[:, 1]) - filled[:, 2] * (filled[:, 3] > 0)


def document(booster, path):
    booster.save_model(path)
    return json.loads(Path(path).read_text())


def trees_of(doc):
    booster = doc["learner"]["gradient_booster"]
    return booster.get("gbtree", booster).get("model", {}).get("trees", [])


def probe_rows(rng, x, doc):
    rows = [x[i] for i in rng.choice(len(x), 14, replace=False)]
    for i in rng.choice(len(x), 6, replace=False):
        row = x[i].copy()
        row[rng.random(row.shape) < 0.4] = np.nan
        rows.append(row)
    rows += [np.full(x.shape[1], v, F32) for v in SPECIAL]
    thresholds = []
    for tree in trees_of(doc):
        for left, feature, t, kind in zip(
            tree["left_children"], tree["split_indices"], tree["split_conditions"], tree["split_type"]
        ):
            if left != -1 and kind == 0:
                thresholds.append((feature, F32(t)))
    for at in rng.permutation(len(thresholds))[:10]:
        feature, t = thresholds[at]
        for value in (t, np.nextafter(t, F32("inf")), np.nextafter(t, F32("-inf"))):
            row = x[rng.integers(len(x))].copy()
            row[feature] = value
            rows.append(row)
    return np.array(rows, F32)


def plain(value):
    """Nested lists of shortest f32 numbers; texts for what JSON has not."""
    if isinstance(value, np.ndarray) and value.ndim:
        return [plain(v) for v in value]
    value = F32(value)
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0 and np.signbit(value):
        return "-0.0"
    return float(str(value))


def save(out, name, booster, rng, x, what, iterations=(0, 0), types=None, contribs=True):
    stem = out / f"xgb_{name}"
    doc = document(booster, f"{stem}.xgb.json")
    booster.save_model(f"{stem}.xgb.ubj")
    rows = probe_rows(rng, x, doc)
    if types:
        column = types.index("c")
        rows[:6, column] = [50, 2.7, 4000, -1, -0.5, 5000]
        rows[20:26, column] = [0, 1, 2, 3, 4, 5]
    matrix = xgb.DMatrix(rows, feature_types=types, enable_categorical=bool(types))
    ask = dict(iteration_range=iterations)
    case = {
        "source": f"xgboost {xgb.__version__}",
        "command": "python xgboost_golden.py (its head has the whole)",
        "tolerance": "margins: none; predictions 1e-6; contributions 1e-4 of the largest",
        "meta": {"what": what, "iteration_range": list(iterations)},
        "X": plain(rows),
        "margin": plain(booster.predict(matrix, output_margin=True, **ask)),
        "pred": plain(booster.predict(matrix, **ask)),
    }
    if contribs:
        shares = booster.predict(matrix, pred_contribs=True, **ask)
        case["contribs"] = plain(shares)
    if not types and contribs:
        inf = x[:3].copy()
        inf[0, 1], inf[1, :], inf[2, 2] = np.inf, -np.inf, -np.inf
        case["inf_X"] = plain(inf)
        got = booster.inplace_predict(inf, predict_type="margin", **ask)
        case["inf_inplace_margin"] = plain(np.asarray(got))
    (out / f"xgb_{name}.case.json").write_text(json.dumps(case, separators=(",", ":")) + "\n")


def train(x, y, rounds=4, types=None, **params):
    matrix = xgb.DMatrix(x, y, feature_types=types, enable_categorical=bool(types),
                         weight=params.pop("weight", None))
    params = {"max_depth": 3, "eta": 0.4, "nthread": 1, "seed": 7, **params}
    return xgb.train(params, matrix, rounds)


def categorical(rng, rows=500):
    x = table(rng, rows, 4)
    x[:, 2] = rng.integers(0, 9, rows)
    x[rng.random(rows) < 0.1, 2] = np.nan
    effect = np.array([3, -2, 0, 5, 1, -4, 2, 0, -1])
    y = np.where(np.isnan(x[:, 2]), 0, effect[np.nan_to_num(x[:, 2]).astype(int)]) + np.nan_to_num(x[:, 0])
    return x, y, ["q", "q", "c", "q"]


def common(out, tag):
    """Cases of every version."""
    rng = np.random.default_rng(20261125)
    x = table(rng)
    s = signal(x)
    y = s + rng.normal(0, 0.3, len(x))
    b = (s > 1).astype(int)
    c = np.digitize(s, [0.0, 2.0])
    put = lambda name, booster, what, **kw: save(out, tag + name, booster, rng, x, what, **kw)
    put("reg_missing", train(x, y), "squared error, NaN trained")
    put("bin_base03", train(x, b, objective="binary:logistic", base_score=0.3), "base score is a probability")
    put("softprob", train(x, c, 2, objective="multi:softprob", num_class=3), "three classes")
    put("dart", train(x, y, 6, booster="dart", rate_drop=0.5, one_drop=1), "leaves times weight_drop", contribs=False)
    put("poisson", train(x, np.exp(s / 4), objective="count:poisson", base_score=1.7), "exp link")
    put("pruned", train(x, y, updater="grow_colmaker,prune", gamma=60, tree_method="exact"), "deleted nodes")
    if int(xgb.__version__[0]) > 1:
        vectors = train(x, np.stack([y, s * s], 1), 3, multi_strategy="multi_output_tree", tree_method="hist")
        put("multi_output_tree", vectors, "vector leaves", contribs=False)
    cx, cy, types = categorical(rng)
    booster = train(cx, cy, types=types, max_cat_to_onehot=1, tree_method="hist")
    save(out, tag + "categorical", booster, rng, cx, "partitions of categories", types=types, contribs=False)
    put("gblinear", train(np.nan_to_num(x), y, booster="gblinear", updater="coord_descent"), "linear", contribs=False)


def newest(out):
    rng = np.random.default_rng(20261126)
    x = table(rng)
    s = signal(x)
    y = s + rng.normal(0, 0.3, len(x))
    b = (s > 1).astype(int)
    c = np.digitize(s, [0.0, 2.0])
    put = lambda name, booster, what, **kw: save(out, name, booster, rng, x, what, **kw)
    put("spw", train(x, b, objective="binary:logistic", scale_pos_weight=3.5), "base score estimated")
    put("logitraw", train(x, b, objective="binary:logitraw", base_score=0.4), "margin is the prediction")
    put("reg_logistic", train(x, np.clip(s / 9 + 0.5, 0, 1), objective="reg:logistic"), "graded target")
    put("hinge", train(x, b, objective="binary:hinge", base_score=0.2), "step")
    put("multi3_basevec", train(x, c, 2, objective="multi:softprob", num_class=3, base_score=[1.25, 0.5, -0.75]), "vector of base scores")
    put("softmax", train(x, c, 2, objective="multi:softmax", num_class=3), "class index")
    put("rf_parallel", train(x, y, 2, num_parallel_tree=3, subsample=0.7, colsample_bynode=0.7), "three trees an iteration")
    put("single_leaf", train(x, y, 2, gamma=1e9), "trees of one leaf")
    put("gamma", train(x, np.exp(s / 4), objective="reg:gamma"), "exp link")
    put("tweedie", train(x, np.maximum(s, 0), objective="reg:tweedie"), "exp link")
    put("cox", train(x, np.where(b, np.exp(s / 4), -1.5), objective="survival:cox", base_score=0.8), "exp link")
    put("quantile3", train(x, y, 2, objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9]), "three quantiles")
    put("absolute", train(x, y, objective="reg:absoluteerror"), "adaptive leaves")
    put("pseudohuber", train(x, y, objective="reg:pseudohubererror"), "identity")
    put("squaredlog", train(x, np.maximum(s, 0), objective="reg:squaredlogerror"), "identity")
    put("monotone", train(x, y, monotone_constraints="(1,0,-1,0,0)"), "constraints do not matter here")
    put("lossguide", train(x, y, 2, grow_policy="lossguide", max_leaves=7, max_depth=0), "nodes by gain")
    put("targets2", train(x, np.stack([y, s * s], 1), 2), "two targets")
    put("labels2", train(x, np.stack([b, (y < 0).astype(int)], 1), 2, objective="binary:logistic"), "two labels")
    ranked = xgb.DMatrix(x, c, group=[20] * 20)
    put("rank", xgb.train({"objective": "rank:ndcg", "max_depth": 2, "nthread": 1}, ranked, 3), "ranking")
    aft = xgb.DMatrix(x)
    aft.set_float_info("label_lower_bound", np.exp(s / 4))
    aft.set_float_info("label_upper_bound", np.where(b, np.inf, np.exp(s / 4)))
    put("aft", xgb.train({"objective": "survival:aft", "max_depth": 2, "nthread": 1}, aft, 3), "exp link")
    put("gblinear3", train(np.nan_to_num(x), c, 3, objective="multi:softprob", num_class=3, booster="gblinear"), "linear, three classes", contribs=False)
    half = len(x) // 2
    held = xgb.DMatrix(x[half:], b[half:])
    fitted = xgb.DMatrix(x[:half], b[:half], feature_names=None)
    booster = xgb.train({"objective": "binary:logistic", "max_depth": 4, "eta": 1.0, "nthread": 1}, fitted, 30,
                        evals=[(held, "held")], early_stopping_rounds=3, verbose_eval=False)
    assert booster.best_iteration + 1 < booster.num_boosted_rounds()
    put("earlystop_all", booster, "all trees, as Booster.predict takes")
    put("earlystop_best", booster, "up to the best iteration", iterations=(0, booster.best_iteration + 1))
    cx, cy, types = categorical(rng)
    booster = train(cx, cy, types=types, max_cat_to_onehot=100, tree_method="hist")
    save(out, "categorical_onehot", booster, rng, cx, "one category against the rest", types=types, contribs=False)
    named(out, rng)


def named(out, rng):
    """Names of features and of categories."""
    import pandas as pd

    rows = 400
    towns = np.array(["Aachen", "Bonn", "Koeln", "Dueren, Kreis", "Essen"])
    codes = rng.integers(0, 5, rows)
    sizes = rng.integers(0, 4, rows) * 10
    x = np.stack([rng.normal(0, 1, rows), codes, sizes // 10], 1).astype(F32)
    y = np.array([3, -2, 0, 5, 1])[codes] + sizes / 7 + x[:, 0]

    def frame(values):
        known = lambda column, count: np.where(np.isnan(column) | (column < 0) | (column >= count), -1, np.nan_to_num(column, posinf=0)).astype(int)
        return pd.DataFrame({
            "amount, EUR": values[:, 0].astype(F32),
            "town": pd.Categorical.from_codes(known(values[:, 1], 5), towns),
            "size": pd.Categorical.from_codes(known(values[:, 2], 4), [0, 10, 20, 30]),
        })

    data = frame(x)
    matrix = xgb.DMatrix(data, y, enable_categorical=True)
    booster = xgb.train({"max_depth": 3, "eta": 0.4, "nthread": 1, "max_cat_to_onehot": 1}, matrix, 4)
    sample = np.concatenate([x[:40], [[0.5, np.nan, 1], [np.nan, 2, np.nan]]]).astype(F32)
    stem = out / "xgb_named"
    document(booster, f"{stem}.xgb.json")
    booster.save_model(f"{stem}.xgb.ubj")
    matrix = xgb.DMatrix(frame(sample), enable_categorical=True)
    case = {
        "source": f"xgboost {xgb.__version__}, pandas {pd.__version__}",
        "command": "python xgboost_golden.py (its head has the whole)",
        "tolerance": "margins: none; predictions 1e-6",
        "meta": {"what": "names of features and of categories", "iteration_range": [0, 0]},
        "X": plain(sample),
        "margin": plain(booster.predict(matrix, output_margin=True)),
        "pred": plain(booster.predict(matrix)),
    }
    (out / "xgb_named.case.json").write_text(json.dumps(case, separators=(",", ":")) + "\n")


out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
if len(sys.argv) > 2:
    common(out, sys.argv[2] + "_")
else:
    common(out, "")
    newest(out)
