//! Lead scores.

use alloc::string::ToString;

use chatsignal_api::lead::LeadPrediction;
use chatsignal_api::prediction::{Counterfactual, Origin};
use chatsignal_core::contact::ContactState;
use chatsignal_core::recommend;
use chatsignal_core::score::{Explain, LeadOptions, LeadScorer, Scored, Tier};
use chatsignal_core::time::DAY_MS;

use crate::subject::{Earlier, Subject};

/// Days between a lead's score and the one that its trend compares it with.
pub const TREND_DAYS: i64 = 7;

/// The score of a lead, with the trend since a week before (computed from what was known then) and
/// the next action.
#[must_use]
pub fn lead(
    scorer: &LeadScorer<'_>,
    subject: &Subject<'_>,
    explain: Explain,
    origin: Origin,
) -> LeadPrediction {
    let consent = subject.state.consent();
    let features = scorer.features(&subject.state, subject.as_of);
    let options = LeadOptions { consent, previous: score_a_week_before(scorer, subject), explain };
    let scored = scorer.score(&features, &options);
    let action = match &scored {
        Scored::Score(score) => {
            let reasons = score.reasons.as_ref();
            let contributions = reasons.map_or(&[][..], |reasons| &reasons.contributions);
            recommend::next_action(score.tier, &features.values, contributions, consent)
        }
        Scored::Suppressed(_) => None,
    };
    LeadPrediction::new(Some(subject.contact.to_string()), &scored, action.as_ref(), origin)
}

fn score_a_week_before(scorer: &LeadScorer<'_>, subject: &Subject<'_>) -> Option<f64> {
    let then = subject.as_of.plus_ms(-TREND_DAYS * DAY_MS);
    let score = |state: &ContactState| {
        state.known_through()?;
        let options = LeadOptions { explain: Explain::None, ..LeadOptions::default() };
        Some(scorer.score(&scorer.features(state, then), &options).score()?.value)
    };
    match subject.earlier {
        Earlier::Events(events) => score(&ContactState::at(events, then)),
        Earlier::State(state) => score(state),
        Earlier::Lead(value) => Some(value),
        Earlier::Unknown => None,
    }
}

/// What would bring a lead to the next tier; none for a hot or a suppressed one.
#[must_use]
pub fn lead_counterfactual(
    scorer: &LeadScorer<'_>,
    subject: &Subject<'_>,
    tier: Tier,
) -> Option<Counterfactual> {
    let next = Tier::ALL.get(tier as usize + 1)?;
    let features = scorer.features(&subject.state, subject.as_of);
    Counterfactual::new(next.as_str(), &scorer.what_would_reach(&features, *next))
}
