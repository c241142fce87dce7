//! How a send would be answered more often.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::feature::{EngagementRaw, SendCandidate};
use crate::num;
use crate::order::sort_by;
use crate::score::EngagementPredictor;
use crate::score::send_time::SendTimePlan;

/// Least relative gain of the probability that is worth a word.
const GAIN_MIN: f64 = 1.05;
/// Texts up to this many characters are not asked to be shorter.
const SHORT_CHARS: u32 = 160;

/// One change of a send, with the probability of a reply before and after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SendAdvice {
    /// Send at another hour: from one local hour until another, both whole.
    SendBetween {
        /// First hour.
        from: u8,
        /// Hour that ends the span.
        until: u8,
        /// Probability as planned.
        before: f64,
        /// Probability at the best hour of the span.
        after: f64,
    },
    /// Offer buttons.
    OfferButtons {
        /// Probability without.
        before: f64,
        /// Probability with.
        after: f64,
    },
    /// Write in the contact's main language.
    MatchLanguage {
        /// Probability as planned.
        before: f64,
        /// Probability in their language.
        after: f64,
    },
    /// Write half as much.
    WriteShorter {
        /// Probability as planned.
        before: f64,
        /// Probability of half the text.
        after: f64,
    },
}

impl SendAdvice {
    /// The advice as a sentence.
    #[must_use]
    pub fn text(self) -> String {
        let (what, before, after) = match self {
            Self::SendBetween { from, until, before, after } => {
                (format!("Send between {from:02}:00 and {until:02}:00"), before, after)
            }
            Self::OfferButtons { before, after } => {
                ("Offer quick-reply buttons".into(), before, after)
            }
            Self::MatchLanguage { before, after } => {
                ("Write in the contact's language".into(), before, after)
            }
            Self::WriteShorter { before, after } => ("Write half as much".into(), before, after),
        };
        let percent = |p: f64| num::round(100.0 * p) as i64;
        format!("{what} ({} % instead of {} %)", percent(after), percent(before))
    }

    fn gain(self) -> f64 {
        let (Self::SendBetween { before, after, .. }
        | Self::OfferButtons { before, after }
        | Self::MatchLanguage { before, after }
        | Self::WriteShorter { before, after }) = self;
        after / before.max(f64::MIN_POSITIVE)
    }
}

/// Every change that the model says raises the probability by at least a twentieth, the greatest
/// first. `plan` is of the same message and gives the hours; without it only the message is looked
/// at.
#[must_use]
pub fn send_advice(
    predictor: &EngagementPredictor<'_>,
    raw: &EngagementRaw,
    candidate: &SendCandidate,
    plan: Option<&SendTimePlan>,
) -> Vec<SendAdvice> {
    let probability = |candidate: &SendCandidate| predictor.probability(raw, candidate);
    let before = probability(candidate);
    let mut advice = Vec::new();
    if !candidate.has_buttons {
        let after = probability(&SendCandidate { has_buttons: true, ..*candidate });
        advice.push(SendAdvice::OfferButtons { before, after });
    }
    if candidate.language.is_some() && raw.language.is_some() {
        let after = probability(&SendCandidate { language: raw.language, ..*candidate });
        advice.push(SendAdvice::MatchLanguage { before, after });
    }
    if let Some(chars) = candidate.chars.filter(|chars| *chars > SHORT_CHARS) {
        let after = probability(&SendCandidate { chars: Some(chars / 2), ..*candidate });
        advice.push(SendAdvice::WriteShorter { before, after });
    }
    advice.extend(plan.and_then(|plan| best_span(plan, before)));
    advice.retain(|item| item.gain() >= GAIN_MIN);
    sort_by(&mut advice, |a, b| b.gain().total_cmp(&a.gain()));
    advice
}

/// The chosen hour and the allowed hours beside it that are nearly as good (within a twentieth).
fn best_span(plan: &SendTimePlan, before: f64) -> Option<SendAdvice> {
    let chosen = plan.chosen?;
    let best = plan.hours.get(chosen)?;
    let as_good = |at: &usize| {
        let hour = &plan.hours[*at];
        hour.allowed() && hour.probability * GAIN_MIN >= best.probability
    };
    let first = (0..chosen).rev().take_while(as_good).last().unwrap_or(chosen);
    let last = (chosen..plan.hours.len()).take_while(as_good).last().unwrap_or(chosen);
    Some(SendAdvice::SendBetween {
        from: plan.hours[first].hour,
        until: (plan.hours[last].hour + 1) % 24,
        before,
        after: best.probability,
    })
}
