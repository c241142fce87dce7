//! The state of one contact as a JavaScript object, folded from events in their binary form.

use chatsignal_core::contact::{Applied, ContactState};
use chatsignal_core::event::binary;
use chatsignal_core::feature::{ENGAGEMENT_FEATURES, EngagementRaw, SendCandidate};
use chatsignal_core::time::UtcOffsetMin;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::fault::Fault;
use crate::log::instant;
use crate::model::{AnswerModel, Scorer};

/// What is known of one contact. Call `free()` when it is no longer needed.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Contact {
    state: ContactState,
}

#[wasm_bindgen]
impl Contact {
    /// A contact of whom nothing is known.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one event in its binary form, in any order; false when it was known already or is
    /// too old to count.
    ///
    /// # Errors
    /// Throws when the bytes are no event, with the place and the reason.
    pub fn apply(&mut self, event: &[u8]) -> Result<bool, JsError> {
        Ok(self.state.apply(&binary::decode(event)?) == Applied::Counted)
    }
}

#[wasm_bindgen]
impl AnswerModel {
    /// The features of a contact as they are known at an instant (milliseconds since 1970, not
    /// before the newest event), for a lead or churn model: a row for the scoring module.
    ///
    /// # Errors
    /// Throws when the model is of another kind.
    pub fn features(&self, contact: &Contact, as_of_ms: f64) -> Result<Vec<f32>, JsError> {
        let as_of = instant(as_of_ms)?;
        match self.scorer() {
            Scorer::Lead(scorer) => Ok(scorer.features(&contact.state, as_of).values.to_vec()),
            Scorer::Churn(predictor) => {
                Ok(predictor.features(&contact.state, as_of).values.to_vec())
            }
            Scorer::Engagement(_) => Err(self.wrong_kind("lead or churn").into()),
        }
    }

    /// The features of a marketing message to a contact, decided upon at one instant and sent at
    /// others (milliseconds since 1970), for an engagement model: one row after another.
    /// `utc_offset_min` is the contact's offset from UTC at the sends.
    ///
    /// # Errors
    /// Throws when the model is of another kind.
    #[wasm_bindgen(js_name = sendFeatures)]
    pub fn send_features(
        &self,
        contact: &Contact,
        decision_at_ms: f64,
        send_at_ms: &[f64],
        utc_offset_min: i16,
    ) -> Result<Vec<f32>, JsError> {
        let decision_at = instant(decision_at_ms)?;
        let Scorer::Engagement(predictor) = self.scorer() else {
            return Err(self.wrong_kind("engagement").into());
        };
        let utc_offset = UtcOffsetMin(utc_offset_min);
        if !utc_offset.is_valid() {
            return Err(Fault::field("an offset from UTC is between -1080 and 1080 minutes").into());
        }
        let raw = EngagementRaw::extract(&contact.state, decision_at);
        let mut rows = Vec::with_capacity(send_at_ms.len() * ENGAGEMENT_FEATURES);
        for &send_at in send_at_ms {
            let candidate = SendCandidate::at(instant(send_at)?, utc_offset);
            rows.extend(predictor.features(&raw, &candidate).values);
        }
        Ok(rows)
    }
}
