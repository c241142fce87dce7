//! What readers of live scores are told.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// A score has changed: the data of an event `score`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreChange {
    /// The contact.
    pub contact_id: String,
    /// `lead`, `churn` or `engagement`.
    pub model: String,
    /// A lead score of 0 to 100, else a probability.
    pub value: f64,
    /// Tier, level of risk or level of engagement.
    pub label: String,
    /// The value before; null for the first.
    pub previous: Option<f64>,
    /// When it was computed.
    pub computed_at: Instant,
}

/// Nothing that models said of a contact may be shown any more: the data of an event `withdrawn`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoresWithdrawn {
    /// The contact.
    pub contact_id: String,
    /// Why.
    pub reason: WithdrawnReason,
}

/// Why scores are not shown any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WithdrawnReason {
    /// The contact objected to profiling.
    Objected,
    /// The contact was erased, with all that was known of them.
    Erased,
}

/// One server-sent event, as a client of `text/event-stream` hands it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerSentEvent {
    /// What it tells: `score`, `withdrawn` or `gap`, `progress` or `end`.
    pub event: Option<String>,
    /// Send the newest back in `Last-Event-ID`.
    pub id: Option<String>,
    /// One line of JSON: `ScoreChange`, `ScoresWithdrawn`, `StreamGap`, or the training job.
    pub data: Option<String>,
    /// Milliseconds after which to connect again.
    pub retry: Option<u32>,
}

/// Changes were left out: the data of an event `gap`. Load what is shown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamGap {
    /// How many; null when it is not known (the reader was away).
    pub missed: Option<u64>,
}
