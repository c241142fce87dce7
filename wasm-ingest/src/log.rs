//! The event log of a page.

use std::cell::RefCell;

use chatsignal_api::contacts::Consent;
use chatsignal_api::time::Instant;
use chatsignal_core::contact::ContactState;
use chatsignal_core::id::ContactId;
use chatsignal_core::score::send_time::{LocalWindow, QuietHours, SendRules};
use chatsignal_core::time::TimestampMs;
use chatsignal_ingest::whatsapp::webhook;
use chatsignal_ingest::{Availability, Context, Hasher, Sink, chatwoot, ndjson};
use chatsignal_scoring::{is_active_state, is_open_lead_state};
use serde::Serialize;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::fault::Fault;
use crate::people::{People, Person};
use crate::read::{ExportOptions, Reading, json};
use crate::zone::{PageTime, Zone, ZoneSource};

/// Days within which a customer counts as active in the list of contacts: the horizon of the
/// shipped churn model.
const ACTIVE_DAYS: u32 = 30;

/// What is known of many contacts, in the memory of this module alone. Call `free()` to forget it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct EventLog {
    hasher: Hasher,
    pub(crate) time: PageTime,
    pub(crate) rules: SendRules,
    pub(crate) people: People,
    /// The contact that was folded last: most pages ask several questions about one contact.
    folded: RefCell<Option<(ContactId, TimestampMs, ContactState)>>,
}

/// One line of the list of contacts.
#[derive(Debug, Serialize)]
struct Contact<'p> {
    contact_id: String,
    name: Option<&'p str>,
    phone: Option<&'p str>,
    country: Option<String>,
    events: usize,
    first_activity_at: Instant,
    last_activity_at: Instant,
    consent: Consent,
    open_lead: bool,
    active_customer: bool,
}

#[wasm_bindgen]
impl EventLog {
    /// A log without events.
    ///
    /// `tenant_key` (32 bytes) turns names and numbers into ids: the same key gives the same ids.
    /// `zone` is the IANA time zone of the business, looked up in `zones`.
    ///
    /// # Errors
    /// Throws when the key has another length or the zone is unknown.
    #[wasm_bindgen(constructor)]
    pub fn new(tenant_key: &[u8], zone: &str, zones: ZoneSource) -> Result<Self, JsError> {
        let wrong = |_| Fault::field("a tenant key has 32 bytes");
        let hasher = Hasher::new(tenant_key.try_into().map_err(wrong)?);
        let own = Zone::named(&zones, zone)
            .ok_or_else(|| Fault::field(format!("{zone:?} is no IANA time zone")))?;
        let quiet = Some(QuietHours::quiet(LocalWindow::hours(21, 8)));
        Ok(Self {
            hasher,
            time: PageTime::new(zones, own),
            rules: SendRules { quiet, ..SendRules::default() },
            people: People::default(),
            folded: RefCell::default(),
        })
    }

    /// Sets the hours without marketing, in minutes after midnight; none when both are equal.
    ///
    /// # Errors
    /// Throws when a minute lies outside the day.
    #[wasm_bindgen(js_name = setQuietHours)]
    pub fn set_quiet_hours(&mut self, from: u16, until: u16) -> Result<(), JsError> {
        if from > 1440 || until > 1440 {
            return Err(Fault::field("quiet hours lie between 0 and 1440 minutes").into());
        }
        let quiet = (from != until).then(|| QuietHours::quiet(LocalWindow { from, until }));
        self.rules.quiet = quiet;
        Ok(())
    }

    /// Reads the text of a chat export of the WhatsApp app; `options` is JSON. Gives a report as
    /// JSON.
    ///
    /// # Errors
    /// Throws when the bytes are no export, or the business is none of its authors.
    #[wasm_bindgen(js_name = readWhatsAppExport)]
    pub fn read_whatsapp_export(&mut self, bytes: &[u8], options: &str) -> Result<String, JsError> {
        let options = ExportOptions::parse(options)?;
        let mut reading = Reading::default();
        let facts = options.read(bytes, &self.context(None), &mut reading)?;
        self.report(reading, Some(facts))
    }

    /// Reads a webhook of the WhatsApp Cloud API. `received_at_ms` is when it came; without it
    /// everything counts as known when it happened. Gives a report as JSON.
    ///
    /// # Errors
    /// Throws when the log is full; what is wrong with the payload is in the report.
    #[wasm_bindgen(js_name = readWebhook)]
    pub fn read_webhook(
        &mut self,
        bytes: &[u8],
        received_at_ms: Option<f64>,
    ) -> Result<String, JsError> {
        let mut reading = Reading::default();
        webhook::read(bytes, &self.context(instant_of(received_at_ms)?), &mut reading);
        self.report(reading, None)
    }

    /// Reads a webhook of Chatwoot, as [`EventLog::read_webhook`] does one of WhatsApp.
    ///
    /// # Errors
    /// As there.
    #[wasm_bindgen(js_name = readChatwoot)]
    pub fn read_chatwoot(
        &mut self,
        bytes: &[u8],
        received_at_ms: Option<f64>,
    ) -> Result<String, JsError> {
        let mut reading = Reading::default();
        chatwoot::read(bytes, &self.context(instant_of(received_at_ms)?), &mut reading);
        self.report(reading, None)
    }

    /// Reads canonical events, one JSON object a line. Gives a report as JSON.
    ///
    /// # Errors
    /// Throws when the log is full; what is wrong with a line is in the report.
    #[wasm_bindgen(js_name = readEvents)]
    pub fn read_events(
        &mut self,
        bytes: &[u8],
        received_at_ms: Option<f64>,
    ) -> Result<String, JsError> {
        let mut reading = Reading::default();
        let mut reader = ndjson::Reader::new(self.context(instant_of(received_at_ms)?), None);
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            if reading.is_full() {
                break;
            }
            reader.line(number, line, &mut reading);
        }
        self.report(reading, None)
    }

    /// Every event as canonical lines: ids instead of names and numbers, and no text.
    #[wasm_bindgen(js_name = eventLines)]
    #[must_use]
    pub fn event_lines(&self) -> String {
        let mut lines = String::new();
        for event in self.people.events() {
            ndjson::write(event, &mut lines);
            lines.push('\n');
        }
        lines
    }

    /// The contacts with what is known of them at an instant, as JSON.
    ///
    /// # Errors
    /// Throws when the instant is none.
    pub fn contacts(&self, as_of_ms: f64) -> Result<String, JsError> {
        let as_of = instant(as_of_ms)?;
        let contacts: Vec<Contact<'_>> = self
            .people
            .iter()
            .filter_map(|(id, person)| {
                let state = ContactState::at(person.events(), as_of);
                let (first, last) = (person.events().first()?, person.events().last()?);
                Some(Contact {
                    contact_id: id.to_string(),
                    name: person.name.as_deref(),
                    phone: person.phone.as_deref(),
                    country: person.country.map(|country| country.to_string()),
                    events: person.events().len(),
                    first_activity_at: Instant(first.occurred_at),
                    last_activity_at: Instant(last.occurred_at),
                    consent: state.consent().into(),
                    open_lead: is_open_lead_state(&state),
                    active_customer: is_active_state(&state, as_of, ACTIVE_DAYS),
                })
            })
            .collect();
        Ok(json(&contacts)?)
    }

    /// Number of events.
    #[wasm_bindgen(getter, js_name = eventCount)]
    #[must_use]
    pub fn event_count(&self) -> usize {
        self.people.events().count()
    }
}

impl EventLog {
    fn context(&self, received: Option<TimestampMs>) -> Context<'_> {
        let availability =
            received.map_or(Availability::Occurred { lag_ms: 0 }, Availability::Received);
        Context { hasher: &self.hasher, local: &self.time, availability }
    }

    fn report(
        &mut self,
        reading: Reading,
        export: Option<crate::read::ExportFacts>,
    ) -> Result<String, JsError> {
        self.folded.replace(None);
        Ok(json(&reading.into_report(&mut self.people, export)?)?)
    }

    /// The contact of an id: our id as it is, any other text by the tenant's key.
    pub(crate) fn person(&self, id: &str) -> Result<(ContactId, &Person), Fault> {
        let contact = id.parse().unwrap_or_else(|_| self.hasher.contact(id));
        self.people.get(contact).ok_or_else(Fault::unknown_contact)
    }

    /// Calls `then` with a contact and its state at an instant.
    pub(crate) fn with_state<T>(
        &self,
        id: &str,
        as_of: TimestampMs,
        then: impl FnOnce(ContactId, &Person, &ContactState) -> T,
    ) -> Result<T, Fault> {
        let (contact, person) = self.person(id)?;
        let mut folded = self.folded.borrow_mut();
        let same = |f: &&(ContactId, TimestampMs, ContactState)| f.0 == contact && f.1 == as_of;
        if folded.as_ref().filter(same).is_none() {
            *folded = Some((contact, as_of, ContactState::at(person.events(), as_of)));
        }
        match folded.as_ref() {
            Some((_, _, state)) if state.known_through().is_some() => {
                Ok(then(contact, person, state))
            }
            _ => Err(Fault::unknown_contact()),
        }
    }
}

/// An instant from a JavaScript number.
pub(crate) fn instant(ms: f64) -> Result<TimestampMs, Fault> {
    let at = TimestampMs(ms as i64);
    if ms.is_finite() && at.is_valid() {
        return Ok(at);
    }
    Err(Fault::field("an instant is in milliseconds since 1970, at most 2200"))
}

fn instant_of(ms: Option<f64>) -> Result<Option<TimestampMs>, Fault> {
    ms.map(instant).transpose()
}
