//! A line to its event.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str::FromStr;

use chatsignal_core::event::{
    AcquisitionSource, Author, ConsentKind, ConversationStep, Currency, Event, EventKind,
    InteractionKind, LanguageTag, LeadStep, MessageCategory, MessageKind, MessageStatus, Money,
    PurchaseStatus, Q15, QualityRating, QualitySubject, Source, binary,
};
use chatsignal_core::id::{ContactId, EventId, MessageId};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use serde_json::Value;

use super::{LINE_BYTES_MAX, VERSION};
use crate::country::Country;
use crate::identity::phone_digits;
use crate::json::{Object, parse_strict};
use crate::money::parse_plain_e4;
use crate::reject::{Reason, Reject};
use crate::{Context, DirectoryEntry, Sink};

const MS: &str = "an integer, milliseconds since 1970-01-01T00:00:00Z";
const COUNT: &str = "an integer from 0 to 4294967295";

/// How many directory entries a reader remembers having given, so that each is given once.
const GIVEN_MAX: usize = 1 << 16;

/// Reads lines of one input.
pub struct Reader<'a> {
    context: Context<'a>,
    tenant: Option<&'a str>,
    given: BTreeSet<[u8; 16]>,
}

impl<'a> Reader<'a> {
    /// A reader for the tenant of this name; a line that names another tenant is refused. Without
    /// a name (`None`) every line that names a tenant is refused.
    #[must_use]
    pub fn new(context: Context<'a>, tenant: Option<&'a str>) -> Self {
        Self { context, tenant, given: BTreeSet::new() }
    }

    /// Reads one line (without its break): an event, or a reject with `number`. Empty lines are
    /// passed over.
    pub fn line(&mut self, number: u64, line: &[u8], sink: &mut dyn Sink) {
        if line.trim_ascii().is_empty() {
            return;
        }
        match self.read(number, line, sink) {
            Ok(event) => sink.event(event),
            Err(reject) => sink.reject(reject),
        }
    }

    fn read(&mut self, number: u64, line: &[u8], sink: &mut dyn Sink) -> Result<Event, Reject> {
        if line.len() > LINE_BYTES_MAX {
            let limit = LINE_BYTES_MAX as u64;
            return Err(Reject::new(number, "", Reason::TooLarge { limit, unit: "bytes" }));
        }
        let mut object = Object::new(parse_strict(line, number)?, number, "")?;
        if object.required("v")?.as_u64() != Some(VERSION) {
            return Err(object.reject("v", Reason::Expected("1")));
        }
        if let Some(tenant) = object.optional_text("tenant_id")?
            && self.tenant != Some(tenant.as_str())
        {
            return Err(object.reject("tenant_id", Reason::Rule("is another tenant")));
        }
        let mut names = Names::default();
        let type_name = object.text("type")?;
        let source = object.optional_name("source", Source::from_name)?.unwrap_or(Source::Api);
        let contact = object.text("contact_id")?;
        let contact_id = self.contact(&contact, &mut names);
        let country = phone_digits(&contact).and_then(|digits| Country::of_phone(&digits));
        let at = TimestampMs(object.integer("occurred_at_ms", MS)?);
        let stated: Option<i64> = object.optional_integer("available_at_ms", MS)?;
        let (occurred_at, available_at) = match (self.context.availability.received(), stated) {
            (None, Some(stated)) => (at.min(TimestampMs(stated)), TimestampMs(stated)),
            _ => self.context.availability.times(at),
        };
        let utc_offset = object
            .optional_integer("utc_offset_min", "an integer, minutes")?
            .map_or_else(|| self.context.local.offset_of(country, occurred_at), UtcOffsetMin);
        if !utc_offset.is_valid() {
            let rule = Reason::Rule("the offset from UTC is within 18 hours");
            return Err(object.reject("utc_offset_min", rule));
        }
        let hasher = self.context.hasher;
        let conversation_id = object
            .optional_text("conversation_id")?
            .map(|id| id_or(&id, |id| hasher.conversation(id)));
        let campaign_id = object.optional_text("campaign_id")?.map(|id| {
            id_or(&id, |name| {
                let id = hasher.campaign(name);
                names.push(DirectoryEntry::Campaign { id, name: String::from(name) });
                id
            })
        });
        let agent_id = object.optional_text("agent_id")?.map(|id| {
            id_or(&id, |name| {
                let id = hasher.agent(name);
                names.push(DirectoryEntry::Agent { id, name: String::from(name) });
                id
            })
        });
        let stated_id = object.optional_text("event_id")?;
        let kind = self.kind(&type_name, &mut object, number, &mut names)?;
        object.finish()?;
        let mut event = Event {
            event_id: EventId([0; 16]),
            contact_id,
            occurred_at,
            available_at,
            utc_offset,
            source,
            conversation_id,
            campaign_id,
            agent_id,
            kind,
        };
        event.event_id = match stated_id {
            Some(id) => id_or(&id, |id| hasher.event(source, &type_name, &[b"id", id.as_bytes()])),
            None => self.natural_id(&event),
        };
        event.check().map_err(|error| Reject::new(number, "data", error.into()))?;
        self.give(names, sink);
        Ok(event)
    }

    /// Identity of an event that states none: messages by their id, everything else by contact,
    /// time and content.
    fn natural_id(&self, event: &Event) -> EventId {
        let id =
            |key: &[&[u8]]| self.context.hasher.event(event.source, event.kind.type_name(), key);
        match &event.kind {
            EventKind::MessageInbound { message_id, .. }
            | EventKind::MessageOutbound { message_id, .. }
            | EventKind::Enrichment { message_id, .. } => id(&[&message_id.0]),
            EventKind::MessageStatus { message_id, status, .. } => {
                id(&[&message_id.0, status.as_str().as_bytes()])
            }
            EventKind::Interaction { message_id, kind, .. } => {
                id(&[&message_id.0, kind.as_str().as_bytes()])
            }
            _ => {
                // Its bytes without what may differ between two tellings of the same thing.
                let mut plain = event.clone();
                plain.available_at = plain.occurred_at;
                plain.utc_offset = UtcOffsetMin(0);
                let mut bytes = Vec::new();
                binary::encode(&plain, &mut bytes);
                id(&[&bytes])
            }
        }
    }

    fn contact(&self, text: &str, names: &mut Names) -> ContactId {
        id_or(text, |text| {
            let id = self.context.hasher.contact(text);
            let phone = phone_digits(text);
            let country = phone.as_deref().and_then(Country::of_phone);
            let external_id = if phone.is_none() { Some(text.trim().to_string()) } else { None };
            names.push(DirectoryEntry::Contact { id, name: None, phone, external_id, country });
            id
        })
    }

    fn message(&self, text: &str) -> MessageId {
        id_or(text, |id| self.context.hasher.message(id))
    }

    fn kind(
        &self,
        type_name: &str,
        object: &mut Object,
        line: u64,
        names: &mut Names,
    ) -> Result<EventKind, Reject> {
        let message_id = |object: &mut Object| -> Result<MessageId, Reject> {
            object.text("message_id").map(|id| self.message(&id))
        };
        let id = match type_name {
            "message.inbound" | "message.outbound" | "message.status" | "interaction"
            | "enrichment" => message_id(object)?,
            _ => MessageId::default(),
        };
        let value = object.required("data")?;
        let mut data = Object::new(value, line, "data.")?;
        let d = &mut data;
        let kind = match type_name {
            "message.inbound" => EventKind::MessageInbound {
                message_id: id,
                kind: d.name("kind", MessageKind::from_name)?,
                chars: d.integer("chars", COUNT)?,
                has_question: d.flag("has_question")?,
                reply_to: d.optional_text("reply_to")?.map(|id| self.message(&id)),
                forwarded: d.flag("forwarded")?,
            },
            "message.outbound" => EventKind::MessageOutbound {
                message_id: id,
                kind: d.name("kind", MessageKind::from_name)?,
                author: d.name("author", Author::from_name)?,
                category: d.optional_name("category", MessageCategory::from_name)?,
                template: d.optional_text("template")?.map(|text| {
                    id_or(&text, |name| {
                        let id = self.context.hasher.template(name);
                        names.push(DirectoryEntry::Template { id, name: String::from(name) });
                        id
                    })
                }),
                language: language(d)?,
                chars: d.integer("chars", COUNT)?,
                has_media: d.flag("has_media")?,
                has_buttons: d.flag("has_buttons")?,
                propensity: match d.optional("propensity") {
                    None => None,
                    Some(value) => Some(probability(d, "propensity", &value)?),
                },
            },
            "message.status" => EventKind::MessageStatus {
                message_id: id,
                status: d.name("status", MessageStatus::from_name)?,
                error_code: d.optional_integer("error_code", COUNT)?,
                category: d.optional_name("category", MessageCategory::from_name)?,
            },
            "interaction" => EventKind::Interaction {
                message_id: id,
                kind: d.name("kind", InteractionKind::from_name)?,
                reply_to: d.optional_text("reply_to")?.map(|id| self.message(&id)),
            },
            "acquisition" => EventKind::Acquisition {
                source: d.name("source", AcquisitionSource::from_name)?,
                ad_click: d.flag("ad_click")?,
            },
            "consent" => EventKind::Consent(d.name("kind", ConsentKind::from_name)?),
            "conversation" => EventKind::Conversation(d.name("step", ConversationStep::from_name)?),
            "alias" => {
                let other = d.text("other")?;
                EventKind::Alias { other: self.contact(&other, names) }
            }
            "csat" => EventKind::Csat { rating: d.integer("rating", "an integer from 1 to 5")? },
            "enrichment" => EventKind::Enrichment {
                message_id: id,
                sentiment: probabilities(d, "sentiment")?
                    .ok_or_else(|| d.reject("sentiment", Reason::Missing))?,
                emotions: probabilities(d, "emotions")?,
                language: language(d)?,
                model_version: d.integer("model_version", COUNT)?,
            },
            "lead" => EventKind::Lead(lead_step(d)?),
            "purchase" => EventKind::Purchase {
                amount: money(d, "amount")?.ok_or_else(|| d.reject("amount", Reason::Missing))?,
                status: d
                    .optional_name("status", PurchaseStatus::from_name)?
                    .unwrap_or(PurchaseStatus::Paid),
            },
            "quality" => EventKind::Quality {
                subject: d.name("subject", QualitySubject::from_name)?,
                rating: d.name("rating", QualityRating::from_name)?,
            },
            _ => return Err(object.reject("type", Reason::Expected("a type of event"))),
        };
        data.finish()?;
        Ok(kind)
    }

    fn give(&mut self, names: Names, sink: &mut dyn Sink) {
        for (id, entry) in names.entries {
            if self.given.len() >= GIVEN_MAX {
                self.given.clear();
            }
            if self.given.insert(id) {
                sink.directory(entry);
            }
        }
    }
}

/// Names found in a line; given to the sink only when the whole line is sound.
#[derive(Default)]
struct Names {
    entries: Vec<([u8; 16], DirectoryEntry)>,
}

impl Names {
    fn push(&mut self, entry: DirectoryEntry) {
        let id = match &entry {
            DirectoryEntry::Contact { id, .. } => id.0,
            DirectoryEntry::Campaign { id, .. } => id.0,
            DirectoryEntry::Template { id, .. } => id.0,
            DirectoryEntry::Agent { id, .. } => id.0,
        };
        self.entries.push((id, entry));
    }
}

/// An id written as 32 hexadecimal digits, or made from the text.
fn id_or<T: FromStr>(text: &str, make: impl FnOnce(&str) -> T) -> T {
    T::from_str(text).unwrap_or_else(|_| make(text))
}

fn language(data: &mut Object) -> Result<Option<LanguageTag>, Reject> {
    let Some(text) = data.optional_text("language")? else { return Ok(None) };
    LanguageTag::new(&text).map(Some).map_err(|error| data.reject("language", error.into()))
}

fn probability(data: &Object, field: &str, value: &Value) -> Result<Q15, Reject> {
    value
        .as_f64()
        .and_then(|p| Q15::new(p).ok())
        .ok_or_else(|| data.reject(field, Reason::Expected("a number from 0 to 1")))
}

fn probabilities<const N: usize>(
    data: &mut Object,
    field: &str,
) -> Result<Option<[Q15; N]>, Reject> {
    let Some(value) = data.optional(field) else { return Ok(None) };
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    if items.len() != N {
        let expected = if N == 3 { "a list of 3 numbers" } else { "a list of 7 numbers" };
        return Err(data.reject(field, Reason::Expected(expected)));
    }
    let mut out = [Q15::default(); N];
    for (slot, item) in out.iter_mut().zip(items) {
        *slot = probability(data, field, item)?;
    }
    Ok(Some(out))
}

fn lead_step(data: &mut Object) -> Result<LeadStep, Reject> {
    let step = data.text("step")?;
    Ok(match step.as_str() {
        "created" => LeadStep::Created,
        "engaged" => LeadStep::Engaged,
        "qualified" => LeadStep::Qualified,
        "proposal" => LeadStep::Proposal,
        "won" => LeadStep::Won(money(data, "value")?),
        "lost" => LeadStep::Lost,
        _ => return Err(data.reject("step", Reason::Expected("one of the names of the format"))),
    })
}

/// An amount (text, or a number with at most four decimals) and its currency.
fn money(data: &mut Object, field: &str) -> Result<Option<Money>, Reject> {
    let text = match data.optional(field) {
        None => return Ok(None),
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(data.reject(field, Reason::Expected("an amount, such as \"12.50\""))),
    };
    let e4 = parse_plain_e4(&text).map_err(|reason| data.reject(field, reason))?;
    let code = data.text("currency")?;
    let currency = Currency::new(&code).map_err(|error| data.reject("currency", error.into()))?;
    Ok(Some(Money { e4, currency }))
}
