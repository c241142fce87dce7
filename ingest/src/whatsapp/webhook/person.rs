//! Who is meant: user ids, phone numbers and the list of contacts of a change.

use alloc::string::String;

use chatsignal_core::event::{EventKind, Source};
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use serde_json::Value;

use super::Walk;
use crate::DirectoryEntry;
use crate::country::Country;
use crate::identity::normalized;
use crate::json::text;

/// The ids under which an item names a person; any may be absent.
#[derive(Clone, Copy, Default)]
pub(super) struct Names<'v> {
    pub(super) parent: Option<&'v str>,
    pub(super) user: Option<&'v str>,
    pub(super) phone: Option<&'v str>,
    pub(super) profile: Option<&'v str>,
}

impl<'v> Names<'v> {
    /// Fills what is absent from the change's list of contacts: from the contact that shares an
    /// id, or, when the item names nobody, from the only contact.
    pub(super) fn completed(self, value: &'v Value) -> Self {
        let contacts = value.get("contacts").and_then(Value::as_array).map_or(&[][..], |c| c);
        let nobody = self.parent.is_none() && self.user.is_none() && self.phone.is_none();
        let same = |ours: Option<&str>, theirs| ours.is_some() && ours == theirs;
        let found = match contacts {
            [only] if nobody => Some(only),
            _ => contacts.iter().find(|contact| {
                same(self.user, text(contact, "user_id"))
                    || same(self.phone, text(contact, "wa_id"))
                    || same(self.parent, text(contact, "parent_user_id"))
            }),
        };
        let Some(contact) = found else { return self };
        Self {
            parent: self.parent.or(text(contact, "parent_user_id")),
            user: self.user.or(text(contact, "user_id")),
            phone: self.phone.or(text(contact, "wa_id")),
            profile: contact.get("profile").and_then(|profile| text(profile, "name")),
        }
    }
}

/// A person with a contact id.
#[derive(Clone, Copy)]
pub(super) struct Person {
    pub(super) id: ContactId,
    pub(super) country: Option<Country>,
}

impl Walk<'_> {
    /// The person of these names; gives the directory what is known, and joins the other ids by
    /// aliases. `None` when there is no name at all.
    pub(super) fn person(&mut self, names: Names<'_>, at: TimestampMs) -> Option<Person> {
        let primary = names.parent.or(names.user).or(names.phone)?;
        let hasher = self.context.hasher;
        let id = hasher.contact(primary);
        let phone = names.phone.map(normalized);
        let country = phone
            .as_deref()
            .and_then(Country::of_phone)
            .or_else(|| names.user.or(names.parent).and_then(Country::of_user_id));
        let person = Person { id, country };
        if !self.introduced.contains(&id) {
            self.introduced.push(id);
            self.sink.directory(DirectoryEntry::Contact {
                id,
                name: names.profile.map(String::from),
                phone,
                external_id: names.user.or(names.parent).map(String::from),
                country,
            });
            for other in [names.user, names.phone].into_iter().flatten() {
                self.alias(person, hasher.contact(other), at);
            }
        }
        Some(person)
    }

    pub(super) fn alias(&mut self, person: Person, other: ContactId, at: TimestampMs) {
        if other != person.id {
            let kind = EventKind::Alias { other };
            self.emit(person, at, &[&person.id.0, &other.0], kind);
        }
    }

    pub(super) fn emit(&mut self, person: Person, at: TimestampMs, key: &[&[u8]], kind: EventKind) {
        let contact = (person.id, person.country);
        let event = self.context.event(Source::WhatsappWebhook, contact, at, key, kind);
        self.sink.event(event);
    }
}
