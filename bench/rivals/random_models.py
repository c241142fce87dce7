"""Models of random shape, as their library saves them, with what it says of random rows.

Usage: random_models.py xgboost|lightgbm|sklearn COUNT SEED FOLDER. Writes NAME.EXTENSION and
NAME.case.json (rows `X`, `margin` or `pred`) for each and prints one JSON line a model: its name,
file and settings.
"""

import json
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "interop/scripts"), str(ROOT / "tests/golden/gen")]

import numpy as np
from interop_rows import write

ROWS, PROBES = 400, 200


def table(rng, columns, categorical):
    """Small whole numbers, zeros and missing values among normal ones; a column of 12 codes."""
    x = rng.normal(size=(ROWS + PROBES, columns)).astype(np.float32)
    x[:, 0] = rng.integers(0, 5, len(x))
    x[:, 2] = np.where(rng.random(len(x)) < 0.5, 0, x[:, 2])
    if categorical:
        x[:, 1] = rng.integers(0, 12, len(x))
    x[rng.random(x.shape) < rng.choice([0.0, 0.1, 0.3])] = np.nan
    return x


def targets(rng, x):
    """Targets of every kind that hang on the table."""
    z = np.nan_to_num(x[:ROWS, 0]) * 0.4 + np.nan_to_num(x[:ROWS, -1])
    noisy = z + rng.normal(size=ROWS)
    return {
        "number": noisy,
        "binary": (noisy > rng.choice([0, 2])).astype(float),
        "count": rng.poisson(np.exp(z * 0.3)).astype(float),
        "positive": np.exp(z * 0.3),
        "share": 1 / (1 + np.exp(-z)),
        "classes": rng.integers(0, 4, ROWS),
        "grades": rng.integers(0, 3, ROWS).astype(float),
    }


XGBOOST = {
    "reg:squarederror": "number", "reg:absoluteerror": "number", "reg:pseudohubererror": "number",
    "reg:quantileerror": "number", "reg:squaredlogerror": "positive", "reg:gamma": "positive",
    "reg:tweedie": "positive", "survival:cox": "positive", "count:poisson": "count",
    "binary:logistic": "binary", "binary:logitraw": "binary", "binary:hinge": "binary",
    "reg:logistic": "binary", "multi:softprob": "classes", "multi:softmax": "classes",
    "rank:pairwise": "grades", "rank:ndcg": "grades", "rank:map": "binary",
}


def xgboost(pick, rng, seed, path):
    import xgboost as library

    objective, target = pick.choice(list(XGBOOST.items()))
    categorical = pick.random() < 0.4
    x = table(rng, pick.choice([3, 6, 12]), categorical)
    settings = {
        "objective": objective, "max_depth": pick.choice([1, 3, 6, 9]), "eta": pick.choice([0.1, 0.3, 1]),
        "subsample": pick.choice([0.7, 1]), "lambda": pick.choice([0, 1, 5]), "seed": seed, "nthread": 1,
        "tree_method": "hist" if categorical else pick.choice(["hist", "approx", "exact"]),
    }
    if pick.random() < 0.25:
        settings |= {"booster": "dart", "rate_drop": 0.3}
    if pick.random() < 0.2:
        settings |= {"grow_policy": "lossguide", "max_leaves": 20, "tree_method": "hist"}
    if pick.random() < 0.2:
        settings |= {"num_parallel_tree": 3}
    if target in ("binary", "positive", "count") and pick.random() < 0.5 and "rank" not in objective:
        settings |= {"base_score": rng.uniform(0.001, 0.999)}
    if categorical:
        settings |= {"max_cat_to_onehot": pick.choice([1, 4, 20])}
    if objective == "reg:quantileerror":
        settings |= {"quantile_alpha": pick.choice([0.5, [0.1, 0.5, 0.9]]), "tree_method": "hist"}
    if target == "classes":
        settings |= {"num_class": 4}
    kinds = ["c" if categorical and j == 1 else "q" for j in range(x.shape[1])]
    matrix = lambda part: library.DMatrix(part, feature_types=kinds, enable_categorical=True, nthread=1)
    train = matrix(x[:ROWS])
    train.set_label(targets(rng, x)[target])
    if objective.startswith("rank"):
        train.set_group([40] * 10)
    booster = library.train(settings, train, pick.choice([1, 5, 30]))
    path = path.with_suffix(pick.choice([".json", ".ubj"]))
    booster.save_model(path)
    margin = booster.predict(matrix(x[ROWS:]), output_margin=True)
    return path, settings, {"X": x[ROWS:], "margin": margin}


LIGHTGBM = {
    "regression": "number", "regression_l1": "number", "huber": "number", "fair": "number",
    "quantile": "number", "mape": "positive", "poisson": "count", "gamma": "positive",
    "tweedie": "positive", "binary": "binary", "cross_entropy": "share",
    "cross_entropy_lambda": "share", "multiclass": "classes", "multiclassova": "classes",
    "lambdarank": "grades", "rank_xendcg": "grades",
}


def lightgbm(pick, rng, seed, path):
    import lightgbm as library

    objective, target = pick.choice(list(LIGHTGBM.items()))
    categorical = pick.random() < 0.4
    x = table(rng, pick.choice([3, 6, 12]), categorical).astype(float)
    settings = {
        "objective": objective, "num_leaves": pick.choice([2, 7, 31]), "seed": seed, "num_threads": 1,
        "learning_rate": pick.choice([0.05, 0.3]), "min_data_in_leaf": pick.choice([1, 20]),
        "use_missing": pick.random() < 0.8, "zero_as_missing": pick.random() < 0.3, "verbose": -1,
        "boosting": pick.choice(["gbdt", "gbdt", "dart", "rf"]), "min_data_per_group": 5,
        "boost_from_average": pick.random() < 0.8, "extra_trees": pick.random() < 0.2,
        "reg_sqrt": pick.random() < 0.2, "sigmoid": pick.choice([0.7, 1.0]),
    }
    if settings["boosting"] == "rf":
        settings |= {"bagging_freq": 1, "bagging_fraction": 0.7}
    if target == "classes":
        settings |= {"num_class": 4}
    data = library.Dataset(
        x[:ROWS], targets(rng, x)[target], params=settings,
        categorical_feature=[1] if categorical else "auto",
        group=[40] * 10 if target == "grades" else None,
    )
    booster = library.train(settings, data, pick.choice([1, 5, 30]))
    path = path.with_suffix(".txt")
    booster.save_model(path)
    return path, settings, {"X": x[ROWS:], "margin": booster.predict(x[ROWS:], raw_score=True)}


SKLEARN = [
    "RandomForest", "ExtraTrees", "GradientBoosting", "HistGradientBoosting", "DecisionTree",
    "LogisticRegression",
]


def sklearn(pick, rng, seed, path):
    from sklearn import ensemble, linear_model, pipeline, preprocessing, tree
    from sklearn_dump import dump

    family, task = pick.choice(SKLEARN), pick.choice(["Regressor", "Classifier"])
    x = table(rng, pick.choice([3, 6, 12]), False)
    settings = {"max_depth": pick.choice([2, 5, None])}
    if family == "LogisticRegression":
        # In f64: from rows of f32 scikit-learn learns and predicts in f32.
        settings, x = {"C": pick.choice([0.1, 1, 10])}, np.nan_to_num(x, nan=0.5).astype(float)
        model = linear_model.LogisticRegression(**settings)
        if pick.random() < 0.5:
            model = pipeline.make_pipeline(preprocessing.StandardScaler(), model)
        task = "Classifier"
    else:
        module = tree if family == "DecisionTree" else ensemble
        count = {"HistGradientBoosting": "max_iter", "DecisionTree": None}.get(family, "n_estimators")
        if count:
            settings[count] = pick.choice([1, 5, 30])
        if family == "GradientBoosting":
            x = np.nan_to_num(x, nan=0.5)
        model = getattr(module, family + task)(random_state=seed, **settings)
    kind = "number" if task == "Regressor" else pick.choice(["binary", "classes"])
    model.fit(x[:ROWS], targets(rng, x)[kind])
    dump(model, path.with_suffix(".json"))
    if task == "Classifier":
        p = model.predict_proba(x[ROWS:])
        pred = p[:, 1] if p.shape[1] == 2 else p
    else:
        pred = model.predict(x[ROWS:])
    settings |= {"model": family + task, "target": kind}
    return path.with_suffix(".json"), settings, {"X": x[ROWS:], "pred": pred}


def main():
    library, count, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    make = {"xgboost": xgboost, "lightgbm": lightgbm, "sklearn": sklearn}[library]
    for number in range(seed, seed + count):
        name = f"{library}-{number}"
        pick, rng = random.Random(number), np.random.default_rng(number)
        path, settings, arrays = make(pick, rng, number, folder / name)
        write(folder, name, library, "", **arrays)
        print(json.dumps({"name": name, "file": path.name, "settings": settings}), flush=True)


if __name__ == "__main__":
    main()
