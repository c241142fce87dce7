//! Whole training runs on small simulated logs.

use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState};
use chatsignal_core::event::Event;

use super::*;
use crate::progress::{Progress, Silent};
use crate::promote::Verdict;
use crate::source::MemorySource;
use crate::synth::{Preset, Simulator};

fn config() -> PipelineConfig {
    PipelineConfig {
        rows_max: 2_000,
        bootstrap_rounds: 20,
        simulated: true,
        ..PipelineConfig::default()
    }
}

fn log(contacts: u32) -> (MemorySource, crate::synth::Oracle) {
    let simulator = Simulator::new(Preset::Headline, contacts, 11);
    let events: Vec<Event> = simulator.contacts().flat_map(|c| c.events).collect();
    (MemorySource::new(events), simulator.oracle())
}

fn trained(outcome: Result<TrainOutcome, PipelineError>) -> Trained {
    match outcome {
        Ok(TrainOutcome::Trained(trained)) => *trained,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_churn_model_from_log_to_card() {
    let (source, oracle) = log(250);
    let company = Company { truth: Some(&oracle), ..Company::default() };
    let run = || trained(train(ModelKind::Churn, &source, &config(), &company, &Silent));
    let first = run();
    let evaluation = &first.evaluation;
    assert_eq!(first.artifact.state, ModelState::Ready, "{}", first.gate.reason);
    assert!(evaluation.validation.time_forward);
    let auc = |metrics: &crate::evaluation::Metrics| metrics.auc.map_or(0.0, |e| e.value);
    let bound = evaluation.upper_bound.as_ref().map_or(0.0, auc);
    assert!(auc(&evaluation.metrics) > 0.6 && auc(&evaluation.metrics) < bound);
    let names: Vec<&str> = evaluation.baselines.iter().map(|b| b.name.as_str()).collect();
    assert_eq!(names, ["dummy", "recency", "bgnbd_p_alive", "bgnbd_no_purchase"]);
    assert!(first.card.markdown.contains("SIMULATED"));
    let rises: Vec<f64> =
        evaluation.importance.iter().filter_map(|item| item.permutation).collect();
    assert_eq!(rises.len(), evaluation.importance.len());
    // Shuffling what the model leans on harms the held-out predictions, in units of the Brier score.
    let most = rises.iter().copied().fold(f64::MIN, f64::max);
    assert!(most > 0.001 && rises.iter().all(|rise| rise.is_finite()), "{rises:?}");
    let decoded = ModelArtifact::decode(&first.artifact.encode()).expect("a sound file");
    assert_eq!(decoded, first.artifact);

    // The same bytes for any number of threads.
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let second = single.install(run);
    assert_eq!(first.artifact.encode(), second.artifact.encode());
    assert_eq!(first.card, second.card);

    // The same model again is not better than itself.
    let company = Company { champion: Some(&first.artifact), ..Company::default() };
    let rival = trained(train(ModelKind::Churn, &source, &config(), &company, &Silent));
    assert_eq!(rival.decision.verdict, Verdict::Keep, "{}", rival.decision.reason);
}

#[test]
fn lead_and_engagement_models_come_out_sound() {
    let (source, oracle) = log(250);
    let company = Company { truth: Some(&oracle), ..Company::default() };
    let lead = trained(train(ModelKind::Lead, &source, &config(), &company, &Silent));
    let metrics = &lead.evaluation.metrics;
    assert!(metrics.auc.is_some_and(|auc| auc.value > 0.6), "{metrics:?}");
    assert!(metrics.r2.is_some() && metrics.rmse.is_some() && metrics.spearman.is_some());
    assert!(lead.artifact.interval.is_some() && lead.evaluation.interval.is_some());
    let engagement = trained(train(ModelKind::Engagement, &source, &config(), &company, &Silent));
    let hours = engagement.evaluation.send_hour.expect("engagement reports hours");
    assert_eq!(hours.profile.len(), 24);
    assert_eq!(engagement.card.plots.len(), 3);
}

#[test]
fn too_little_data_is_refused_with_counts() {
    let (source, _) = log(3);
    for kind in ModelKind::TRAINED {
        let outcome = train(kind, &source, &config(), &Company::default(), &Silent);
        let Ok(TrainOutcome::Refused(report)) = outcome else { panic!("{kind:?}: {outcome:?}") };
        assert!(report.reason.contains("too little data"), "{}", report.reason);
        let dry = dry_run(kind, &source, &config()).expect("counts");
        assert_eq!(dry, *report);
    }
    let empty = MemorySource::default();
    let outcome = train(ModelKind::Lead, &empty, &config(), &Company::default(), &Silent);
    assert!(matches!(outcome, Ok(TrainOutcome::Refused(_))));
}

#[test]
fn a_provisional_model_is_drawn_towards_the_shipped_one() {
    let (source, _) = log(250);
    let prior = trained(train(ModelKind::Churn, &source, &config(), &Company::default(), &Silent));
    let (small, _) = log(14);
    let company = Company { prior: Some(&prior.artifact), ..Company::default() };
    let model = trained(train(ModelKind::Churn, &small, &config(), &company, &Silent));
    assert_eq!(model.artifact.state, ModelState::Provisional);
    assert!(model.evaluation.learner.contains("towards the shipped model"));
    let alone = trained(train(ModelKind::Churn, &small, &config(), &Company::default(), &Silent));
    assert_ne!(alone.artifact.model, model.artifact.model);
}

/// Says that the run is no longer wanted from the `after`th question on.
struct Impatient {
    after: usize,
    asked: std::sync::atomic::AtomicUsize,
}

impl Progress for Impatient {
    fn step(&self, _: &str, _: usize, _: usize) {}

    fn is_cancelled(&self) -> bool {
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= self.after
    }
}

#[test]
fn a_run_that_is_no_longer_wanted_ends_at_the_next_step() {
    let (source, _) = log(250);
    for (kind, learner) in [
        (ModelKind::Churn, "gbm"),
        (ModelKind::Churn, "forest"),
        (ModelKind::Engagement, "logistic"),
    ] {
        let mut config = config();
        config.params.insert("learner".to_owned(), learner.into());
        for after in [0, 1, 3, 20] {
            let progress = Impatient { after, asked: 0.into() };
            let outcome = train(kind, &source, &config, &Company::default(), &progress);
            let cancelled = PipelineError::Fit(FitError::Cancelled);
            let told = outcome.map_or_else(|error| error.to_string(), |_| String::new());
            assert_eq!(told, cancelled.to_string(), "{learner} after {after} questions");
        }
    }
}
