"""Small ONNX-ML models with what onnxruntime says of some rows.

Command: python3 tests/golden/gen/interop_onnx.py tests/golden/interop
Needs: numpy onnx==1.23.2 onnxruntime==1.32.0 scikit-learn==1.9.1 skl2onnx==1.20.0
onnxmltools==1.16.0 lightgbm==4.7.0
"""

import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import onnx
import onnxruntime
from interop_rows import probes, table, write
from onnx import TensorProto, helper
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.ensemble import (
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SOURCE = f"onnxruntime {onnxruntime.__version__}: run(), in f32"
COMMAND = "python3 tests/golden/gen/interop_onnx.py tests/golden/interop"
COLUMNS = 4


def save(folder, name, model, rows, pair):
    """`pair`: whether the case is about the second of two classes alone."""
    text = model.SerializeToString()
    (folder / f"{name}.onnx").write_bytes(text)
    session = onnxruntime.InferenceSession(text, providers=["CPUExecutionProvider"])
    answer = session.run(None, {session.get_inputs()[0].name: rows})[-1]
    if isinstance(answer, list):
        answer = np.array([list(row.values()) for row in answer])
    write(folder, name, SOURCE, COMMAND, X=rows, pred=answer[:, 1] if pair else answer)


def split(model):
    """Thresholds of the tree nodes."""
    for node in model.graph.node:
        lists = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if "nodes_modes" in lists:
            found = zip(lists["nodes_featureids"], lists["nodes_values"], lists["nodes_modes"])
            return [(j, t) for j, t, mode in found if mode != b"LEAF"][::2][:6]
    return []


def made(kind, pair=False, **attributes):
    """A model of one node over three trees that use every comparison."""
    modes, values, features, yes, no, trees, ids, missing = [], [], [], [], [], [], [], []
    for tree, (first, second) in enumerate([("LEQ", "GT"), ("LT", "GTE"), ("GTE", "LEQ")]):
        # Node numbers with gaps; onnxruntime takes the first node of a tree as its root.
        for node, mode, value, feature, left, right, nan in [
            (5, "BRANCH_" + first, 0.5 - tree / 2, tree, 4, 2, 1 - tree % 2),
            (7, "LEAF", 0, 0, 0, 0, 0), (9, "LEAF", 0, 0, 0, 0, 0), (4, "LEAF", 0, 0, 0, 0, 0),
            (2, "BRANCH_" + second, 0.25 * tree - 0.25, 1, 7, 9, tree % 2),
        ]:
            trees.append(tree)
            ids.append(node)
            modes.append(mode)
            values.append(float(value))
            features.append(feature)
            yes.append(left)
            no.append(right)
            missing.append(nan)
    outputs = 2 if kind == "Regressor" else 3
    word = "target" if kind == "Regressor" else "class"
    leaves = [(t, n, k) for t in range(3) for n in (4, 7, 9) for k in range(outputs) if (t + n + k) % 3]
    weights = [round(0.1 * (t + 1) - 0.07 * n + 0.3 * k, 3) for t, n, k in leaves]
    lists = {f"{word}_treeids": [t for t, _, _ in leaves], f"{word}_nodeids": [n for _, n, _ in leaves],
             f"{word}_ids": [k for _, _, k in leaves], f"{word}_weights": weights}
    node = helper.make_node(
        "TreeEnsemble" + kind, ["rows"], ["scores"] if kind == "Regressor" else ["label", "scores"],
        domain="ai.onnx.ml", nodes_treeids=trees, nodes_nodeids=ids, nodes_featureids=features,
        nodes_values=values, nodes_modes=modes, nodes_truenodeids=yes, nodes_falsenodeids=no,
        nodes_missing_value_tracks_true=missing, **lists, **attributes)
    inputs = [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, COLUMNS])]
    ends = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, outputs])]
    graph = helper.make_graph([node], "made", inputs, ends)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("ai.onnx.ml", 1),
                                                    helper.make_opsetid("", 15)], ir_version=8)
    return model


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(22)
    x = table(rng, 300, COLUMNS)
    full = np.nan_to_num(x, nan=0.5)
    signal = full[:, 0] + 2 * (full[:, 1] > 0.3) - full[:, 2] * full[:, 3]
    up, three = (signal > 0.5).astype(int), np.digitize(signal, [0.0, 1.5])
    small = {"n_estimators": 3, "max_depth": 3, "random_state": 3}
    for name, model, y, pair in [
        ("onnx_rf_clf", RandomForestClassifier(**small), up, True),
        ("onnx_rf_clf3", RandomForestClassifier(**small), three, False),
        ("onnx_rf_reg", RandomForestRegressor(**small), signal, False),
        ("onnx_gb_clf", GradientBoostingClassifier(**small), up, True),
        ("onnx_gb_clf3", GradientBoostingClassifier(**small), three, False),
        ("onnx_logistic", make_pipeline(StandardScaler(), LogisticRegression()), up, True),
        ("onnx_logistic3", make_pipeline(StandardScaler(), LogisticRegression()), three, False),
        ("onnx_linear", LinearRegression(), signal, False),
    ]:
        model.fit(full, y)
        converted = to_onnx(model, full[:1], target_opset={"": 15, "ai.onnx.ml": 1})
        linear = "logistic" in name or "linear" in name
        save(folder, name, converted, full[:30] if linear else probes(full, split(converted), False), pair)
    for name, parameters, y, pair in [
        ("onnx_lgb_binary", {"objective": "binary"}, up, True),
        ("onnx_lgb_multi", {"objective": "multiclass", "num_class": 3}, three, False),
        ("onnx_lgb_reg", {"objective": "regression"}, signal, False),
    ]:
        booster = lgb.train({"num_leaves": 5, "verbosity": -1, "seed": 1, **parameters}, lgb.Dataset(x, y), 3)
        converted = convert_lightgbm(booster, initial_types=[("rows", FloatTensorType([None, COLUMNS]))],
                                     zipmap=False, target_opset=15)
        save(folder, name, converted, probes(x, split(converted)), pair)
    base = {"base_values": [0.5, -0.25]}
    model = made("Regressor", n_targets=2, aggregate_function="AVERAGE", **base)
    save(folder, "onnx_made_mean", model, probes(x, split(model)), False)
    model = made("Regressor", n_targets=2, aggregate_function="SUM", post_transform="LOGISTIC")
    save(folder, "onnx_made_sum", model, probes(x, split(model)), False)
    model = made("Classifier", classlabels_strings=["low", "mid", "top"], post_transform="SOFTMAX",
                 base_values=[0.1, 0.2, -0.3])
    save(folder, "onnx_made_classes", model, probes(x, split(model)), False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
