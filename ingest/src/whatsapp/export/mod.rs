//! Chat exports of the WhatsApp app: the `.txt` (inside the `.zip`) of "Export chat", as Android
//! and iOS phones write it in their many languages.
//!
//! What is decided here, and said in the [`Report`]:
//!
//! * **Day or month first** is decided from the whole file (see [`Certainty`]).
//! * **Time** is the phone's wall clock, resolved by [`Context::local`]; Android writes no seconds,
//!   so messages of one minute are set one second apart to keep their order.
//! * **People.** [`Options::me`] names the business. In a chat of two the other one is the contact;
//!   in a group every other author is one, and a message of the business belongs to the contact
//!   who wrote last before it (before anybody wrote it belongs to nobody and is passed over).
//! * **Left out**: notices, calls, and messages that were taken back. The text of an edited message
//!   is the last one. `<Media omitted>`, which does not say what was left out, counts as a picture.
//! * **Overlapping exports** merge: a message is known by (contact, minute in UTC, side, keyed hash
//!   of the text, ordinal among equals of that minute). So an export with seconds and one without,
//!   and an export that begins later, add nothing twice. Not merged are a message that was edited
//!   between two exports, a chat exported under another name of the contact (give
//!   [`Options::contact`]), and one read with another time zone.
//! * **Quoted lines** that look like messages stay text of the message that quotes them, when they
//!   are written in another style, or stand out of their place in time and are either by nobody of
//!   the chat or repeat one of its lines.
//!
//! [`Certainty`]: crate::dates::Certainty

mod body;
mod chat;
mod clock;
mod header;
mod order;
mod phrases;
#[cfg(test)]
mod tests;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use chatsignal_core::event::{Author, EventKind, MessageKind, Source};
use chatsignal_core::id::ContactId;
use chatsignal_core::time::{MINUTE_MS, TimestampMs};

use self::body::Body;
use self::chat::{Chat, Entry, same_name};
use super::is_media;
use crate::country::Country;
use crate::dates::{DateDecision, DateOrder};
use crate::identity::phone_digits;
use crate::reject::{Reason, Reject};
use crate::text::TextFacts;
use crate::{Context, DirectoryEntry, Sink};

/// Largest export, in bytes of text.
pub const FILE_BYTES_MAX: usize = 256 << 20;

/// How to read an export.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The names under which the business writes in this chat (usually one).
    pub me: &'a [&'a str],
    /// Id of the contact of a chat of two: a phone number or the CRM's number. Without it the name
    /// in the chat is the id.
    pub contact: Option<&'a str>,
    /// Order of day and month; understood from the file if absent.
    pub date_order: Option<DateOrder>,
    /// What to assume when the file does not tell.
    pub date_hint: Option<DateOrder>,
}

/// What was found and assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Messages of contacts.
    pub inbound: u64,
    /// Messages of the business.
    pub outbound: u64,
    /// Notices, calls, and messages taken back.
    pub passed_over: u64,
    /// Lines that look like messages and are quoted inside one.
    pub quoted: u64,
    /// Messages whose time does not fit among their neighbours'.
    pub out_of_order: u64,
    /// Contacts who wrote.
    pub contacts: u64,
    /// How dates were read.
    pub dates: DateDecision,
    /// Whether the file gives seconds.
    pub seconds: bool,
}

/// Why an export was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportError {
    /// The file is not UTF-8 text.
    NotUtf8,
    /// The file is larger than [`FILE_BYTES_MAX`].
    TooLarge,
    /// No line begins with a date and a time.
    NotAnExport,
    /// The business is none of the authors.
    MeNotFound,
    /// Only the business wrote, and no contact was given.
    NoContact,
    /// A contact was given, but several people wrote.
    ContactInGroup,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotUtf8 => "the export is not UTF-8 text; export the chat again, or unzip it first",
            Self::TooLarge => "the export is larger than 256 MiB of text",
            Self::NotAnExport => "no line begins with a date and a time as in a WhatsApp chat export",
            Self::MeNotFound => {
                "nobody of that name writes in the chat; give the business's name as it stands there"
            }
            Self::NoContact => "only the business writes in the chat; say which contact it is with",
            Self::ContactInGroup => {
                "several people write in the chat, so one contact cannot stand for them; leave it out"
            }
        })
    }
}

impl core::error::Error for ExportError {}

/// The authors of an export and how many messages each wrote, for choosing the business's name.
///
/// # Errors
/// When the file is no export.
pub fn authors(bytes: &[u8]) -> Result<Vec<(String, u64)>, ExportError> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for entry in Chat::parse(bytes, None, None, &[])?.entries {
        entry.author.into_iter().for_each(|name| *counts.entry(name).or_insert(0) += 1);
    }
    let mut out: Vec<_> = counts.into_iter().collect();
    out.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
    Ok(out)
}

/// Reads an export.
///
/// # Errors
/// When the file is no export or the people in it are not clear. Messages that cannot be read are
/// rejects in `sink`.
pub fn read(
    bytes: &[u8],
    options: &Options<'_>,
    context: &Context<'_>,
    sink: &mut dyn Sink,
) -> Result<Report, ExportError> {
    let chat = Chat::parse(bytes, options.date_order, options.date_hint, options.me)?;
    if chat.headless {
        sink.reject(Reject::new(1, "", Reason::Rule("has text before the first message")));
    }
    let mine = |name: &str| options.me.iter().any(|me| same_name(me, name));
    let mut messages = Vec::new();
    let mut passed_over = 0;
    for entry in &chat.entries {
        match &entry.author {
            None => passed_over += 1,
            Some(author) => match body::read(entry.text, chat.style.bracketed) {
                Body::Message(kind, text) => messages.push((entry, author.as_str(), kind, text)),
                Body::Deleted | Body::Notice => passed_over += 1,
            },
        }
    }
    let authors: BTreeSet<&str> = messages.iter().map(|(_, author, ..)| *author).collect();
    let others: BTreeSet<&str> = authors.iter().copied().filter(|name| !mine(name)).collect();
    if others.len() == authors.len() && authors.len() > 1 {
        return Err(ExportError::MeNotFound);
    }
    if options.contact.is_some() && others.len() > 1 {
        return Err(ExportError::ContactInGroup);
    }
    let people = People::new(&others, options.contact, context);
    let only =
        if others.len() > 1 { None } else { Some(people.only.ok_or(ExportError::NoContact)?) };
    people.introduce(sink);
    let mut writer = Writer {
        context,
        sink,
        seconds: chat.style.seconds,
        ordinals: BTreeMap::new(),
        minute: i64::MIN,
        in_minute: 0,
    };
    let (mut inbound, mut outbound) = (0, 0);
    let mut last = only;
    for (entry, author, kind, text) in messages {
        if writer.sink.is_full() {
            break;
        }
        let from_me = mine(author);
        let person = if from_me { last } else { people.of(author).or(only) };
        let Some(person) = person else {
            passed_over += 1;
            continue;
        };
        if !from_me && only.is_none() {
            last = Some(person);
        }
        match writer.message(entry, person, from_me, kind, &text) {
            Ok(()) if from_me => outbound += 1,
            Ok(()) => inbound += 1,
            Err((field, reason)) => writer.sink.reject(Reject::new(entry.line, field, reason)),
        }
    }
    Ok(Report {
        inbound,
        outbound,
        passed_over,
        quoted: chat.quoted,
        out_of_order: chat.out_of_order,
        contacts: others.len() as u64,
        dates: chat.dates,
        seconds: chat.style.seconds,
    })
}

#[derive(Clone, Copy)]
struct Person {
    id: ContactId,
    country: Option<Country>,
}

/// The contacts of a chat.
struct People<'n> {
    by_name: BTreeMap<&'n str, (Person, DirectoryEntry)>,
    /// The contact of a chat of two.
    only: Option<Person>,
}

impl<'n> People<'n> {
    fn new(others: &BTreeSet<&'n str>, contact: Option<&'n str>, context: &Context<'_>) -> Self {
        let names: Vec<&str> = match (others.first(), contact) {
            (None, Some(contact)) => [contact].into(),
            _ => others.iter().copied().collect(),
        };
        let mut by_name = BTreeMap::new();
        for name in names {
            let id_text = contact.unwrap_or(name);
            let id = context.hasher.contact(id_text);
            let phone = phone_digits(id_text).or_else(|| phone_digits(name));
            let country = phone.as_deref().and_then(Country::of_phone);
            let is_name = phone_digits(name).is_none() && contact != Some(name);
            let entry = DirectoryEntry::Contact {
                id,
                name: is_name.then(|| String::from(name)),
                external_id: contact.filter(|id| phone_digits(id).is_none()).map(String::from),
                phone,
                country,
            };
            by_name.insert(name, (Person { id, country }, entry));
        }
        let only = by_name.values().next().map(|(person, _)| *person);
        Self { by_name, only }
    }

    fn of(&self, name: &str) -> Option<Person> {
        self.by_name.get(name).map(|(person, _)| *person)
    }

    fn introduce(&self, sink: &mut dyn Sink) {
        self.by_name.values().for_each(|(_, entry)| sink.directory(entry.clone()));
    }
}

struct Writer<'a> {
    context: &'a Context<'a>,
    sink: &'a mut dyn Sink,
    seconds: bool,
    /// How many messages with this key there were.
    ordinals: BTreeMap<[u8; 16], u32>,
    minute: i64,
    in_minute: i64,
}

impl Writer<'_> {
    fn message(
        &mut self,
        entry: &Entry<'_>,
        person: Person,
        from_me: bool,
        kind: MessageKind,
        text: &str,
    ) -> Result<(), (&'static str, Reason)> {
        if entry.unknown_half {
            let rule = "has a mark for the half of the day that is not known";
            return Err(("time", Reason::Rule(rule)));
        }
        let at = entry
            .at
            .map(|local| local.resolve(self.context.local))
            .filter(|at| at.is_valid())
            .ok_or(("date", Reason::NoSuchDate))?;
        let minute = at.0.div_euclid(MINUTE_MS);
        let at = self.spread(at, minute);
        let hasher = self.context.hasher;
        let side: &[u8] = if from_me { b"business" } else { b"contact" };
        // Android does not say what it left out, so all media without caption are alike.
        let medium: &[u8] = if kind == MessageKind::Text { b"text" } else { b"media" };
        let (minute, hash) = (minute.to_le_bytes(), hasher.text(text));
        let mut key: Vec<&[u8]> = [&person.id.0[..], &minute, side, medium, &hash].into();
        let same = hasher.message_of(Source::WhatsappExport, &key).0;
        let ordinal = self.ordinals.entry(same).or_insert(0);
        let ordinal_bytes = ordinal.to_le_bytes();
        *ordinal += 1;
        key.push(&ordinal_bytes);
        let message_id = hasher.message_of(Source::WhatsappExport, &key);
        let facts = TextFacts::of(text);
        let event_kind = if from_me {
            EventKind::MessageOutbound {
                message_id,
                kind,
                author: Author::Agent,
                category: None,
                template: None,
                language: None,
                chars: facts.chars,
                has_media: is_media(kind),
                has_buttons: false,
                propensity: None,
            }
        } else {
            EventKind::MessageInbound {
                message_id,
                kind,
                chars: facts.chars,
                has_question: facts.has_question,
                reply_to: None,
                forwarded: false,
            }
        };
        let contact = (person.id, person.country);
        let event = self.context.event(Source::WhatsappExport, contact, at, &key, event_kind);
        self.sink.event(event);
        if !text.is_empty() {
            self.sink.text(message_id, text);
        }
        Ok(())
    }

    /// Keeps the order of messages of one minute: a second apart where the file gives none (the
    /// sixtieth and later a millisecond), a millisecond where it does.
    fn spread(&mut self, at: TimestampMs, minute: i64) -> TimestampMs {
        if self.minute == minute {
            self.in_minute += 1;
        } else {
            (self.minute, self.in_minute) = (minute, 0);
        }
        let n = self.in_minute;
        let later = match (self.seconds, n) {
            (true, _) => n.min(999),
            (false, ..60) => n * 1_000,
            (false, _) => 59_000 + (n - 59).min(999),
        };
        at.plus_ms(later)
    }
}
