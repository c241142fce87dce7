//! What weighs in a model as a whole.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::score::Direction;
use serde::{Deserialize, Serialize};

use crate::model::ModelRef;

/// How importance is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportanceMethod {
    /// Mean absolute contribution over the training sample.
    #[default]
    MeanAbsShap,
    /// Total gain of the splits: reduction of the squared spread of the output, weighted by cover.
    /// Every tree model has it.
    Gain,
    /// Rise of the mean squared error on held-out rows when the feature is shuffled between them,
    /// measured in training.
    Permutation,
}

/// One feature's importance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureImportance {
    /// Name of the feature.
    pub feature: String,
    /// Its category in the catalogue.
    pub category: String,
    /// Share of the whole, 0 to 1.
    pub importance: f64,
    /// 1 = greatest.
    pub rank: u32,
    /// Whether greater values raise or lower the margin, where that is one way.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Direction>))]
    pub direction: Option<Direction>,
}

/// Importance of every feature, greatest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Importance {
    /// The model.
    pub model: ModelRef,
    /// How it was measured.
    pub method: ImportanceMethod,
    /// The features.
    pub features: Vec<FeatureImportance>,
    /// Sums by category.
    pub by_category: BTreeMap<String, f64>,
}
