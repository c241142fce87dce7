//! Each format's bytes through its reader.

use chatsignal_core::event::Event;
use chatsignal_ingest::dates::{Certainty, DateDecision, DateOrder};
use chatsignal_ingest::whatsapp::export::{self, ExportError};
use chatsignal_ingest::whatsapp::webhook;
use chatsignal_ingest::{Context, DirectoryEntry, Reject, Sink, ndjson, purchases};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::chunk::ChunkSink;
use super::input::{Input, Lines};
use super::{Format, ImportError, Options};

/// Reads the whole input into the sink; the remarks that the user should see.
pub(super) fn read(
    format: Format,
    input: &mut Input,
    context: Context<'_>,
    tenant: &str,
    options: &Options,
    sink: &mut ChunkSink,
) -> Result<Vec<String>, ImportError> {
    match format {
        Format::Events => {
            let mut reader = ndjson::Reader::new(context, Some(tenant));
            lines(input, ndjson::LINE_BYTES_MAX, sink, |number, line, sink| {
                reader.line(number, line, sink);
            })?;
            Ok(Vec::new())
        }
        Format::WhatsappWebhook => webhooks(input, context, sink),
        Format::Purchases => purchases(input, context, options, sink),
        Format::WhatsappExport => export(input, context, options, sink),
    }
}

/// Payloads one a line, or a document of one payload or a list of them.
fn webhooks(
    input: &mut Input,
    context: Context<'_>,
    sink: &mut ChunkSink,
) -> Result<Vec<String>, ImportError> {
    let first = input.head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    let one_a_line = first.is_some_and(|line| {
        line.trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<IgnoredAny>(line).is_ok()
    });
    let mut note = Note::default();
    if one_a_line {
        lines(input, webhook::PAYLOAD_BYTES_MAX, sink, |line, payload, sink| {
            if !payload.trim_ascii().is_empty() {
                note.add(webhook::read(payload, &context, &mut AtLine { line, sink }));
            }
        })?;
        return Ok(note.text());
    }
    let whole = input.read_whole()?;
    match serde_json::from_slice::<Vec<Value>>(&whole) {
        Ok(payloads) => {
            for payload in payloads {
                note.add(webhook::read(payload.to_string().as_bytes(), &context, sink));
            }
        }
        Err(_) => note.add(webhook::read(&whole, &context, sink)),
    }
    Ok(note.text())
}

fn purchases(
    input: &mut Input,
    context: Context<'_>,
    options: &Options,
    sink: &mut ChunkSink,
) -> Result<Vec<String>, ImportError> {
    let whole = input.read_whole()?;
    let purchases = purchases::Options {
        columns: options.columns.clone(),
        currency: options.currency,
        date_order: options.date_order,
        decimal_mark: None,
    };
    let report = purchases::read(&whole, &purchases, &context, sink)
        .map_err(|reject| content(input, &format!("{reject} (name it with --column)")))?;
    Ok(vec![dates(report.dates)])
}

fn export(
    input: &mut Input,
    context: Context<'_>,
    options: &Options,
    sink: &mut ChunkSink,
) -> Result<Vec<String>, ImportError> {
    let whole = input.read_whole()?;
    let me: Vec<&str> = options.me.iter().map(String::as_str).collect();
    let export = export::Options {
        me: &me,
        contact: options.contact.as_deref(),
        date_order: options.date_order,
        date_hint: None,
    };
    let report = export::read(&whole, &export, &context, sink).map_err(|error| {
        let way_out = match error {
            ExportError::MeNotFound => " (--me NAME)",
            ExportError::NoContact | ExportError::ContactInGroup => " (--contact ID)",
            _ => "",
        };
        content(input, &format!("{error}{way_out}"))
    })?;
    let mut notes = vec![
        format!(
            "{} messages of {} contacts, {} of the business, {} lines passed over (notices, calls, messages taken back)",
            report.inbound, report.contacts, report.outbound, report.passed_over
        ),
        dates(report.dates),
    ];
    if report.out_of_order > 0 {
        let count = report.out_of_order;
        notes.push(format!("{count} messages are earlier than the one above them"));
    }
    Ok(notes)
}

/// How the dates of a file were read, in words.
fn dates(decision: DateDecision) -> String {
    let order = match decision.order {
        DateOrder::DayFirst => "day first",
        DateOrder::MonthFirst => "month first",
        DateOrder::YearFirst => "year first",
    };
    let why = match decision.certainty {
        Certainty::Stated => "as you said",
        Certainty::Certain => "certain: no other order makes dates that exist",
        Certainty::Rising => "likely: it alone makes the times rise from line to line",
        Certainty::Assumed => "ASSUMED: nothing in the file tells; say it with --date-order",
    };
    format!("dates read {order} ({why})")
}

fn content(input: &Input, reason: &str) -> ImportError {
    ImportError::Content { path: input.path.clone(), reason: reason.to_owned() }
}

/// What the user should know of the webhooks read.
#[derive(Default)]
struct Note {
    passed_over: u64,
}

impl Note {
    fn add(&mut self, report: webhook::Report) {
        self.passed_over += u64::from(report.passed_over);
    }

    fn text(self) -> Vec<String> {
        match self.passed_over {
            0 => Vec::new(),
            n => vec![format!("{n} changes say nothing to the log (edits, account updates)")],
        }
    }
}

fn lines(
    input: &mut Input,
    max: usize,
    sink: &mut ChunkSink,
    mut read: impl FnMut(u64, &[u8], &mut ChunkSink),
) -> Result<(), ImportError> {
    let path = &input.path;
    let mut lines = Lines::new(&mut input.reader, max);
    while !sink.closed
        && lines.advance().map_err(|cause| ImportError::Read { path: path.clone(), cause })?
    {
        read(lines.number, &lines.line, sink);
    }
    Ok(())
}

/// Gives rejects of a reader that knows no lines the number of its line.
struct AtLine<'a> {
    line: u64,
    sink: &'a mut ChunkSink,
}

impl Sink for AtLine<'_> {
    fn event(&mut self, event: Event) {
        self.sink.event(event);
    }

    fn directory(&mut self, entry: DirectoryEntry) {
        self.sink.directory(entry);
    }

    fn reject(&mut self, mut reject: Reject) {
        reject.line = self.line;
        self.sink.reject(reject);
    }
}
