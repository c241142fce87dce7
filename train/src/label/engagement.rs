//! Engagement labels: was a delivered, business-initiated send answered within 24 hours?

use std::collections::BTreeMap;

use chatsignal_core::event::{
    Author, Event, EventKind, InteractionKind, LanguageTag, MessageCategory, MessageKind,
    MessageStatus, Q15,
};
use chatsignal_core::id::MessageId;
use chatsignal_core::time::{DAY_MS, TimestampMs, UtcOffsetMin};

use super::{Candidate, LabelRules, has_objected};

/// A business-initiated send that reached the contact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeliveredSend {
    /// The message.
    pub message_id: MessageId,
    /// When it was sent.
    pub sent_at: TimestampMs,
    /// When it reached the device (the read time where no delivery was reported).
    pub delivered_at: TimestampMs,
    /// Local time of the contact.
    pub utc_offset: UtcOffsetMin,
    /// Category, where known.
    pub category: Option<MessageCategory>,
    /// Language of the text.
    pub language: Option<LanguageTag>,
    /// Characters.
    pub chars: u32,
    /// Whether it carries media.
    pub has_media: bool,
    /// Whether it offers buttons.
    pub has_buttons: bool,
    /// Probability with which its hour was chosen, where it was logged.
    pub propensity: Option<Q15>,
    /// Whether it was answered within 24 hours of delivery.
    pub replied: bool,
}

/// Every delivered send of the contact whose 24 hours are over, judged.
///
/// The features of a row are those known one millisecond before the send.
#[must_use]
pub fn engagement_candidates(events: &[Event], rules: &LabelRules) -> Vec<Candidate> {
    if has_objected(events) {
        return Vec::new();
    }
    let judged =
        |send: &DeliveredSend| send.sent_at >= rules.from && send.delivered_at <= rules.until;
    delivered_sends(events)
        .into_iter()
        .filter(judged)
        .map(|send| Candidate {
            at: send.sent_at.plus_ms(-1),
            target: if send.replied { 1.0 } else { 0.0 },
            positive: send.replied,
            outcome: send.replied.into(),
            send: Some(send),
        })
        .collect()
}

/// The business-initiated sends that were delivered, in order of time, with their label.
///
/// Business-initiated = by a campaign, or a template or a message of the business's own system
/// while no inbound message of the last 24 hours waits for an answer. Failed sends and sends
/// without a delivery or read status are left out.
///
/// An answer is an inbound event or a link click. One that names a message answers that message;
/// any other answers the latest send before it.
#[must_use]
pub fn delivered_sends(events: &[Event]) -> Vec<DeliveredSend> {
    let mut sends = initiated_sends(events);
    let mut delivered: BTreeMap<MessageId, Option<TimestampMs>> = BTreeMap::new();
    for event in events {
        let EventKind::MessageStatus { message_id, status, .. } = &event.kind else { continue };
        match status {
            MessageStatus::Sent => {}
            MessageStatus::Failed => {
                delivered.insert(*message_id, None);
            }
            MessageStatus::Delivered | MessageStatus::Read | MessageStatus::Played => {
                // Events come in order of time: the first stays.
                delivered.entry(*message_id).or_insert(Some(event.occurred_at));
            }
        }
    }
    sends.retain_mut(|send| {
        let at = delivered.get(&send.message_id).copied().flatten();
        send.delivered_at = at.unwrap_or(send.sent_at);
        at.is_some()
    });
    for event in events {
        let Some(reply_to) = answer(event) else { continue };
        let answered = match reply_to {
            Some(id) => sends.iter_mut().rev().find(|send| send.message_id == id),
            None => sends.iter_mut().rev().find(|send| send.sent_at < event.occurred_at),
        };
        if let Some(send) = answered
            && event.occurred_at > send.sent_at
            && event.occurred_at <= send.delivered_at.plus_ms(DAY_MS)
        {
            send.replied = true;
        }
    }
    sends
}

/// What an event answers: `Some(None)` = whatever came last, `None` = it is no answer.
fn answer(event: &Event) -> Option<Option<MessageId>> {
    match &event.kind {
        EventKind::MessageInbound { reply_to, .. } => Some(*reply_to),
        EventKind::Interaction { kind, reply_to, .. }
            if event.kind.is_inbound() || *kind == InteractionKind::LinkClick =>
        {
            Some(*reply_to)
        }
        _ => None,
    }
}

fn initiated_sends(events: &[Event]) -> Vec<DeliveredSend> {
    let mut sends: Vec<DeliveredSend> = Vec::new();
    let mut waiting_since: Option<TimestampMs> = None;
    for event in events {
        if event.kind.is_inbound() {
            waiting_since = Some(event.occurred_at);
        }
        let EventKind::MessageOutbound {
            message_id,
            kind,
            author,
            category,
            language,
            chars,
            has_media,
            has_buttons,
            propensity,
            ..
        } = &event.kind
        else {
            continue;
        };
        let in_turn = waiting_since.is_some_and(|since| event.occurred_at.since(since) <= DAY_MS);
        let initiated = match author {
            Author::Campaign => true,
            Author::App => !in_turn,
            Author::Agent | Author::Bot => *kind == MessageKind::Template && !in_turn,
            Author::Auto => false,
        };
        if *author != Author::Campaign && *author != Author::Auto {
            waiting_since = None;
        }
        if initiated && sends.iter().rev().take(8).all(|send| send.message_id != *message_id) {
            sends.push(DeliveredSend {
                message_id: *message_id,
                sent_at: event.occurred_at,
                delivered_at: event.occurred_at,
                utc_offset: event.utc_offset,
                category: *category,
                language: *language,
                chars: *chars,
                has_media: *has_media,
                has_buttons: *has_buttons,
                propensity: *propensity,
                replied: false,
            });
        }
    }
    sends
}

#[cfg(test)]
mod tests {
    use super::super::testing::{campaign, day, event, inbound, status};
    use super::super::{LabelRules, Survey};
    use super::*;
    use crate::pipeline::PipelineConfig;
    use chatsignal_core::artifact::ModelKind;

    const DELIVERED: MessageStatus = MessageStatus::Delivered;

    fn replied(log: &[Event]) -> Vec<(u8, bool)> {
        delivered_sends(log).iter().map(|s| (s.message_id.0[0], s.replied)).collect()
    }

    #[test]
    fn the_latest_send_gets_the_reply_unless_one_is_named() {
        let sent = [
            campaign(10.0, 1),
            status(10.01, 1, DELIVERED),
            campaign(10.5, 2),
            status(10.51, 2, DELIVERED),
        ];
        assert_eq!(replied(&[&sent[..], &[inbound(10.9, None)]].concat()), [(1, false), (2, true)]);
        let named = [&sent[..], &[inbound(10.9, Some(1))]].concat();
        assert_eq!(replied(&named), [(1, true), (2, false)]);
        let foreign = [&sent[..], &[inbound(10.9, Some(99))]].concat();
        assert_eq!(replied(&foreign), [(1, false), (2, false)]);
    }

    #[test]
    fn twenty_four_hours_run_from_delivery() {
        let log = |delivered: f64, answer: f64| {
            [campaign(10.0, 1), status(delivered, 1, DELIVERED), inbound(answer, None)]
        };
        assert_eq!(replied(&log(12.0, 12.9)), [(1, true)]);
        assert_eq!(replied(&log(12.0, 13.0)), [(1, true)]);
        assert_eq!(replied(&log(12.0, 13.01)), [(1, false)]);
    }

    #[test]
    fn undelivered_and_failed_sends_are_left_out_and_read_stands_for_delivered() {
        assert_eq!(replied(&[campaign(10.0, 1), inbound(10.1, None)]), []);
        let failed = [campaign(10.0, 1), status(10.1, 1, MessageStatus::Failed)];
        assert_eq!(replied(&failed), []);
        let read = [campaign(10.0, 1), status(10.2, 1, MessageStatus::Read)];
        assert_eq!(replied(&read), [(1, false)]);
    }

    #[test]
    fn a_system_message_inside_a_turn_is_no_send() {
        let app = |at: f64| {
            let mut sent = campaign(at, 1);
            if let EventKind::MessageOutbound { author, .. } = &mut sent.kind {
                *author = Author::App;
            }
            sent
        };
        let tail = status(10.5, 1, DELIVERED);
        assert_eq!(replied(&[inbound(9.9, None), app(10.0), tail.clone()]), []);
        assert_eq!(replied(&[inbound(8.9, None), app(10.0), tail.clone()]), [(1, false)]);
        assert_eq!(replied(&[app(10.0), tail]), [(1, false)]);
    }

    #[test]
    fn rows_whose_day_is_not_over_are_dropped() {
        let survey = Survey { from: day(0.0), until: day(50.0), ..Survey::default() };
        let config = PipelineConfig { warmup_days: 5, ..PipelineConfig::default() };
        let rules = LabelRules::new(ModelKind::Engagement, &survey, &config);
        let log = [
            campaign(2.0, 1),
            status(2.1, 1, DELIVERED),
            campaign(20.0, 2),
            status(20.1, 2, DELIVERED),
            event(20.2, EventKind::Csat { rating: 5 }),
            campaign(49.0, 3),
            status(49.5, 3, DELIVERED),
        ];
        let rows = engagement_candidates(&log, &rules);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].at, rows[0].positive), (day(20.0).plus_ms(-1), false));
    }
}
