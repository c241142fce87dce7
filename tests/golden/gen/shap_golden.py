"""Turns models and SHAP values of XGBoost and scikit-learn into small golden files.

Command: python3 tests/golden/gen/shap_golden.py FOLDER_OF_CASES tests/golden/explanations

Cases: xgb_reg_missing and xgb_bin_base03, made with XGBoost 3.2.0 (`predict(pred_contribs=True)`,
path-dependent TreeSHAP in f32). Trees become the arrays of chatsignal-core; every eighth row
is kept. The base score of a logistic objective is moved to margin space. No dependency.
"""

import json
import math
import sys
from pathlib import Path

LEAF = 2**32 - 1
CASES = {"xgb_reg_missing": lambda p: p, "xgb_bin_base03": lambda p: math.log(p / (1 - p))}


def tree(t):
    leaf = [left == -1 for left in t["left_children"]]
    keep = lambda name: [0 if is_leaf else v for is_leaf, v in zip(leaf, t[name])]
    child = lambda name: [LEAF if is_leaf else v for is_leaf, v in zip(leaf, t[name])]
    return {
        "split_feature": keep("split_indices"),
        "threshold": keep("split_conditions"),
        "default_left": [int(v) for v in keep("default_left")],
        "left": child("left_children"),
        "right": child("right_children"),
        "leaf_value": [c if is_leaf else 0 for is_leaf, c in zip(leaf, t["split_conditions"])],
        "cover": t["sum_hessian"],
    }


def main(source, target):
    target.mkdir(parents=True, exist_ok=True)
    for name, link in CASES.items():
        model = json.loads((source / f"{name}.xgb.json").read_text())["learner"]
        case = json.loads((source / f"{name}.case.json").read_text())
        base = float(model["learner_model_param"]["base_score"].strip("[]"))
        trees = model["gradient_booster"]["model"]["trees"]
        out = {
            "source": case["meta"]["lib"] + ", predict(output_margin=True), predict(pred_contribs=True)",
            "command": "python3 tests/golden/gen/shap_golden.py FOLDER tests/golden/explanations",
            "tolerance": "1e-5 of the largest number involved: the reference is kept in f32",
            "base_score": link(base),
            "trees": [tree(t) for t in trees],
            "rows": case["X"][::8],
            "margin": case["margin"][::8],
            "contributions": case["contribs"][::8],
        }
        text = json.dumps(out, separators=(",", ":"))
        (target / f"{name}.json").write_text(text + "\n")


main(Path(sys.argv[1]), Path(sys.argv[2]))
