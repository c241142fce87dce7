//! The one envelope of batches.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::error::Problem;

/// Most items of one batch by default.
pub const BATCH_ITEMS_MAX: usize = 1_000;

/// Results in the order of the request; one failed item does not fail the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Batch<T> {
    /// One entry per item.
    pub results: Vec<Item<T>>,
    /// Counts.
    pub summary: Summary,
}

/// The outcome of one item: exactly one of `result` and `error`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Item<T> {
    /// Position in the request.
    pub index: usize,
    /// Its id, where it had one.
    pub id: Option<String>,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none", default = "Option::default")]
    pub result: Option<T>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<Problem>,
}

/// Counts of a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Summary {
    /// Items.
    pub count: usize,
    /// Items with a result.
    pub succeeded: usize,
    /// Items with an error.
    pub failed: usize,
    /// Time that the batch took, milliseconds.
    pub elapsed_ms: u64,
    /// Results by tier or level.
    pub by_label: BTreeMap<String, usize>,
}
