//! One training run from beginning to end.

use std::collections::BTreeSet;

use chatsignal_core::artifact::{ModelArtifact, ModelKind, Outputs};
use chatsignal_core::score::Cutoffs;
use serde::Serialize;

use crate::bootstrap::Clusters;
use crate::card;
use crate::conformal;
use crate::dataset::Dataset;
use crate::evaluation::{
    Evaluation, Importance, Outcomes, Scores, Validation, calibration_name, cross_calibrate,
    fit_calibration,
};
use crate::gate::{GateReport, GateVerdict};
use crate::hash::contact_hash;
use crate::importance::mean_abs_shap;
use crate::label::{LabelRules, Survey};
use crate::metric;
use crate::monitor::Reference;
use crate::progress::{Progress, wanted};
use crate::slice::slices;
use crate::snapshot::{Snapshot, Snapshots, collect, count_labels, fit_context};
use crate::source::EventSource;

use super::blend::Blend;
use super::champion::{Arena, contest};
use super::cross_context::training_table;
use super::folds::{self, Fold, RowKey};
use super::held_out::{self, FoldInput, HeldOut, HeldOutRow, unit_scale};
use super::judge::Bench;
use super::learn::{Learner, dataset};
use super::{Company, PipelineConfig, PipelineError, TrainOutcome, Trained};

/// Most rows that importances are averaged over.
const IMPORTANCE_ROWS_MAX: usize = 500;
/// Stages that progress is told of.
const STAGES: usize = 5;
/// Steps of the last one: contest, figures, importance, the rest.
const JUDGING_STEPS: usize = 4;

/// Trains one model from the log: a pure function of log, settings and company, in bytes, whatever
/// the number of threads.
///
/// # Errors
/// Settings out of range, a log that cannot be read, data that the learner refuses, or
/// [`FitError::Cancelled`](crate::error::FitError::Cancelled). Too little data is an outcome, not an
/// error.
pub fn train(
    kind: ModelKind,
    source: &dyn EventSource,
    config: &PipelineConfig,
    company: &Company<'_>,
    progress: &dyn Progress,
) -> Result<TrainOutcome, PipelineError> {
    config.check(kind)?;
    progress.step("reading the log", 0, STAGES);
    let survey = Survey::of(source)?;
    wanted(progress)?;
    let rules = LabelRules::new(kind, &survey, config);
    progress.step("snapshots", 1, STAGES);
    let snapshots = collect(source, &survey, &rules, config.rows_max, config.seed)?;
    wanted(progress)?;
    let (plan, validation) = plan(&snapshots, &rules, config);
    let time_folds = if validation.time_forward { plan.len() } else { 0 };
    let gate = GateReport::judge(snapshots.counts.clone(), time_folds);
    let learner = Learner::new(kind, gate.verdict, &config.params)?;
    if gate.verdict == GateVerdict::Refused || plan.is_empty() {
        return Ok(TrainOutcome::Refused(Box::new(gate.refused())));
    }
    let run = Run { kind, survey, rules, snapshots, gate, learner, config, company };
    run.finish(&plan, validation, progress).map(|trained| TrainOutcome::Trained(Box::new(trained)))
}

/// Counts labels and judges the gate without training.
///
/// # Errors
/// Settings out of range or a log that cannot be read.
pub fn dry_run(
    kind: ModelKind,
    source: &dyn EventSource,
    config: &PipelineConfig,
) -> Result<GateReport, PipelineError> {
    config.check(kind)?;
    let survey = Survey::of(source)?;
    let rules = LabelRules::new(kind, &survey, config);
    let (counts, keys) = count_labels(source, &survey, &rules, config.rows_max, config.seed)?;
    let keys: Vec<RowKey> = keys
        .into_iter()
        .map(|(contact, at, positive)| RowKey { at, group: folds::group_of(contact), positive })
        .collect();
    let (plan, validation) = folds::plan(&keys, rules.embargo_ms(config), config.folds_max);
    let time_folds = if validation.time_forward { plan.len() } else { 0 };
    let gate = GateReport::judge(counts, time_folds);
    Ok(if plan.is_empty() { gate.refused() } else { gate })
}

fn plan(
    snapshots: &Snapshots,
    rules: &LabelRules,
    config: &PipelineConfig,
) -> (Vec<Fold>, Validation) {
    let key = |row: &Snapshot| RowKey {
        at: row.at,
        group: folds::group_of(row.contact),
        positive: row.positive,
    };
    let keys: Vec<RowKey> = snapshots.rows.iter().map(key).collect();
    folds::plan(&keys, rules.embargo_ms(config), config.folds_max)
}

/// What a model file says about its model: the evaluation, and what monitoring needs.
#[derive(Serialize)]
struct Metadata<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Reference>,
}

/// What is known once the rows are there.
struct Run<'a> {
    kind: ModelKind,
    survey: Survey,
    rules: LabelRules,
    snapshots: Snapshots,
    gate: GateReport,
    learner: Learner,
    config: &'a PipelineConfig,
    company: &'a Company<'a>,
}

impl Run<'_> {
    fn finish(
        &self,
        plan: &[Fold],
        validation: Validation,
        progress: &dyn Progress,
    ) -> Result<Trained, PipelineError> {
        let (kind, config) = (self.kind, self.config);
        let blend = self.blend();
        progress.step("folds", 0, plan.len());
        let input = FoldInput {
            kind,
            rows: &self.snapshots.rows,
            survey: &self.survey,
            config,
            learner: &self.learner,
            blend: blend.as_ref(),
            horizon_days: self.rules.horizon_days(),
        };
        let HeldOut { rows: held_out, sigmoid, permutation } =
            held_out::predict(&input, plan, progress)?;
        progress.step("final model", 3, STAGES);
        let bench = self.bench(&held_out, sigmoid);
        let mut artifact = self.final_model(&bench, sigmoid, blend.as_ref(), progress)?;
        wanted(progress)?;
        progress.step("evaluation", 0, JUDGING_STEPS);
        let arena = Arena {
            kind,
            rows: &self.snapshots.rows,
            held_out: &held_out,
            probability: &bench.probability,
            outcomes: &bench.outcomes,
            bootstrap_rounds: config.bootstrap_rounds,
            seed: config.seed,
        };
        let decision = contest(&arena, self.company.champion, config.promotion);
        wanted(progress)?;
        progress.step("evaluation", 1, JUDGING_STEPS);
        let mut evaluation = self.evaluate(&bench, &artifact, validation, blend.as_ref());
        wanted(progress)?;
        progress.step("evaluation", 2, JUDGING_STEPS);
        evaluation.importance = self.importance(&artifact, &permutation);
        wanted(progress)?;
        progress.step("evaluation", 3, JUDGING_STEPS);
        let scores: Vec<f64> = bench.probability.iter().map(|p| 100.0 * p).collect();
        if kind == ModelKind::Lead
            && let Some((interval, check)) = self.interval(&bench, &scores)
        {
            artifact.interval = Some(interval);
            evaluation.interval = Some(check);
        }
        let reference = self.reference(&artifact, &bench.probability);
        let metadata = Metadata { evaluation: &evaluation, reference };
        artifact.metadata_json = serde_json::to_string(&metadata).unwrap_or_default();
        artifact.check()?;
        let card = card::render(kind, &evaluation, &self.gate, &decision);
        progress.step("evaluation", JUDGING_STEPS, JUDGING_STEPS);
        Ok(Trained { artifact, evaluation, gate: self.gate.clone(), decision, card })
    }

    fn blend(&self) -> Option<Blend<'_>> {
        let prior = self.company.prior.filter(|_| self.gate.verdict == GateVerdict::Provisional)?;
        Blend::new(prior, self.kind, self.snapshots.counts.positives)
    }

    /// Held-out rows with cross-fitted calibrated probabilities.
    fn bench<'b>(&'b self, held_out: &'b [HeldOutRow], sigmoid: bool) -> Bench<'b> {
        let rows = &self.snapshots.rows;
        let of = |f: &dyn Fn(&HeldOutRow) -> f64| held_out.iter().map(f).collect::<Vec<_>>();
        let scale = unit_scale(self.kind);
        let outcomes = Outcomes {
            outcome: of(&|row| scale * rows[row.row].target),
            positive: of(&|row| f64::from(u8::from(rows[row.row].positive))),
            value: of(&|row| row.value),
        };
        let groups: Vec<u8> = held_out.iter().map(|row| row.group).collect();
        let (margin, raw) = (of(&|row| row.margin), of(&|row| row.raw));
        let scores = Scores { margin: &margin, raw: &raw, sigmoid };
        let probability = cross_calibrate(&outcomes.outcome, scores, &groups);
        let contacts: Vec<_> = held_out.iter().map(|row| rows[row.row].contact).collect();
        Bench {
            kind: self.kind,
            rows,
            held_out,
            groups,
            outcomes,
            probability,
            clusters: Clusters::new(&contacts, self.config.bootstrap_rounds, self.config.seed),
            horizon_days: self.rules.horizon_days(),
        }
    }

    /// The model refitted on all rows, calibrated on the held-out scores.
    fn final_model(
        &self,
        bench: &Bench<'_>,
        sigmoid: bool,
        blend: Option<&Blend<'_>>,
        progress: &dyn Progress,
    ) -> Result<ModelArtifact, PipelineError> {
        let (kind, config) = (self.kind, self.config);
        let rows: Vec<_> = self.snapshots.rows.iter().collect();
        let everybody = |_| true;
        let tenant = &config.tenant;
        let until = self.survey.until;
        let fit =
            |rows: &[&Snapshot]| fit_context(kind, rows, &self.survey, tenant, &everybody, until);
        let context = fit(&rows);
        let mut data = training_table(kind, &rows, &context, &fit);
        let base_rate = data.y.iter().sum::<f64>() / data.rows().max(1) as f64;
        if let Some(blend) = blend {
            data = blend.apply(kind, &rows, data);
        }
        let fitted = self.learner.fit(kind, &data, config.seed, progress)?;
        let of = |f: &dyn Fn(&HeldOutRow) -> f64| bench.held_out.iter().map(f).collect::<Vec<_>>();
        let (margin, raw) = (of(&|row| row.margin), of(&|row| row.raw));
        let scores = Scores { margin: &margin, raw: &raw, sigmoid };
        let every: Vec<usize> = (0..raw.len()).collect();
        let calibration = fit_calibration(&bench.outcomes.outcome, scores, &every)?;
        Ok(ModelArtifact {
            kind,
            state: self.gate.state().unwrap_or(chatsignal_core::artifact::ModelState::Provisional),
            trained_through: self.survey.until,
            schema: chatsignal_core::feature::schema(kind),
            model: fitted.model,
            outputs: Outputs::default(),
            postprocessor: fitted.postprocessor,
            calibration,
            context: Some(context),
            interval: None,
            cutoffs: Cutoffs::default_of(kind).to_vec(),
            horizon_days: if kind == ModelKind::Churn { self.rules.horizon_days() } else { 0 },
            base_rate,
            metadata_json: String::new(),
        })
    }

    /// Everything but the importance of the features.
    fn evaluate(
        &self,
        bench: &Bench<'_>,
        artifact: &ModelArtifact,
        validation: Validation,
        blend: Option<&Blend<'_>>,
    ) -> Evaluation {
        let counts = self.snapshots.counts.clone();
        let outcomes = &bench.outcomes;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let target_mean = mean(&outcomes.outcome) / unit_scale(self.kind);
        let keys: Vec<_> =
            (0..bench.held_out.len()).map(|i| bench.snapshot(i).slices.clone()).collect();
        let calibrate = |raw: f64| {
            let margin = chatsignal_core::num::logit(raw.clamp(1e-12, 1.0 - 1e-12));
            let sigmoid = artifact.postprocessor == chatsignal_core::model::Postprocessor::Sigmoid;
            artifact.calibration.apply(margin, raw, sigmoid)
        };
        let best = metric::best_f1_threshold(&outcomes.positive, &bench.probability);
        let mut learner = self.learner.name().to_owned();
        if let Some(blend) = blend {
            learner += &format!(", {:.0} % drawn towards the shipped model", 100.0 * blend.share());
        }
        Evaluation {
            kind: self.kind.as_str().to_owned(),
            simulated: self.survey.simulated || self.config.simulated,
            state: artifact.state.as_str().to_owned(),
            base_rate: counts.positives as f64 / counts.rows.max(1) as f64,
            base_rate_held_out: mean(&outcomes.positive),
            target_mean_held_out: target_mean,
            rows_held_out: bench.held_out.len(),
            contacts_held_out: bench.clusters.len(),
            validation,
            metrics: bench.metrics_of(bench.probability.clone()),
            f1_threshold: best.map(|best| best.threshold),
            baselines: bench.baselines(),
            upper_bound: self.company.truth.and_then(|truth| bench.upper_bound(truth)),
            calibration: calibration_name(&artifact.calibration).to_owned(),
            reliability: bench.reliability(),
            slices: slices(&keys, &outcomes.outcome, &outcomes.positive, &bench.probability),
            tiers: bench.tiers(&artifact.cutoffs, artifact.base_rate),
            interval: None,
            send_hour: bench.send_hour(self.company.truth, &calibrate),
            importance: Vec::new(),
            learner,
            params: self.learner.params(),
            counts,
        }
    }

    fn interval(
        &self,
        bench: &Bench<'_>,
        scores: &[f64],
    ) -> Option<(chatsignal_core::artifact::ConformalInterval, crate::evaluation::IntervalCheck)>
    {
        let target: Vec<f64> = (0..scores.len()).map(|i| bench.snapshot(i).target).collect();
        let contacts: Vec<u64> = (0..scores.len())
            .map(|i| contact_hash(bench.snapshot(i).contact, self.config.seed))
            .collect();
        conformal::fit(&target, scores, &contacts)
    }

    /// What monitoring compares later samples with: the features of all rows as the finished model
    /// reads them, and the scores of the held-out rows.
    fn reference(&self, artifact: &ModelArtifact, probability: &[f64]) -> Option<Reference> {
        let context = artifact.context.as_ref()?;
        let rows: Vec<_> = self.snapshots.rows.iter().collect();
        let data = dataset(self.kind, &rows, context);
        let contacts: BTreeSet<_> = rows.iter().map(|row| row.contact).collect();
        let scale = 1.0 / unit_scale(self.kind);
        let scores: Vec<f32> = probability.iter().map(|p| (scale * p) as f32).collect();
        Some(Reference::of(&data, contacts.len(), &scores))
    }

    /// Mean absolute contribution of each feature over evenly spread rows, heaviest first, with its
    /// importance by permutation.
    fn importance(&self, artifact: &ModelArtifact, permutation: &[f64]) -> Vec<Importance> {
        let Some(context) = &artifact.context else { return Vec::new() };
        let rows = &self.snapshots.rows;
        let stride = rows.len().div_ceil(IMPORTANCE_ROWS_MAX).max(1);
        let sample: Vec<_> = rows.iter().step_by(stride).collect();
        let data: Dataset = dataset(self.kind, &sample, context);
        let mut out: Vec<Importance> = data
            .schema
            .features
            .iter()
            .zip(mean_abs_shap(&artifact.model, &data))
            .zip(permutation)
            .map(|((feature, mean_abs_shap), rise)| Importance {
                feature: feature.name.clone(),
                mean_abs_shap,
                permutation: Some(*rise),
            })
            .collect();
        out.sort_by(|a, b| b.mean_abs_shap.total_cmp(&a.mean_abs_shap));
        out
    }
}
