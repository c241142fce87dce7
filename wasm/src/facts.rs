//! What a model says of itself beside its scores.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::model::{FeatureKind, Rounding, category_code};
use chatsignal_core::score::{Cutoffs, confidence};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Scorer;

#[wasm_bindgen]
impl Scorer {
    /// Names of the categories of a feature, in the order of their codes; none for a number.
    #[must_use]
    pub fn categories(&self, feature: usize) -> Vec<String> {
        match self.artifact().schema.features.get(feature).map(|feature| &feature.kind) {
            Some(FeatureKind::Categorical { categories }) => categories.clone(),
            _ => Vec::new(),
        }
    }

    /// Code of the category of a feature that a text names; `undefined` where none has the name.
    #[wasm_bindgen(js_name = categoryCode)]
    #[must_use]
    pub fn category_code(&self, feature: usize, text: &str) -> Option<usize> {
        match &self.artifact().schema.features.get(feature)?.kind {
            FeatureKind::Categorical { categories } => category_code(categories, text),
            FeatureKind::Numeric => None,
        }
    }

    /// The number of a row that a number of a record becomes.
    #[must_use]
    pub fn narrow(&self, value: f64) -> f32 {
        self.artifact().rounding().narrow(value)
    }

    /// Base rate, horizon in days (0 = none), end of the training data (milliseconds since 1970),
    /// the tenant's median order in main units (NaN = none), of the interval its coverage and its
    /// reach below and above (NaN = none), 1 where numbers are rounded down and not to the nearest
    /// (see [`Scorer::narrow`]); then the cut-offs between levels, falling: of the score
    /// (lead), the probability (churn) or the lift over the base rate (engagement).
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn facts(&self) -> Vec<f64> {
        let artifact = self.artifact();
        let order = artifact.context.as_ref().and_then(|context| context.order);
        let order = order.map_or(f64::NAN, |(_, median_e4)| median_e4 as f64 / 10_000.0);
        let interval = artifact.interval.map_or([f64::NAN; 3], |i| [i.coverage, i.lower, i.upper]);
        let horizon = f64::from(artifact.horizon_days);
        let trained_through = artifact.trained_through.0 as f64;
        let [coverage, lower, upper] = interval;
        let down = f64::from(u8::from(artifact.rounding() == Rounding::Down));
        let mut facts =
            vec![artifact.base_rate, horizon, trained_through, order, coverage, lower, upper, down];
        if let Some(cutoffs) = Cutoffs::new(artifact.kind, &artifact.cutoffs) {
            facts.extend_from_slice(cutoffs.as_slice());
        }
        facts
    }

    /// How far a score may be relied on, 0 to 1, by the number of features that have a value and
    /// the width of the interval as a share of the scale.
    #[must_use]
    pub fn confidence(&self, present: usize, width_share: f64) -> f64 {
        let artifact = self.artifact();
        confidence(artifact.state, present, artifact.schema.len(), width_share)
    }
}
