//! How much data a model needs before it may be trusted.

use chatsignal_core::artifact::ModelState;
use serde::{Deserialize, Serialize};

use crate::evaluation::LabelCounts;

/// Fewest positives, and fewest negatives, of a model of the tenant's own.
pub const CLASS_ROWS_MIN: usize = 40;
/// Fewest positives of a model that counts as ready.
pub const READY_POSITIVES_MIN: usize = 120;
/// Fewest rows of a model that counts as ready.
pub const READY_ROWS_MIN: usize = 1_000;

/// What the gate lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// Too little data for a model of one's own.
    Refused,
    /// A model with strong regularisation, mixed with the shipped one where there is one.
    Provisional,
    /// A model that stands on its own.
    Ready,
}

/// What was required and what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateReport {
    /// The verdict.
    pub verdict: GateVerdict,
    /// Labels that were found.
    pub found: LabelCounts,
    /// Positives and negatives required each.
    pub required_per_class: usize,
    /// Positives required for `ready`.
    pub required_positives_ready: usize,
    /// Rows required for `ready`.
    pub required_rows_ready: usize,
    /// Time-forward folds that could be validated.
    pub time_folds: usize,
    /// The verdict in words, with what is lacking.
    pub reason: String,
}

impl GateReport {
    /// Judges the labels found and the number of time-forward folds that they allow.
    #[must_use]
    pub fn judge(found: LabelCounts, time_folds: usize) -> Self {
        let (positives, negatives, rows) = (found.positives, found.negatives, found.rows);
        let mut lacking = Vec::new();
        let verdict = if positives.min(negatives) < CLASS_ROWS_MIN {
            for (name, count) in [("positive", positives), ("negative", negatives)] {
                if count < CLASS_ROWS_MIN {
                    lacking.push(format!("{count} {name} rows of the {CLASS_ROWS_MIN} required"));
                }
            }
            GateVerdict::Refused
        } else {
            if positives < READY_POSITIVES_MIN {
                lacking.push(format!("{positives} positive rows of {READY_POSITIVES_MIN}"));
            }
            if rows < READY_ROWS_MIN {
                lacking.push(format!("{rows} rows of {READY_ROWS_MIN}"));
            }
            if time_folds == 0 {
                lacking.push("no time validation".to_owned());
            }
            if lacking.is_empty() { GateVerdict::Ready } else { GateVerdict::Provisional }
        };
        let reason = match verdict {
            GateVerdict::Ready => format!("{rows} rows, {positives} positive; {time_folds} folds"),
            GateVerdict::Provisional => format!("provisional: {}", lacking.join(", ")),
            GateVerdict::Refused => format!("too little data: {}", lacking.join(", ")),
        };
        Self {
            verdict,
            found,
            required_per_class: CLASS_ROWS_MIN,
            required_positives_ready: READY_POSITIVES_MIN,
            required_rows_ready: READY_ROWS_MIN,
            time_folds,
            reason,
        }
    }

    /// The same report as a refusal: the rows cannot be validated at all.
    #[must_use]
    pub(crate) fn refused(mut self) -> Self {
        if self.verdict != GateVerdict::Refused {
            self.reason =
                "too little data: no fifth of the contacts has rows of both classes to validate on"
                    .to_owned();
            self.verdict = GateVerdict::Refused;
        }
        self
    }

    /// The state of a model that passed; `None` when refused.
    #[must_use]
    pub fn state(&self) -> Option<ModelState> {
        match self.verdict {
            GateVerdict::Refused => None,
            GateVerdict::Provisional => Some(ModelState::Provisional),
            GateVerdict::Ready => Some(ModelState::Ready),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(positives: usize, negatives: usize, folds: usize) -> GateReport {
        let rows = positives + negatives;
        GateReport::judge(LabelCounts { rows, positives, negatives, ..Default::default() }, folds)
    }

    #[test]
    fn each_border_of_the_gate() {
        assert_eq!(judge(39, 5_000, 5).verdict, GateVerdict::Refused);
        assert_eq!(judge(5_000, 39, 5).verdict, GateVerdict::Refused);
        assert_eq!(judge(40, 40, 1).verdict, GateVerdict::Provisional);
        assert_eq!(judge(119, 5_000, 5).verdict, GateVerdict::Provisional);
        assert_eq!(judge(120, 879, 5).verdict, GateVerdict::Provisional);
        assert_eq!(judge(120, 880, 0).verdict, GateVerdict::Provisional);
        assert_eq!(judge(120, 880, 1).verdict, GateVerdict::Ready);
    }

    #[test]
    fn the_reason_names_what_is_lacking() {
        let refused = judge(12, 5_000, 5);
        assert!(refused.reason.contains("12 positive rows of the 40 required"));
        assert!(!refused.reason.contains("negative"));
        assert_eq!(refused.state(), None);
        assert!(judge(500, 5_000, 0).reason.contains("no time validation"));
    }
}
