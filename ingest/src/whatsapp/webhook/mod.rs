//! Cloud API webhooks. One request may carry many entries, changes, messages and statuses: all of
//! them are read. Payloads are another system's, so unknown fields and types are tolerated; what
//! cannot be used is a reject that names its place, and never spoils its neighbours.
//!
//! What becomes of what:
//!
//! | in the payload | event |
//! |---|---|
//! | text, image, video, audio (`voice`), document, sticker, location, contacts | `message.inbound` |
//! | button, button reply, list reply, flow reply, order, reaction | `interaction` |
//! | a message about a product (`context.referred_product`) | `interaction` product_enquiry |
//! | any other type, or an interactive message without content | `message.inbound`, unsupported |
//! | `referral` of a message | `acquisition`, beside the message |
//! | an edit or a revocation | none: the message was written, and counts once |
//! | number changed; user id and phone number seen together | `alias` |
//! | a status | `message.status`; error 131050 also `consent` opt_out |
//! | a `sent` status with our [tag](super::tag) | `message.outbound` too |
//! | `user_preferences` | `consent` |
//! | `smb_message_echoes` | `message.outbound` by an agent |
//! | quality of a template or number | `quality` of [`ContactId::BUSINESS`] |
//!
//! [`ContactId::BUSINESS`]: chatsignal_core::id::ContactId::BUSINESS

mod business;
mod message;
mod person;
mod status;
#[cfg(test)]
mod tests;

use alloc::format;
use alloc::vec::Vec;

use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use serde_json::Value;

use crate::json::{self, text};
use crate::reject::{Reason, Reject};
use crate::{Context, Sink};

/// Largest payload, in bytes (WhatsApp's own limit is 3 MB).
pub const PAYLOAD_BYTES_MAX: usize = 4 << 20;

/// What a payload held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Messages of contacts (and echoes of the business's own) that made events.
    pub messages: u32,
    /// Statuses that made events.
    pub statuses: u32,
    /// Changes, messages and statuses that say nothing to the log (edits, revocations, account
    /// updates, and the like).
    pub passed_over: u32,
}

/// Reads one payload.
///
/// The signature must have been checked before (see [`super::signature::verify`]): it covers the
/// raw bytes.
pub fn read(payload: &[u8], context: &Context<'_>, sink: &mut dyn Sink) -> Report {
    let mut walk = Walk { context, sink, report: Report::default(), introduced: Vec::new() };
    if payload.len() > PAYLOAD_BYTES_MAX {
        let limit = PAYLOAD_BYTES_MAX as u64;
        walk.sink.reject(Reject::new(0, "", Reason::TooLarge { limit, unit: "bytes" }));
        return walk.report;
    }
    match json::parse(payload) {
        Ok(value) => walk.payload(&value),
        Err(reason) => walk.sink.reject(Reject::new(0, "", reason)),
    }
    walk.report
}

/// Where in the payload we are.
#[derive(Clone, Copy)]
struct Place {
    entry: usize,
    change: usize,
    list: &'static str,
    item: usize,
}

struct Walk<'a> {
    context: &'a Context<'a>,
    sink: &'a mut dyn Sink,
    report: Report,
    /// Contacts already given to the directory.
    introduced: Vec<ContactId>,
}

impl Walk<'_> {
    fn payload(&mut self, payload: &Value) {
        if text(payload, "object").is_some_and(|object| object != "whatsapp_business_account") {
            let expected = Reason::Expected("whatsapp_business_account");
            return self.sink.reject(Reject::new(0, "object", expected));
        }
        let Some(entries) = payload.get("entry").and_then(Value::as_array) else {
            return self.sink.reject(Reject::new(0, "entry", Reason::Expected("a list")));
        };
        for (entry_index, entry) in entries.iter().enumerate() {
            let Some(changes) = entry.get("changes").and_then(Value::as_array) else {
                let field = format!("entry[{entry_index}].changes");
                self.sink.reject(Reject::new(0, field, Reason::Expected("a list")));
                continue;
            };
            for (change_index, change) in changes.iter().enumerate() {
                let place = Place { entry: entry_index, change: change_index, list: "", item: 0 };
                self.change(place, change, entry.get("time").and_then(instant));
            }
        }
    }

    fn change(&mut self, place: Place, change: &Value, entry_time: Option<TimestampMs>) {
        let Some(value) = change.get("value").filter(|value| value.is_object()) else {
            return self.reject(place, "", Reason::Expected("an object"));
        };
        match text(change, "field").unwrap_or("messages") {
            "messages" => {
                self.list(place, value, "messages", |walk, item| walk.message(item, value));
                self.list(place, value, "statuses", |walk, item| walk.status(item, value));
            }
            "smb_message_echoes" => {
                self.list(place, value, "message_echoes", |walk, item| walk.echo(item, value));
            }
            "user_preferences" => {
                self.list(place, value, "user_preferences", |walk, item| {
                    walk.preference(item, value)
                });
            }
            field => self.quality(place, field, value, entry_time),
        }
    }

    fn list(
        &mut self,
        place: Place,
        value: &Value,
        name: &'static str,
        mut read: impl FnMut(&mut Self, &Value) -> Result<(), (&'static str, Reason)>,
    ) {
        let items = match value.get(name) {
            None | Some(Value::Null) => return,
            Some(Value::Array(items)) => items,
            Some(_) => return self.reject(place, name, Reason::Expected("a list")),
        };
        for (item_index, item) in items.iter().enumerate() {
            let place = Place { list: name, item: item_index, ..place };
            if let Err((field, reason)) = read(self, item) {
                self.reject(place, field, reason);
            }
        }
    }

    fn reject(&mut self, place: Place, field: &'static str, reason: Reason) {
        let Place { entry, change, list, item } = place;
        let mut path = format!("entry[{entry}].changes[{change}].value");
        if !list.is_empty() {
            path += &format!(".{list}[{item}]");
        }
        if !field.is_empty() {
            path += &format!(".{field}");
        }
        self.sink.reject(Reject::new(0, path, reason));
    }

    /// The instant of an item; receipt stands in where the item has none.
    fn time_of(&self, item: &Value) -> Result<TimestampMs, (&'static str, Reason)> {
        let expected = ("timestamp", Reason::Expected("seconds since 1970-01-01T00:00:00Z"));
        match item.get("timestamp").filter(|value| !value.is_null()) {
            Some(value) => instant(value).ok_or(expected),
            None => self.context.availability.received().ok_or(("timestamp", Reason::Missing)),
        }
    }
}

/// Seconds since 1970, as text or number, that an event may carry.
fn instant(value: &Value) -> Option<TimestampMs> {
    let seconds = match value {
        Value::String(text) => text.trim().parse::<i64>().ok()?,
        Value::Number(number) => number.as_i64()?,
        _ => return None,
    };
    Some(TimestampMs(seconds.checked_mul(1_000)?)).filter(|at| at.is_valid())
}
