//! Rows of features for the scoring module.

use chatsignal_core::contact::ContactState;
use chatsignal_core::feature::{
    CHURN_FEATURES, ENGAGEMENT_FEATURES, EngagementRaw, LEAD_FEATURES, SendCandidate,
};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_ingest::LocalTime;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::fault::Fault;
use crate::log::{EventLog, instant};
use crate::model::{AnswerModel, Scorer};

#[wasm_bindgen]
impl EventLog {
    /// Rows of the features of contacts at an instant, one after another; a contact of whom nothing
    /// was known then is a row of missing values. What a tenant's data teach (usual values, prices)
    /// is in the model. The row of an engagement model is that of a marketing message sent at once.
    ///
    /// # Errors
    /// Throws when the instant is none.
    #[wasm_bindgen(js_name = featureRows)]
    pub fn feature_rows(
        &self,
        model: &AnswerModel,
        contact_ids: Vec<String>,
        as_of_ms: f64,
    ) -> Result<Vec<f32>, JsError> {
        let as_of = instant(as_of_ms)?;
        let width = match model.scorer() {
            Scorer::Lead(_) => LEAD_FEATURES,
            Scorer::Churn(_) => CHURN_FEATURES,
            Scorer::Engagement(_) => ENGAGEMENT_FEATURES,
        };
        let mut rows = Vec::with_capacity(contact_ids.len() * width);
        for id in &contact_ids {
            let known = self.with_state(id, as_of, |_, _, state| {
                self.row(model, state, as_of, &mut rows);
            });
            if known.is_err() {
                rows.extend(std::iter::repeat_n(f32::NAN, width));
            }
        }
        Ok(rows)
    }

    /// Rows of the features of a marketing message to a contact, decided upon at one instant and
    /// sent at others, one after another; for an engagement model.
    ///
    /// # Errors
    /// Throws when the model is of another kind, an instant is none or the contact is not known.
    #[wasm_bindgen(js_name = sendRows)]
    pub fn send_rows(
        &self,
        model: &AnswerModel,
        contact_id: &str,
        decision_at_ms: f64,
        send_at_ms: &[f64],
    ) -> Result<Vec<f32>, JsError> {
        let Scorer::Engagement(predictor) = model.scorer() else {
            return Err(model.wrong_kind("engagement").into());
        };
        let decision_at = instant(decision_at_ms)?;
        let sends = send_at_ms.iter().map(|ms| instant(*ms)).collect::<Result<Vec<_>, Fault>>()?;
        let rows = self.with_state(contact_id, decision_at, |_, _, state| {
            let raw = EngagementRaw::extract(state, decision_at);
            let row = |&send_at: &TimestampMs| {
                let candidate = SendCandidate::at(send_at, self.offset(state, send_at));
                predictor.features(&raw, &candidate).values
            };
            sends.iter().flat_map(row).collect()
        })?;
        Ok(rows)
    }
}

impl EventLog {
    fn row(
        &self,
        model: &AnswerModel,
        state: &ContactState,
        as_of: TimestampMs,
        rows: &mut Vec<f32>,
    ) {
        match model.scorer() {
            Scorer::Lead(scorer) => rows.extend(scorer.features(state, as_of).values),
            Scorer::Churn(predictor) => rows.extend(predictor.features(state, as_of).values),
            Scorer::Engagement(predictor) => {
                let raw = EngagementRaw::extract(state, as_of);
                let candidate = SendCandidate::at(as_of, self.offset(state, as_of));
                rows.extend(predictor.features(&raw, &candidate).values);
            }
        }
    }

    /// Offset of the contact's local time: that of its newest event, else the page's.
    fn offset(&self, state: &ContactState, at: TimestampMs) -> UtcOffsetMin {
        state.utc_offset().unwrap_or_else(|| self.time.offset_at(at))
    }
}
