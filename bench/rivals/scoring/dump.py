"""Trees of XGBoost and LightGBM as plain arrays, for the Rust side.

Until the product's own readers of these formats are in place. A split sends x < threshold (f32)
left; missing follows default_left; children come after their parent; -1 marks a leaf. "f32" says
that leaves are f32 numbers.
"""

import json

import numpy as np

SECOND_LARGEST = float(np.nextafter(np.finfo("f4").max, np.float32(0)))


def xgboost(path):
    """The margin base and the trees of a saved XGBoost model with a logistic objective."""
    learner = json.loads(path.read_text())["learner"]
    mean = json.loads(learner["learner_model_param"]["base_score"])[0]
    trees = []
    for tree in learner["gradient_booster"]["model"]["trees"]:

        def node(i, tree=tree):
            left, right = tree["left_children"][i], tree["right_children"][i]
            value, cover = tree["split_conditions"][i], tree["sum_hessian"][i]
            if left == -1:
                return {"leaf": value, "cover": cover}
            return {
                "feature": tree["split_indices"][i],
                "threshold": value,
                "default_left": bool(tree["default_left"][i]),
                "cover": cover,
                "children": (left, right),
            }

        trees.append(flatten(0, node))
    return {"base_score": float(np.log(mean / (1 - mean))), "f32": True, "trees": trees}


def lightgbm(booster):
    """The same of a LightGBM booster: x <= t in f64 is x < the next f32 above t."""
    trees = []
    for tree in booster.dump_model()["tree_info"]:

        def node(at):
            if "leaf_value" in at:
                return {"leaf": at["leaf_value"], "cover": at.get("leaf_count", 0)}
            if at["decision_type"] != "<=" or at["missing_type"] == "Zero":
                raise ValueError(f"not a plain split: {at}")
            # "Present or missing" is a threshold beyond f32: its largest number says the same of rows.
            threshold = min(at["threshold"], SECOND_LARGEST)
            below = np.float32(threshold)
            if float(below) > threshold:
                below = np.nextafter(below, np.float32(-np.inf))
            # Without missing values in training, LightGBM takes a missing one for 0.
            zero_left = 0.0 <= at["threshold"]
            return {
                "feature": at["split_feature"],
                "threshold": float(np.nextafter(below, np.float32(np.inf))),
                "default_left": at["default_left"] if at["missing_type"] == "NaN" else zero_left,
                "cover": at["internal_count"],
                "children": (at["left_child"], at["right_child"]),
            }

        trees.append(flatten(tree["tree_structure"], node))
    return {"base_score": 0.0, "f32": False, "trees": trees}


def flatten(root, node):
    """Numbers the nodes breadth first."""
    arrays = {k: [] for k in ("feature", "threshold", "default_left", "left", "right", "leaf", "cover")}
    queue = [root]
    for at in queue:
        fields = node(at)
        left = right = -1
        if "children" in fields:
            left, right = len(queue), len(queue) + 1
            queue.extend(fields["children"])
        for name in ("feature", "threshold", "leaf", "cover"):
            arrays[name].append(fields.get(name, 0))
        arrays["default_left"].append(fields.get("default_left", False))
        arrays["left"].append(left)
        arrays["right"].append(right)
    return arrays
