//! Labels: what happened after a moment. A label reads only events that occurred after `at`; who
//! belongs to the population reads only what was known at `at`.

mod churn;
mod engagement;
mod lead;
mod survey;

pub use churn::churn_candidates;
pub use engagement::{DeliveredSend, delivered_sends, engagement_candidates};
pub use lead::lead_candidates;
pub use survey::{Survey, SurveyPurchase};

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::event::{ConsentKind, Event, EventKind, PurchaseStatus};
use chatsignal_core::time::{DAY_MS, HOUR_MS, TimestampMs};

use crate::pipeline::PipelineConfig;

/// One labelled moment of a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The moment: what was known then makes the features.
    pub at: TimestampMs,
    /// Target: 0 to 100 for leads, 0 or 1 otherwise.
    pub target: f64,
    /// Won, churned or replied.
    pub positive: bool,
    /// Index into [`outcome_names`].
    pub outcome: u8,
    /// The send that is judged (engagement).
    pub send: Option<DeliveredSend>,
}

/// What labels need to know beside the events of one contact.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelRules {
    /// Kind of model.
    pub kind: ModelKind,
    /// First instant that may be a snapshot.
    pub from: TimestampMs,
    /// Last instant whose label is complete (end of the log minus horizon minus lag).
    pub until: TimestampMs,
    /// Length of the label horizon.
    pub horizon_ms: i64,
    /// Whether the log has steps of leads; else the first paid purchase is the win.
    pub lead_steps: bool,
    /// Values of the rungs, by outcome index (leads).
    pub rungs: [f64; 5],
    /// An opt-out counts as churn.
    pub opt_out_is_churn: bool,
}

impl LabelRules {
    /// The rules of a training run on the surveyed log.
    #[must_use]
    pub fn new(kind: ModelKind, survey: &Survey, config: &PipelineConfig) -> Self {
        let horizon_days = match kind {
            ModelKind::Lead => config.lead.horizon_days,
            ModelKind::Churn => {
                config.churn.horizon_days.unwrap_or_else(|| survey.churn_horizon_days())
            }
            ModelKind::Engagement | ModelKind::Custom => 1,
        };
        let horizon_ms = i64::from(horizon_days) * DAY_MS;
        let lag_ms = i64::from(config.ingest_lag_hours) * HOUR_MS;
        let lead = &config.lead;
        Self {
            kind,
            from: survey.from.plus_ms(i64::from(config.warmup_days) * DAY_MS),
            until: survey.until.plus_ms(-horizon_ms - lag_ms),
            horizon_ms,
            lead_steps: survey.lead_steps,
            rungs: if lead.binary {
                [0.0, 0.0, 0.0, 0.0, 100.0]
            } else {
                [0.0, lead.engaged, lead.qualified, lead.proposal, lead.won]
            },
            opt_out_is_churn: config.churn.opt_out_is_churn,
        }
    }

    /// Label horizon in days.
    #[must_use]
    pub fn horizon_days(&self) -> u32 {
        u32::try_from(self.horizon_ms / DAY_MS).unwrap_or(0)
    }

    /// Least time between the last training snapshot and the first held-out one: the label's horizon,
    /// or more where the settings ask for it.
    #[must_use]
    pub fn embargo_ms(&self, config: &PipelineConfig) -> i64 {
        self.horizon_ms.max(i64::from(config.embargo_days.unwrap_or(0)) * DAY_MS)
    }

    /// The label in words.
    #[must_use]
    pub fn definition(&self) -> String {
        let days = self.horizon_days();
        match self.kind {
            ModelKind::Lead if self.lead_steps => format!(
                "highest step of the lead in the {days} days after the snapshot, as a value from 0 \
                 to 100; positive = won"
            ),
            ModelKind::Lead => format!(
                "first paid purchase (positive) or an inbound message in the {days} days after the \
                 snapshot, as a value from 0 to 100; the log has no steps of leads"
            ),
            ModelKind::Churn if self.opt_out_is_churn => format!(
                "no inbound message and no paid purchase, or an opt-out, in the {days} days after \
                 the snapshot"
            ),
            ModelKind::Churn => format!(
                "no inbound message and no paid purchase in the {days} days after the snapshot"
            ),
            ModelKind::Engagement | ModelKind::Custom => {
                "reply, button, list, flow or link click within 24 hours of the delivery of a \
                 business-initiated send"
                    .to_owned()
            }
        }
    }

    /// Labelled moments of one contact, in order of time. `events` are sorted by
    /// [`Event::cmp_in_contact`].
    #[must_use]
    pub fn candidates(&self, events: &[Event]) -> Vec<Candidate> {
        match self.kind {
            ModelKind::Lead => lead_candidates(events, self),
            ModelKind::Churn => churn_candidates(events, self),
            ModelKind::Engagement => engagement_candidates(events, self),
            ModelKind::Custom => Vec::new(),
        }
    }

    /// The weekly snapshot instants (Mondays, 00:00 UTC) from `start` on, within the rules.
    pub(crate) fn weeks(&self, start: TimestampMs) -> impl Iterator<Item = TimestampMs> {
        const WEEK_MS: i64 = 7 * DAY_MS;
        const MONDAY_MS: i64 = 4 * DAY_MS;
        let first = start.max(self.from).0 - MONDAY_MS;
        let aligned = first.div_euclid(WEEK_MS) + i64::from(first.rem_euclid(WEEK_MS) != 0);
        let until = self.until;
        (aligned..)
            .map(|week| TimestampMs(week * WEEK_MS + MONDAY_MS))
            .take_while(move |at| *at <= until)
    }
}

/// Names of the outcomes of a kind, by outcome index.
#[must_use]
pub fn outcome_names(kind: ModelKind) -> &'static [&'static str] {
    match kind {
        ModelKind::Lead => &["none", "engaged", "qualified", "proposal", "won"],
        ModelKind::Churn => &["stayed", "churned"],
        ModelKind::Engagement => &["no reply", "reply"],
        ModelKind::Custom => &[],
    }
}

/// Whether the event shows that the contact is alive: inbound or a paid purchase.
#[must_use]
pub fn is_activity(event: &Event) -> bool {
    event.kind.is_inbound() || is_paid(event)
}

/// Whether the event is a paid purchase.
#[must_use]
pub fn is_paid(event: &Event) -> bool {
    matches!(event.kind, EventKind::Purchase { status: PurchaseStatus::Paid, .. })
}

/// Whether the contact's last word on consent is an objection to profiling (GDPR Art. 21): such
/// contacts teach neither the lead nor the engagement model.
#[must_use]
pub fn has_objected(events: &[Event]) -> bool {
    let last = events.iter().rev().find_map(|event| match event.kind {
        EventKind::Consent(ConsentKind::BlockSuspected) => None,
        EventKind::Consent(kind) => Some(kind),
        _ => None,
    });
    last == Some(ConsentKind::Objected)
}

#[cfg(test)]
pub(crate) mod testing {
    //! Short event builders for the tests of this crate.

    use chatsignal_core::event::{
        Author, Currency, Event, EventKind, MessageKind, MessageStatus, Money, PurchaseStatus,
        Source,
    };
    use chatsignal_core::id::{ContactId, EventId, MessageId};
    use chatsignal_core::time::{DAY_MS, TimestampMs, UtcOffsetMin};

    pub(crate) fn day(day: f64) -> TimestampMs {
        TimestampMs((day * DAY_MS as f64) as i64)
    }

    pub(crate) fn event(at_day: f64, kind: EventKind) -> Event {
        let mut id = [0u8; 16];
        id[..8].copy_from_slice(&day(at_day).0.to_be_bytes());
        id[8] = kind.rank();
        Event {
            event_id: EventId(id),
            contact_id: ContactId([1; 16]),
            occurred_at: day(at_day),
            available_at: day(at_day),
            utc_offset: UtcOffsetMin(0),
            source: Source::Api,
            conversation_id: None,
            campaign_id: None,
            agent_id: None,
            kind,
        }
    }

    pub(crate) fn inbound(at_day: f64, reply_to: Option<u8>) -> Event {
        let kind = EventKind::MessageInbound {
            message_id: MessageId([(at_day * 7.0) as u8; 16]),
            kind: MessageKind::Text,
            chars: 10,
            has_question: false,
            reply_to: reply_to.map(|id| MessageId([id; 16])),
            forwarded: false,
        };
        event(at_day, kind)
    }

    pub(crate) fn campaign(at_day: f64, id: u8) -> Event {
        let kind = EventKind::MessageOutbound {
            message_id: MessageId([id; 16]),
            kind: MessageKind::Template,
            author: Author::Campaign,
            category: None,
            template: None,
            language: None,
            chars: 100,
            has_media: false,
            has_buttons: true,
            propensity: None,
        };
        event(at_day, kind)
    }

    pub(crate) fn status(at_day: f64, id: u8, status: MessageStatus) -> Event {
        let message_id = MessageId([id; 16]);
        event(
            at_day,
            EventKind::MessageStatus { message_id, status, error_code: None, category: None },
        )
    }

    pub(crate) fn purchase(at_day: f64, e4: i64) -> Event {
        let currency = Currency::new("USD").expect("three letters");
        let amount = Money { e4, currency };
        event(at_day, EventKind::Purchase { amount, status: PurchaseStatus::Paid })
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{day, event};
    use super::*;

    #[test]
    fn weeks_are_mondays_inside_the_rules() {
        let survey = Survey { from: day(0.0), until: day(100.0), ..Survey::default() };
        let config = PipelineConfig { warmup_days: 10, ..PipelineConfig::default() };
        let rules = LabelRules::new(ModelKind::Engagement, &survey, &config);
        let weeks: Vec<i64> = rules.weeks(day(3.0)).map(|t| t.0 / DAY_MS).collect();
        assert_eq!(weeks.first(), Some(&11));
        assert_eq!(weeks.last(), Some(&95));
        assert!(weeks.iter().all(|&d| chatsignal_core::time::weekday_of_day(d as i32) == 0));
        assert_eq!(rules.weeks(day(200.0)).count(), 0);
    }

    #[test]
    fn the_last_word_on_consent_counts() {
        let objected = event(1.0, EventKind::Consent(ConsentKind::Objected));
        let resumed = event(2.0, EventKind::Consent(ConsentKind::OptIn));
        let blocked = event(3.0, EventKind::Consent(ConsentKind::BlockSuspected));
        assert!(has_objected(&[objected.clone(), blocked]));
        assert!(!has_objected(&[objected, resumed]));
        assert!(!has_objected(&[]));
    }
}
