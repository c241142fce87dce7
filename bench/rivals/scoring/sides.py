"""What the worker times. Each function loads a model and returns a call without arguments.

The calls of `batch` and `single` give one margin a row (onnxruntime: a probability), those of `shap`
24 contributions a row, those of `interactions` 24 x 24. Libraries are imported where they are used:
not every environment has all of them.
"""

import ctypes

import numpy as np


def xgboost_model(folder, model, threads):
    import xgboost as xgb

    booster = xgb.Booster(model_file=folder / f"{model}.json")
    booster.set_param({"nthread": threads})
    return booster


def xgboost_batch(folder, model, rows, threads):
    booster = xgboost_model(folder, model, threads)
    return lambda: booster.inplace_predict(rows, predict_type="margin")


def xgboost_single(folder, model, rows, threads):
    booster = xgboost_model(folder, model, threads)
    return lambda: [booster.inplace_predict(rows[i : i + 1], predict_type="margin")[0] for i in range(len(rows))]


def xgboost_shap(folder, model, rows, threads):
    import xgboost as xgb

    booster = xgboost_model(folder, model, threads)
    # A new matrix each time: predictions on the same one may be cached.
    return lambda: booster.predict(xgb.DMatrix(rows, nthread=threads), pred_contribs=True)[:, :-1]


def xgboost_interactions(folder, model, rows, threads):
    import xgboost as xgb

    booster = xgboost_model(folder, model, threads)
    return lambda: booster.predict(xgb.DMatrix(rows, nthread=threads), pred_interactions=True)[:, :-1, :-1]


def lightgbm_model(folder, model):
    import lightgbm as lgb

    return lgb.Booster(model_file=folder / f"{model}.txt")


def lightgbm_batch(folder, model, rows, threads):
    booster = lightgbm_model(folder, model)
    return lambda: booster.predict(rows, raw_score=True, num_threads=threads)


def lightgbm_single(folder, model, rows, threads):
    """The C interface for single rows with a prepared configuration."""
    from lightgbm.basic import _LIB

    booster = lightgbm_model(folder, model)
    config, length, answer = ctypes.c_void_p(), ctypes.c_int64(), ctypes.c_double()
    raw_score, f32 = 1, 0
    failed = _LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
        booster._handle, raw_score, 0, -1, f32, rows.shape[1],
        f"num_threads={threads}".encode(), ctypes.byref(config),
    )  # fmt: skip
    if failed:
        raise RuntimeError("LGBM_BoosterPredictForMatSingleRowFastInit")
    call = _LIB.LGBM_BoosterPredictForMatSingleRowFast
    addresses = [ctypes.c_void_p(row.ctypes.data) for row in rows]
    length_at, answer_at = ctypes.byref(length), ctypes.byref(answer)

    def run():
        out = []
        for address in addresses:
            call(config, address, length_at, answer_at)
            out.append(answer.value)
        return out

    run.keep = booster
    return run


def lightgbm_shap(folder, model, rows, threads):
    booster = lightgbm_model(folder, model)
    return lambda: booster.predict(rows, pred_contrib=True, num_threads=threads)[:, :-1]


def treelite_model(folder, model):
    import treelite

    return treelite.frontend.load_xgboost_model(folder / f"{model}.json")


def treelite_batch(folder, model, rows, threads):
    import treelite

    loaded = treelite_model(folder, model)
    return lambda: treelite.gtil.predict(loaded, rows, nthread=threads, pred_margin=True).ravel()


def tl2cgen_batch(folder, model, rows, threads):
    """Compiled C; the library of a model is kept between runs."""
    import tl2cgen

    path = folder / f"{model}.so"
    if not path.exists():
        loaded = treelite_model(folder, model)
        # Units of five trees: gcc's time grows faster than a unit.
        params = {"parallel_comp": max(1, loaded.num_tree // 5)}
        tl2cgen.export_lib(loaded, toolchain="gcc", libpath=path, params=params, nthread=1)
    predictor = tl2cgen.Predictor(path, nthread=threads)
    matrix = tl2cgen.DMatrix(rows)
    return lambda: predictor.predict(matrix, pred_margin=True).ravel()


def lleaves_batch(folder, model, rows, threads):
    """Compiled by LLVM; the code of a model is kept between runs."""
    import lleaves

    compiled = lleaves.Model(model_file=folder / f"{model}.txt")
    # With its defaults 500 trees take gigabytes and many minutes; so compiled, 100 trees of depth 6
    # are 4 % slower than with the defaults.
    small = {} if compiled.num_trees() <= 100 else {"fblocksize": 10, "finline": False}
    compiled.compile(cache=folder / f"{model}.lleaves", raw_score=True, **small)
    return lambda: compiled.predict(rows, n_jobs=threads)


def onnxruntime_batch(folder, model, rows, threads):
    import onnxmltools
    import onnxruntime
    from onnxmltools.convert.common.data_types import FloatTensorType

    kinds = [("x", FloatTensorType([None, rows.shape[1]]))]
    if model.startswith("xgb"):
        converted = onnxmltools.convert_xgboost(xgboost_model(folder, model, 1), initial_types=kinds)
    else:
        converted = onnxmltools.convert_lightgbm(lightgbm_model(folder, model), initial_types=kinds, zipmap=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that wait don't take the other sides' time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        converted.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda: session.run(["probabilities"], {"x": rows})[0][:, 1]


def shap_shap(folder, model, rows, threads):
    import shap

    loaded = xgboost_model(folder, model, threads) if model.startswith("xgb") else lightgbm_model(folder, model)
    explainer = shap.TreeExplainer(loaded)
    return lambda: positive(explainer.shap_values(rows, check_additivity=False))


def fasttreeshap_shap(folder, model, rows, threads, algorithm="v1"):
    import fasttreeshap

    explainer = fasttreeshap.TreeExplainer(lightgbm_model(folder, model), algorithm=algorithm, n_jobs=threads)
    return lambda: positive(explainer.shap_values(rows, check_additivity=False))


def fasttreeshap_v2_shap(folder, model, rows, threads):
    return fasttreeshap_shap(folder, model, rows, threads, "v2")


def positive(values):
    """Contributions to the margin of class 1, where both classes are given."""
    return np.asarray(values[1] if isinstance(values, list) else values)
