//! What became of events that were sent in.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Most refused lines that an answer tells of.
pub const ERRORS_MAX: usize = 20;

/// What became of a stream of events. All of it is on disk when this is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventsReceipt {
    /// Events that were not known before.
    pub accepted: u64,
    /// Events that were known already.
    pub duplicates: u64,
    /// Events left out because their person has been erased since they happened.
    pub erased: u64,
    /// Lines that are no events.
    pub rejected: u64,
    /// The first twenty of these lines.
    pub errors: Vec<LineError>,
}

/// Why a line made no event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineError {
    /// Line of the stream, from 1; 0 where the input has no lines.
    pub line: u64,
    /// The field; empty when the whole line is meant.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What became of a webhook delivery. All of it is on disk when this is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookReceipt {
    /// Events that were not known before.
    pub accepted: u64,
    /// Events that were known already.
    pub duplicates: u64,
    /// Parts of the delivery that make no event and should have.
    pub rejected: u64,
}
