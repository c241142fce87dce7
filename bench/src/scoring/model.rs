//! The models that all sides score.

use std::path::Path;

use anyhow::Result;
use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState, Outputs};
use chatsignal_core::model::{Calibration, FeatureSchema, Model, Postprocessor, TreeEnsemble};
use chatsignal_core::time::TimestampMs;

use super::{FEATURES, dump};
use crate::rival::read_f64;

/// A model that all sides score.
#[derive(Debug)]
pub struct Loaded {
    /// Name of its files.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Its trees, with sums in f64.
    pub model: Model,
    /// The library's own margins of the rows.
    pub margins: Vec<f64>,
    /// It has many deep trees: fewer rows are explained.
    pub large: bool,
}

impl Loaded {
    /// Reads the models and writes each as a model file of our own.
    ///
    /// # Errors
    /// A file that is missing or not sound.
    pub fn all(folder: &Path) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for (name, about, large) in [
            ("xgb_100x6", "XGBoost, 100 trees of depth 6", false),
            ("xgb_500x8", "XGBoost, 500 trees of depth 8", true),
            ("lgb_100x6", "LightGBM, 100 trees of depth 6", false),
            ("lgb_500x8", "LightGBM, 500 trees of depth 8", true),
        ] {
            let model = Model::Trees(dump::read(&folder.join(format!("{name}.trees.json")))?);
            let file = artifact(&model).encode();
            std::fs::write(folder.join(format!("{name}.csm")), file)?;
            let margins = read_f64(&folder.join(format!("{name}.margins.f64")))?;
            all.push(Self { name, about, model, margins, large });
        }
        Ok(all)
    }

    /// Its trees.
    ///
    /// # Errors
    /// It is no tree model.
    pub fn trees(&self) -> Result<&TreeEnsemble> {
        match &self.model {
            Model::Trees(trees) => Ok(trees),
            Model::Logistic(_) => anyhow::bail!("{} is no tree model", self.name),
        }
    }
}

fn artifact(model: &Model) -> ModelArtifact {
    let names: Vec<String> = (0..FEATURES).map(|j| format!("f{j}")).collect();
    ModelArtifact {
        kind: ModelKind::Custom,
        state: ModelState::Ready,
        trained_through: TimestampMs(0),
        schema: FeatureSchema::numeric(names.iter().map(String::as_str)),
        model: model.clone(),
        postprocessor: Postprocessor::Sigmoid,
        calibration: Calibration::None,
        context: None,
        interval: None,
        cutoffs: Vec::new(),
        horizon_days: 0,
        base_rate: 0.0,
        outputs: Outputs::default(),
        metadata_json: "{}".into(),
    }
}
