//! The shipped prior models: trained anew on simulated data, byte for byte.

use anyhow::Result;

use crate::step;

/// Writes `models/<kind>/1`.
pub fn run() -> Result<()> {
    let package = ["run", "--release", "--package", "chatsignal-bench", "--bin", "prior_models"];
    let mut models = step::cargo(package);
    models.args(["--", "models"]);
    step::run(models)
}
