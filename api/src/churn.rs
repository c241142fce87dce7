//! Churn risk.

use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::recommend;
use chatsignal_core::score::{ChurnRisk, RiskLevel};
use serde::{Deserialize, Serialize};

use crate::event::EventObject;
use crate::prediction::{
    Counterfactual, Explanation, Features, Origin, Recommendation, Warning, names, warnings,
};
use crate::time::Instant;

/// Asks for the churn risk of one customer: by its features, or by an id that the store knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChurnRequest<E = EventObject> {
    /// The customer; with features it is only echoed.
    #[serde(default)]
    pub customer_id: Option<String>,
    /// The 32 features by name; those left out are missing.
    #[serde(default, alias = "customer_data")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::ChurnFeatures>))]
    pub features: Option<Features>,
    /// Events of one contact, instead of features: the server computes the features.
    #[serde(default = "Option::default")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<EventObject>>))]
    pub events: Option<Vec<E>>,
    /// The instant to score at; now when left out.
    #[serde(default)]
    pub as_of: Option<Instant>,
    /// Must be the model's horizon when given.
    #[serde(default)]
    pub horizon_days: Option<u32>,
}

/// The churn risk of one customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChurnPrediction {
    /// The customer.
    pub customer_id: Option<String>,
    /// 0 to 1: silence and no purchase within the horizon.
    pub churn_probability: f64,
    /// `critical`, `high`, `medium` or `low`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::RiskLevel))]
    pub risk_level: RiskLevel,
    /// The horizon, days.
    pub horizon_days: u32,
    /// Probability times the last year's revenue, in the tenant's currency.
    pub expected_value_at_risk: Option<f64>,
    /// 0 to 1: how far the probability may be relied on.
    pub confidence: f64,
    /// Why.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::ExplanationIfAsked))]
    pub explanation: Option<Explanation>,
    /// What to do, four ranked ways.
    pub retention_recommendations: Vec<Recommendation>,
    /// What would lead to the next lower level, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterfactual: Option<Counterfactual>,
    /// Features without a value.
    pub missing_features: Vec<String>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: Origin,
}

impl ChurnPrediction {
    /// The answer about one customer.
    #[must_use]
    pub fn new(
        customer_id: Option<String>,
        risk: &ChurnRisk,
        recommendations: &[recommend::Recommendation],
        origin: Origin,
    ) -> Self {
        Self {
            customer_id,
            churn_probability: risk.probability,
            risk_level: risk.level,
            horizon_days: risk.horizon_days,
            expected_value_at_risk: risk.expected_value_at_risk,
            confidence: risk.confidence,
            explanation: risk.reasons.as_ref().map(Explanation::from),
            retention_recommendations: recommendations.iter().map(Recommendation::from).collect(),
            counterfactual: None,
            missing_features: names(&risk.missing_features),
            warnings: warnings(&risk.warnings),
            origin,
        }
    }
}

/// Asks for the churn risk of many customers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChurnBatchRequest<R = ChurnRequest> {
    /// The customers.
    pub customers: Vec<R>,
}
