"""Small scikit-learn models, as `sklearn_dump.py` writes them and as ONNX, with what scikit-learn
says of some rows.

Command: python3 tests/golden/gen/interop_sklearn.py tests/golden/interop
Needs: scikit-learn==1.9.1 numpy; for the ONNX files also onnx skl2onnx onnxmltools onnxruntime
lightgbm==4.7.0
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "interop/scripts"))

import numpy as np
import sklearn
from interop_rows import probes, table, ties, wide, write
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn_dump import document, dump

SOURCE = f"scikit-learn {sklearn.__version__}: predict_proba or predict, decision_function as margin"
COMMAND = "python3 tests/golden/gen/interop_sklearn.py tests/golden/interop"
ROWS, COLUMNS = 400, 5


def thresholds(model, most=6):
    """The first thresholds of a dumped model."""
    found = []
    for tree in document(model).get("trees", []):
        for left, feature, t in zip(tree["left"], tree["feature"], tree["threshold"]):
            if left >= 0 and abs(t) < 1e30:
                found.append((feature, t))
    return found[::3][:most]


def answers(model, rows):
    """Prediction (of the second of two classes) and margin, where there is one."""
    if not hasattr(model, "predict_proba"):
        return model.predict(rows), None
    p = model.predict_proba(rows)
    margin = model.decision_function(rows) if hasattr(model, "decision_function") else None
    return (p[:, 1] if p.shape[1] == 2 else p), margin


def case(folder, name, model, x, y, nan=True, rows=None):
    x = x if nan else np.nan_to_num(x, nan=0.5)
    model.fit(x, y)
    dump(model, folder / f"{name}.skl.json")
    rows = probes(x, thresholds(model), nan) if rows is None else rows
    # Linear models calculate in the type of the rows: in f64, as ours do.
    pred, margin = answers(model, rows.astype(np.float64))
    write(folder, name, SOURCE, COMMAND, X=rows, pred=pred, margin=margin)
    return model, rows


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(21)
    x = table(rng, ROWS, COLUMNS)
    full = np.nan_to_num(x, nan=0.7)
    signal = full[:, 0] + 2 * (full[:, 1] > 0.3) - full[:, 2] * full[:, 3] + rng.normal(size=ROWS) / 5
    up, three = (signal > 0.5).astype(int), np.digitize(signal, [0.0, 1.5])
    small = {"n_estimators": 4, "max_depth": 4, "random_state": 3}
    case(folder, "skl_rf_clf", RandomForestClassifier(**small), x, up)
    case(folder, "skl_rf_reg", RandomForestRegressor(**small), x, signal)
    case(folder, "skl_et_clf3", ExtraTreesClassifier(**small), x, three)
    words = np.array(["low", "mid", "top"])[three]
    case(folder, "skl_tree_clf3", DecisionTreeClassifier(max_depth=5), x, words)
    case(folder, "skl_gb_clf", GradientBoostingClassifier(**small), x, up, nan=False)
    case(folder, "skl_gb_exp", GradientBoostingClassifier(loss="exponential", **small), x, up,
         nan=False)
    case(folder, "skl_gb_clf3", GradientBoostingClassifier(n_estimators=3, max_depth=2), x, three,
         nan=False)
    case(folder, "skl_gb_reg", GradientBoostingRegressor(loss="huber", **small), x, signal, nan=False)
    hist = {"max_iter": 4, "max_leaf_nodes": 6, "learning_rate": 0.3}
    case(folder, "skl_hist_clf", HistGradientBoostingClassifier(**hist), x, up)
    case(folder, "skl_hist_clf3", HistGradientBoostingClassifier(**hist | {"max_iter": 2}), x, three)
    case(folder, "skl_hist_poisson", HistGradientBoostingRegressor(loss="poisson", **hist), x,
         rng.poisson(np.exp(signal / 3)))
    logistic = make_pipeline(StandardScaler(), LogisticRegression())
    case(folder, "skl_logistic", logistic, x, up, nan=False, rows=np.nan_to_num(x[:40], nan=0.5))
    case(folder, "skl_logistic3", make_pipeline(StandardScaler(), LogisticRegression()), x, three,
         nan=False, rows=np.nan_to_num(x[:40], nan=0.5))
    forest = RandomForestClassifier(**small)
    case(folder, "skl_platt_rf", CalibratedClassifierCV(forest, ensemble=False), x, up, rows=x[:40])
    boosted = GradientBoostingClassifier(**small)
    case(folder, "skl_isotonic_gb", CalibratedClassifierCV(boosted, ensemble=False, method="isotonic"),
         x, up, nan=False, rows=np.nan_to_num(x[:40], nan=0.5))
    case(folder, "skl_isotonic", IsotonicRegression(out_of_bounds="clip"), full[:, :1].astype(float), up,
         rows=x[:40, :1][~np.isnan(x[:40, 0])])

    # Codes of ours are positions of the categories; scikit-learn is shown the values themselves.
    values = np.array([3.0, 4.0, 7.0, 9.5])
    codes = rng.integers(0, 4, ROWS).astype(np.float32)
    codes[rng.random(ROWS) < 0.1] = np.nan
    shown = x.copy()
    shown[:, 2] = [np.nan if c != c else values[int(c)] for c in codes]
    target = signal + (codes == 2) * 3
    model = HistGradientBoostingRegressor(categorical_features=[2], **hist).fit(shown, target)
    dump(model, folder / "skl_hist_categorical.skl.json")
    rows = np.column_stack([x[:, :2], codes, x[:, 3:]]).astype(np.float32)[:40]
    write(folder, "skl_hist_categorical", SOURCE, COMMAND, X=rows, pred=model.predict(shown[:40]))
    in_f64(folder)


def in_f64(folder):
    """HistGradientBoosting compares in f64, and its thresholds are values of the data."""
    x = wide(np.random.default_rng(22), 600, 3)
    hist = {"max_iter": 4, "max_leaf_nodes": 6, "learning_rate": 0.3}
    signal = x[:, 0] + 80 * (x[:, 1] > 30) - x[:, 2] / 2
    model = HistGradientBoostingRegressor(**hist).fit(x, signal)
    case(folder, "skl_hist_f64", model, x, signal, rows=ties(x, thresholds(model, 12)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
