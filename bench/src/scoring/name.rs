//! Names of sides that more than one place speaks of.

/// Our scorer on the best level of the machine.
pub const SCORER: &str = "**chatsignal** scorer, sums in f64";
/// Our scorer with XGBoost's sums in f32.
pub const SCORER_F32: &str = "**chatsignal** scorer, sums in f32";
/// Our scorer without instructions of a level.
pub const PORTABLE: &str = "**chatsignal** scorer, portable, sums in f64";
/// Our plain walk.
pub const WALK: &str = "**chatsignal** plain walk";
/// Our module under Node, margins only.
pub const WASM_MARGINS: &str = "**chatsignal** WebAssembly, `margins`";
/// Our module under Node, margins, links and values.
pub const WASM_PREDICT: &str = "**chatsignal** WebAssembly, `predict`";
/// Our contributions, one row a call.
pub const EXPLAIN: &str = "**chatsignal** `explain`, one row a call";
/// Our contributions, many rows a call.
pub const EXPLAIN_ROWS: &str = "**chatsignal** `explain_rows`";
/// Our interaction values.
pub const INTERACTIONS: &str = "**chatsignal** `interactions`, one row a call";
/// XGBoost's way of scoring without a matrix of its own.
pub const XGBOOST: &str = "XGBoost inplace_predict";
/// XGBoost's contributions.
pub const XGBOOST_SHAP: &str = "XGBoost pred_contribs";
/// LightGBM's contributions.
pub const LIGHTGBM_SHAP: &str = "LightGBM pred_contrib";

/// ONNX trees, which give a probability.
pub const ONNXRUNTIME: &str = "onnxruntime (probability)";

/// Whether a side is ours.
#[must_use]
pub fn is_ours(name: &str) -> bool {
    name.starts_with("**chatsignal**")
}
