//! What an input held, as the page is told.

use std::collections::HashMap;

use chatsignal_api::error::ErrorCode;
use chatsignal_api::time::Instant;
use chatsignal_core::event::{Event, EventKind};
use chatsignal_core::id::MessageId;
use chatsignal_ingest::dates::{Certainty, DateOrder};
use chatsignal_ingest::whatsapp::export;
use chatsignal_ingest::{DirectoryEntry, Ingested, Reject, Sink};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::fault::Fault;
use crate::people::{People, Taken};

/// Most rejects that a report names; all are counted.
const REJECTS_MAX: usize = 100;

/// What a reader finds, with the texts of messages.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) found: Ingested,
    texts: HashMap<MessageId, String>,
}

impl Sink for Reading {
    fn event(&mut self, event: Event) {
        self.found.event(event);
    }

    fn directory(&mut self, entry: DirectoryEntry) {
        self.found.directory(entry);
    }

    fn reject(&mut self, reject: Reject) {
        self.found.reject(reject);
    }

    fn text(&mut self, message: MessageId, text: &str) {
        self.texts.insert(message, text.to_owned());
    }
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
        let Self { mut found, mut texts } = self;
        let rejects = std::mem::take(&mut found.rejects);
        let rejected = rejects.len();
        let rejects = rejects.into_iter().take(REJECTS_MAX).map(told).collect();
        let written: Vec<Event> =
            found.events.iter().filter(|event| message_of(event).is_some()).cloned().collect();
        let Taken { accepted, duplicates } = people.take(found)?;
        let messages =
            written.iter().filter_map(|event| shown(event, people, &mut texts)).collect();
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

/// Message, kind and whether the contact wrote it.
fn message_of(event: &Event) -> Option<(MessageId, &'static str, bool)> {
    match &event.kind {
        EventKind::MessageInbound { message_id, kind, .. } => {
            Some((*message_id, kind.as_str(), true))
        }
        EventKind::MessageOutbound { message_id, kind, .. } => {
            Some((*message_id, kind.as_str(), false))
        }
        EventKind::Interaction { message_id, kind, .. } => Some((*message_id, kind.as_str(), true)),
        _ => None,
    }
}

fn shown(
    event: &Event,
    people: &People,
    texts: &mut HashMap<MessageId, String>,
) -> Option<Message> {
    let (message_id, kind, inbound) = message_of(event)?;
    let contact = people.canonical(event.contact_id);
    let author = if inbound {
        people.get(contact).and_then(|(_, person)| person.name.clone())
    } else {
        event.agent_id.and_then(|agent| people.agent(agent)).map(str::to_owned)
    };
    Some(Message {
        message_id: message_id.to_string(),
        contact_id: contact.to_string(),
        at: Instant(event.occurred_at),
        at_ms: event.occurred_at.0,
        direction: if inbound { "inbound" } else { "outbound" },
        kind,
        author,
        text: texts.remove(&message_id),
    })
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
        let report = export::read(bytes, &options, context, reading).map_err(Fault::field)?;
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
    let authors = export::authors(bytes).map_err(Fault::field)?;
    let authors: Vec<Author> =
        authors.into_iter().map(|(name, messages)| Author { name, messages }).collect();
    Ok(json(&authors)?)
}

/// A value as JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|e| Fault::new(ErrorCode::Internal, e.to_string()))
}
