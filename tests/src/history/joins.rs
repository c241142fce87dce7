//! What joins two events: statuses with their message, answers with the send, moods.

use chatsignal_core::event::{
    Author, Event, EventKind, InteractionKind, MessageCategory, MessageKind, MessageStatus,
};
use chatsignal_core::id::{EventId, MessageId};
use chatsignal_core::limits;
use chatsignal_core::time::DAY_MS;

use super::{ContactHistory, at, day, newest};

type Key = (i64, u8, EventId);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Side {
    Contact,
    Business,
    Campaign,
}

#[derive(Clone, Debug)]
pub(super) struct ChatItem {
    pub(super) key: Key,
    pub(super) at: i64,
    pub(super) day: i32,
    pub(super) side: Side,
    pub(super) in_conversation: bool,
    pub(super) mood: Option<Event>,
}

#[derive(Clone, Debug)]
pub(super) struct SendItem {
    pub(super) key: Key,
    pub(super) id: MessageId,
    pub(super) at: i64,
    pub(super) day: i32,
    pub(super) hour: u8,
    pub(super) campaign: bool,
    pub(super) failed: bool,
    pub(super) delivered: Option<i64>,
    pub(super) read: bool,
    /// 0 text, 1 media, 2 buttons.
    pub(super) format: usize,
    /// Answers: instant, whether inbound, whether a click.
    pub(super) answers: Vec<(i64, bool, bool)>,
    pub(super) answers_known: bool,
}

/// An outbound message: its record, or a stub of its first status.
#[derive(Clone)]
struct Outbound {
    key: Key,
    event: Event,
    id: MessageId,
    author: Author,
    category: Option<MessageCategory>,
    template: bool,
    media: bool,
    buttons: bool,
}

fn key(event: &Event) -> Key {
    let (at, rank, id) = event.order_key();
    (at.0, rank, id)
}

fn outbound(event: &Event) -> Option<Outbound> {
    let EventKind::MessageOutbound {
        message_id,
        kind,
        author,
        category,
        template,
        has_media,
        has_buttons,
        ..
    } = &event.kind
    else {
        return None;
    };
    Some(Outbound {
        key: key(event),
        event: event.clone(),
        id: *message_id,
        author: *author,
        category: *category,
        template: *kind == MessageKind::Template || template.is_some(),
        media: *has_media,
        buttons: *has_buttons,
    })
}

fn may_be_send(message: &Outbound) -> bool {
    match message.author {
        Author::Campaign | Author::App => true,
        Author::Agent | Author::Bot => message.template,
        Author::Auto => false,
    }
}

fn stub(status: &Event, id: MessageId, category: Option<MessageCategory>) -> Outbound {
    let (author, template) = match category {
        Some(MessageCategory::Marketing) => (Author::Campaign, true),
        Some(MessageCategory::Utility | MessageCategory::Authentication) => (Author::App, true),
        _ => (Author::Agent, false),
    };
    Outbound {
        key: (at(status), 1, status.event_id),
        event: status.clone(),
        id,
        author,
        category,
        template,
        media: false,
        buttons: false,
    }
}

fn status_of(event: &Event) -> Option<(MessageId, MessageStatus, Option<u32>)> {
    match &event.kind {
        EventKind::MessageStatus { message_id, status, error_code, .. } => {
            Some((*message_id, *status, *error_code))
        }
        _ => None,
    }
}

/// The statuses of a message among sorted statuses.
fn statuses_of(statuses: &[Event], id: MessageId) -> Vec<&Event> {
    statuses.iter().filter(|e| status_of(e).is_some_and(|s| s.0 == id)).collect()
}

fn failed(statuses: &[Event], id: MessageId) -> bool {
    statuses_of(statuses, id)
        .iter()
        .any(|e| status_of(e).is_some_and(|s| s.1 == MessageStatus::Failed))
}

fn priced(statuses: &[Event], id: MessageId) -> Option<MessageCategory> {
    statuses_of(statuses, id).iter().find_map(|e| match &e.kind {
        EventKind::MessageStatus { category, .. } => *category,
        _ => None,
    })
}

fn first_with(statuses: &[Event], id: MessageId, wanted: &[MessageStatus]) -> Option<i64> {
    statuses_of(statuses, id)
        .iter()
        .filter(|e| status_of(e).is_some_and(|s| wanted.contains(&s.1)))
        .map(|e| at(e))
        .min()
}

fn stubs(statuses: &[Event], known: &[MessageId]) -> Vec<Outbound> {
    let mut seen: Vec<MessageId> = known.to_vec();
    let mut stubs = Vec::new();
    for event in statuses {
        let Some((id, ..)) = status_of(event) else { continue };
        if !seen.contains(&id) {
            seen.push(id);
            stubs.push(stub(event, id, priced(statuses, id)));
        }
    }
    stubs
}

fn side(author: Author, category: Option<MessageCategory>) -> Option<Side> {
    if author == Author::Auto {
        None
    } else if author == Author::Campaign || category == Some(MessageCategory::Marketing) {
        Some(Side::Campaign)
    } else {
        Some(Side::Business)
    }
}

impl ContactHistory {
    fn of_kind(&self, wanted: impl Fn(&EventKind) -> bool) -> Vec<Event> {
        self.events.iter().filter(|e| wanted(&e.kind)).cloned().collect()
    }

    pub(super) fn statuses(&self) -> Vec<Event> {
        let all = self.of_kind(|k| matches!(k, EventKind::MessageStatus { .. }));
        newest(&all, limits::STATUSES_MAX).0
    }

    /// The newest messages of both sides and link clicks; and since when nothing is missing.
    fn messages(&self) -> (Vec<Event>, Option<i64>) {
        let all = self.of_kind(|k| match k {
            EventKind::MessageInbound { .. } | EventKind::MessageOutbound { .. } => true,
            EventKind::Interaction { kind, .. } => *kind != InteractionKind::ReactionRemove,
            _ => false,
        });
        let (kept, cut) = newest(&all, limits::MESSAGES_MAX);
        let since = if cut { Some(at(&kept[0])) } else { None };
        (kept, since)
    }

    fn send_records(&self) -> (Vec<Outbound>, Option<i64>) {
        let all: Vec<Outbound> =
            self.events.iter().filter_map(outbound).filter(may_be_send).collect();
        let (kept, cut) = newest(&all, limits::SENDS_MAX);
        let since = if cut { Some(kept[0].key.0) } else { None };
        (kept, since)
    }

    fn known_ids(&self) -> Vec<MessageId> {
        let (messages, _) = self.messages();
        let chat = messages.iter().filter_map(outbound).map(|o| o.id);
        chat.chain(self.send_records().0.iter().map(|o| o.id)).collect()
    }

    fn mood_of(&self, id: MessageId) -> Option<Event> {
        let all = self.of_kind(|k| matches!(k, EventKind::Enrichment { .. }));
        newest(&all, limits::ENRICHMENTS_MAX).0.into_iter().find(
            |e| matches!(&e.kind, EventKind::Enrichment { message_id, .. } if *message_id == id),
        )
    }

    /// The chat: no failed message, no automatic acknowledgement, no link click.
    pub(super) fn chat(&self) -> Vec<ChatItem> {
        let statuses = self.statuses();
        let (messages, since) = self.messages();
        let mut chat = Vec::new();
        for event in &messages {
            match &event.kind {
                EventKind::MessageInbound { message_id, .. }
                | EventKind::Interaction { message_id, .. }
                    if event.kind.is_inbound() =>
                {
                    chat.push(ChatItem {
                        key: key(event),
                        at: at(event),
                        day: day(event),
                        side: Side::Contact,
                        in_conversation: event.conversation_id.is_some(),
                        mood: self.mood_of(*message_id),
                    });
                }
                _ => {}
            }
        }
        let records = messages.iter().filter_map(outbound);
        let stubs = stubs(&statuses, &self.known_ids());
        let stubs = stubs.into_iter().filter(|s| since.is_none_or(|since| s.key.0 >= since));
        for message in records.chain(stubs) {
            if failed(&statuses, message.id) {
                continue;
            }
            let category = message.category.or(priced(&statuses, message.id));
            if let Some(side) = side(message.author, category) {
                chat.push(ChatItem {
                    key: message.key,
                    at: message.key.0,
                    day: day(&message.event),
                    side,
                    in_conversation: false,
                    mood: None,
                });
            }
        }
        chat.sort_by_key(|item| item.key);
        chat
    }

    pub(super) fn sends(&self) -> Vec<SendItem> {
        let statuses = self.statuses();
        let (messages, complete_since) = self.messages();
        let (mut records, since) = self.send_records();
        let stubs = stubs(&statuses, &self.known_ids());
        records.extend(
            stubs
                .into_iter()
                .filter(|s| may_be_send(s) && since.is_none_or(|since| s.key.0 >= since)),
        );
        records.sort_by_key(|o| o.key);
        let chat = self.chat();
        let mut sends: Vec<SendItem> = Vec::new();
        for message in records {
            if sends.iter().any(|s| s.id == message.id) {
                continue;
            }
            sends.push(self.send(&message, &statuses, complete_since));
        }
        sends.retain(|send| {
            let before =
                chat.iter().rfind(|item| item.key < send.key && item.side != Side::Campaign);
            let in_turn =
                before.is_some_and(|b| b.side == Side::Contact && send.at - b.at <= DAY_MS);
            send.campaign || !in_turn
        });
        for event in &messages {
            answer(event, &mut sends);
        }
        sends
    }

    fn send(&self, message: &Outbound, statuses: &[Event], since: Option<i64>) -> SendItem {
        use MessageStatus::{Delivered, Played, Read};
        let failed = failed(statuses, message.id);
        let category = message.category.or(priced(statuses, message.id));
        let delivered =
            first_with(statuses, message.id, &[Delivered, Read, Played]).filter(|_| !failed);
        SendItem {
            key: message.key,
            id: message.id,
            at: message.key.0,
            day: day(&message.event),
            hour: message.event.utc_offset.local_hour(message.event.occurred_at),
            campaign: side(message.author, category) == Some(Side::Campaign),
            failed,
            delivered,
            read: !failed && first_with(statuses, message.id, &[Read, Played]).is_some(),
            format: match (message.buttons, message.media) {
                (true, _) => 2,
                (_, true) => 1,
                _ => 0,
            },
            answers: Vec::new(),
            answers_known: match (since, delivered) {
                (Some(since), Some(delivered)) => delivered >= since,
                _ => true,
            },
        }
    }

    /// Local days of the first failure by a limit of each message.
    pub(super) fn limited_days(&self) -> Vec<i32> {
        let mut seen: Vec<MessageId> = Vec::new();
        let mut days = Vec::new();
        for event in self.statuses() {
            if let Some((id, MessageStatus::Failed, Some(131_049 | 131_026 | 131_047))) =
                status_of(&event)
                && !seen.contains(&id)
            {
                seen.push(id);
                days.push(day(&event));
            }
        }
        days
    }

    pub(super) fn first_response(&self) -> Option<i64> {
        let asked = self.events.iter().filter(|e| e.kind.is_inbound()).map(at).min()?;
        let mut opening: Vec<Outbound> = self.events.iter().filter_map(outbound).collect();
        opening.truncate(limits::OPENING_MESSAGES_MAX);
        let full = opening.len() == limits::OPENING_MESSAGES_MAX;
        let until = opening.last().filter(|_| full).map(|o| o.key.0);
        let mut statuses = self.of_kind(|k| matches!(k, EventKind::MessageStatus { .. }));
        statuses.truncate(limits::OPENING_STATUSES_MAX);
        let known: Vec<MessageId> = opening.iter().map(|o| o.id).collect();
        let stubs = stubs(&statuses, &known);
        opening.extend(stubs.into_iter().filter(|s| until.is_none_or(|u| s.key.0 <= u)));
        opening
            .iter()
            .filter(|o| !failed(&statuses, o.id))
            .filter(|o| {
                let category = o.category.or(priced(&statuses, o.id));
                side(o.author, category) == Some(Side::Business)
            })
            .map(|o| o.key.0)
            .filter(|at| *at >= asked)
            .min()
            .map(|at| at - asked)
    }
}

fn answer(event: &Event, sends: &mut [SendItem]) {
    let (named, click) = match &event.kind {
        EventKind::MessageInbound { reply_to, .. } => (*reply_to, false),
        EventKind::Interaction { kind, reply_to, .. } => (
            *reply_to,
            matches!(
                kind,
                InteractionKind::Button | InteractionKind::List | InteractionKind::LinkClick
            ),
        ),
        _ => return,
    };
    let at = at(event);
    let send = match named {
        Some(id) => sends.iter_mut().find(|s| s.id == id),
        None => sends.iter_mut().rfind(|s| s.at < at && s.delivered.is_some()),
    };
    if let Some(send) = send
        && send.at < at
        && send.delivered.is_some_and(|delivered| at <= delivered + DAY_MS)
    {
        send.answers.push((at, event.kind.is_inbound(), click));
    }
}
