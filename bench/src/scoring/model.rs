//! The models that all sides score.

use std::path::Path;

use anyhow::{Context, Result, bail};
use chatsignal_core::model::{Dialect, Model, TreeEnsemble};
use chatsignal_interop::{Options, import};

use crate::rival::read_f64;

/// A model that all sides score.
#[derive(Debug)]
pub struct Loaded {
    /// Name of its files.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// As it is imported: sums in the arithmetic of the library.
    pub model: Model,
    /// Its trees, with sums in f64.
    pub sums_f64: TreeEnsemble,
    /// The library's own margins of the rows.
    pub margins: Vec<f64>,
    /// It has many deep trees: fewer rows are explained.
    pub large: bool,
}

impl Loaded {
    /// Imports the models and writes each as a model file of our own.
    ///
    /// # Errors
    /// A file that is missing or not sound.
    pub fn all(folder: &Path) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for (name, extension, about, large) in [
            ("xgb_100x6", "json", "XGBoost, 100 trees of depth 6", false),
            ("xgb_500x8", "json", "XGBoost, 500 trees of depth 8", true),
            ("lgb_100x6", "txt", "LightGBM, 100 trees of depth 6", false),
            ("lgb_500x8", "txt", "LightGBM, 500 trees of depth 8", true),
        ] {
            let path = folder.join(format!("{name}.{extension}"));
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let imported =
                import(&bytes, &Options::default()).with_context(|| path.display().to_string())?;
            let model = imported.model.clone();
            std::fs::write(folder.join(format!("{name}.csm")), imported.into_artifact().encode())?;
            let Model::Trees(trees) = &model else { bail!("{name} is no tree model") };
            let sums_f64 = TreeEnsemble { dialect: Dialect::default(), ..trees.clone() };
            let margins = read_f64(&folder.join(format!("{name}.margins.f64")))?;
            all.push(Self { name, about, model, sums_f64, margins, large });
        }
        Ok(all)
    }
}
