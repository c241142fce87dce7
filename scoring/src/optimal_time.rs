//! The best hour to write, as a request asks for it.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use chatsignal_api::prediction::{Origin, Warning};
use chatsignal_api::send_time::{OptimalTime, OptimalTimeRequest, PolicyName, QuietSpan};
use chatsignal_api::time::parse_date;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::Consent;
use chatsignal_core::event::MessageCategory;
use chatsignal_core::feature::{
    ENGAGEMENT_FEATURES, EngagementRaw, FeatureVector, SendCandidate, catalogue,
};
use chatsignal_core::score::send_time::{
    LocalWindow, Policy, QuietHours, SendRules, Situation, Slot,
};
use chatsignal_core::score::{EngagementPredictor, Explain, PlanRequest, Scored};
use chatsignal_core::time::{DAY_MS, HOUR_MS, TimestampMs, UtcOffsetMin};
use chatsignal_ingest::LocalTime;

use crate::engagement;
use crate::fault::FieldFault;
use crate::subject::Subject;

/// Days ahead (and one behind, for zones) that a date may lie from the decision.
const DATE_DAYS_MAX: i64 = 366;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// What is asked, checked.
pub struct Decision<'a> {
    /// The instant of the decision.
    pub as_of: TimestampMs,
    message: SendCandidate,
    category: MessageCategory,
    zone: Option<Box<dyn LocalTime + 'a>>,
    offset: Option<UtcOffsetMin>,
    date: Option<i32>,
    hours: Option<Vec<u8>>,
    rules: SendRules,
    policy: Policy,
    seed: u64,
}

impl fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision").field("as_of", &self.as_of).finish_non_exhaustive()
    }
}

impl<'a> Decision<'a> {
    /// Reads a request. `now` is the decision where it names none, `rules` are the tenant's, and
    /// `zone` finds an IANA time zone by its name.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn new<E>(
        request: &OptimalTimeRequest<E>,
        now: TimestampMs,
        rules: SendRules,
        zone: impl FnOnce(&str) -> Option<Box<dyn LocalTime + 'a>>,
    ) -> Result<Self, FieldFault> {
        let wrong = |field: &str, rule: &'static str| FieldFault::new(field, rule);
        let message = engagement::message(&request.message)?;
        let offset = engagement::offset(request.utc_offset_minutes)?;
        let zone = match request.timezone.as_deref() {
            Some(_) if offset.is_some() => {
                return Err(wrong("timezone", "give a time zone or an offset, not both"));
            }
            Some(name) => {
                let unknown = || wrong("timezone", "is no IANA time zone, like Europe/Berlin");
                Some(zone(name).ok_or_else(unknown)?)
            }
            None => None,
        };
        let as_of = request.as_of.map_or(now, |at| at.0);
        let date = request.date.as_deref().map(|text| {
            let day = parse_date(text).ok_or_else(|| wrong("date", "write it like 2026-11-23"))?;
            let ahead = i64::from(day) - as_of.0.div_euclid(DAY_MS);
            let near = (-1..=DATE_DAYS_MAX).contains(&ahead);
            near.then_some(day)
                .ok_or_else(|| wrong("date", "lies in the past or over a year ahead"))
        });
        if request.hours_to_test.as_ref().is_some_and(|hours| {
            hours.is_empty() || hours.len() > 24 || hours.iter().any(|hour| *hour > 23)
        }) {
            return Err(wrong("hours_to_test", "has 1 to 24 hours, each 0 to 23"));
        }
        match (request.policy, request.epsilon) {
            (PolicyName::Epsilon, Some(epsilon)) if !(0.0..=1.0).contains(&epsilon) => {
                return Err(wrong("epsilon", "is 0 to 1"));
            }
            (PolicyName::Greedy | PolicyName::Thompson, Some(_)) => {
                return Err(wrong("epsilon", "belongs to the policy epsilon"));
            }
            _ => {}
        }
        let mut rules = rules;
        if let Some(span) = &request.quiet_hours {
            rules.quiet = Some(QuietHours::quiet(window(span)?));
        }
        Ok(Self {
            as_of,
            category: message.category.unwrap_or(MessageCategory::Marketing),
            message,
            zone,
            offset,
            date: date.transpose()?,
            hours: request.hours_to_test.clone(),
            rules,
            policy: request.policy(),
            seed: request.seed,
        })
    }

    /// The instants to look at, in order of time; `zone` is the contact's where nothing was given.
    fn slots(&self, local: impl Fn() -> UtcOffsetMin) -> Vec<Slot> {
        let wanted =
            |slot: &Slot| self.hours.as_ref().is_none_or(|hours| hours.contains(&slot.hour()));
        let all = match (&self.zone, self.date) {
            (Some(zone), day) => zoned_slots(&**zone, self.as_of, day),
            (None, Some(day)) => Slot::of_day(day, self.offset.unwrap_or_else(&local)).to_vec(),
            (None, None) => {
                Slot::next_24_hours(self.as_of, self.offset.unwrap_or_else(&local)).to_vec()
            }
        };
        all.into_iter().filter(wanted).collect()
    }

    /// The answer about a contact, as its history has it; it bears the id `contact`.
    #[must_use]
    pub fn by_history(
        &self,
        predictor: &EngagementPredictor<'_>,
        contact: Option<String>,
        subject: &Subject<'_>,
        tenant: &dyn LocalTime,
        explain: Explain,
        origin: Origin,
    ) -> OptimalTime {
        let raw = EngagementRaw::extract(&subject.state, self.as_of);
        let (local, margin) = subject.local_offset(tenant);
        let slots = self.slots(|| local);
        let known = self.zone.is_some() || self.offset.is_some();
        let situation = Situation {
            us_number: subject.country.is_some_and(|country| country.as_str() == "US"),
            offset_margin_min: if known { 0 } else { margin },
            ..Situation::of_contact(&subject.state, &raw, self.category, self.as_of)
        };
        let request = PlanRequest {
            raw: &raw,
            message: self.message,
            slots: &slots,
            rules: &self.rules,
            situation,
            policy: self.policy,
            seed: self.seed,
        };
        let plan = match predictor.plan(&request) {
            Scored::Score(plan) => plan,
            Scored::Suppressed(why) => {
                return OptimalTime::suppressed(contact, why, self.policy, origin);
            }
        };
        let at_choice = plan.chosen.and_then(|at| slots.get(at)).and_then(|slot| {
            let row = predictor.features(&raw, &self.candidate(*slot));
            predictor.predict(&row, situation.consent, explain).score()
        });
        OptimalTime::new(contact, &plan, at_choice.as_ref(), self.policy, origin)
    }

    /// From given features: what depends on the hour is computed for each hour, the rest is taken
    /// as it was given.
    #[must_use]
    pub fn by_features(
        &self,
        predictor: &EngagementPredictor<'_>,
        contact: Option<String>,
        given: &FeatureVector<ENGAGEMENT_FEATURES>,
        tenant: &dyn LocalTime,
        explain: Explain,
        origin: Origin,
    ) -> OptimalTime {
        let slots = self.slots(|| tenant.offset_at(self.as_of));
        let request = PlanRequest {
            raw: &EngagementRaw::default(),
            message: self.message,
            slots: &slots,
            rules: &self.rules,
            situation: Situation { category: self.category, ..Situation::unknown(self.as_of) },
            policy: self.policy,
            seed: self.seed,
        };
        let found = predictor.plan_given(&given.values, &request);
        let at_choice = predictor.score_given(&found, Consent::default(), explain);
        let mut answer =
            OptimalTime::new(contact, &found.plan, at_choice.as_ref(), self.policy, origin);
        let specs = catalogue(ModelKind::Engagement).iter().zip(found.replaced);
        answer.warnings.extend(specs.filter(|(_, replaced)| *replaced).map(|(spec, _)| Warning {
            code: "computed_for_each_hour".to_owned(),
            feature: Some(spec.name.to_owned()),
        }));
        answer
    }

    fn candidate(&self, slot: Slot) -> SendCandidate {
        SendCandidate { send_at: slot.send_at, utc_offset: slot.utc_offset, ..self.message }
    }
}

/// The whole hours of a local day (23 or 25 of them when the clock changes), or the next 24.
fn zoned_slots(zone: &dyn LocalTime, now: TimestampMs, day: Option<i32>) -> Vec<Slot> {
    let slot = |at: TimestampMs| Slot { send_at: at, utc_offset: zone.offset_at(at) };
    match day {
        None => {
            let first = Slot::next_24_hours(now, zone.offset_at(now))[0].send_at;
            (0..24).map(|hour| slot(first.plus_ms(hour * HOUR_MS))).collect()
        }
        Some(day) => {
            // Every zone lies within 18 hours of UTC.
            let noon = TimestampMs(i64::from(day) * DAY_MS + DAY_MS / 2);
            let start = noon.plus_ms(-i64::from(zone.offset_at(noon).0) * 60_000 - 12 * HOUR_MS);
            (-2..27)
                .map(|hour| slot(start.plus_ms(hour * HOUR_MS)))
                .filter(|slot| slot.utc_offset.local_day(slot.send_at) == day)
                .collect()
        }
    }
}

/// A span of local time. It may end with the day, as `24:00`.
fn window(span: &QuietSpan) -> Result<LocalWindow, FieldFault> {
    let minute = |field: &str, text: &str, latest: u16| {
        let parsed = text.split_once(':').and_then(|(hour, minute)| {
            let two = |part: &str| {
                (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
                    .then(|| part.parse::<u16>().ok())?
            };
            let (hour, minute) = (two(hour)?, two(minute)?);
            (minute < 60).then_some(hour * 60 + minute).filter(|minute| *minute <= latest)
        });
        parsed.ok_or_else(|| FieldFault::new(format!("quiet_hours/{field}"), "write it like 21:00"))
    };
    Ok(LocalWindow {
        from: minute("start", &span.start, DAY_MINUTES - 1)?,
        until: minute("end", &span.end, DAY_MINUTES)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_end_with_the_day_and_begin_within_it() {
        let span = |start: &str, end: &str| {
            let span = QuietSpan { start: start.to_owned(), end: end.to_owned() };
            window(&span).map(|window| (window.from, window.until)).map_err(|fault| fault.field)
        };
        assert_eq!(span("21:00", "24:00"), Ok((1_260, 1_440)));
        assert_eq!(span("00:00", "07:30"), Ok((0, 450)));
        assert_eq!(span("21:00", "24:01"), Err("quiet_hours/end".into()));
        assert_eq!(span("24:00", "08:00"), Err("quiet_hours/start".into()));
        assert_eq!(span("9:00", "25:00"), Err("quiet_hours/start".into()));
    }
}
