//! Chatwoot webhooks: support conversations, their messages, and satisfaction ratings.
//!
//! | in the payload | event |
//! |---|---|
//! | `message_created`, incoming | `message.inbound` |
//! | `message_created`, outgoing | `message.outbound` by an agent, a bot or a campaign |
//! | `message_created`, template (greetings and the like) | `message.outbound` by `auto` |
//! | `message_updated` with a status | `message.status` |
//! | `message_updated` with an answered survey | `csat` |
//! | `conversation_created` | `conversation` opened |
//! | a changed status or assignee | `conversation` resolved, reopened, snoozed, assigned |
//! | `contact_created`, `contact_updated` | the directory; a changed phone number is an `alias` |
//!
//! Private notes and activity lines are passed over. A contact is known by the phone number, else
//! by the identifier of the user's own system, else by Chatwoot's number. A message that came
//! through WhatsApp carries WhatsApp's id as `source_id`, so that it is the same message as in
//! WhatsApp's webhooks.

pub mod signature;

use alloc::format;
use alloc::string::{String, ToString};

use chatsignal_core::event::{
    Author, ConversationStep, Event, EventKind, MessageKind, MessageStatus, Source,
};
use chatsignal_core::id::{AgentId, ConversationId, MessageId};
use chatsignal_core::time::TimestampMs;
use serde_json::Value;

use crate::country::Country;
use crate::dates::{DateOrder, Written};
use crate::identity::phone_digits;
use crate::json::text;
use crate::reject::{Reason, Reject};
use crate::text::TextFacts;
use crate::whatsapp::is_media;
use crate::{Context, DirectoryEntry, Sink, json};

/// Largest payload, in bytes.
pub const PAYLOAD_BYTES_MAX: usize = 4 << 20;

type Refusal = (&'static str, Reason);

/// Reads one payload. Returns whether it said anything to the log or the directory.
pub fn read(payload: &[u8], context: &Context<'_>, sink: &mut dyn Sink) -> bool {
    if payload.len() > PAYLOAD_BYTES_MAX {
        let limit = PAYLOAD_BYTES_MAX as u64;
        sink.reject(Reject::new(0, "", Reason::TooLarge { limit, unit: "bytes" }));
        return false;
    }
    let value = match json::parse(payload) {
        Ok(value) => value,
        Err(reason) => {
            sink.reject(Reject::new(0, "", reason));
            return false;
        }
    };
    let mut reader = Reader { context, sink, account: account_of(&value) };
    let read = match text(&value, "event") {
        Some("message_created") => reader.message(&value),
        Some("message_updated") => reader.message_update(&value),
        Some("conversation_created") => reader.conversation(&value, &[ConversationStep::Opened]),
        Some("conversation_updated" | "conversation_status_changed") => {
            let steps = steps_of(&value);
            reader.conversation(&value, &steps)
        }
        Some("contact_created" | "contact_updated") => reader.contact(&value),
        Some(_) => Ok(false),
        None => Err(("event", Reason::Missing)),
    };
    read.unwrap_or_else(|(field, reason)| {
        reader.sink.reject(Reject::new(0, field, reason));
        false
    })
}

struct Reader<'a> {
    context: &'a Context<'a>,
    sink: &'a mut dyn Sink,
    account: String,
}

#[derive(Clone, Copy)]
struct Person {
    contact: (chatsignal_core::id::ContactId, Option<Country>),
}

impl Reader<'_> {
    fn message(&mut self, value: &Value) -> Result<bool, Refusal> {
        let id = number(value, "id").ok_or(("id", Reason::Missing))?;
        let private = value.get("private").and_then(Value::as_bool).unwrap_or(false);
        let direction = direction_of(value);
        if private || direction == Direction::Activity {
            return Ok(false);
        }
        let at = self.time(value, "created_at")?;
        let person = self.person(value)?;
        let message_id = self.message_id(value, &id);
        let body = text(value, "content");
        let facts = body.map(TextFacts::of).unwrap_or_default();
        let kind = message_kind(value);
        let event_kind = if direction == Direction::Incoming {
            EventKind::MessageInbound {
                message_id,
                kind,
                chars: facts.chars,
                has_question: facts.has_question,
                reply_to: None,
                forwarded: false,
            }
        } else {
            EventKind::MessageOutbound {
                message_id,
                kind,
                author: author_of(value, direction),
                category: None,
                template: None,
                language: None,
                chars: facts.chars,
                has_media: is_media(kind),
                has_buttons: matches!(text(value, "content_type"), Some("input_select" | "cards")),
                propensity: None,
            }
        };
        if let Some(body) = body {
            self.sink.text(message_id, body);
        }
        let key = [self.account.as_bytes(), id.as_bytes()];
        let event = self.context.event(Source::Chatwoot, person.contact, at, &key, event_kind);
        let agent = value.get("sender").filter(|_| direction == Direction::Outgoing);
        let agent_id = agent.and_then(|sender| self.agent(sender));
        let conversation_id = value.get("conversation").and_then(|c| self.conversation_id(c));
        self.sink.event(Event { agent_id, conversation_id, ..event });
        Ok(true)
    }

    fn message_update(&mut self, value: &Value) -> Result<bool, Refusal> {
        let id = number(value, "id").ok_or(("id", Reason::Missing))?;
        let rating = value
            .pointer("/content_attributes/submitted_values/csat_survey_response/rating")
            .and_then(Value::as_u64)
            .and_then(|rating| u8::try_from(rating).ok())
            .filter(|rating| (1..=5).contains(rating));
        let status = text(value, "status")
            .and_then(MessageStatus::from_name)
            .filter(|_| direction_of(value) == Direction::Outgoing);
        let (kind, what) = match (rating, status) {
            (Some(rating), _) => (EventKind::Csat { rating }, "csat"),
            (None, Some(status)) => {
                let message_id = self.message_id(value, &id);
                let error_code = None;
                let category = None;
                (
                    EventKind::MessageStatus { message_id, status, error_code, category },
                    status.as_str(),
                )
            }
            (None, None) => return Ok(false),
        };
        let at = self.time(value, "updated_at")?;
        let person = self.person(value)?;
        let key = [self.account.as_bytes(), id.as_bytes(), what.as_bytes()];
        let event = self.context.event(Source::Chatwoot, person.contact, at, &key, kind);
        let conversation_id = value.get("conversation").and_then(|c| self.conversation_id(c));
        self.sink.event(Event { conversation_id, ..event });
        Ok(true)
    }

    fn conversation(&mut self, value: &Value, steps: &[ConversationStep]) -> Result<bool, Refusal> {
        if steps.is_empty() {
            return Ok(false);
        }
        let conversation_id = self.conversation_id(value).ok_or(("id", Reason::Missing))?;
        let person = self.person(value)?;
        let agent_id = value.pointer("/meta/assignee").and_then(|agent| self.agent(agent));
        for step in steps {
            let field = if *step == ConversationStep::Opened { "created_at" } else { "updated_at" };
            let at = self.time(value, field)?;
            let key = [&conversation_id.0[..], step.as_str().as_bytes(), &at.0.to_le_bytes()];
            let kind = EventKind::Conversation(*step);
            let event = self.context.event(Source::Chatwoot, person.contact, at, &key, kind);
            let conversation_id = Some(conversation_id);
            self.sink.event(Event { conversation_id, agent_id, ..event });
        }
        Ok(true)
    }

    fn contact(&mut self, value: &Value) -> Result<bool, Refusal> {
        let person = self.known(value).ok_or(("id", Reason::Missing))?;
        let before = changes(value)
            .find(|(name, _)| *name == "phone_number")
            .and_then(|(_, change)| text(change, "previous_value").map(String::from));
        if let Some(before) = before {
            let other = self.context.hasher.contact(&before);
            if other != person.contact.0 {
                let at = self.time(value, "updated_at")?;
                let kind = EventKind::Alias { other };
                let key = [&person.contact.0.0[..], &other.0];
                let event = self.context.event(Source::Chatwoot, person.contact, at, &key, kind);
                self.sink.event(event);
            }
        }
        Ok(true)
    }

    /// The contact of a message or conversation.
    fn person(&mut self, value: &Value) -> Result<Person, Refusal> {
        let incoming = direction_of(value) == Direction::Incoming;
        let places = ["/conversation/meta/sender", "/meta/sender", "/contact", "/sender"];
        let found = places
            .into_iter()
            // The sender of an outgoing message is the agent.
            .filter(|place| incoming || *place != "/sender")
            .find_map(|place| value.pointer(place).filter(|contact| contact.is_object()));
        found.and_then(|contact| self.known(contact)).ok_or(("sender", Reason::Missing))
    }

    /// Gives a contact to the directory.
    fn known(&mut self, contact: &Value) -> Option<Person> {
        let phone = text(contact, "phone_number").and_then(phone_digits);
        let own = text(contact, "identifier").map(String::from);
        let number = number(contact, "id").map(|id| format!("chatwoot:{}:{id}", self.account));
        let primary = phone.clone().or_else(|| own.clone()).or_else(|| number.clone())?;
        let id = self.context.hasher.contact(&primary);
        let country = phone.as_deref().and_then(Country::of_phone);
        self.sink.directory(DirectoryEntry::Contact {
            id,
            name: text(contact, "name").map(String::from),
            phone,
            external_id: own.or(number),
            country,
        });
        Some(Person { contact: (id, country) })
    }

    fn agent(&mut self, agent: &Value) -> Option<AgentId> {
        if !matches!(text(agent, "type"), None | Some("user")) {
            return None;
        }
        let number = number(agent, "id")?;
        let id = self.context.hasher.agent(&format!("chatwoot:{}:{number}", self.account));
        if let Some(name) = text(agent, "name") {
            self.sink.directory(DirectoryEntry::Agent { id, name: name.to_string() });
        }
        Some(id)
    }

    fn conversation_id(&self, conversation: &Value) -> Option<ConversationId> {
        let id = number(conversation, "id")?;
        Some(self.context.hasher.conversation(&format!("chatwoot:{}:{id}", self.account)))
    }

    fn message_id(&self, value: &Value, id: &str) -> MessageId {
        match text(value, "source_id") {
            Some(id) => self.context.hasher.message(id),
            None => self.context.hasher.message(&format!("chatwoot:{}:{id}", self.account)),
        }
    }

    /// A time written as text or as seconds; receipt stands in where there is none.
    fn time(&self, value: &Value, field: &'static str) -> Result<TimestampMs, Refusal> {
        let at = match value.get(field) {
            None | Some(Value::Null) => {
                return self.context.availability.received().ok_or((field, Reason::Missing));
            }
            Some(Value::String(text)) => Written::parse(text)
                .and_then(|written| written.instant(DateOrder::YearFirst, self.context.local)),
            // Whole milliseconds of a number of seconds; the cast of a float saturates.
            Some(number) => number.as_f64().map(|seconds| TimestampMs((seconds * 1_000.0) as i64)),
        };
        at.filter(|at| at.is_valid()).ok_or((field, Reason::Expected("a time or seconds")))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Incoming,
    Outgoing,
    Activity,
    Template,
}

fn direction_of(value: &Value) -> Direction {
    match value.get("message_type") {
        Some(Value::String(name)) => match name.as_str() {
            "incoming" => Direction::Incoming,
            "outgoing" => Direction::Outgoing,
            "template" => Direction::Template,
            _ => Direction::Activity,
        },
        Some(Value::Number(code)) => match code.as_u64() {
            Some(0) => Direction::Incoming,
            Some(1) => Direction::Outgoing,
            Some(3) => Direction::Template,
            _ => Direction::Activity,
        },
        _ => Direction::Activity,
    }
}

fn author_of(value: &Value, direction: Direction) -> Author {
    let campaign =
        value.pointer("/additional_attributes/campaign_id").is_some_and(|c| !c.is_null());
    match value.pointer("/sender/type").and_then(Value::as_str) {
        _ if direction == Direction::Template => Author::Auto,
        _ if campaign => Author::Campaign,
        Some("agent_bot" | "captain_assistant") => Author::Bot,
        _ => Author::Agent,
    }
}

fn message_kind(value: &Value) -> MessageKind {
    match value.pointer("/attachments/0/file_type").and_then(Value::as_str) {
        Some("image") => MessageKind::Image,
        Some("audio") => MessageKind::Audio,
        Some("video") => MessageKind::Video,
        Some("file") => MessageKind::Document,
        Some("location") => MessageKind::Location,
        Some("contact") => MessageKind::Contacts,
        Some(_) => MessageKind::Unsupported,
        None => MessageKind::Text,
    }
}

/// What the changed attributes of a conversation say.
fn steps_of(value: &Value) -> alloc::vec::Vec<ConversationStep> {
    changes(value)
        .filter_map(|(name, change)| {
            let current = change.get("current_value");
            match (name, current.and_then(Value::as_str)) {
                ("status", Some("resolved")) => Some(ConversationStep::Resolved),
                ("status", Some("snoozed")) => Some(ConversationStep::Snoozed),
                ("status", Some("open")) if text(change, "previous_value") == Some("resolved") => {
                    Some(ConversationStep::Reopened)
                }
                ("assignee_id", _) if current.is_some_and(|c| !c.is_null()) => {
                    Some(ConversationStep::Assigned)
                }
                _ => None,
            }
        })
        .collect()
}

fn changes(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let list = value.get("changed_attributes").and_then(Value::as_array).map_or(&[][..], |l| l);
    list.iter().filter_map(Value::as_object).flatten().map(|(name, change)| (name.as_str(), change))
}

fn account_of(value: &Value) -> String {
    value.get("account").and_then(|account| number(account, "id")).unwrap_or_default()
}

/// An id, written as number or text.
fn number(value: &Value, field: &str) -> Option<String> {
    match value.get(field)? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use chatsignal_core::testing::cases;
    use chatsignal_core::time::UtcOffsetMin;
    use proptest::prelude::*;
    use serde_json::json;

    use crate::{Availability, Hasher, Ingested};

    fn read_value(value: &Value) -> Ingested {
        let hasher = Hasher::new(&[1; 32]);
        let context = Context {
            hasher: &hasher,
            local: &UtcOffsetMin(0),
            availability: Availability::Received(TimestampMs(1_800_000_000_000)),
        };
        let mut out = Ingested::default();
        read(value.to_string().as_bytes(), &context, &mut out);
        assert!(out.events.iter().all(|event| event.check().is_ok()));
        out
    }

    fn incoming() -> Value {
        json!({"event": "message_created", "id": 9, "content": "open today?",
            "created_at": "2024-05-01T10:00:00.000Z", "message_type": "incoming",
            "content_type": "text", "source_id": "wamid.x", "private": false,
            "sender": {"id": 5, "name": "Ana", "type": "contact", "phone_number": "+491511234567"},
            "conversation": {"id": 77, "meta": {"sender": {"id": 5, "name": "Ana",
                "phone_number": "+491511234567"}}},
            "account": {"id": 1}})
    }

    fn kinds(out: &Ingested) -> Vec<&'static str> {
        out.events.iter().map(|event| event.kind.type_name()).collect()
    }

    #[test]
    fn messages_of_both_sides() {
        let hasher = Hasher::new(&[1; 32]);
        let out = read_value(&incoming());
        assert_eq!(out.rejects, []);
        let event = &out.events[0];
        assert_eq!(event.contact_id, hasher.contact("491511234567"));
        assert_eq!(event.occurred_at, TimestampMs(1_714_557_600_000));
        assert!(
            matches!(event.kind, EventKind::MessageInbound { message_id, has_question: true, .. }
            if message_id == hasher.message("wamid.x"))
        );

        let mut outgoing = incoming();
        outgoing["message_type"] = json!(1);
        outgoing["sender"] = json!({"id": 2, "name": "Dana", "type": "user"});
        let out = read_value(&outgoing);
        assert_eq!(kinds(&out), ["message.outbound"]);
        assert!(out.events[0].agent_id.is_some());
        assert_eq!(out.events[0].contact_id, event.contact_id);

        for (field, value) in [("private", json!(true)), ("message_type", json!("activity"))] {
            let mut silent = outgoing.clone();
            silent[field] = value;
            let out = read_value(&silent);
            assert_eq!((out.events.len(), out.rejects.len()), (0, 0));
        }
    }

    #[test]
    fn conversations_ratings_and_contacts() {
        let conversation = |event: &str, changed: Value| {
            read_value(&json!({"event": event, "id": 77, "created_at": 1_714_557_600,
                "updated_at": 1_714_557_700.5, "changed_attributes": changed,
                "meta": {"sender": {"id": 5, "phone_number": "+491511234567"},
                    "assignee": {"id": 2, "name": "Dana"}}, "account": {"id": 1}}))
        };
        assert_eq!(kinds(&conversation("conversation_created", Value::Null)), ["conversation"]);
        let changed = json!([{"status": {"previous_value": "resolved", "current_value": "open"}},
            {"assignee_id": {"previous_value": null, "current_value": 2}}]);
        let out = conversation("conversation_updated", changed);
        let steps: Vec<_> = out.events.iter().map(|event| event.kind.clone()).collect();
        assert_eq!(
            steps,
            [ConversationStep::Reopened, ConversationStep::Assigned].map(EventKind::Conversation)
        );
        assert_eq!(out.events[0].occurred_at, TimestampMs(1_714_557_700_500));

        let mut survey = incoming();
        survey["event"] = json!("message_updated");
        survey["message_type"] = json!("template");
        survey["content_attributes"] =
            json!({"submitted_values": {"csat_survey_response": {"rating": 4}}});
        assert_eq!(kinds(&read_value(&survey)), ["csat"]);

        let out = read_value(&json!({"event": "contact_updated", "id": 5, "account": {"id": 1},
            "phone_number": "+491511234567", "changed_attributes": [{"phone_number":
                {"previous_value": "+491511234000", "current_value": "+491511234567"}}]}));
        assert_eq!(kinds(&out), ["alias"]);
        assert_eq!(out.directory.len(), 1);
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn mutants_never_panic(
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..8), 1..4),
        ) {
            let places = ["/event", "/id", "/content", "/created_at", "/message_type", "/source_id",
                "/sender", "/sender/phone_number", "/conversation", "/conversation/meta",
                "/conversation/meta/sender", "/conversation/id", "/account", "/account/id"];
            let mut value = incoming();
            for (at, operator) in edits {
                let Some(slot) = value.pointer_mut(places[at.index(places.len())]) else { continue };
                *slot = match operator {
                    0 => Value::Null,
                    1 => json!(""),
                    2 => json!([]),
                    3 => json!({}),
                    4 => json!(-1),
                    5 => json!(1e308),
                    6 => json!("message_updated"),
                    _ => json!("9999-99-99T99:99:99Z"),
                };
            }
            let out = read_value(&value);
            prop_assert!(out.events.len() + out.rejects.len() <= 2);
        }
    }
}
