//! Scores of plain objects, for those who use the crate itself (`wasm-pack`, wasm-bindgen) without
//! the TypeScript around it. Behind the feature `serde`; the npm package packs rows in TypeScript,
//! which is quicker and smaller.

use chatsignal_core::feature::{FeatureSpec, catalogue, schema};
use chatsignal_core::score::{ContributionSpace, level_name};
use serde::Serialize;
use serde::de::DeserializeSeed as _;
use serde::ser::SerializeMap as _;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

use crate::Scorer;
use crate::record::Record;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** Values by the names of features; what is left out, null or NaN is missing. */
export type FeatureObject = Record<string, number | boolean | string | null | undefined>;

/** One score and what made it. */
export interface ObjectScore {
  kind: \"lead\" | \"churn\" | \"engagement\" | \"custom\";
  /** The score (0 to 100) of a lead, else the probability or the prediction. */
  value: number;
  margin: number;
  /** Tier, risk level or level of engagement; null for a custom model. */
  level: string | null;
  /** Inputs without a value, in the order of the model. */
  missingFeatures: string[];
  /** Expected margin over the training rows. */
  baseValue: number;
  /** Unit of margin, base value and contributions. */
  contributionSpace: \"score\" | \"probability\" | \"log_odds\" | \"margin\";
  /** What every feature adds: base value and contributions add up to the margin. */
  contributions: Record<string, number>;
}
";

/// A model that scores plain objects. Call `free()` when it is no longer needed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ObjectScorer {
    scorer: Scorer,
    /// What the catalogue says of the inputs; nothing for a model of other inputs.
    specs: &'static [FeatureSpec],
}

/// What JavaScript gets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectScore<'a> {
    kind: &'static str,
    value: f64,
    margin: f64,
    level: Option<&'static str>,
    missing_features: Vec<&'a str>,
    base_value: f64,
    contribution_space: &'static str,
    contributions: Contributions<'a>,
}

/// Contributions by the names of their features.
struct Contributions<'a>(Vec<(&'a str, f64)>);

impl Serialize for Contributions<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(name, share)| map.serialize_entry(name, share))?;
        map.end()
    }
}

#[wasm_bindgen]
impl ObjectScorer {
    /// Loads the bytes of a model file (`.csm`).
    ///
    /// # Errors
    /// Throws when the file is damaged or malformed, with the place and the reason.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8]) -> Result<Self, JsError> {
        let scorer = Scorer::new(bytes)?;
        let artifact = scorer.artifact();
        let is_known = artifact.schema.fingerprint() == schema(artifact.kind).fingerprint();
        let specs = if is_known { catalogue(artifact.kind) } else { &[] };
        Ok(Self { scorer, specs })
    }

    /// Scores and explains the features of one contact or row. A category is given by its name (one
    /// that training has not seen is missing), true and false as 1 and 0.
    ///
    /// # Errors
    /// Throws, and names the feature, when the model does not know it, its value is of another type
    /// or outside its range.
    #[wasm_bindgen(unchecked_return_type = "ObjectScore")]
    pub fn score(
        &self,
        #[wasm_bindgen(unchecked_param_type = "FeatureObject")] features: JsValue,
    ) -> Result<JsValue, JsValue> {
        if !features.is_object() {
            return Err(JsError::new("give an object of values by the names of features").into());
        }
        let artifact = self.scorer.artifact();
        let rounding = artifact.rounding();
        let record = Record { schema: &artifact.schema, specs: self.specs, rounding };
        let row = record.deserialize(serde_wasm_bindgen::Deserializer::from(features))?;
        let prediction = self.scorer.predictor().predict(&row);
        let explanation = self.scorer.explainer().explain(&row);
        let names = || artifact.schema.features.iter().map(|feature| feature.name.as_str());
        let missing = names().zip(&row).filter(|(_, x)| x.is_nan()).map(|(name, _)| name);
        let score = ObjectScore {
            kind: artifact.kind.as_str(),
            value: prediction.value,
            margin: prediction.margin,
            level: level_name(artifact, prediction.value),
            missing_features: missing.collect(),
            base_value: explanation.base_value,
            contribution_space: ContributionSpace::of(artifact.postprocessor).as_str(),
            contributions: Contributions(names().zip(explanation.contributions).collect()),
        };
        let plain = serde_wasm_bindgen::Serializer::json_compatible();
        Ok(score.serialize(&plain)?)
    }

    /// Names of the inputs, in the order of the model.
    #[wasm_bindgen(getter, js_name = featureNames)]
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        self.scorer.feature_names()
    }
}
