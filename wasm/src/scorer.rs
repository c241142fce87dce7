//! A model file as a JavaScript object.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::cell::OnceCell;

use chatsignal_core::artifact::{ModelArtifact, Prediction, Predictor};
use chatsignal_core::explain::Explainer;
use chatsignal_core::model::Fingerprint;
use chatsignal_core::say::Piece::{Number, Text};
use chatsignal_core::say::say;
use chatsignal_core::score::ContributionSpace;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// A loaded model. Call `free()` when it is no longer needed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Scorer {
    predictor: Predictor<ModelArtifact>,
    /// Prepared when the first row is explained.
    explainer: OnceCell<Explainer>,
}

#[wasm_bindgen]
impl Scorer {
    /// Loads the bytes of a model file (`.csm`).
    ///
    /// # Errors
    /// Throws when the file is damaged or malformed, with the place and the reason.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8]) -> Result<Self, JsError> {
        let predictor = Predictor::new(ModelArtifact::decode(bytes)?);
        Ok(Self { predictor, explainer: OnceCell::new() })
    }

    /// What the model is for (`lead`, `churn`, `engagement`, `custom`); how much it may be trusted
    /// (`prior`, `provisional`, `ready`); identity of the inputs (`x64:` and sixteen hexadecimal
    /// digits); unit of margins and contributions (`score`, `probability`, `log_odds`, `margin`);
    /// and what the training wrote beside the model, a JSON document.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let artifact = self.artifact();
        vec![
            artifact.kind.as_str().into(),
            artifact.state.as_str().into(),
            Fingerprint(artifact.schema.fingerprint()).to_string(),
            ContributionSpace::of(artifact.postprocessor).as_str().into(),
            artifact.metadata_json.clone(),
        ]
    }

    /// Names of the inputs, in the order of a row.
    #[wasm_bindgen(getter, js_name = featureNames)]
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        self.artifact().schema.features.iter().map(|feature| feature.name.clone()).collect()
    }

    /// Predicts rows given one after another in a `Float32Array` (missing = NaN): for each row its
    /// margin, raw prediction and value.
    ///
    /// # Errors
    /// Throws when the length is not a multiple of the number of features.
    pub fn predict(&self, rows: &[f32]) -> Result<Vec<f64>, JsError> {
        let mut out = Vec::with_capacity(3 * self.count(rows)?);
        for Prediction { margin, raw, value } in self.predictor.predict_rows(rows) {
            out.extend([margin, raw, value]);
        }
        Ok(out)
    }

    /// Margins of rows given one after another in a `Float32Array` (missing = NaN), one a row: the
    /// quickest way through many rows.
    ///
    /// # Errors
    /// Throws when the length is not a multiple of the number of features.
    pub fn margins(&self, rows: &[f32]) -> Result<Vec<f64>, JsError> {
        let mut out = vec![0.0; self.count(rows)?];
        self.predictor.margins(rows, &mut out);
        Ok(out)
    }

    /// Explains rows given one after another in a `Float32Array`: for each row the base value, then
    /// the contribution of every feature in order. Together they add up to the margin.
    ///
    /// # Errors
    /// Throws when the length is not a multiple of the number of features.
    pub fn explain(&self, rows: &[f32]) -> Result<Vec<f64>, JsError> {
        let count = self.count(rows)?;
        let width = self.artifact().schema.len();
        let explainer = self.explainer();
        let mut contributions = vec![0.0; rows.len()];
        explainer.explain_rows(rows, &mut contributions);
        let mut out = Vec::with_capacity(count * (1 + width));
        for row in contributions.chunks_exact(width) {
            out.push(explainer.base_value());
            out.extend_from_slice(row);
        }
        Ok(out)
    }
}

impl Scorer {
    pub(crate) fn artifact(&self) -> &ModelArtifact {
        self.predictor.artifact()
    }

    #[cfg(feature = "serde")]
    pub(crate) fn predictor(&self) -> &Predictor<ModelArtifact> {
        &self.predictor
    }

    pub(crate) fn explainer(&self) -> &Explainer {
        self.explainer.get_or_init(|| Explainer::new(&self.artifact().model))
    }

    /// Number of rows.
    fn count(&self, values: &[f32]) -> Result<usize, JsError> {
        let (width, found) = (self.artifact().schema.len(), values.len());
        if found.is_multiple_of(width) {
            return Ok(found / width);
        }
        let mut text = String::new();
        let pieces = [
            Number(found as u64),
            Text(" values given: the model takes "),
            Number(width as u64),
            Text(" for each row"),
        ];
        // A string takes everything.
        let _ = say(&mut text, &pieces);
        Err(JsError::new(&text))
    }
}
