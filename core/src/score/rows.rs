//! The plain outputs of the three scorers: many rows at a time, and pairs of features.

use alloc::vec;
use alloc::vec::Vec;

use super::churn::ChurnPredictor;
use super::engagement::EngagementPredictor;
use super::lead::LeadScorer;
use crate::artifact::Prediction;
use crate::explain::Interactions;
use crate::feature::{CHURN_FEATURES, ENGAGEMENT_FEATURES, FeatureVector, LEAD_FEATURES};

macro_rules! rows {
    ($($scorer:ident, $features:ident;)+) => {$(
        impl $scorer<'_> {
            /// What the model says of many rows (missing = NaN), one after another: margin, linked
            /// and calibrated prediction. Values are the caller's to check.
            #[must_use]
            pub fn predict_rows(&self, rows: &[[f32; $features]]) -> Vec<Prediction> {
                self.0.predictor.predict_rows(rows.as_flattened())
            }

            /// Margins of many rows alone, one a row; `out` takes as many as both hold.
            pub fn margins(&self, rows: &[[f32; $features]], out: &mut [f64]) {
                self.0.predictor.margins(rows.as_flattened(), out);
            }

            /// Base value, and the contributions of every feature row after row.
            #[must_use]
            pub fn explain_rows(&self, rows: &[[f32; $features]]) -> (f64, Vec<f64>) {
                let mut contributions = vec![0.0; rows.as_flattened().len()];
                self.0.explainer.explain_rows(rows.as_flattened(), &mut contributions);
                (self.0.explainer.base_value(), contributions)
            }

            /// Interaction values of one row: they add up, feature by feature, to the
            /// contributions.
            #[must_use]
            pub fn interactions(&self, features: &FeatureVector<$features>) -> Interactions {
                self.0.explainer.interactions(&features.values)
            }
        }
    )+};
}

rows! {
    LeadScorer, LEAD_FEATURES;
    ChurnPredictor, CHURN_FEATURES;
    EngagementPredictor, ENGAGEMENT_FEATURES;
}
