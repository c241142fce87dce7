//! Messages: what contacts write and do, and echoes of what the business writes on its phone.

use chatsignal_core::event::{AcquisitionSource, Author, EventKind, InteractionKind, MessageKind};
use serde_json::Value;

use super::Walk;
use super::person::Names;
use crate::json::text;
use crate::reject::Reason;
use crate::text::TextFacts;
use crate::whatsapp::is_media;

/// What a message is, before it is known who wrote it.
enum Content<'v> {
    Message(MessageKind, Option<&'v str>),
    Interaction(InteractionKind),
    NumberChanged(Option<&'v str>),
    Nothing,
}

impl Walk<'_> {
    pub(super) fn message(
        &mut self,
        message: &Value,
        value: &Value,
    ) -> Result<(), (&'static str, Reason)> {
        let id = text(message, "id").ok_or(("id", Reason::Missing))?;
        let at = self.time_of(message)?;
        let names = Names {
            parent: text(message, "from_parent_user_id"),
            user: text(message, "from_user_id"),
            phone: text(message, "from"),
            profile: None,
        };
        let person = self.person(names.completed(value), at).ok_or(("from", Reason::Missing))?;
        let hasher = self.context.hasher;
        let context = message.get("context");
        let replied = context.and_then(|context| text(context, "id"));
        let flag =
            |name| context.and_then(|c| c.get(name)).and_then(Value::as_bool).unwrap_or(false);
        let enquiry =
            context.is_some_and(|c| c.get("referred_product").is_some_and(Value::is_object));
        let message_id = hasher.message(id);
        let content = content(message);
        if let Content::Message(_, Some(body)) = content {
            self.sink.text(message_id, body);
        }
        let kind = match content {
            Content::Message(..) if enquiry => EventKind::Interaction {
                message_id,
                kind: InteractionKind::ProductEnquiry,
                reply_to: replied.map(|id| hasher.message(id)),
            },
            Content::Message(kind, body) => {
                let facts = body.map(TextFacts::of).unwrap_or_default();
                EventKind::MessageInbound {
                    message_id,
                    kind,
                    chars: facts.chars,
                    has_question: facts.has_question,
                    reply_to: replied.map(|id| hasher.message(id)),
                    forwarded: flag("forwarded") || flag("frequently_forwarded"),
                }
            }
            Content::Interaction(kind) => {
                let target = message.get("reaction").and_then(|r| text(r, "message_id"));
                let reply_to = target.or(replied).map(|id| hasher.message(id));
                EventKind::Interaction { message_id, kind, reply_to }
            }
            Content::NumberChanged(new) => {
                let new = new.ok_or(("system.wa_id", Reason::Missing))?;
                self.alias(person, hasher.contact(new), at);
                self.report.messages += 1;
                return Ok(());
            }
            Content::Nothing => {
                self.report.passed_over += 1;
                return Ok(());
            }
        };
        self.emit(person, at, &[id.as_bytes()], kind);
        if let Some(referral) = message.get("referral").filter(|r| r.is_object()) {
            self.emit(person, at, &[id.as_bytes()], acquisition(referral));
        }
        self.report.messages += 1;
        Ok(())
    }

    /// A message that the business wrote in its app.
    pub(super) fn echo(
        &mut self,
        echo: &Value,
        value: &Value,
    ) -> Result<(), (&'static str, Reason)> {
        let id = text(echo, "id").ok_or(("id", Reason::Missing))?;
        let at = self.time_of(echo)?;
        let names = Names {
            parent: text(echo, "to_parent_user_id"),
            user: text(echo, "to_user_id"),
            phone: text(echo, "to"),
            profile: None,
        };
        let person = self.person(names.completed(value), at).ok_or(("to", Reason::Missing))?;
        let Content::Message(kind, body) = content(echo) else {
            self.report.passed_over += 1;
            return Ok(());
        };
        let message_id = self.context.hasher.message(id);
        if let Some(body) = body {
            self.sink.text(message_id, body);
        }
        let outbound = EventKind::MessageOutbound {
            message_id,
            kind,
            author: Author::Agent,
            category: None,
            template: None,
            language: None,
            chars: body.map(TextFacts::of).unwrap_or_default().chars,
            has_media: is_media(kind),
            has_buttons: false,
            propensity: None,
        };
        self.emit(person, at, &[id.as_bytes()], outbound);
        self.report.messages += 1;
        Ok(())
    }
}

fn content(message: &Value) -> Content<'_> {
    let name = text(message, "type").unwrap_or("");
    let body = message.get(name);
    let caption = body.and_then(|body| text(body, "caption"));
    let kind = match name {
        "text" => {
            return Content::Message(MessageKind::Text, body.and_then(|body| text(body, "body")));
        }
        "audio" => {
            let voice = body.and_then(|b| b.get("voice")).and_then(Value::as_bool);
            if voice == Some(true) { MessageKind::Voice } else { MessageKind::Audio }
        }
        "image" => MessageKind::Image,
        "video" => MessageKind::Video,
        "document" => MessageKind::Document,
        "sticker" => MessageKind::Sticker,
        "location" => MessageKind::Location,
        "contacts" => MessageKind::Contacts,
        "button" => return Content::Interaction(InteractionKind::Button),
        "order" => return Content::Interaction(InteractionKind::Order),
        "reaction" => {
            let kept = body.is_some_and(|body| text(body, "emoji").is_some());
            return Content::Interaction(if kept {
                InteractionKind::ReactionAdd
            } else {
                InteractionKind::ReactionRemove
            });
        }
        "interactive" => match body.and_then(|body| text(body, "type")) {
            Some("button_reply") => return Content::Interaction(InteractionKind::Button),
            Some("list_reply") => return Content::Interaction(InteractionKind::List),
            Some("nfm_reply") => return Content::Interaction(InteractionKind::Flow),
            _ => MessageKind::Unsupported,
        },
        "system" => {
            return match body.and_then(|body| text(body, "type")) {
                Some("user_changed_number") => {
                    Content::NumberChanged(body.and_then(|body| text(body, "wa_id")))
                }
                _ => Content::Nothing,
            };
        }
        "edit" | "revoke" => return Content::Nothing,
        _ => MessageKind::Unsupported,
    };
    Content::Message(kind, caption)
}

fn acquisition(referral: &Value) -> EventKind {
    let ad_click = text(referral, "ctwa_clid").is_some();
    let source = match text(referral, "source_type") {
        Some("ad") => AcquisitionSource::Ad,
        _ if ad_click => AcquisitionSource::Ad,
        _ => AcquisitionSource::Post,
    };
    EventKind::Acquisition { source, ad_click }
}
