//! The feature catalogue and its extraction.
//!
//! [`LeadRaw`], [`ChurnRaw`] and [`EngagementRaw`] are exact amounts of one contact at one instant
//! (counts, integer sums, instants); with a [`FeatureContext`] they become vectors of 24, 32 and
//! 27 features. The context holds what is fitted on the tenant's data, and is frozen in the model
//! file: validation can refit it for every fold without another pass over the events.

mod amount;
mod batch;
mod bg_nbd;
mod builder;
mod churn;
mod churn_catalogue;
mod context;
mod engagement;
mod engagement_catalogue;
mod extract;
mod hours;
mod lead;
mod lead_catalogue;
mod opening;
mod spec;
mod vector;

pub use amount::{MoneySums, PRIOR_TRIALS, PurchaseDays, Rate, ScoreSum, SlopeSums};
pub use batch::{BatchExtractor, BatchPlan, FeatureBatch};
pub use bg_nbd::BgNbd;
pub use builder::ContextBuilder;
pub use churn::ChurnRaw;
pub use churn_catalogue::CHURN;
pub use context::{ChurnPriors, EngagementPriors, FeatureContext, LeadPriors};
pub use engagement::{EngagementRaw, SendCandidate};
pub use engagement_catalogue::ENGAGEMENT;
pub use lead::{CampaignRaw, LeadRaw};
pub use lead_catalogue::LEAD;
pub use opening::{OpeningHours, Weekdays};
pub use spec::{Actionable, Definition, Direction, FeatureCategory, FeatureSpec, Missing, Window};
pub use vector::FeatureVector;

use crate::artifact::ModelKind;
use crate::model::FeatureSchema;

/// Number of lead features.
pub const LEAD_FEATURES: usize = 24;
/// Number of churn features.
pub const CHURN_FEATURES: usize = 32;
/// Number of engagement features.
pub const ENGAGEMENT_FEATURES: usize = 27;

/// The features of a kind of model, in the order of the vector; none for custom models.
#[must_use]
pub fn catalogue(kind: ModelKind) -> &'static [FeatureSpec] {
    match kind {
        ModelKind::Lead => &LEAD,
        ModelKind::Churn => &CHURN,
        ModelKind::Engagement => &ENGAGEMENT,
        ModelKind::Custom => &[],
    }
}

/// The schema that an artifact of this kind names.
#[must_use]
pub fn schema(kind: ModelKind) -> FeatureSchema {
    FeatureSchema::numeric(catalogue(kind).iter().map(|spec| spec.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogues_are_sound() {
        for kind in [ModelKind::Lead, ModelKind::Churn, ModelKind::Engagement] {
            let specs = catalogue(kind);
            for (i, spec) in specs.iter().enumerate() {
                assert!(specs[..i].iter().all(|s| s.name != spec.name), "{}", spec.name);
                assert!(spec.range.0 < spec.range.1, "{}", spec.name);
                if let Missing::Value(value) = spec.missing {
                    assert!((spec.range.0..=spec.range.1).contains(&value), "{}", spec.name);
                }
            }
            assert_eq!(schema(kind).len(), specs.len());
        }
    }
}
