//! Whether a challenger replaces the champion.

use serde::{Deserialize, Serialize};

use crate::evaluation::Estimate;

/// What to do with a freshly trained model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Serve it now.
    Promote,
    /// Serve it in the shadow of the champion first.
    Shadow,
    /// Keep the champion.
    Keep,
}

/// A promotion decision with its grounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What to do.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
    /// Log loss of the champion minus that of the challenger, paired by row; positive = better.
    pub log_loss_gain: Option<Estimate>,
    /// The slice that loses most, with its relative change of log loss.
    pub worst_slice: Option<(String, f64)>,
}
