//! Statuses of messages that the business sent.

use alloc::string::ToString;

use chatsignal_core::event::{
    Author, ConsentKind, Event, EventKind, MessageCategory, MessageKind, MessageStatus, Source,
};
use chatsignal_core::time::TimestampMs;
use serde_json::Value;

use super::Walk;
use super::person::{Names, Person};
use crate::DirectoryEntry;
use crate::json::text;
use crate::reject::Reason;
use crate::whatsapp::tag::Tag;

/// The recipient stopped marketing messages.
const USER_STOPPED_MARKETING: u32 = 131_050;

impl Walk<'_> {
    pub(super) fn status(
        &mut self,
        item: &Value,
        value: &Value,
    ) -> Result<(), (&'static str, Reason)> {
        let id = text(item, "id").ok_or(("id", Reason::Missing))?;
        let name = text(item, "status").ok_or(("status", Reason::Missing))?;
        let Some(status) = MessageStatus::from_name(name) else {
            self.report.passed_over += 1;
            return Ok(());
        };
        let at = self.time_of(item)?;
        let in_group = text(item, "recipient_type") == Some("group");
        let person = self
            .person(recipient(item, in_group).completed(value), at)
            .ok_or(("recipient_id", Reason::Missing))?;
        let tag = text(item, "biz_opaque_callback_data").and_then(Tag::parse);
        let category =
            item.get("pricing").and_then(|pricing| text(pricing, "category")).and_then(category_of);
        let mut codes = error_codes(item);
        let message_id = self.context.hasher.message(id);
        let kind = EventKind::MessageStatus {
            message_id,
            status,
            error_code: codes.clone().next(),
            category,
        };
        // In a group each participant has statuses of their own.
        let participant = if in_group { &person.id.0[..] } else { &[] };
        let key = [id.as_bytes(), name.as_bytes(), participant];
        self.emit_tagged(person, at, &key, kind, tag.as_ref());
        if codes.any(|code| code == USER_STOPPED_MARKETING) {
            let opted_out = EventKind::Consent(ConsentKind::OptOut);
            self.emit(person, at, &[id.as_bytes(), b"131050"], opted_out);
        }
        if let Some(tag) = tag.filter(|_| status == MessageStatus::Sent) {
            let category = category.or(tag.category);
            let kind = self.outbound(id, &tag, category);
            self.emit_tagged(person, at, &[id.as_bytes(), participant], kind, Some(&tag));
        }
        self.report.statuses += 1;
        Ok(())
    }

    /// The send that a tag describes.
    fn outbound(&mut self, id: &str, tag: &Tag, category: Option<MessageCategory>) -> EventKind {
        let hasher = self.context.hasher;
        let template = tag.template.as_ref().map(|name| {
            let id = hasher.template(name);
            self.sink.directory(DirectoryEntry::Template { id, name: name.to_string() });
            id
        });
        if let Some(name) = &tag.campaign {
            let id = hasher.campaign(name);
            self.sink.directory(DirectoryEntry::Campaign { id, name: name.to_string() });
        }
        EventKind::MessageOutbound {
            message_id: hasher.message(id),
            kind: if template.is_some() { MessageKind::Template } else { MessageKind::Text },
            author: if tag.campaign.is_some() { Author::Campaign } else { Author::App },
            category,
            template,
            language: tag.language,
            chars: tag.chars,
            has_media: tag.has_media,
            has_buttons: tag.has_buttons,
            propensity: tag.propensity,
        }
    }

    fn emit_tagged(
        &mut self,
        person: Person,
        at: TimestampMs,
        key: &[&[u8]],
        kind: EventKind,
        tag: Option<&Tag>,
    ) {
        let hasher = self.context.hasher;
        let campaign_id =
            tag.and_then(|tag| tag.campaign.as_deref()).map(|name| hasher.campaign(name));
        let contact = (person.id, person.country);
        let event = self.context.event(Source::WhatsappWebhook, contact, at, key, kind);
        self.sink.event(Event { campaign_id, ..event });
    }
}

fn recipient(item: &Value, in_group: bool) -> Names<'_> {
    if in_group {
        Names {
            parent: text(item, "recipient_participant_parent_user_id"),
            user: text(item, "recipient_participant_user_id"),
            phone: text(item, "recipient_participant_id"),
            profile: None,
        }
    } else {
        Names {
            parent: text(item, "parent_recipient_user_id")
                .or_else(|| text(item, "recipient_parent_user_id")),
            user: text(item, "recipient_user_id"),
            phone: text(item, "recipient_id"),
            profile: None,
        }
    }
}

/// WhatsApp's pricing categories; the ones that are priced like another count as it.
fn category_of(name: &str) -> Option<MessageCategory> {
    match name {
        "marketing_lite" => Some(MessageCategory::Marketing),
        "authentication_international" => Some(MessageCategory::Authentication),
        "referral_conversion" => Some(MessageCategory::Service),
        name => MessageCategory::from_name(name),
    }
}

fn error_codes(item: &Value) -> impl Iterator<Item = u32> + Clone + '_ {
    let errors = item.get("errors").and_then(Value::as_array).map_or(&[][..], |errors| errors);
    errors.iter().filter_map(|error| match error.get("code")? {
        Value::String(text) => text.parse().ok(),
        code => code.as_u64().and_then(|code| u32::try_from(code).ok()),
    })
}
