"""Writes a fitted scikit-learn model as JSON that `chatsignal models import` reads.

    from sklearn_dump import dump
    dump(model, "model.json")

or, for a model kept with joblib or pickle (only open files that you trust: loading runs code):

    python sklearn_dump.py model.joblib model.json

Needs scikit-learn (1.0 or later) and nothing else. What the format cannot hold is refused by name
(NotImplementedError); nothing is guessed.

Models:
    DecisionTree, ExtraTree, RandomForest, ExtraTrees: classifier, regressor
    GradientBoosting, HistGradientBoosting: classifier, regressor
    LogisticRegression
    IsotonicRegression (out_of_bounds="clip", rising, from 0 to 1)
    Pipeline of StandardScaler and LogisticRegression
    CalibratedClassifierCV of one fitted model (ensemble=False), two classes

Documents: {"format": "sklearn-forest"}, {"format": "scaler+logistic"} and {"format": "isotonic"}.

sklearn-forest:
    sklearn, model   version and class; HistGradientBoosting* compares f64(x) <= threshold
    n_features       number of inputs
    features         their names, or null
    categories       [{"feature": 3, "names": ["a", "b"]}]: inputs that are categories; the position
                     of a name is its code
    classes          class labels, or null for a regressor
    aggregation      "mean" or "sum" of the trees
    base             what is added to it, one number per output
    link             "identity", "clip" (to 0-1), "sigmoid", "exp" or "softmax"
    calibration      {"kind": "platt", "a", "b"} or {"kind": "isotonic", "x", "y"}, if there is one
    trees            a list of {
        output             which output it adds to; absent when the leaves hold one value per class
        left, right        children of each node, -1 at leaves; node 0 is the root
        feature, threshold float32(x) <= threshold goes left
        missing_go_to_left 1 where NaN goes left
        value              a number per node, or a list of one per class (class fractions)
        cover              training weight of each node
        category_left      null, or the codes that go left
    }

scaler+logistic: features, mean and scale (absent without a scaler), coef, intercept, classes.
isotonic: x and y, the points of the curve.
"""

import json
import math
import sys

import sklearn

LARGEST = sys.float_info.max


def dump(model, path):
    """Writes `model` to the file `path`."""
    text = json.dumps(document(model), allow_nan=False)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def document(model):
    """The document of a model."""
    name = type(model).__name__
    writers = {
        "DecisionTreeClassifier": forest, "DecisionTreeRegressor": forest,
        "ExtraTreeClassifier": forest, "ExtraTreeRegressor": forest,
        "RandomForestClassifier": forest, "RandomForestRegressor": forest,
        "ExtraTreesClassifier": forest, "ExtraTreesRegressor": forest,
        "GradientBoostingClassifier": boosting, "GradientBoostingRegressor": boosting,
        "HistGradientBoostingClassifier": histogram, "HistGradientBoostingRegressor": histogram,
        "LogisticRegression": logistic, "Pipeline": pipeline,
        "IsotonicRegression": isotonic, "CalibratedClassifierCV": calibrated,
    }
    if name not in writers:
        refuse(name, "this model")
    head = {"sklearn": sklearn.__version__, "model": name}
    body = writers[name](model)
    return {"format": body.pop("format", "sklearn-forest"), **head, **body}


def refuse(name, what):
    raise NotImplementedError(f"{name}: {what} is not supported")


def inputs(model):
    names = getattr(model, "feature_names_in_", None)
    return {"n_features": int(model.n_features_in_),
            "features": None if names is None else [str(name) for name in names]}


def labels(model):
    """Class labels of a classifier, else None."""
    classes = getattr(model, "classes_", None)
    if classes is None:
        return None
    if isinstance(classes, list):
        refuse(type(model).__name__, "a model of several targets")
    if len(classes) < 2:
        refuse(type(model).__name__, "a model of one class")
    return [label if isinstance(label, (str, bool)) else float(label) for label in classes.tolist()]


def finite(threshold):
    """JSON holds no infinity; the largest number parts the same values."""
    return max(-LARGEST, min(LARGEST, float(threshold)))


def arrays(tree, value):
    """The arrays of a `sklearn.tree._tree.Tree`, with these values."""
    missing = getattr(tree, "missing_go_to_left", None)
    return {
        "left": tree.children_left.tolist(),
        "right": tree.children_right.tolist(),
        "feature": tree.feature.tolist(),
        "threshold": [finite(t) for t in tree.threshold],
        "missing_go_to_left": [0] * tree.node_count if missing is None else
                              [int(left) for left in missing],
        "value": value,
        "cover": tree.weighted_n_node_samples.tolist(),
    }


def forest(model):
    """A forest, or a tree as a forest of one."""
    classes = labels(model)
    if getattr(model, "n_outputs_", 1) != 1:
        refuse(type(model).__name__, "a model of several targets")
    trees = []
    for tree in [member.tree_ for member in getattr(model, "estimators_", [model])]:
        value = tree.value[:, 0, :]
        if classes is None:
            trees.append(arrays(tree, value[:, 0].tolist()))
        else:
            # Fractions since scikit-learn 1.3, weights before.
            counts = value.sum(axis=1, keepdims=True)
            fractions = value if abs(counts - 1).max() < 1e-9 else value / counts
            trees.append(arrays(tree, fractions.tolist()))
    return {**inputs(model), "classes": classes, "aggregation": "mean",
            "link": "identity" if classes is None else "clip", "trees": trees}


def boosting(model):
    """GradientBoosting: the starting value and the scaled leaves."""
    name, classes = type(model).__name__, labels(model)
    if not (model.init_ == "zero" or type(model.init_).__name__ in ("DummyClassifier",
                                                                   "DummyRegressor")):
        refuse(name, f"init={type(model.init_).__name__}")
    strategy = getattr(model.init_, "strategy", None)
    if strategy in ("stratified", "uniform"):
        refuse(name, f"an init that answers at random (strategy={strategy!r})")
    row = [[0.0] * model.n_features_in_]
    base = model._raw_predict_init(model._validate_X_predict(row) if hasattr(
        model, "_validate_X_predict") else row)
    rate = float(model.learning_rate)
    trees = []
    for stage in model.estimators_:
        for output, member in enumerate(stage):
            value = [rate * float(v) for v in member.tree_.value[:, 0, 0]]
            trees.append({"output": output, **arrays(member.tree_, value)})
    body = {**inputs(model), "classes": classes, "aggregation": "sum",
            "base": [float(b) for b in base[0]], "link": link(len(base[0]), classes),
            "trees": trees}
    if classes is not None and model.loss == "exponential":
        body["calibration"] = {"kind": "platt", "a": 2.0, "b": 0.0}
    return body


def link(outputs, classes):
    if classes is None:
        return "identity"
    return "sigmoid" if outputs == 1 else "softmax"


def histogram(model):
    """HistGradientBoosting: categories come first inside the model; here inputs keep their order."""
    name, classes = type(model).__name__, labels(model)
    categorical = model.is_categorical_
    if categorical is not None and not any(categorical):
        categorical = None
    order, categories = list(range(model.n_features_in_)), []
    if categorical is not None:
        if getattr(model, "_preprocessor", None) is None:
            refuse(name, "categorical_features before scikit-learn 1.4")
        order = sorted(order, key=lambda j: not categorical[j])
        encoder = model._preprocessor.named_transformers_["encoder"]
        for feature, known in zip(order, encoder.categories_):
            known = [label for label in known.tolist() if label is not None and label == label]
            categories.append({"feature": feature, "names": [text(label) for label in known]})
    trees = []
    for stage in model._predictors:
        for output, predictor in enumerate(stage):
            trees.append({"output": output, **nodes(predictor, order)})
    base = [float(b) for b in model._baseline_prediction.ravel()]
    how = link(len(base), classes)
    if classes is None and model.loss in ("poisson", "gamma"):
        how = "exp"
    return {**inputs(model), "categories": categories, "classes": classes, "aggregation": "sum",
            "base": base, "link": how, "trees": trees}


def text(label):
    """A category as a text; whole numbers without a decimal point."""
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


def nodes(predictor, order):
    """The arrays of one predictor of HistGradientBoosting."""
    table, sets = predictor.nodes, predictor.raw_left_cat_bitsets
    leaf = [bool(node["is_leaf"]) for node in table]
    category = ("is_categorical" in table.dtype.names)
    codes = [
        [code for code in range(256) if int(sets[node["bitset_idx"]][code // 32]) >> (code % 32) & 1]
        if category and node["is_categorical"] and not is_leaf else None
        for node, is_leaf in zip(table, leaf)
    ]
    pick = lambda name, rest, convert: [rest if is_leaf else convert(node[name])
                                        for node, is_leaf in zip(table, leaf)]
    arrays = {
        "left": pick("left", -1, int),
        "right": pick("right", -1, int),
        "feature": pick("feature_idx", -2, lambda feature: order[int(feature)]),
        "threshold": pick("num_threshold", -2.0, finite),
        "missing_go_to_left": pick("missing_go_to_left", 0, int),
        "value": [float(node["value"]) for node in table],
        "cover": [float(node["count"]) for node in table],
    }
    return {**arrays, "category_left": codes} if any(c is not None for c in codes) else arrays


def logistic(model, scaler=None):
    """LogisticRegression, with the scaler before it."""
    classes = labels(model)
    if len(classes) > 2 and (model.solver == "liblinear"
                             or getattr(model, "multi_class", "auto") == "ovr"):
        refuse("LogisticRegression", "one-versus-rest of more than two classes")
    if len(classes) == 2 and getattr(model, "multi_class", "auto") == "multinomial":
        refuse("LogisticRegression", "multi_class='multinomial' of two classes")
    first = model if scaler is None else scaler
    single = len(model.intercept_) == 1
    body = {"format": "scaler+logistic", "C": float(model.C), "features": inputs(first)["features"],
            "classes": classes, "coef": (model.coef_[0] if single else model.coef_).tolist(),
            "intercept": [float(b) for b in model.intercept_]}
    if scaler is not None:
        if getattr(scaler, "mean_", None) is not None and scaler.with_mean:
            body["mean"] = scaler.mean_.tolist()
        if getattr(scaler, "scale_", None) is not None:
            body["scale"] = scaler.scale_.tolist()
    return body


def pipeline(model):
    """StandardScaler and LogisticRegression, or a single step."""
    steps = [step for _, step in model.steps if step is not None and step != "passthrough"]
    names = [type(step).__name__ for step in steps]
    if names == ["StandardScaler", "LogisticRegression"]:
        return logistic(steps[1], steps[0])
    if len(steps) == 1:
        return document(steps[0])
    refuse("Pipeline", " + ".join(names))


def curve(model):
    """The points of an isotonic regression."""
    if model.out_of_bounds != "clip":
        refuse("IsotonicRegression", f"out_of_bounds={model.out_of_bounds!r} ('clip' is)")
    return {"x": [float(x) for x in model.X_thresholds_], "y": [float(y) for y in model.y_thresholds_]}


def isotonic(model):
    if not model.increasing_:
        refuse("IsotonicRegression", "a falling curve")
    if model.y_thresholds_.min() < 0 or model.y_thresholds_.max() > 1:
        refuse("IsotonicRegression", "a curve beyond 0 to 1 (it calibrates probabilities)")
    return {"format": "isotonic", **curve(model)}


def calibrated(model):
    """A model of two classes with one calibrator after it."""
    name = "CalibratedClassifierCV"
    if len(model.calibrated_classifiers_) != 1:
        refuse(name, "a mean of several models (ensemble=True)")
    member = model.calibrated_classifiers_[0]
    if len(member.classes) != 2 or len(member.calibrators) != 1:
        refuse(name, "more than two classes, or temperature scaling")
    inner = member.estimator
    while type(inner).__name__ == "FrozenEstimator":
        inner = inner.estimator
    body = document(inner)
    if "calibration" in body or len(body["classes"]) != 2:
        refuse(name, "a model that has a calibration already")
    step = member.calibrators[0]
    kind = type(step).__name__
    if kind == "_SigmoidCalibration":
        # 1 / (1 + exp(a z + b))
        calibration = {"kind": "platt", "a": -float(step.a_), "b": -float(step.b_)}
    elif kind == "IsotonicRegression":
        calibration = {"kind": "isotonic", **curve(step)}
        if hasattr(inner, "decision_function"):
            # The curve is over the margin, not over the probability.
            if body["format"] != "sklearn-forest":
                refuse(name, "an isotonic curve over a logistic regression")
            body["link"] = "identity"
    else:
        refuse(name, kind)
    if not all(math.isfinite(v) for v in calibration.values() if isinstance(v, float)):
        refuse(name, "a calibrator that is not finite")
    return {**body, "calibration": calibration}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        import joblib

        loaded = joblib.load(sys.argv[1])
    except ImportError:
        import pickle

        with open(sys.argv[1], "rb") as file:
            loaded = pickle.load(file)
    try:
        dump(loaded, sys.argv[2])
    except NotImplementedError as refusal:
        sys.exit(str(refusal))
