//! Scoring the contacts of a store: from the events of one contact to the wire types.

mod population;
mod subject;

use chatsignal_api::churn::ChurnPrediction;
use chatsignal_api::lead::LeadPrediction;
use chatsignal_api::model::{ComputedOn, ModelRef};
use chatsignal_api::prediction::{Counterfactual, Origin};
use chatsignal_api::send_time::OptimalTime;
use chatsignal_api::time::Instant;
use chatsignal_core::contact::ContactState;
use chatsignal_core::event::MessageCategory;
use chatsignal_core::feature::{EngagementRaw, SendCandidate};
use chatsignal_core::recommend;
use chatsignal_core::score::send_time::{
    LocalWindow, Policy, QuietHours, SendRules, Situation, Slot,
};
use chatsignal_core::score::{
    ChurnPredictor, EngagementLevel, EngagementPredictor, Explain, LeadOptions, LeadScorer,
    PlanRequest, RiskLevel, Scored, Tier,
};
use chatsignal_core::time::{DAY_MS, TimestampMs};

pub use population::{is_active_customer, is_active_state, is_open_lead, is_open_lead_state};
pub use subject::{Earlier, Subject};

use crate::registry::Served;
use crate::store::settings::Settings;

/// Days between a lead's score and the one that its trend compares it with.
pub const TREND_DAYS: i64 = 7;

/// Model, instant and place of a prediction.
#[must_use]
pub fn origin(served: &Served, as_of: TimestampMs) -> Origin {
    let artifact = &served.artifact;
    Origin {
        as_of: Instant(as_of),
        computed_on: ComputedOn::Native,
        model: ModelRef {
            name: artifact.kind.as_str().to_owned(),
            version: served.version.to_string(),
            alias: served.alias.map(|alias| alias.as_str().to_owned()),
            state: artifact.state.as_str().to_owned(),
            trained_through: Instant(artifact.trained_through),
            feature_set: format!("{}/1", artifact.kind.as_str()),
            feature_set_hash: served.schema.to_string(),
        },
        request_id: None,
    }
}

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

/// What would bring a customer to the next lower level of risk; none for the lowest.
#[must_use]
pub fn churn_counterfactual(
    predictor: &ChurnPredictor<'_>,
    subject: &Subject<'_>,
    level: RiskLevel,
) -> Option<Counterfactual> {
    let next = RiskLevel::ALL.get((level as usize).checked_sub(1)?)?;
    let features = predictor.features(&subject.state, subject.as_of);
    Counterfactual::new(next.as_str(), &predictor.what_would_lower(&features, *next))
}

/// The churn risk of a customer and what to do about it.
#[must_use]
pub fn churn(
    predictor: &ChurnPredictor<'_>,
    subject: &Subject<'_>,
    explain: Explain,
    origin: Origin,
) -> ChurnPrediction {
    let features = predictor.features(&subject.state, subject.as_of);
    let risk = predictor.predict(&features, explain);
    let contributions = risk.reasons.as_ref().map_or(&[][..], |reasons| &reasons.contributions);
    let advice = recommend::retention(&features.values, contributions, subject.state.consent());
    ChurnPrediction::new(Some(subject.contact.to_string()), &risk, &advice, origin)
}

/// What is planned for every contact.
#[derive(Clone, Copy, Debug)]
pub struct SendPlan {
    /// Category of the message, which is a template.
    pub category: MessageCategory,
    /// Whether it offers buttons.
    pub has_buttons: bool,
    /// Whether it carries media.
    pub has_media: bool,
    /// How the hour is chosen.
    pub policy: Policy,
    /// Seed of a policy that draws.
    pub seed: u64,
}

/// The best hour within the next 24 to send a message, with the reasons at that hour.
#[must_use]
pub fn engagement(
    predictor: &EngagementPredictor<'_>,
    subject: &Subject<'_>,
    send: &SendPlan,
    settings: &Settings,
    explain: Explain,
    origin: Origin,
) -> OptimalTime {
    engagement_with_level(predictor, subject, send, settings, explain, origin).0
}

/// As [`engagement`], and the level of the probability at the best hour.
#[must_use]
pub fn engagement_with_level(
    predictor: &EngagementPredictor<'_>,
    subject: &Subject<'_>,
    send: &SendPlan,
    settings: &Settings,
    explain: Explain,
    origin: Origin,
) -> (OptimalTime, Option<EngagementLevel>) {
    let raw = EngagementRaw::extract(&subject.state, subject.as_of);
    let (offset, margin_min) = subject.local_offset(&settings.timezone);
    let slots = Slot::next_24_hours(subject.as_of, offset);
    let message = SendCandidate {
        category: Some(send.category),
        has_buttons: send.has_buttons,
        has_media: send.has_media,
        ..SendCandidate::at(subject.as_of, offset)
    };
    let situation = Situation {
        us_number: subject.country.is_some_and(|country| country.as_str() == "US"),
        offset_margin_min: margin_min,
        ..Situation::of_contact(&subject.state, &raw, send.category, subject.as_of)
    };
    let rules = send_rules(settings);
    let request = PlanRequest {
        raw: &raw,
        message,
        slots: &slots,
        rules: &rules,
        situation,
        policy: send.policy,
        seed: send.seed,
    };
    let contact = Some(subject.contact.to_string());
    let plan = match predictor.plan(&request) {
        Scored::Score(plan) => plan,
        Scored::Suppressed(why) => {
            return (OptimalTime::suppressed(contact, why, send.policy, origin), None);
        }
    };
    let at_choice = plan.chosen.map(|at| {
        let slot = slots[at];
        let candidate =
            SendCandidate { send_at: slot.send_at, utc_offset: slot.utc_offset, ..message };
        predictor.predict(&predictor.features(&raw, &candidate), situation.consent, explain)
    });
    let score = at_choice.and_then(Scored::score);
    let level = score.as_ref().map(|score| score.level);
    (OptimalTime::new(contact, &plan, score.as_ref(), send.policy, origin), level)
}

/// The tenant's rules of sending.
#[must_use]
pub fn send_rules(settings: &Settings) -> SendRules {
    let quiet =
        settings.quiet_hours.0.map(|(from, until)| QuietHours::quiet(LocalWindow { from, until }));
    SendRules { quiet, ..SendRules::default() }
}
