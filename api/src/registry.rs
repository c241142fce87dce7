//! The registry of models: versions, their cards, and which of them scores.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// One version of a model. A version never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelVersion {
    /// Its number.
    pub version: String,
    /// Which of `champion`, `challenger` and `previous` point to it.
    pub aliases: Vec<String>,
    /// `provisional` or `ready`; absent when the version is damaged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<String>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created_at: Option<Instant>,
    /// End of the data that it was trained on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trained_through: Option<Instant>,
    /// Fingerprint of its feature set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub feature_set_hash: Option<String>,
    /// SHA-256 of its file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model_sha256: Option<String>,
    /// Whether it was trained on simulated data; absent where its card does not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub simulated: Option<bool>,
    /// Figures on held-out rows by name; empty without a card.
    pub metrics: BTreeMap<String, f64>,
    /// Whether a file of it is damaged: it cannot be activated then.
    pub damaged: bool,
    /// Its last time in the shadow of the champion; absent when it was never there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shadow: Option<ShadowRun>,
}

/// A version's time in the shadow of the champion (`promote: after_shadow`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShadowRun {
    /// `running`, `promoted`, `dropped` or `withdrawn`.
    pub status: String,
    /// When it began.
    pub since: Instant,
    /// When it is reviewed next; absent when it has ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub review_at: Option<Instant>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Instant>,
    /// What the last review found, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// One page of versions, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionsPage {
    /// `lead`, `churn` or `engagement`.
    pub model: String,
    /// The versions.
    pub versions: Vec<ModelVersion>,
    /// Send it back as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// One version with its card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionCard<C> {
    /// `lead`, `churn` or `engagement`.
    pub model: String,
    /// The version.
    #[serde(flatten)]
    pub version: ModelVersion,
    /// Evaluation, gate and decision (docs/EVALUATION.md); null for a version without a card.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub card: Option<C>,
}

/// Where the names of one model point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelAliases {
    /// `lead`, `churn` or `engagement`.
    pub model: String,
    /// The version that scores now: the champion, or what stands in for it (`prior`: the shipped
    /// model, `none`: nothing can score).
    pub serving: String,
    /// The version that is to score; null where that is the shipped model.
    pub champion: Option<String>,
    /// The version that is tried beside it.
    pub challenger: Option<String>,
    /// The champion before the present one; null where that was the shipped model.
    pub previous: Option<String>,
}

/// A name that can be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MovableAlias {
    /// The version that scores.
    Champion,
    /// The version that is tried beside it.
    Challenger,
}

/// Moves a name to a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AliasRequest {
    /// Which name.
    pub alias: MovableAlias,
    /// Number of the version. For a champion also `previous`: what scored before (a second time undoes
    /// the first), and `prior`: the shipped model. Null takes the challenger away.
    #[cfg_attr(
        feature = "openapi",
        schema(max_length = 10, pattern = "^([1-9][0-9]*|previous|prior)$")
    )]
    pub version: Option<String>,
}
