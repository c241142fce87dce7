//! How a line of the log looks, and to which request it belongs.
//!
//! What is logged while a request is worked on carries the request's identities. They are kept for the
//! thread while it works on the request: a span of the logging library would cost each request more
//! than its line does.

use std::cell::Cell;
use std::fmt::{self, Write};
use std::future::poll_fn;
use std::pin::pin;

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::config::LogFormat;
use super::identity::RequestId;
use super::trace::TraceId;

/// The identities of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identities {
    pub(crate) id: RequestId,
    pub(crate) trace: TraceId,
}

thread_local! {
    /// The request that this thread works on.
    static CURRENT: Cell<Option<Identities>> = const { Cell::new(None) };
}

/// Works on a request for a while.
pub(crate) fn within<T>(request: Identities, work: impl FnOnce() -> T) -> T {
    /// Puts back what was there, however the work ends.
    struct Before(Option<Identities>);

    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }

    let _before = Before(CURRENT.replace(Some(request)));
    work()
}

/// Work of a task of its own that still belongs to the request that this thread works on now.
pub(crate) fn in_current_request<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let current = CURRENT.get();
    async move {
        let mut work = pin!(work);
        poll_fn(|context| match current {
            Some(request) => within(request, || work.as_mut().poll(context)),
            None => work.as_mut().poll(context),
        })
        .await
    }
}

/// Writes lines: time, level, message, fields, and the request's identities.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines(pub(crate) LogFormat);

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let json = matches!(self.0, LogFormat::Json);
        let level = event.metadata().level();
        if json {
            writer.write_str("{\"timestamp\":\"")?;
            write_now(&mut writer)?;
            writer.write_str("\",\"level\":\"")?;
            writer.write_str(level.as_str())?;
            writer.write_char('"')?;
        } else {
            write_now(&mut writer)?;
            writer.write_str(if level.as_str().len() < 5 { "  " } else { " " })?;
            writer.write_str(level.as_str())?;
        }
        let mut fields = Fields { writer, json, outcome: Ok(()) };
        event.record(&mut fields);
        if let Some(Identities { id, trace }) = CURRENT.get() {
            id.with_text(|text| fields.plain("id", text));
            trace.with_text(|text| fields.plain("trace_id", text));
        }
        let Fields { mut writer, outcome, .. } = fields;
        outcome?;
        writer.write_str(if json { "}\n" } else { "\n" })
    }
}

/// The time, RFC 3339 with microseconds. What changes once a second is kept for a second.
fn write_now(writer: &mut Writer<'_>) -> fmt::Result {
    thread_local! {
        /// A second since 1970, and its text up to the fraction.
        static SECOND: Cell<(i64, [u8; 19])> = const { Cell::new((i64::MIN, [b'0'; 19])) };
    }
    let now = Timestamp::now();
    let (second, mut text) = SECOND.get();
    if second != now.as_second() {
        let whole = now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        // Years of five digits are far away.
        text = whole.as_bytes().try_into().unwrap_or(text);
        SECOND.set((now.as_second(), text));
    }
    writer.write_str(std::str::from_utf8(&text).unwrap_or_default())?;
    let mut digits = *b".000000Z";
    let mut micros = now.subsec_microsecond();
    for digit in digits[1..7].iter_mut().rev() {
        *digit += (micros % 10) as u8;
        micros /= 10;
    }
    writer.write_str(std::str::from_utf8(&digits).unwrap_or_default())
}

/// Writes the fields of an event. The message, which the macros of the logging library put first, is
/// written as text without a name.
struct Fields<'w> {
    writer: Writer<'w>,
    json: bool,
    outcome: fmt::Result,
}

impl Fields<'_> {
    /// A field whose value is text.
    fn plain(&mut self, name: &str, value: &str) {
        self.text(name, |escaped| escaped.write_str(value));
    }

    fn text(&mut self, name: &str, value: impl FnOnce(&mut Escaped<'_, '_>) -> fmt::Result) {
        if self.outcome.is_ok() {
            self.outcome = self.try_text(name, value);
        }
    }

    fn try_text(
        &mut self,
        name: &str,
        value: impl FnOnce(&mut Escaped<'_, '_>) -> fmt::Result,
    ) -> fmt::Result {
        self.name(name)?;
        if self.json {
            self.writer.write_char('"')?;
        }
        value(&mut Escaped(&mut self.writer))?;
        if self.json { self.writer.write_char('"') } else { Ok(()) }
    }

    /// What stands before a value.
    fn name(&mut self, name: &str) -> fmt::Result {
        self.writer.write_str(if self.json { ",\"" } else { " " })?;
        if self.json {
            self.writer.write_str(name)?;
            return self.writer.write_str("\":");
        }
        if name == "message" {
            return Ok(());
        }
        self.writer.write_str(name)?;
        self.writer.write_char('=')
    }

    /// A field whose value is a number or a truth value.
    fn bare(&mut self, field: &Field, value: &dyn fmt::Display) {
        if self.outcome.is_ok() {
            self.outcome = self.name(field.name()).and_then(|()| write!(self.writer, "{value}"));
        }
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field.name(), |escaped| write!(escaped, "{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.plain(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, &value);
    }
}

/// Text in which nothing ends a line, a string of JSON or the colour of a terminal.
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Nearly all text is of this kind, and looking at bytes is quick.
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        if text.bytes().all(plain) {
            return self.0.write_str(text);
        }
        let special = |letter: char| letter.is_control() || letter == '"' || letter == '\\';
        let mut rest = text;
        while let Some(at) = rest.find(special) {
            let (plain, from) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut letters = from.chars();
            match letters.next() {
                Some(letter @ ('"' | '\\')) => write!(self.0, "\\{letter}")?,
                Some(letter) => write!(self.0, "\\u{:04x}", u32::from(letter))?,
                None => {}
            }
            rest = letters.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::kept_log::KeptLog;
    use crate::service::trace::TraceContext;
    use axum::http::HeaderMap;

    /// What is logged in a format while `work` runs.
    fn logged(format: LogFormat, work: impl FnOnce()) -> String {
        let kept = KeptLog::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(Lines(format))
            .finish();
        tracing::subscriber::with_default(log, work);
        kept.text()
    }

    #[test]
    fn a_line_is_one_line_whatever_is_in_it_and_names_its_request() {
        let id = RequestId::next();
        let trace = TraceContext::of(&HeaderMap::new()).trace;
        let work = || {
            tracing::info!(rows = 3, ok = true, "outside");
            let hostile = "a\"b\\c\nd\u{1b}[31me";
            within(Identities { id, trace }, || {
                tracing::warn!(code = "x", %hostile, took = -1, "inside {}", "\r");
            });
            tracing::info!(message = "after");
            tracing::info!(rows = 4);
        };
        let text = logged(LogFormat::Text, work);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].ends_with(" INFO outside rows=3 ok=true"), "{}", lines[0]);
        let end = format!(" took=-1 id={id} trace_id={trace}");
        assert!(
            lines[1]
                .contains(" WARN inside \\u000d code=x hostile=a\\\"b\\\\c\\u000ad\\u001b[31me")
        );
        assert!(lines[1].ends_with(&end), "{}", lines[1]);
        assert!(lines[2].ends_with(" INFO after"), "{}", lines[2]);
        assert!(lines[3].ends_with(" INFO rows=4"), "{}", lines[3]);

        let json = logged(LogFormat::Json, work);
        let lines: Vec<serde_json::Value> =
            json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!((&lines[0]["rows"], &lines[0]["ok"]), (&3.into(), &true.into()));
        assert_eq!(lines[0]["id"], serde_json::Value::Null);
        assert_eq!((&lines[2]["message"], &lines[3]["rows"]), (&"after".into(), &4.into()));
        assert_eq!(lines[1]["hostile"], "a\"b\\c\nd\u{1b}[31me");
        assert_eq!(
            (&lines[1]["level"], &lines[1]["message"]),
            (&"WARN".into(), &"inside \r".into())
        );
        assert_eq!(lines[1]["trace_id"], trace.to_string());
        assert!(lines[1]["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')));
    }
}
