//! Watching a model on the log that it scores: drift of its inputs and scores, figures to be
//! expected and figures that came true.

use std::collections::BTreeMap;

use chatsignal_api::monitoring::{
    Drift, DriftReport, DriftStatus, Figure, Performance, SampleSize,
};
use chatsignal_api::time::Instant;
use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::contact::ContactState;
use chatsignal_core::event::Event;
use chatsignal_core::feature::{ChurnRaw, EngagementRaw, FeatureContext, LeadRaw, schema};
use chatsignal_core::time::{DAY_MS, TimestampMs};
use chatsignal_simd::Predictor;
use chatsignal_train::evaluation::{Estimate, Evaluation, Metrics};
use chatsignal_train::label::delivered_sends;
use chatsignal_train::monitor::{ALARM, Reference, Shift, alarm_level, expected};
use chatsignal_train::pipeline::{self, PipelineConfig, PipelineError};
use chatsignal_train::progress::Silent;
use chatsignal_train::snapshot::{RawFeatures, as_candidate};

use crate::registry::Served;
use crate::scoring::{self, is_active_customer, is_open_lead};
use crate::store::settings::Settings;
use crate::store::{Store, StoreError, TenantId};
use crate::training;

/// Most contacts of the current sample. Ids are keyed hashes, so that the first in order of id are
/// a random sample.
const CONTACTS_MAX: usize = 50_000;
/// Contacts below which nothing is said about drift.
const CONTACTS_MIN: usize = 30;
/// Sends of so many days are the current sample of an engagement model.
const SEND_DAYS: i64 = 30;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum MonitoringError {
    /// The model file keeps nothing to compare with.
    #[error("the model keeps no reference of its training data")]
    NoReference,
    /// The log.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The figures on later rows.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

/// Compares the log as it is known at its end, `now` at the latest, with what the model was trained
/// on.
///
/// # Errors
/// A model without a reference or with other features, or a log that cannot be read.
pub fn report(
    served: &Served,
    store: &Store,
    tenant: TenantId,
    settings: &Settings,
    now: TimestampMs,
) -> Result<DriftReport, MonitoringError> {
    let model = &served.artifact;
    let kind = model.kind;
    let reference =
        Reference::of_metadata(&model.metadata_json).ok_or(MonitoringError::NoReference)?;
    let context = model
        .context
        .as_ref()
        .filter(|_| model.schema == schema(kind))
        .ok_or(PipelineError::OtherFeatures)?;
    let as_of = store.newest_available(tenant)?.map_or(now, |newest| newest.min(now));
    let sample = Sample::of(model, context, store, tenant, as_of)?;
    let level = alarm_level(reference.features.len() + 1);
    let width = model.schema.len();
    let columns = model.schema.features.iter().enumerate();
    let mut features: Vec<Drift> = columns
        .filter_map(|(at, feature)| {
            let (name, before) =
                reference.features.iter().find(|(name, _)| *name == feature.name)?;
            let now: Vec<f32> = sample.table.iter().skip(at).step_by(width).copied().collect();
            Some(drift(name, Shift::between(before, reference.contacts, &now, level)))
        })
        .collect();
    features.sort_by(|a, b| a.p_value.total_cmp(&b.p_value));
    let scores: Vec<f32> = sample.values.iter().map(|value| *value as f32).collect();
    let held_out = reference.contacts.min(reference.scores.total());
    let scores = drift("score", Shift::between(&reference.scores, held_out, &scores, level));
    let status = if sample.contacts < CONTACTS_MIN {
        DriftStatus::TooFew
    } else if scores.drifted || features.iter().any(|feature| feature.drifted) {
        DriftStatus::Drifted
    } else {
        DriftStatus::Stable
    };
    let evaluation: Evaluation = serde_json::from_str(&model.metadata_json).unwrap_or_default();
    Ok(DriftReport {
        model: scoring::origin(served, as_of).model,
        as_of: Instant(as_of),
        status,
        alarm_level: ALARM,
        reference: SampleSize { rows: reference.rows, contacts: reference.contacts },
        current: SampleSize { rows: sample.values.len() as u64, contacts: sample.contacts as u64 },
        features,
        scores,
        trained: performance(evaluation.rows_held_out, &evaluation.metrics),
        expected: sample.expected(kind, evaluation.f1_threshold),
        realised: realised(model, store, tenant, settings)?,
    })
}

/// Why a walk over the log ends before the log does.
enum End {
    /// The sample is complete.
    Enough,
    /// The log cannot be read.
    Failed(StoreError),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// The contacts of now, one row each.
struct Sample {
    contacts: usize,
    /// Features, row by row.
    table: Vec<f32>,
    /// Predictions: 0 to 100 of leads, else 0 to 1.
    values: Vec<f64>,
}

impl Sample {
    fn of(
        model: &ModelArtifact,
        context: &FeatureContext,
        store: &Store,
        tenant: TenantId,
        as_of: TimestampMs,
    ) -> Result<Self, StoreError> {
        let (mut contacts, mut table) = (0, Vec::new());
        let visited = store.events(tenant).visit(|_, events| {
            if let Some(raw) = current(model, events, as_of) {
                raw.vector_into(context, &mut table);
                contacts += 1;
            }
            if contacts < CONTACTS_MAX { Ok(()) } else { Err(End::Enough) }
        });
        if let Err(End::Failed(error)) = visited {
            return Err(error);
        }
        let predictions = Predictor::prepare(model).predict_rows(&table);
        let values = predictions.into_iter().map(|prediction| prediction.value).collect();
        Ok(Self { contacts, table, values })
    }

    fn expected(&self, kind: ModelKind, threshold: Option<f64>) -> Option<Performance> {
        let graded = kind == ModelKind::Lead;
        let scale = if graded { 0.01 } else { 1.0 };
        let probabilities: Vec<f64> =
            self.values.iter().map(|value| (scale * value).clamp(0.0, 1.0)).collect();
        let found = expected(&probabilities, threshold.unwrap_or(0.5), graded)?;
        let mut figures = BTreeMap::new();
        let mut add = |name: &str, estimate: Option<Estimate>| {
            figures.extend(estimate.map(|estimate| (name.to_owned(), figure(estimate))));
        };
        add("rate", Some(found.rate));
        add("log_loss", Some(found.log_loss));
        add("brier", found.brier);
        add("accuracy", found.accuracy);
        let auc = found.auc.map(|value| Figure { value, low: None, high: None });
        figures.extend(auc.map(|auc| ("auc".to_owned(), auc)));
        Some(Performance { rows: found.rows as u64, figures })
    }
}

/// What two models of one kind say of the contacts of now, in the same order of contacts.
///
/// # Errors
/// Models with other features than this version extracts, or a log that cannot be read.
pub fn side_by_side(
    models: [&ModelArtifact; 2],
    store: &Store,
    tenant: TenantId,
    now: TimestampMs,
) -> Result<[Vec<f64>; 2], MonitoringError> {
    let [first, second] = models;
    let context =
        |model: &'_ ModelArtifact| model.context.filter(|_| model.schema == schema(model.kind));
    let contexts = context(first).zip(context(second)).ok_or(PipelineError::OtherFeatures)?;
    let as_of = store.newest_available(tenant)?.map_or(now, |newest| newest.min(now));
    let (mut contacts, mut tables) = (0, [Vec::new(), Vec::new()]);
    let visited = store.events(tenant).visit(|_, events| {
        if let Some(raw) = current(first, events, as_of) {
            raw.vector_into(&contexts.0, &mut tables[0]);
            raw.vector_into(&contexts.1, &mut tables[1]);
            contacts += 1;
        }
        if contacts < CONTACTS_MAX { Ok(()) } else { Err(End::Enough) }
    });
    if let Err(End::Failed(error)) = visited {
        return Err(error.into());
    }
    let of = |model, table: &[f32]| {
        let predictions = Predictor::prepare(model).predict_rows(table);
        predictions.into_iter().map(|prediction| prediction.value).collect()
    };
    Ok([of(first, &tables[0]), of(second, &tables[1])])
}

/// The row of a contact whom the model speaks about now.
fn current(model: &ModelArtifact, events: &[Event], as_of: TimestampMs) -> Option<RawFeatures> {
    let state = |at| ContactState::at(events, at);
    match model.kind {
        ModelKind::Lead => is_open_lead(events, as_of)
            .then(|| RawFeatures::Lead(Box::new(LeadRaw::extract(&state(as_of), as_of)))),
        ModelKind::Churn => is_active_customer(events, as_of, model.horizon_days)
            .then(|| RawFeatures::Churn(Box::new(ChurnRaw::extract(&state(as_of), as_of)))),
        ModelKind::Engagement => {
            let since = as_of.plus_ms(-SEND_DAYS * DAY_MS);
            let sends = delivered_sends(events);
            let newest = sends
                .iter()
                .filter(|send| send.sent_at > since && send.sent_at <= as_of)
                .max_by_key(|send| send.sent_at)?;
            let raw = EngagementRaw::extract(&state(newest.sent_at), newest.sent_at);
            Some(RawFeatures::Engagement(Box::new(raw), as_candidate(newest)))
        }
        ModelKind::Custom => None,
    }
}

/// The model's figures on labelled rows later than its training.
fn realised(
    model: &ModelArtifact,
    store: &Store,
    tenant: TenantId,
    settings: &Settings,
) -> Result<Option<Performance>, PipelineError> {
    let config =
        PipelineConfig { tenant: training::tenant_facts(settings), ..PipelineConfig::default() };
    let judged = pipeline::evaluate(model, &store.events(tenant), &config, &Silent)?;
    Ok(judged.later_than_training.then(|| performance(judged.rows, &judged.metrics)))
}

fn performance(rows: usize, metrics: &Metrics) -> Performance {
    let named = metrics.named().into_iter();
    let figures = named.map(|(name, estimate)| (name.to_owned(), figure(estimate))).collect();
    Performance { rows: rows as u64, figures }
}

fn figure(estimate: Estimate) -> Figure {
    Figure { value: estimate.value, low: Some(estimate.low), high: Some(estimate.high) }
}

fn drift(feature: &str, shift: Shift) -> Drift {
    Drift {
        feature: feature.to_owned(),
        psi: shift.psi,
        threshold: Some(shift.threshold).filter(|threshold| threshold.is_finite()),
        p_value: shift.p_value,
        drifted: shift.is_drift(),
        bins: shift.bins as u32,
        missing_reference: shift.missing_reference,
        missing_current: shift.missing_current,
    }
}
