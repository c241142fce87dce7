//! True probabilities of simulated data. A score of the truth is an upper bound of what any model
//! can reach on the same rows; real data have none.

use chatsignal_core::id::{ContactId, MessageId};
use chatsignal_core::time::TimestampMs;

/// What a simulator knows about the outcomes that it draws. Every method answers `None` where the
/// simulator has no answer.
pub trait GroundTruth: Sync {
    /// Expected graded outcome of a lead, 0 to 100, over `(at, at + horizon_days]`.
    fn lead_value(&self, contact: ContactId, at: TimestampMs, horizon_days: u32) -> Option<f64>;

    /// Probability that a lead is won in `(at, at + horizon_days]`.
    fn lead_won(&self, contact: ContactId, at: TimestampMs, horizon_days: u32) -> Option<f64>;

    /// Probability of churn: neither an inbound message nor a paid purchase in
    /// `(at, at + horizon_days]`.
    fn churn(&self, contact: ContactId, at: TimestampMs, horizon_days: u32) -> Option<f64>;

    /// Probability that a delivered send is answered within 24 hours.
    fn reply(&self, contact: ContactId, send: MessageId) -> Option<f64>;

    /// The same probability had the send gone out at each local hour of its day.
    fn reply_by_hour(&self, contact: ContactId, send: MessageId) -> Option<[f64; 24]>;
}
