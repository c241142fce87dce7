//! From a contact's features to a score, a level and its reasons.
//!
//! A scorer is made once from a [`crate::artifact::ModelArtifact`] (kind, feature schema and
//! cut-offs are checked there, so that scoring itself cannot fail) and then answers about one
//! contact at a time. Consent is an input: who objected to profiling gets no lead or engagement
//! score at all ([`Scored::Suppressed`]).

mod churn;
mod consent;
mod counterfactual;
mod engagement;
mod given;
mod lead;
mod level;
mod reason;
mod result;
mod rows;
mod scorer;
pub mod send_time;
#[cfg(test)]
mod tests;

pub use churn::ChurnPredictor;
pub use consent::Suppression;
pub use counterfactual::{Change, WhatIf};
pub use engagement::{EngagementPredictor, PlanRequest};
pub use given::GivenPlan;
pub use lead::{LeadOptions, LeadScorer};
pub use level::{CutoffError, Cutoffs, EngagementLevel, RiskLevel, Tier, level_name};
pub use reason::{Direction, Explain, Factor, Reasons};
pub(crate) use reason::{position, sentence};
pub use result::{
    ChurnRisk, ContributionSpace, EngagementScore, LeadScore, Scored, Trend, TrendDirection,
    Warning, confidence,
};
pub use scorer::ScorerError;
