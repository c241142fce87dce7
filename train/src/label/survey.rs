//! What a first look at the whole log tells: its span, currency, kind of leads, rhythm and
//! purchase histories.

use std::collections::BTreeMap;

use chatsignal_core::event::{Currency, Event, EventKind, Money, Source};
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;

use super::{is_activity, is_paid};
use crate::source::{EventSource, SourceError};

/// Longest gap between active days that is told apart, days.
const GAP_DAYS_MAX: usize = 366;

/// A paid purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurveyPurchase {
    /// Local day, counted from 1970-01-01.
    pub day: i32,
    /// Since when it is known.
    pub known: TimestampMs,
    /// Amount.
    pub amount: Money,
}

/// Facts about the whole log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Contacts with at least one event.
    pub contacts: usize,
    /// Events.
    pub events: usize,
    /// First instant at which something happened.
    pub from: TimestampMs,
    /// Last instant at which something happened.
    pub until: TimestampMs,
    /// Whether there is any step of a lead.
    pub lead_steps: bool,
    /// Whether any event is simulated.
    pub simulated: bool,
    /// Commonest currency of paid purchases (the first in the alphabet on a tie).
    pub currency: Option<Currency>,
    /// Paid purchases of each buying contact, in order of time.
    pub purchases: Vec<(ContactId, Vec<SurveyPurchase>)>,
    /// Gaps between active days of a contact: how many of each length, in days.
    pub gap_days: Vec<u64>,
}

impl Survey {
    /// Reads the whole log once.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn of(source: &dyn EventSource) -> Result<Self, SourceError> {
        let mut survey = Self {
            from: TimestampMs::MAX,
            until: TimestampMs::MIN,
            gap_days: vec![0; GAP_DAYS_MAX + 1],
            ..Self::default()
        };
        let mut currencies: BTreeMap<Currency, usize> = BTreeMap::new();
        source.for_each_contact(&mut |contact, events| {
            survey.contacts += usize::from(!events.is_empty());
            survey.events += events.len();
            let mut bought = Vec::new();
            let mut last_active_day = None;
            for event in events {
                survey.from = survey.from.min(event.occurred_at);
                survey.until = survey.until.max(event.occurred_at);
                survey.simulated |= event.source == Source::Simulator;
                survey.lead_steps |= matches!(event.kind, EventKind::Lead(_));
                if let EventKind::Purchase { amount, .. } = &event.kind
                    && is_paid(event)
                {
                    *currencies.entry(amount.currency).or_default() += 1;
                    bought.push(SurveyPurchase {
                        day: local_day(event),
                        known: event.available_at,
                        amount: *amount,
                    });
                }
                if is_activity(event) {
                    survey.count_gap(&mut last_active_day, local_day(event));
                }
            }
            if !bought.is_empty() {
                survey.purchases.push((contact, bought));
            }
        })?;
        if survey.events == 0 {
            (survey.from, survey.until) = (TimestampMs(0), TimestampMs(0));
        }
        let commonest = currencies.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        survey.currency = commonest.map(|(currency, _)| *currency);
        Ok(survey)
    }

    fn count_gap(&mut self, last: &mut Option<i32>, day: i32) {
        let gap = last.map_or(0, |last| i64::from(day) - i64::from(last));
        if let Ok(days @ 1..) = usize::try_from(gap) {
            self.gap_days[days.min(GAP_DAYS_MAX)] += 1;
        }
        *last = Some(day);
    }

    /// The 90th percentile of the gaps between active days of a contact, days; `None` without gaps.
    #[must_use]
    pub fn gap_p90_days(&self) -> Option<usize> {
        let total: u64 = self.gap_days.iter().sum();
        let rank = (total * 9).div_ceil(10);
        let mut seen = 0;
        let at = self.gap_days.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        at.filter(|_| total > 0)
    }

    /// The default churn horizon: the smallest of 30, 60 and 90 days that is at least the 90th
    /// percentile of the gaps, else 90.
    #[must_use]
    pub fn churn_horizon_days(&self) -> u32 {
        let p90 = self.gap_p90_days().unwrap_or(usize::MAX);
        [30, 60].into_iter().find(|&days| p90 <= days as usize).unwrap_or(90)
    }
}

fn local_day(event: &Event) -> i32 {
    event.utc_offset.local_day(event.occurred_at)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{inbound, purchase};
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn the_horizon_follows_the_rhythm() {
        let survey = |gap: f64| {
            let events = (0..20).map(|i| inbound(f64::from(i) * gap, None));
            Survey::of(&MemorySource::new(events)).map(|s| s.churn_horizon_days())
        };
        assert_eq!(survey(3.0).ok(), Some(30));
        assert_eq!(survey(30.0).ok(), Some(30));
        assert_eq!(survey(31.0).ok(), Some(60));
        assert_eq!(survey(75.0).ok(), Some(90));
        assert_eq!(survey(200.0).ok(), Some(90));
    }

    #[test]
    fn facts_of_a_small_log() {
        let log = [inbound(2.0, None), purchase(5.0, 10), purchase(5.5, 10), purchase(9.0, 5)];
        let survey = Survey::of(&MemorySource::new(log)).expect("memory reads");
        assert_eq!((survey.contacts, survey.events, survey.lead_steps), (1, 4, false));
        assert_eq!(survey.currency.map(|c| c.as_str().to_owned()), Some("USD".to_owned()));
        let days: Vec<i32> = survey.purchases[0].1.iter().map(|purchase| purchase.day).collect();
        assert_eq!(days, [5, 5, 9]);
        assert_eq!(survey.gap_p90_days(), Some(4));
    }

    #[test]
    fn an_empty_log_is_no_accident() {
        let survey = Survey::of(&MemorySource::default()).expect("memory reads");
        assert_eq!((survey.contacts, survey.gap_p90_days()), (0, None));
        assert_eq!(survey.churn_horizon_days(), 90);
        assert_eq!(survey.from, survey.until);
    }
}
