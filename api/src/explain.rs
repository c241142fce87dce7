//! Everything about one prediction of one model.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::explain;
use chatsignal_core::feature::catalogue;
use chatsignal_core::score::{Reasons, Suppression};
use serde::{Deserialize, Serialize};

use crate::prediction::{Counterfactual, Explanation, Factor, Origin, Warning};

/// One prediction with the contribution of every feature and what would have changed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelExplanation {
    /// The contact, where one was named.
    pub contact_id: Option<String>,
    /// A lead score of 0 to 100, else a probability; null when the contact must not be scored.
    pub value: Option<f64>,
    /// Tier, level of risk or level of engagement.
    pub label: Option<String>,
    /// Why the contact must not be scored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Suppression>))]
    pub suppressed: Option<Suppression>,
    /// Expected margin over the training rows.
    pub base_value: Option<f64>,
    /// `base_value` plus every contribution: the output before link and calibration.
    pub margin: Option<f64>,
    /// The unit of both and of the contributions.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::ContributionSpace>))]
    pub contribution_space: Option<chatsignal_core::score::ContributionSpace>,
    /// Every feature, heaviest first.
    pub contributions: Vec<Factor>,
    /// What would lead to the target; null when it is so already, or there is nothing better.
    pub counterfactual: Option<Counterfactual>,
    /// What pairs of features do together, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interactions: Option<Interactions>,
    /// Features without a value.
    pub missing_features: Vec<String>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: Origin,
}

/// Interaction values: a symmetric matrix whose rows add up to the contributions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interactions {
    /// Names of rows and columns.
    pub features: Vec<String>,
    /// Main effects on the diagonal; half of what two features do together in each of their two
    /// places.
    pub values: Vec<Vec<f64>>,
}

impl Interactions {
    /// The matrix of a model of this kind.
    #[must_use]
    pub fn new(kind: ModelKind, found: &explain::Interactions) -> Self {
        Self {
            features: catalogue(kind).iter().map(|spec| spec.name.to_string()).collect(),
            values: found.values.chunks(found.n_features.max(1)).map(<[f64]>::to_vec).collect(),
        }
    }
}

impl ModelExplanation {
    /// An explanation that says nothing yet.
    #[must_use]
    pub fn new(contact_id: Option<String>, origin: Origin) -> Self {
        Self {
            contact_id,
            value: None,
            label: None,
            suppressed: None,
            base_value: None,
            margin: None,
            contribution_space: None,
            contributions: Vec::new(),
            counterfactual: None,
            interactions: None,
            missing_features: Vec::new(),
            warnings: Vec::new(),
            origin,
        }
    }

    /// Takes the reasons of a score in.
    #[must_use]
    pub fn because(self, reasons: Option<&Reasons>) -> Self {
        let Some(reasons) = reasons else { return self };
        let Explanation { base_value, margin, contribution_space, top_factors } = reasons.into();
        Self {
            base_value: Some(base_value),
            margin: Some(margin),
            contribution_space: Some(contribution_space),
            contributions: top_factors,
            ..self
        }
    }
}
