//! Whether a challenger replaces the champion.

use serde::{Deserialize, Serialize};

use crate::evaluation::{Estimate, Slice};
use crate::pipeline::PromotionMode;

/// Largest relative rise of log loss that a slice may suffer.
const SLICE_LOSS_MAX: f64 = 0.05;

/// What to do with a freshly trained model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Serve it now.
    Promote,
    /// Serve it in the shadow of the champion for at least seven days first.
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

/// The two models on the same rows.
pub(crate) struct Contest<'a> {
    /// Fall of log loss.
    pub(crate) gain: Option<Estimate>,
    /// Slices of the challenger.
    pub(crate) ours: &'a [Slice],
    /// The same slices of the champion.
    pub(crate) theirs: &'a [Slice],
    /// Whether the rows are later than the champion's data.
    pub(crate) fair: bool,
}

/// Without a champion of the tenant's own every trained model serves, unless told never to.
pub(crate) fn first(mode: PromotionMode) -> Decision {
    unopposed(mode, "there is no trained model yet")
}

/// A champion that reads other features cannot be compared.
pub(crate) fn unlike(mode: PromotionMode) -> Decision {
    unopposed(mode, "the serving model reads other features and cannot be compared")
}

fn unopposed(mode: PromotionMode, reason: &str) -> Decision {
    let verdict = if mode == PromotionMode::Never { Verdict::Keep } else { Verdict::Promote };
    Decision { verdict, reason: with_mode(mode, reason), log_loss_gain: None, worst_slice: None }
}

/// The challenger wins if its log loss is better by more than half the width of the interval of
/// the difference and no slice is worse by more than 5 %.
pub(crate) fn decide(mode: PromotionMode, contest: &Contest<'_>) -> Decision {
    let worst = worst_slice(contest);
    let (stands, reason) = standing(contest);
    let wins = stands == Standing::Better;
    let verdict = match (wins, mode) {
        (false, _) | (true, PromotionMode::Never) => Verdict::Keep,
        (true, PromotionMode::AfterShadow) => Verdict::Shadow,
        (true, PromotionMode::IfBetter) => Verdict::Promote,
    };
    let reason = if wins { with_mode(mode, &reason) } else { reason };
    Decision { verdict, reason, log_loss_gain: contest.gain, worst_slice: worst }
}

/// How a challenger stands against the champion on one set of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Better by the rule.
    Better,
    /// Not worse, but not better by the rule either.
    Unclear,
    /// Worse, as a whole or in a slice.
    Worse,
}

/// How the challenger stands, and the figures in words.
pub(crate) fn standing(contest: &Contest<'_>) -> (Standing, String) {
    let rows = if contest.fair {
        "rows later than the serving model's data"
    } else {
        "rows that the serving model may have learnt from"
    };
    let Some(gain) = contest.gain else {
        return (Standing::Unclear, "the log losses cannot be compared".to_owned());
    };
    let half = (gain.high - gain.low) / 2.0;
    let measured = format!("log loss falls by {:.4} +- {half:.4} on {rows}", gain.value);
    match worst_slice(contest) {
        _ if gain.value <= half => {
            let stands = if gain.value < 0.0 { Standing::Worse } else { Standing::Unclear };
            (stands, format!("not better by more than half the interval: {measured}"))
        }
        Some((name, loss)) if loss > SLICE_LOSS_MAX => {
            let reason = format!("{measured}, but {name} gets worse by {:.1} %", 100.0 * loss);
            (Standing::Worse, reason)
        }
        _ => (Standing::Better, measured),
    }
}

fn with_mode(mode: PromotionMode, reason: &str) -> String {
    match mode {
        PromotionMode::IfBetter => reason.to_owned(),
        PromotionMode::AfterShadow => format!("{reason} (--promote after_shadow)"),
        PromotionMode::Never => format!("{reason}, but --promote never was asked for"),
    }
}

fn worst_slice(contest: &Contest<'_>) -> Option<(String, f64)> {
    let change = |ours: &Slice| {
        let same = |theirs: &&Slice| {
            theirs.dimension == ours.dimension
                && theirs.value == ours.value
                && theirs.log_loss > 0.0
        };
        let theirs = contest.theirs.iter().find(same)?;
        let name = format!("{} {}", ours.dimension, ours.value);
        Some((name, ours.log_loss / theirs.log_loss - 1.0))
    };
    contest.ours.iter().filter_map(change).max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(log_loss: f64) -> Slice {
        Slice {
            dimension: "language".to_owned(),
            value: "pt".to_owned(),
            rows: 200,
            base_rate: 0.3,
            auc: None,
            log_loss,
            ece: 0.0,
        }
    }

    fn decided(value: f64, slices: (f64, f64), mode: PromotionMode) -> Decision {
        let gain = Some(Estimate { value, low: value - 0.01, high: value + 0.01 });
        let (ours, theirs) = ([slice(slices.0)], [slice(slices.1)]);
        decide(mode, &Contest { gain, ours: &ours, theirs: &theirs, fair: true })
    }

    #[test]
    fn better_by_more_than_half_the_interval_wins() {
        let mode = PromotionMode::IfBetter;
        assert_eq!(decided(0.011, (0.5, 0.5), mode).verdict, Verdict::Promote);
        assert_eq!(decided(0.009, (0.5, 0.5), mode).verdict, Verdict::Keep);
        assert_eq!(decided(-0.1, (0.5, 0.5), mode).verdict, Verdict::Keep);
    }

    #[test]
    fn a_slice_that_suffers_stops_it() {
        let lost = decided(0.1, (0.53, 0.5), PromotionMode::IfBetter);
        assert_eq!(lost.verdict, Verdict::Keep);
        assert!(lost.reason.contains("language pt gets worse by 6.0 %"), "{}", lost.reason);
        let kept = decided(0.1, (0.52, 0.5), PromotionMode::IfBetter);
        assert_eq!(kept.verdict, Verdict::Promote);
    }

    #[test]
    fn the_mode_decides_what_winning_means() {
        assert_eq!(decided(0.1, (0.5, 0.5), PromotionMode::AfterShadow).verdict, Verdict::Shadow);
        assert_eq!(decided(0.1, (0.5, 0.5), PromotionMode::Never).verdict, Verdict::Keep);
        assert_eq!(first(PromotionMode::IfBetter).verdict, Verdict::Promote);
        assert_eq!(first(PromotionMode::Never).verdict, Verdict::Keep);
    }
}
