//! One job from the lease to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chatsignal_api::job::{ClassRows, JobOutcome, JobStatus};
use chatsignal_train::gate::GateReport;
use chatsignal_train::pipeline::{PipelineError, TrainOutcome, Trained};
use chatsignal_train::progress::Progress;
use chatsignal_train::promote::Verdict;
use tokio::sync::watch;

use super::control::{Control, Wish};
use super::request::{self, Request};
use super::source::Window;
use super::stopped;
use crate::cli::clock;
use crate::registry::RegistryError;
use crate::service::state::AppState;
use crate::service::tenants::TenantState;
use crate::store::jobs::{ATTEMPTS_MAX, Ending, Lease, Renewal, Step};
use crate::store::{Store, StoreError};
use crate::training::{self, TrainingError};

/// How often a running job is looked after.
const BEAT: Duration = Duration::from_millis(250);
/// First wait before a job that failed for a passing reason is begun again; it doubles each time.
const RETRY_MS: i64 = 5_000;
/// Tries to write the end of a job, a second apart.
const WRITES_MAX: u32 = 10;

/// Runs a job until it ends, is given back or is lost to another worker.
pub(super) async fn run(state: AppState, lease: Lease, mut stop: watch::Receiver<bool>) {
    let lease = Arc::new(lease);
    let kind = lease.job.model.as_str();
    let (job_id, attempt) = (lease.job.job_id.clone(), lease.job.attempts);
    tracing::info!(job_id, kind, attempt, "training begins");
    let Some(tenant) = state.tenants.get(lease.job.tenant) else {
        // Made a moment ago: the service has not heard of it yet.
        write(&state, &lease, Fate::GiveBack { after_ms: 1_000, undone: true }).await;
        return;
    };
    let control = Arc::new(Control::new());
    let training = {
        let (state, lease, control) = (state.clone(), Arc::clone(&lease), Arc::clone(&control));
        move || {
            // Threads of its own: scores are answered meanwhile.
            let threads = threads(state.config.train_threads);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.map_err(|error| {
                tracing::error!(%error, "the system gave no threads for training");
                Failure::Passing("the system gave no threads")
            })?;
            pool.install(|| train(&state, &tenant, &lease, &control))
        }
    };
    let mut training = tokio::task::spawn_blocking(training);
    let ended = watch_over(&state, &lease, &control, &mut training, &mut stop).await;
    let fate = match ended {
        Ok(Ok(ending)) => Fate::End(ending),
        Ok(Err(failure)) => failure.fate(control.wish(), attempt),
        Err(fault) => {
            let panicked = fault.is_panic();
            tracing::error!(job_id, kind, panicked, "training stopped by a fault of the program");
            Fate::End(failed("training stopped by a fault of the program: see its log"))
        }
    };
    if let Fate::End(ending) = &fate {
        state.metrics.job_ended(kind, ending.status.as_str());
    }
    tracing::info!(job_id, kind, fate = fate.word(), "training ends");
    write(&state, &lease, fate).await;
}

/// Threads of a job.
fn threads(configured: usize) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    if configured > 0 { configured } else { (processors() - 1).max(1) }
}

/// Renews the lease, writes progress and listens for reasons to end, until the training thread is
/// done.
async fn watch_over<T>(
    state: &AppState,
    lease: &Arc<Lease>,
    control: &Control,
    training: &mut tokio::task::JoinHandle<T>,
    stop: &mut watch::Receiver<bool>,
) -> Result<T, tokio::task::JoinError> {
    let lease_ms = i64::try_from(state.config.job_lease_ms.as_millis()).unwrap_or(i64::MAX);
    let renew_every = state.config.job_lease_ms / 3;
    let mut ticks = tokio::time::interval(BEAT.min(renew_every));
    let mut renewed = Instant::now();
    let mut news: Option<Step> = None;
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = &mut *training => return ended,
            () = stopped(stop), if !stopping => {
                stopping = true;
                control.end(Wish::Stop);
            }
            _ = ticks.tick() => {
                news = control.news().or(news);
                let (step, lease) = (news.clone(), Arc::clone(lease));
                let write = step.is_some() || renewed.elapsed() >= renew_every;
                let heard = state.control.run(move |store| {
                    Ok(if write {
                        store.renew_job(&lease, step.as_ref(), clock::now(), lease_ms)?
                    } else {
                        store.watch_job(&lease)?
                    })
                });
                match heard.await {
                    Ok(Renewal::Held) if write => {
                        news = None;
                        renewed = Instant::now();
                    }
                    Ok(Renewal::Held) => {}
                    Ok(Renewal::Cancelled) => control.end(Wish::Cancel),
                    Ok(Renewal::Lost) => control.end(Wish::Lost),
                    // The lease says until when this may go on.
                    Err(error) => tracing::warn!(code = error.problem.code.as_str(), "a job's lease"),
                }
            }
        }
    }
}

/// Why there is no model.
#[derive(Debug)]
enum Failure {
    /// The job was to end: its [`Control`] says why.
    Ended,
    /// It would fail again.
    Lasting(String),
    /// It may go better later.
    Passing(&'static str),
}

impl Failure {
    fn fate(self, wish: Wish, attempt: u32) -> Fate {
        match (self, wish) {
            (Self::Lasting(error), _) => Fate::End(failed(error)),
            (_, Wish::Stop) => Fate::GiveBack { after_ms: 0, undone: true },
            (_, Wish::Lost) => Fate::Lost,
            (_, Wish::Cancel) => {
                Fate::End(Ending { status: JobStatus::Cancelled, outcome: None, error: None })
            }
            (Self::Passing(_), Wish::GoOn) if attempt < ATTEMPTS_MAX => {
                let after_ms = RETRY_MS << attempt.min(6);
                Fate::GiveBack { after_ms, undone: false }
            }
            (Self::Passing(error), Wish::GoOn) => Fate::End(failed(error)),
            (Self::Ended, Wish::GoOn) => Fate::End(failed("training ended for no reason")),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a training job can't use the store");
        Self::Passing("the store could not be used: see the log of the service")
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        tracing::error!(%error, "a training job can't use the registry of models");
        Self::Passing("the registry of models could not be used: see the log of the service")
    }
}

impl From<TrainingError> for Failure {
    fn from(error: TrainingError) -> Self {
        match error {
            TrainingError::Registry(error) => error.into(),
            TrainingError::Pipeline(PipelineError::Source(error)) => {
                tracing::error!(%error, "a training job can't read the log");
                Self::Passing("the log of events could not be read: see the log of the service")
            }
            TrainingError::Pipeline(error) => Self::Lasting(error.to_string()),
            TrainingError::Monitoring(error) => Self::Lasting(error.to_string()),
            TrainingError::CannotScore(error) => Self::Lasting(error.to_string()),
        }
    }
}

fn failed(error: impl Into<String>) -> Ending {
    Ending { status: JobStatus::Failed, outcome: None, error: Some(error.into()) }
}

/// Trains, publishes, and lets the new champion score at once. Waits for disk and processor.
fn train(
    state: &AppState,
    tenant: &TenantState,
    lease: &Lease,
    control: &Control,
) -> Result<Ending, Failure> {
    let unreadable = |_| Failure::Lasting("the request was written by another version".to_owned());
    let request: Request = serde_json::from_str(&lease.job.request).map_err(unreadable)?;
    let store = Store::open(&state.config.db)?;
    let (registry, name, kind) = (&state.registry, &tenant.tenant.name, lease.job.model);
    let config = request::config(&request, &tenant.settings());
    let events = Window::new(store.events(tenant.tenant.id), request.data, control);
    let before = registry.aliases(name, kind).unwrap_or_default().champion;
    let learnt = training::learn(kind, &events, registry, name, &config, None, control);
    if control.is_cancelled() && learnt.is_err() {
        return Err(Failure::Ended);
    }
    let trained = match learnt? {
        TrainOutcome::Refused(gate) => return ending(JobStatus::Refused, &refused(&gate)),
        TrainOutcome::Trained(trained) => trained,
    };
    // The last look before something lasting is done: does the job still belong to this process?
    control.step("saving", 0, 1);
    let lease_ms = i64::try_from(state.config.job_lease_ms.as_millis()).unwrap_or(i64::MAX);
    match store.renew_job(lease, Some(&control.now()), clock::now(), lease_ms)? {
        Renewal::Held => {}
        Renewal::Cancelled => control.end(Wish::Cancel),
        Renewal::Lost => control.end(Wish::Lost),
    }
    if matches!(control.wish(), Wish::Cancel | Wish::Lost) {
        return Err(Failure::Ended);
    }
    let version = training::publish(kind, &trained, registry, name, state.clock.now())?;
    tenant.refresh_models(registry, &state.metrics);
    control.step("saving", 1, 1);
    let promoted = registry.aliases(name, kind).unwrap_or_default().champion == Some(version);
    let mut outcome = succeeded(&trained, version, promoted);
    if before == Some(version) {
        outcome.reason = Some("the same model serves already".to_owned());
    }
    ending(JobStatus::Succeeded, &outcome)
}

fn ending(status: JobStatus, outcome: &JobOutcome) -> Result<Ending, Failure> {
    let outcome = serde_json::to_string(outcome).map_err(|e| Failure::Lasting(e.to_string()))?;
    Ok(Ending { status, outcome: Some(outcome), error: None })
}

fn refused(gate: &GateReport) -> JobOutcome {
    let rows = |rows: usize| rows as u64;
    let needed = rows(gate.required_per_class);
    JobOutcome {
        rows: Some(rows(gate.found.rows)),
        reason: Some(gate.reason.clone()),
        required: Some(ClassRows { positives: needed, negatives: needed }),
        found: Some(ClassRows {
            positives: rows(gate.found.positives),
            negatives: rows(gate.found.negatives),
        }),
        ..JobOutcome::default()
    }
}

fn succeeded(trained: &Trained, version: u32, promoted: bool) -> JobOutcome {
    let named = trained.evaluation.metrics.named().into_iter();
    let metrics: BTreeMap<String, f64> =
        named.map(|(name, estimate)| (name.to_owned(), estimate.value)).collect();
    let decision = &trained.decision;
    let reason = match decision.verdict {
        Verdict::Shadow => format!("challenger: {}", decision.reason),
        Verdict::Promote | Verdict::Keep => decision.reason.clone(),
    };
    JobOutcome {
        rows: Some(trained.evaluation.counts.rows as u64),
        metrics: Some(metrics),
        version: Some(version.to_string()),
        promoted: Some(promoted),
        reason: Some(reason),
        ..JobOutcome::default()
    }
}

/// What becomes of a job.
#[derive(Clone, Debug)]
enum Fate {
    /// It ends.
    End(Ending),
    /// It waits in the queue again.
    GiveBack { after_ms: i64, undone: bool },
    /// It is another worker's.
    Lost,
}

impl Fate {
    fn word(&self) -> &'static str {
        match self {
            Self::End(ending) => ending.status.as_str(),
            Self::GiveBack { .. } => "queued",
            Self::Lost => "lost to another worker",
        }
    }
}

/// Writes the fate of a job. If that cannot be done, the lease ends and the job is begun again.
async fn write(state: &AppState, lease: &Arc<Lease>, fate: Fate) {
    for _ in 0..WRITES_MAX {
        let (lease, fate) = (Arc::clone(lease), fate.clone());
        let written = state.control.run(move |store| {
            let now = clock::now();
            Ok(match &fate {
                Fate::End(ending) => store.finish_job(&lease, ending, now)?,
                Fate::GiveBack { after_ms, undone } => {
                    store.give_back_job(&lease, now.plus_ms(*after_ms), *undone)?
                }
                Fate::Lost => true,
            })
        });
        match written.await {
            Ok(_) => return,
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
    tracing::error!(job_id = lease.job.job_id, "the end of a job could not be written");
}
