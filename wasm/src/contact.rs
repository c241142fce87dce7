//! The state of one contact as a JavaScript object.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::{Applied, ContactState};
use chatsignal_core::event::binary;
use chatsignal_core::feature::{
    ChurnRaw, EngagementRaw, FeatureContext, LeadRaw, SendCandidate, schema,
};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::Scorer;

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
impl Scorer {
    /// The features of a contact as they are known at an instant (milliseconds since 1970, not
    /// before the newest event), for a lead or churn model: a row for `predict`.
    ///
    /// # Errors
    /// Throws when the model is of another kind or made for other features.
    pub fn features(&self, contact: &Contact, as_of_ms: f64) -> Result<Vec<f32>, JsError> {
        let as_of = instant(as_of_ms)?;
        let context = self.context()?;
        match self.artifact().kind {
            ModelKind::Lead => Ok(LeadRaw::extract(&contact.state, as_of).vector(context).to_vec()),
            ModelKind::Churn => {
                Ok(ChurnRaw::extract(&contact.state, as_of).vector(context).to_vec())
            }
            ModelKind::Engagement | ModelKind::Custom => {
                Err(JsError::new("features() is for lead and churn models"))
            }
        }
    }

    /// The features of a marketing message to a contact, decided upon at one instant and sent at
    /// others (milliseconds since 1970), for an engagement model: one row after another for
    /// `predict`. `utc_offset_min` is the contact's offset from UTC at the sends.
    ///
    /// # Errors
    /// Throws when the model is of another kind or made for other features.
    #[wasm_bindgen(js_name = sendFeatures)]
    pub fn send_features(
        &self,
        contact: &Contact,
        decision_at_ms: f64,
        send_at_ms: &[f64],
        utc_offset_min: i16,
    ) -> Result<Vec<f32>, JsError> {
        let decision_at = instant(decision_at_ms)?;
        let context = self.context()?;
        if self.artifact().kind != ModelKind::Engagement {
            return Err(JsError::new("sendFeatures() is for engagement models"));
        }
        let utc_offset = UtcOffsetMin(utc_offset_min);
        if !utc_offset.is_valid() {
            return Err(JsError::new("an offset from UTC is between -1080 and 1080 minutes"));
        }
        let raw = EngagementRaw::extract(&contact.state, decision_at);
        let mut rows = Vec::with_capacity(send_at_ms.len() * self.artifact().schema.len());
        for &send_at in send_at_ms {
            let candidate = SendCandidate::at(instant(send_at)?, utc_offset);
            rows.extend(raw.vector(&candidate, context));
        }
        Ok(rows)
    }

    fn context(&self) -> Result<&FeatureContext, JsError> {
        let artifact = self.artifact();
        let same = artifact.schema.fingerprint() == schema(artifact.kind).fingerprint();
        match &artifact.context {
            Some(context) if same => Ok(context),
            _ => Err(JsError::new("the model was made for other features than this version has")),
        }
    }
}

/// An instant from a JavaScript number.
fn instant(ms: f64) -> Result<TimestampMs, JsError> {
    let at = TimestampMs(ms as i64);
    if ms.is_finite() && at.is_valid() {
        return Ok(at);
    }
    Err(JsError::new("an instant is in milliseconds since 1970, at most 2200"))
}
