//! A score route as a prototype has it: JSON in, score, JSON out. No key, no limits, no check of the
//! features, no log, no metrics.

use std::path::Path;

use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::{MethodRouter, post};
use chatsignal_api::lead::LeadRequest;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::{FeatureVector, LEAD_FEATURES, catalogue};
use chatsignal_core::score::{Explain, LeadScorer};
use chatsignal_native::registry::{ModelRegistry, Served};

use super::subjects::lead_answer;

/// The route; model and scorer live as long as the process.
pub(super) fn route(db: &Path) -> Result<MethodRouter> {
    const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];
    let registry = ModelRegistry::open(ModelRegistry::beside(db))?;
    let served: &'static Served =
        Box::leak(Box::new(registry.champion("default", ModelKind::Lead).context("a lead model")?));
    let scorer: &'static LeadScorer<'_> = Box::leak(Box::new(LeadScorer::new(&served.artifact)?));
    Ok(post(async move |body: Bytes| {
        let Ok(request) = serde_json::from_slice::<LeadRequest>(&body) else {
            return Err(StatusCode::BAD_REQUEST);
        };
        let given = request.features.unwrap_or_default();
        let values = catalogue(ModelKind::Lead).iter().map(|spec| given.get(spec.name).flatten());
        let mut row = FeatureVector::<LEAD_FEATURES> {
            values: [f32::NAN; LEAD_FEATURES],
            clipped: 0,
            foreign_currency: false,
        };
        for (slot, value) in row.values.iter_mut().zip(values) {
            *slot = value.map_or(f32::NAN, |value| value as f32);
        }
        let answer = lead_answer(scorer, served, &row, Explain::None);
        Ok((JSON, serde_json::to_vec(&answer).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?))
    }))
}
