//! What pairs of features do together in one margin.

use super::churn::ChurnPredictor;
use super::engagement::EngagementPredictor;
use super::lead::LeadScorer;
use crate::explain::Interactions;
use crate::feature::{CHURN_FEATURES, ENGAGEMENT_FEATURES, FeatureVector, LEAD_FEATURES};

macro_rules! interactions {
    ($($scorer:ident, $features:ident;)+) => {$(
        impl $scorer<'_> {
            /// Interaction values of one row: they add up, feature by feature, to the
            /// contributions.
            #[must_use]
            pub fn interactions(&self, features: &FeatureVector<$features>) -> Interactions {
                self.0.explainer.interactions(&features.values)
            }
        }
    )+};
}

interactions! {
    LeadScorer, LEAD_FEATURES;
    ChurnPredictor, CHURN_FEATURES;
    EngagementPredictor, ENGAGEMENT_FEATURES;
}
