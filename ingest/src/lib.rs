//! Bytes of chat systems in, canonical events and typed rejects out. No store, no clock, no files.
//!
//! Every reader takes the bytes of one source, a [`Context`] (tenant key, local time, when the
//! bytes became known) and a [`Sink`] that receives what was found:
//!
//! | source | reader |
//! |---|---|
//! | WhatsApp Cloud API webhooks | [`whatsapp::webhook::read`] |
//! | chat exports of the WhatsApp app | [`whatsapp::export::read`] |
//! | Chatwoot webhooks | [`chatwoot::read`] |
//! | purchases (CSV, or columns split by spaces) | [`purchases::read`] |
//! | canonical events, one JSON object a line | [`ndjson::Reader`] |
//!
//! Names and phone numbers leave as [`DirectoryEntry`], message text only through [`Sink::text`];
//! events, rejects and errors hold neither.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod calendar;
pub mod chatwoot;
mod context;
pub mod country;
pub mod dates;
mod identity;
mod json;
pub mod money;
pub mod ndjson;
pub mod purchases;
mod reject;
mod sink;
mod text;
pub mod whatsapp;

pub use calendar::LocalTime;
pub use context::{Availability, Context};
pub use identity::Hasher;
pub use reject::{Reason, Reject};
pub use sink::{DirectoryEntry, Ingested, Sink};
pub use text::TextFacts;
