//! An existing model on the current log.

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use serde::Serialize;

use crate::bootstrap::Clusters;
use crate::evaluation::{Metrics, Outcomes, Predicted, cross_decide, metrics};
use crate::label::{LabelRules, Survey};
use crate::progress::Progress;
use crate::snapshot::collect;
use crate::source::EventSource;

use super::folds::group_of;
use super::held_out::unit_scale;
use super::values::values;
use super::{PipelineConfig, PipelineError};

/// Figures of a model on rows of the current log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelReport {
    /// Rows judged.
    pub rows: usize,
    /// Positive ones.
    pub positives: usize,
    /// Whether all rows are later than the data that the model was trained on; if not, it may have
    /// learnt from them and the figures flatter it.
    pub later_than_training: bool,
    /// The label in words.
    pub definition: String,
    /// Figures; all absent when a class is missing.
    pub metrics: Metrics,
}

/// Judges a model on labelled rows of the log: on those later than its training data where there
/// are at least 100 of both classes together, else on all, which is said.
///
/// # Errors
/// A model of another kind than the log can label, or a log that cannot be read.
pub fn evaluate(
    model: &ModelArtifact,
    source: &dyn EventSource,
    config: &PipelineConfig,
    progress: &dyn Progress,
) -> Result<ModelReport, PipelineError> {
    let kind = model.kind;
    let mut config = config.clone();
    if kind == ModelKind::Churn {
        config.churn.horizon_days = Some(model.horizon_days);
    }
    config.check(kind)?;
    let context = model
        .context
        .as_ref()
        .filter(|_| model.schema == chatsignal_core::feature::schema(kind))
        .ok_or(PipelineError::OtherFeatures)?;
    progress.step("reading the log", 0, 3);
    let survey = Survey::of(source)?;
    let rules = LabelRules::new(kind, &survey, &config);
    progress.step("snapshots", 1, 3);
    let mut rows = collect(source, &survey, &rules, config.rows_max, config.seed)?.rows;
    progress.step("figures", 2, 3);
    let later = rows.iter().filter(|row| row.at > model.trained_through);
    let positives = later.clone().filter(|row| row.positive).count();
    let count = later.count();
    let later_than_training = count >= 100 && positives > 0 && positives < count;
    if later_than_training {
        rows.retain(|row| row.at > model.trained_through);
    }
    let scale = unit_scale(kind);
    let mut probability = values(model, context, rows.iter());
    probability.iter_mut().for_each(|p| *p *= scale);
    let outcomes = Outcomes {
        outcome: rows.iter().map(|row| scale * row.target).collect(),
        positive: rows.iter().map(|row| f64::from(u8::from(row.positive))).collect(),
        value: rows.iter().map(|row| row.raw.value(context)).collect(),
    };
    let contacts: Vec<_> = rows.iter().map(|row| row.contact).collect();
    let groups: Vec<u8> = contacts.iter().map(|contact| group_of(*contact)).collect();
    let metrics = figures(kind, &outcomes, probability, &contacts, &groups, &config);
    progress.step("figures", 3, 3);
    Ok(ModelReport {
        rows: rows.len(),
        positives: rows.iter().filter(|row| row.positive).count(),
        later_than_training,
        definition: rules.definition(),
        metrics,
    })
}

/// Figures of any predictions: `target` and `prediction` are 0 to 1 for a binary target, and 0 to
/// 100 when `graded`. `keys` group rows that are not independent (one number a contact).
#[must_use]
pub fn evaluate_predictions(
    target: &[f64],
    prediction: &[f64],
    keys: &[u64],
    graded: bool,
    config: &PipelineConfig,
) -> Metrics {
    let (kind, scale) = if graded { (ModelKind::Lead, 0.01) } else { (ModelKind::Engagement, 1.0) };
    let scaled = |values: &[f64]| values.iter().map(|v| scale * v).collect::<Vec<_>>();
    let outcome = scaled(target);
    let positive = outcome.iter().map(|y| f64::from(u8::from(*y > 0.999))).collect();
    let outcomes = Outcomes { outcome, positive, value: vec![0.0; target.len()] };
    let groups: Vec<u8> = keys.iter().map(|key| (crate::hash::mix(*key) % 5) as u8).collect();
    figures(kind, &outcomes, scaled(prediction), keys, &groups, config)
}

fn figures<K: Ord + Copy>(
    kind: ModelKind,
    outcomes: &Outcomes,
    probability: Vec<f64>,
    keys: &[K],
    groups: &[u8],
    config: &PipelineConfig,
) -> Metrics {
    let called = cross_decide(&outcomes.positive, &probability, groups);
    let clusters = Clusters::new(keys, config.bootstrap_rounds, config.seed);
    metrics(kind, &clusters, outcomes, &Predicted { probability, called })
}
