//! A simulated business for pages that show what the product does without anybody's data.

use chatsignal_core::time::{DAY_MS, TimestampMs};
use chatsignal_ingest::ndjson;
use chatsignal_train::synth::{Preset, Simulator};
use serde_json::{Value, json};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Most contacts of one business: some 60 kB of lines each.
const CONTACTS_MAX: u32 = 2_000;

/// A SIMULATED business: nobody in it exists. Call `free()` when it is no longer needed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SimulatedBusiness {
    lines: Vec<u8>,
    people: Vec<Value>,
}

#[wasm_bindgen]
impl SimulatedBusiness {
    /// A business with so many contacts (1 to 2,000) whose log ends at the midnight (UTC) before
    /// `now_ms`, milliseconds since 1970, and has `days` days (1 to 3,650; 546 when left out): in a
    /// shorter one the same contacts come closer together. With `recent_days`, contacts of whom nothing was heard for
    /// longer are left out: a desk looks at the others. The same arguments give the same bytes.
    ///
    /// # Errors
    /// Throws when a number is outside its range.
    #[wasm_bindgen(constructor)]
    pub fn new(
        contacts: u32,
        seed: u32,
        now_ms: f64,
        recent_days: Option<u32>,
        days: Option<u32>,
    ) -> Result<Self, JsError> {
        if !(1..=CONTACTS_MAX).contains(&contacts) {
            return Err(JsError::new("a simulated business has 1 to 2000 contacts"));
        }
        let now = TimestampMs(now_ms as i64);
        if !now_ms.is_finite() || !now.is_valid() {
            return Err(JsError::new("an instant is in milliseconds since 1970, at most 2200"));
        }
        if days.is_some_and(|days| !(1..=3_650).contains(&days)) {
            return Err(JsError::new("a simulated log has 1 to 3650 days"));
        }
        let seed = u64::from(seed);
        let simulator = match days {
            Some(days) => Simulator::lately(Preset::Headline, contacts, seed, now, days),
            None => Simulator::until(Preset::Headline, contacts, seed, now),
        };
        let since = recent_days.map(|days| simulator.end().plus_ms(-i64::from(days) * DAY_MS));
        let (mut lines, mut people) = (String::new(), Vec::new());
        for contact in simulator.contacts() {
            if contact.events.last().map(|event| event.occurred_at) < since {
                continue;
            }
            for event in &contact.events {
                ndjson::write(event, &mut lines);
                lines.push('\n');
            }
            people.push(json!({
                "contact_id": contact.id.to_string(),
                "name": contact.person.name,
                "phone": contact.person.phone,
                "country": contact.person.country,
            }));
        }
        Ok(Self { lines: lines.into_bytes(), people })
    }

    /// Its events, one JSON object a line (the format of `POST /api/v1/events`).
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn events(&self) -> Vec<u8> {
        self.lines.clone()
    }

    /// Its contacts: a JSON list of `contact_id`, `name`, `phone` and `country`, all invented.
    #[wasm_bindgen(getter, js_name = peopleJson)]
    #[must_use]
    pub fn people_json(&self) -> String {
        Value::from(self.people.clone()).to_string()
    }
}
