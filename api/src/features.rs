//! The features of a model: what they are, and their values for one contact.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::{self, FeatureSpec, Missing, Window, catalogue};
use chatsignal_core::model::Fingerprint;
use serde::{Deserialize, Serialize};

use crate::engagement::Message;
use crate::event::EventObject;
use crate::prediction::{Features, Origin, Warning};
use crate::time::Instant;

/// Every feature of a model, in the order of its vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureSchema {
    /// `lead`, `churn` or `engagement`.
    pub model: String,
    /// Feature set and its version, e.g. `lead/1`.
    pub feature_set: String,
    /// Fingerprint of the feature set: a model with another one is refused.
    pub feature_set_hash: String,
    /// Number of features.
    pub count: usize,
    /// The features.
    pub features: Vec<FeatureInfo>,
}

/// One feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureInfo {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Its category.
    pub category: String,
    /// Unit of the value.
    pub unit: String,
    /// Smallest value that is taken.
    pub minimum: f64,
    /// Largest value that is taken.
    pub maximum: f64,
    /// Which events it looks at.
    pub window: FeatureWindow,
    /// Its value when nothing is known.
    pub missing: MissingMeaning,
    /// What a business can do about it; null for facts of the past.
    pub actionable: Option<FeatureAction>,
    /// The exact definition.
    pub definition: String,
}

/// Which events a feature looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureWindow {
    /// `life`, `now`, `days`, `candidate` (the send alone) or `training` (frozen in the model).
    pub kind: String,
    /// Local days, for `days`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub days: Option<u16>,
}

/// The value of a feature about which nothing is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MissingMeaning {
    /// `missing` (null), `value`, `prior` (the tenant's own rate or mean, frozen in the model),
    /// `rule` or `never` (it is always known).
    pub kind: String,
    /// The value, for `value`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<f64>,
    /// The rule in words, for `rule`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<String>,
}

/// What a business can do to move a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureAction {
    /// `lower`, `raise` or `either`.
    pub direction: String,
    /// How.
    pub how: String,
}

impl FeatureSchema {
    /// The features of a kind of model.
    #[must_use]
    pub fn of(kind: ModelKind) -> Self {
        let features: Vec<FeatureInfo> = catalogue(kind).iter().map(FeatureInfo::from).collect();
        Self {
            model: kind.as_str().to_string(),
            feature_set: alloc::format!("{}/1", kind.as_str()),
            feature_set_hash: Fingerprint(feature::schema(kind).fingerprint()).to_string(),
            count: features.len(),
            features,
        }
    }
}

impl From<&FeatureSpec> for FeatureInfo {
    fn from(spec: &FeatureSpec) -> Self {
        let action = spec.actionable.map(|action| FeatureAction {
            direction: match action.direction {
                feature::Direction::Lower => "lower",
                feature::Direction::Raise => "raise",
                feature::Direction::Either => "either",
            }
            .to_string(),
            how: action.how.to_string(),
        });
        Self {
            name: spec.name.to_string(),
            label: spec.label.to_string(),
            category: spec.category.as_str().to_string(),
            unit: spec.unit.to_string(),
            minimum: f64::from(spec.range.0),
            maximum: f64::from(spec.range.1),
            window: spec.window.into(),
            missing: spec.missing.into(),
            actionable: action,
            definition: spec.definition.text().to_string(),
        }
    }
}

impl From<Window> for FeatureWindow {
    fn from(window: Window) -> Self {
        let (kind, days) = match window {
            Window::Life => ("life", None),
            Window::Now => ("now", None),
            Window::Days(days) => ("days", Some(days)),
            Window::Candidate => ("candidate", None),
            Window::Training => ("training", None),
        };
        Self { kind: kind.to_string(), days }
    }
}

impl From<Missing> for MissingMeaning {
    fn from(missing: Missing) -> Self {
        let (kind, value, rule) = match missing {
            Missing::Nan => ("missing", None, None),
            Missing::Value(value) => ("value", Some(f64::from(value)), None),
            Missing::Prior => ("prior", None, None),
            Missing::Rule(rule) => ("rule", None, Some(rule.to_string())),
            Missing::Never => ("never", None, None),
        };
        Self { kind: kind.to_string(), value, rule }
    }
}

/// Asks for the features of one contact: from its events, or from the log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ComputeRequest<E = EventObject> {
    /// A contact of the log; with events it is only echoed.
    #[serde(default)]
    pub contact_id: Option<String>,
    /// Events of one contact.
    #[serde(default = "Option::default")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<EventObject>>))]
    pub events: Option<Vec<E>>,
    /// The instant to compute at; now when left out.
    #[serde(default)]
    pub as_of: Option<Instant>,
    /// When the message would be sent (engagement only).
    #[serde(default)]
    pub send_at: Option<Instant>,
    /// The contact's offset from UTC then, minutes (engagement only).
    #[serde(default)]
    pub utc_offset_minutes: Option<i16>,
    /// The message (engagement only).
    #[serde(default, deserialize_with = "crate::object::nullable")]
    pub message: Option<Message>,
}

/// The features of one contact at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComputedFeatures {
    /// The contact.
    pub contact_id: Option<String>,
    /// Values by name, exactly as the model reads them (32-bit floats); null = missing.
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = alloc::collections::BTreeMap<String, Option<f64>>)
    )]
    pub features: Features,
    /// Features without a value, in the order of the vector.
    pub missing_features: Vec<String>,
    /// What was clipped or left out.
    pub warnings: Vec<Warning>,
    /// The model whose frozen priors were used, instant and place.
    #[serde(flatten)]
    pub origin: Origin,
}
