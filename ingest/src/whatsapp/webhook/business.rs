//! Consent to marketing, and WhatsApp's ratings of the business.

use chatsignal_core::event::{ConsentKind, EventKind, QualityRating, QualitySubject};
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use serde_json::Value;

use super::person::{Names, Person};
use super::{Place, Walk};
use crate::json::text;
use crate::reject::Reason;

impl Walk<'_> {
    pub(super) fn preference(
        &mut self,
        item: &Value,
        value: &Value,
    ) -> Result<(), (&'static str, Reason)> {
        let choice = text(item, "value").ok_or(("value", Reason::Missing))?;
        let category = text(item, "category").unwrap_or("marketing_messages");
        let kind = match choice {
            "stop" => ConsentKind::OptOut,
            "resume" => ConsentKind::Resume,
            "signup" => ConsentKind::Signup,
            _ => {
                self.report.passed_over += 1;
                return Ok(());
            }
        };
        if category != "marketing_messages" {
            self.report.passed_over += 1;
            return Ok(());
        }
        let at = self.time_of(item)?;
        let names = Names {
            parent: text(item, "parent_user_id"),
            user: text(item, "user_id"),
            phone: text(item, "wa_id"),
            profile: None,
        };
        let person = self.person(names.completed(value), at).ok_or(("wa_id", Reason::Missing))?;
        let key = [&person.id.0[..], choice.as_bytes(), &at.0.to_le_bytes()];
        self.emit(person, at, &key, EventKind::Consent(kind));
        Ok(())
    }

    /// Ratings are of the whole business, so they belong to `ContactId::BUSINESS`.
    pub(super) fn quality(
        &mut self,
        place: Place,
        field: &str,
        value: &Value,
        entry_time: Option<TimestampMs>,
    ) {
        let (subject, rating, what) = match field {
            "message_template_quality_update" => (
                QualitySubject::Template,
                text(value, "new_quality_score").map(rating_of),
                text(value, "message_template_name"),
            ),
            "message_template_status_update" => (
                QualitySubject::Template,
                // Low quality flags a template, then pauses it, then disables it.
                text(value, "event").and_then(|event| match event {
                    "FLAGGED" | "PAUSED" | "DISABLED" => Some(QualityRating::Red),
                    _ => None,
                }),
                text(value, "message_template_name"),
            ),
            "phone_number_quality_update" => (
                QualitySubject::Phone,
                text(value, "event").and_then(|event| match event {
                    "FLAGGED" => Some(QualityRating::Red),
                    // It was low and is now medium or high: the lesser of the two.
                    "UNFLAGGED" => Some(QualityRating::Yellow),
                    _ => None,
                }),
                text(value, "display_phone_number"),
            ),
            _ => (QualitySubject::Phone, None, None),
        };
        let Some(rating) = rating else {
            self.report.passed_over += 1;
            return;
        };
        let Some(at) = entry_time.or_else(|| self.context.availability.received()) else {
            return self.reject(place, "time", Reason::Missing);
        };
        let business = Person { id: ContactId::BUSINESS, country: None };
        let key = [
            subject.as_str().as_bytes(),
            what.unwrap_or("").as_bytes(),
            rating.as_str().as_bytes(),
            &at.0.to_le_bytes(),
        ];
        self.emit(business, at, &key, EventKind::Quality { subject, rating });
    }
}

fn rating_of(score: &str) -> QualityRating {
    match score {
        "GREEN" => QualityRating::Green,
        "YELLOW" => QualityRating::Yellow,
        "RED" => QualityRating::Red,
        _ => QualityRating::Unknown,
    }
}
