//! What an input held, as the page is told.

use std::collections::HashMap;

use chatsignal_api::error::ErrorCode;
use chatsignal_api::time::Instant;
use chatsignal_core::event::{Event, EventKind};
use chatsignal_core::id::{AgentId, ContactId, MessageId};
use chatsignal_core::time::TimestampMs;
use chatsignal_ingest::dates::{Certainty, DateOrder};
use chatsignal_ingest::whatsapp::export;
use chatsignal_ingest::{DirectoryEntry, Ingested, Reject, Sink};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::fault::Fault;
use crate::people::{EVENTS_MAX, People, Taken};

/// Most rejects that a report names; all are counted.
const REJECTS_MAX: usize = 100;
/// Longest text of a chat, bytes: what is made of it must fit beside it in the module's memory.
const TEXT_BYTES_MAX: usize = 64 << 20;

/// What a reader finds, with the texts of messages. It takes no more than a log may hold, and keeps
/// no more rejects than are told: an input of any kind costs memory within bounds.
#[derive(Debug)]
pub(crate) struct Reading {
    found: Ingested,
    texts: HashMap<MessageId, String>,
    /// Of all rejects, those that are told and those that are not.
    rejected: usize,
    events_max: usize,
    overflowed: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self::of_at_most(EVENTS_MAX)
    }
}

impl Reading {
    fn of_at_most(events_max: usize) -> Self {
        let (found, texts) = (Ingested::default(), HashMap::new());
        Self { found, texts, rejected: 0, events_max, overflowed: false }
    }
}

impl Sink for Reading {
    fn event(&mut self, event: Event) {
        if self.found.events.len() < self.events_max {
            self.found.event(event);
        } else {
            self.overflowed = true;
        }
    }

    fn directory(&mut self, entry: DirectoryEntry) {
        self.found.directory(entry);
    }

    fn reject(&mut self, reject: Reject) {
        self.rejected += 1;
        if self.found.rejects.len() < REJECTS_MAX {
            self.found.reject(reject);
        }
    }

    fn is_full(&self) -> bool {
        self.overflowed
    }

    fn text(&mut self, message: MessageId, text: &str) {
        if !self.overflowed {
            self.texts.insert(message, text.to_owned());
        }
    }
}

/// The bytes of a chat, if they are few enough to be read here.
fn checked(bytes: &[u8]) -> Result<&[u8], Fault> {
    if bytes.len() <= TEXT_BYTES_MAX {
        return Ok(bytes);
    }
    let detail = "a chat is read up to 64 MiB of text here: import it with the service";
    Err(Fault::new(ErrorCode::BatchTooLarge, detail))
}

/// One message, for a view of the conversation.
#[derive(Debug, Serialize)]
struct Message {
    message_id: String,
    contact_id: String,
    at: Instant,
    at_ms: i64,
    direction: &'static str,
    kind: &'static str,
    author: Option<String>,
    text: Option<String>,
}

/// A piece of input that made no event.
#[derive(Debug, Serialize)]
struct Rejected {
    place: String,
    code: &'static str,
    detail: String,
}

/// How a chat export was read.
#[derive(Debug, Serialize)]
pub(crate) struct ExportFacts {
    inbound: u64,
    outbound: u64,
    passed_over: u64,
    quoted: u64,
    out_of_order: u64,
    contacts: u64,
    date_order: &'static str,
    date_order_is: &'static str,
    seconds: bool,
}

impl From<export::Report> for ExportFacts {
    fn from(report: export::Report) -> Self {
        Self {
            inbound: report.inbound,
            outbound: report.outbound,
            passed_over: report.passed_over,
            quoted: report.quoted,
            out_of_order: report.out_of_order,
            contacts: report.contacts,
            date_order: date_order_name(report.dates.order),
            date_order_is: match report.dates.certainty {
                Certainty::Stated => "stated",
                Certainty::Certain => "certain",
                Certainty::Rising => "rising",
                Certainty::Assumed => "assumed",
            },
            seconds: report.seconds,
        }
    }
}

/// What became of an input.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    accepted: usize,
    duplicates: usize,
    rejected: usize,
    rejects: Vec<Rejected>,
    messages: Vec<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    export: Option<ExportFacts>,
}

impl Reading {
    /// Takes the events into the log and says what became of them.
    pub(crate) fn into_report(
        self,
        people: &mut People,
        export: Option<ExportFacts>,
    ) -> Result<Report, Fault> {
        let Self { mut found, mut texts, rejected, events_max, overflowed } = self;
        if overflowed {
            let detail = format!("an input has at most {events_max} events: give it in parts");
            return Err(Fault::new(ErrorCode::BatchTooLarge, detail));
        }
        let rejects = std::mem::take(&mut found.rejects).into_iter().map(told).collect();
        let written: Vec<Written> = found.events.iter().filter_map(Written::of).collect();
        let Taken { accepted, duplicates } = people.take(found)?;
        let messages = written
            .into_iter()
            .map(|message| message.shown(people, texts.remove(&message.message_id)))
            .collect();
        Ok(Report { accepted, duplicates, rejected, rejects, messages, export })
    }
}

fn told(reject: Reject) -> Rejected {
    let Reject { line, field, reason } = reject;
    let place = match (line, field.is_empty()) {
        (0, _) => field,
        (line, true) => format!("line {line}"),
        (line, false) => format!("line {line}: {field}"),
    };
    Rejected { place, code: reason.code(), detail: reason.to_string() }
}

/// What a view needs of an event that is a message.
struct Written {
    message_id: MessageId,
    contact: ContactId,
    agent: Option<AgentId>,
    at: TimestampMs,
    inbound: bool,
    kind: &'static str,
}

impl Written {
    fn of(event: &Event) -> Option<Self> {
        let (message_id, kind, inbound) = match &event.kind {
            EventKind::MessageInbound { message_id, kind, .. } => {
                (*message_id, kind.as_str(), true)
            }
            EventKind::MessageOutbound { message_id, kind, .. } => {
                (*message_id, kind.as_str(), false)
            }
            EventKind::Interaction { message_id, kind, .. } => (*message_id, kind.as_str(), true),
            _ => return None,
        };
        let (contact, agent, at) = (event.contact_id, event.agent_id, event.occurred_at);
        Some(Self { message_id, contact, agent, at, inbound, kind })
    }

    fn shown(&self, people: &People, text: Option<String>) -> Message {
        let contact = people.canonical(self.contact);
        let author = if self.inbound {
            people.get(contact).and_then(|(_, person)| person.name.clone())
        } else {
            self.agent.and_then(|agent| people.agent(agent)).map(str::to_owned)
        };
        Message {
            message_id: self.message_id.to_string(),
            contact_id: contact.to_string(),
            at: Instant(self.at),
            at_ms: self.at.0,
            direction: if self.inbound { "inbound" } else { "outbound" },
            kind: self.kind,
            author,
            text,
        }
    }
}

/// How to read a chat export.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ExportOptions {
    /// The names under which the business writes.
    me: Vec<String>,
    /// Id of the contact of a chat of two.
    contact: Option<String>,
    /// `day_first`, `month_first` or `year_first`.
    date_order: Option<String>,
    /// What to assume when the file does not tell.
    date_hint: Option<String>,
}

impl ExportOptions {
    pub(crate) fn parse(json: &str) -> Result<Self, Fault> {
        serde_json::from_str(json).map_err(Fault::field)
    }

    /// Reads the export.
    pub(crate) fn read(
        &self,
        bytes: &[u8],
        context: &chatsignal_ingest::Context<'_>,
        reading: &mut Reading,
    ) -> Result<ExportFacts, Fault> {
        let me: Vec<&str> = self.me.iter().map(String::as_str).collect();
        let options = export::Options {
            me: &me,
            contact: self.contact.as_deref(),
            date_order: date_order(self.date_order.as_deref())?,
            date_hint: date_order(self.date_hint.as_deref())?,
        };
        let report =
            export::read(checked(bytes)?, &options, context, reading).map_err(Fault::field)?;
        Ok(report.into())
    }
}

fn date_order_name(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "day_first",
        DateOrder::MonthFirst => "month_first",
        DateOrder::YearFirst => "year_first",
    }
}

fn date_order(name: Option<&str>) -> Result<Option<DateOrder>, Fault> {
    let Some(name) = name else { return Ok(None) };
    let found = DateOrder::ALL.into_iter().find(|order| date_order_name(*order) == name);
    let unknown = || Fault::field("the order of a date is day_first, month_first or year_first");
    found.ok_or_else(unknown).map(Some)
}

/// The authors of a chat export, most messages first, as JSON: `[{"name", "messages"}]`. One of
/// them is the business (`me` of `readWhatsAppExport`).
///
/// # Errors
/// Throws when the bytes are no export.
#[wasm_bindgen(js_name = exportAuthors)]
pub fn export_authors(bytes: &[u8]) -> Result<String, JsError> {
    #[derive(Serialize)]
    struct Author {
        name: String,
        messages: u64,
    }
    let authors = export::authors(checked(bytes)?).map_err(Fault::field)?;
    let authors: Vec<Author> =
        authors.into_iter().map(|(name, messages)| Author { name, messages }).collect();
    Ok(json(&authors)?)
}

/// A value as JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|e| Fault::new(ErrorCode::Internal, e.to_string()))
}

#[cfg(test)]
mod tests {
    use chatsignal_core::time::UtcOffsetMin;
    use chatsignal_ingest::{Availability, Context, Hasher, ndjson};

    use super::*;

    fn with_context<T>(then: impl FnOnce(Context<'_>) -> T) -> T {
        let hasher = Hasher::new(&[1; 32]);
        let availability = Availability::Occurred { lag_ms: 0 };
        then(Context { hasher: &hasher, local: &UtcOffsetMin(0), availability })
    }

    fn chat(messages: usize) -> String {
        let line =
            |at: usize| format!("[01/02/2026, 10:{:02}:{:02}] Ana: {at}\n", at / 60, at % 60);
        (0..messages).map(line).collect()
    }

    fn read(text: &str, events_max: usize) -> (Reading, ExportFacts) {
        let mut reading = Reading::of_at_most(events_max);
        let options = ExportOptions { me: vec!["Shop".to_owned()], ..ExportOptions::default() };
        let read = |context: Context<'_>| options.read(text.as_bytes(), &context, &mut reading);
        let facts = with_context(read).expect("an export");
        (reading, facts)
    }

    #[test]
    fn an_input_beyond_the_limit_is_left_early_and_leaves_the_log_as_it_was() {
        let mut people = People::default();
        let (reading, _) = read(&chat(3), 3);
        let report = reading.into_report(&mut people, None).expect("as many as there may be");
        assert_eq!((report.accepted, report.messages.len()), (3, 3));
        assert_eq!(report.messages[2].text.as_deref(), Some("2"));
        let (reading, facts) = read(&chat(500), 3);
        assert!(facts.inbound <= 4, "the rest is not read");
        assert_eq!((reading.found.events.len(), reading.texts.len()), (3, 3));
        let fault = reading.into_report(&mut people, None).expect_err("too many");
        assert!(format!("{fault:?}").contains("BatchTooLarge"), "{fault:?}");
        assert_eq!(people.events().count(), 3);
    }

    #[test]
    fn rejects_are_counted_and_a_hundred_are_kept() {
        let mut reading = Reading::default();
        with_context(|context| {
            let mut reader = ndjson::Reader::new(context, None);
            (1..=1_000).for_each(|number| reader.line(number, b"x", &mut reading));
        });
        assert_eq!(reading.found.rejects.len(), REJECTS_MAX);
        let report = reading.into_report(&mut People::default(), None).expect("a report");
        assert_eq!((report.rejected, report.rejects.len()), (1_000, REJECTS_MAX));
    }

    #[test]
    fn a_chat_that_would_not_fit_is_refused_unread() {
        assert!(checked(&vec![b'x'; TEXT_BYTES_MAX]).is_ok());
        let fault = checked(&vec![b'x'; TEXT_BYTES_MAX + 1]).expect_err("too long");
        assert!(format!("{fault:?}").contains("64 MiB"), "{fault:?}");
    }
}
