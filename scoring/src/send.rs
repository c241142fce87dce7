//! The best hour within the next 24 to send one planned message.

use alloc::string::ToString;

use chatsignal_api::prediction::Origin;
use chatsignal_api::send_time::OptimalTime;
use chatsignal_core::event::MessageCategory;
use chatsignal_core::feature::{EngagementRaw, SendCandidate};
use chatsignal_core::score::send_time::{Policy, SendRules, Situation, Slot};
use chatsignal_core::score::{EngagementLevel, EngagementPredictor, Explain, PlanRequest, Scored};
use chatsignal_ingest::LocalTime;

use crate::subject::Subject;

/// What a tenant has set.
#[derive(Clone, Copy)]
pub struct Tenant<'a> {
    /// Offsets of its local time.
    pub local: &'a dyn LocalTime,
    /// Its rules of sending.
    pub rules: &'a SendRules,
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
pub fn best_hour(
    predictor: &EngagementPredictor<'_>,
    subject: &Subject<'_>,
    send: &SendPlan,
    tenant: Tenant<'_>,
    explain: Explain,
    origin: Origin,
) -> OptimalTime {
    best_hour_with_level(predictor, subject, send, tenant, explain, origin).0
}

/// As [`best_hour`], and the level of the probability at the best hour.
#[must_use]
pub fn best_hour_with_level(
    predictor: &EngagementPredictor<'_>,
    subject: &Subject<'_>,
    send: &SendPlan,
    tenant: Tenant<'_>,
    explain: Explain,
    origin: Origin,
) -> (OptimalTime, Option<EngagementLevel>) {
    let raw = EngagementRaw::extract(&subject.state, subject.as_of);
    let (offset, margin_min) = subject.local_offset(tenant.local);
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
    let request = PlanRequest {
        raw: &raw,
        message,
        slots: &slots,
        rules: tenant.rules,
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
