//! An event to its line.

use alloc::string::String;
use core::fmt::{self, Write};

use chatsignal_core::event::{Event, EventKind, LanguageTag, LeadStep, Money, Q15};

use super::VERSION;

/// Appends the line of `event`, without the line break. Every id is written as its 32 hexadecimal
/// digits, so that reading the line gives the same event under any key.
pub fn write(event: &Event, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write_event(event, out);
}

fn write_event(event: &Event, out: &mut String) -> fmt::Result {
    write!(
        out,
        r#"{{"v":{VERSION},"type":"{}","event_id":"{}","contact_id":"{}","occurred_at_ms":{},"#,
        event.kind.type_name(),
        event.event_id,
        event.contact_id,
        event.occurred_at.0
    )?;
    write!(
        out,
        r#""available_at_ms":{},"utc_offset_min":{},"source":"{}","#,
        event.available_at.0,
        event.utc_offset.0,
        event.source.as_str()
    )?;
    optional(out, "conversation_id", event.conversation_id)?;
    optional(out, "campaign_id", event.campaign_id)?;
    optional(out, "agent_id", event.agent_id)?;
    write_kind(&event.kind, out)?;
    out.push_str("}}");
    Ok(())
}

fn optional(out: &mut String, name: &str, id: Option<impl fmt::Display>) -> fmt::Result {
    id.map_or(Ok(()), |id| write!(out, r#""{name}":"{id}","#))
}

fn write_kind(kind: &EventKind, out: &mut String) -> fmt::Result {
    match kind {
        EventKind::MessageInbound {
            message_id,
            kind,
            chars,
            has_question,
            reply_to,
            forwarded,
        } => {
            write!(out, r#""message_id":"{message_id}","data":{{"#)?;
            optional(out, "reply_to", *reply_to)?;
            write!(
                out,
                r#""kind":"{}","chars":{chars},"has_question":{has_question},"forwarded":{forwarded}"#,
                kind.as_str()
            )
        }
        EventKind::MessageOutbound {
            message_id,
            kind,
            author,
            category,
            template,
            language,
            chars,
            has_media,
            has_buttons,
            propensity,
        } => {
            write!(out, r#""message_id":"{message_id}","data":{{"#)?;
            optional(out, "category", category.map(|c| c.as_str()))?;
            optional(out, "template", *template)?;
            write_language(*language, out)?;
            if let Some(p) = propensity {
                write!(out, r#""propensity":{},"#, p.to_f64())?;
            }
            write!(
                out,
                r#""kind":"{}","author":"{}","chars":{chars},"has_media":{has_media},"has_buttons":{has_buttons}"#,
                kind.as_str(),
                author.as_str()
            )
        }
        EventKind::MessageStatus { message_id, status, error_code, category } => {
            write!(out, r#""message_id":"{message_id}","data":{{"#)?;
            if let Some(code) = error_code {
                write!(out, r#""error_code":{code},"#)?;
            }
            optional(out, "category", category.map(|c| c.as_str()))?;
            write!(out, r#""status":"{}""#, status.as_str())
        }
        EventKind::Interaction { message_id, kind, reply_to } => {
            write!(out, r#""message_id":"{message_id}","data":{{"#)?;
            optional(out, "reply_to", *reply_to)?;
            write!(out, r#""kind":"{}""#, kind.as_str())
        }
        EventKind::Enrichment { message_id, sentiment, emotions, language, model_version } => {
            write!(out, r#""message_id":"{message_id}","data":{{"#)?;
            write_list("sentiment", sentiment, out)?;
            if let Some(emotions) = emotions {
                write_list("emotions", emotions, out)?;
            }
            write_language(*language, out)?;
            write!(out, r#""model_version":{model_version}"#)
        }
        other => {
            out.push_str(r#""data":{"#);
            write_small(other, out)
        }
    }
}

/// The types without a message.
fn write_small(kind: &EventKind, out: &mut String) -> fmt::Result {
    match kind {
        EventKind::Acquisition { source, ad_click } => {
            write!(out, r#""source":"{}","ad_click":{ad_click}"#, source.as_str())
        }
        EventKind::Consent(kind) => write!(out, r#""kind":"{}""#, kind.as_str()),
        EventKind::Conversation(step) => write!(out, r#""step":"{}""#, step.as_str()),
        EventKind::Alias { other } => write!(out, r#""other":"{other}""#),
        EventKind::Csat { rating } => write!(out, r#""rating":{rating}"#),
        EventKind::Lead(step) => {
            if let LeadStep::Won(Some(value)) = step {
                write_money("value", *value, out)?;
            }
            write!(out, r#""step":"{}""#, step_name(step))
        }
        EventKind::Purchase { amount, status } => {
            write_money("amount", *amount, out)?;
            write!(out, r#""status":"{}""#, status.as_str())
        }
        EventKind::Quality { subject, rating } => {
            write!(out, r#""subject":"{}","rating":"{}""#, subject.as_str(), rating.as_str())
        }
        _ => Ok(()),
    }
}

fn step_name(step: &LeadStep) -> &'static str {
    match step {
        LeadStep::Created => "created",
        LeadStep::Engaged => "engaged",
        LeadStep::Qualified => "qualified",
        LeadStep::Proposal => "proposal",
        LeadStep::Won(_) => "won",
        LeadStep::Lost => "lost",
    }
}

fn write_language(language: Option<LanguageTag>, out: &mut String) -> fmt::Result {
    optional(out, "language", language.as_ref().map(LanguageTag::as_str))
}

fn write_list(name: &str, list: &[Q15], out: &mut String) -> fmt::Result {
    write!(out, r#""{name}":["#)?;
    for (index, p) in list.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma}{}", p.to_f64())?;
    }
    out.push_str("],");
    Ok(())
}

/// An amount as a decimal text, so that no reader rounds it, and its currency.
fn write_money(name: &str, money: Money, out: &mut String) -> fmt::Result {
    let sign = if money.e4 < 0 { "-" } else { "" };
    let e4 = money.e4.unsigned_abs();
    write!(
        out,
        r#""{name}":"{sign}{}.{:04}","currency":"{}","#,
        e4 / 10_000,
        e4 % 10_000,
        money.currency.as_str()
    )
}
