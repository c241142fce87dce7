//! The demo workspace: a simulated business goes through the real store, training, registry and
//! scorers. Everything it makes says that it is simulated.

mod rank;
mod workspace;

use std::path::Path;
use std::time::{Duration, Instant};

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::score::ScorerError;
use chatsignal_core::time::{DAY_MS, TimestampMs};
use chatsignal_train::evaluation::Evaluation;
use chatsignal_train::pipeline::{PipelineConfig, TrainOutcome};
use chatsignal_train::progress::Progress;
use chatsignal_train::synth::{Preset, Simulator};

use crate::registry::{ModelRegistry, RegistryError};
use crate::store::{Inserted, Store, StoreError};
use crate::training::{self, TrainingError};

pub use rank::{Candidate, Ranked};

/// What to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which world.
    pub preset: Preset,
    /// Number of contacts.
    pub contacts: u32,
    /// Seed of everything.
    pub seed: u64,
    /// Most contacts in the table.
    pub limit: usize,
    /// When the simulated log ends (the midnight before); none for the days that figures are quoted
    /// for.
    pub until: Option<TimestampMs>,
}

impl Options {
    /// Name of the tenant that holds this workspace: another preset, size or seed is another
    /// tenant, so that a demo never touches anybody else's data.
    #[must_use]
    pub fn tenant(&self) -> String {
        let name = format!("simulated-{}-{}-{}", self.preset.as_str(), self.contacts, self.seed);
        match self.until {
            // Another week is another workspace: one that is there already stays as it is.
            Some(now) => format!("{name}-week-{}", now.0.div_euclid(7 * DAY_MS)),
            None => name,
        }
    }

    fn simulator(&self) -> Simulator {
        let (preset, contacts, seed) = (self.preset, self.contacts, self.seed);
        match self.until {
            Some(now) => Simulator::until(preset, contacts, seed, now),
            None => Simulator::new(preset, contacts, seed),
        }
    }
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Tenant in the database.
    pub tenant: String,
    /// "Now" of the simulated business.
    pub as_of: TimestampMs,
    /// Events written.
    pub inserted: Inserted,
    /// Quality of each model, in the order of training.
    pub evaluations: Vec<Evaluation>,
    /// Models that were refused, with the gate's words.
    pub refused: Vec<(ModelKind, String)>,
    /// The table.
    pub ranked: Ranked,
    /// Wall-clock time of each stage.
    pub timings: Vec<(String, Duration)>,
    /// Peak memory of the process so far, bytes, where the system tells.
    pub peak_memory_bytes: Option<u64>,
}

/// Why a demo failed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Training.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The registry of models.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A trained model that the scorers refuse.
    #[error(transparent)]
    Scorer(#[from] ScorerError),
}

/// Makes the workspace in `database`, trains the three models on it and scores its contacts.
///
/// # Errors
/// When the database or the folder of models cannot be written, or training fails.
pub fn run(database: &Path, options: &Options, progress: &dyn Progress) -> Result<Demo, DemoError> {
    let simulator = options.simulator();
    let mut timings = Vec::new();
    let mut clock = Instant::now();
    let mut lap = |stage: &str| {
        timings.push((stage.to_owned(), clock.elapsed()));
        clock = Instant::now();
    };
    let mut store = Store::open_or_create(database)?;
    let tenant = store.tenant_or_create(&options.tenant())?;
    let (inserted, truth) = workspace::fill(&mut store, &tenant, &simulator, progress)?;
    lap("simulate and import");
    let registry = ModelRegistry::open(ModelRegistry::beside(database))?;
    let events = store.events(tenant.id);
    let mut evaluations = Vec::new();
    let mut refused = Vec::new();
    for kind in ModelKind::TRAINED {
        let config =
            PipelineConfig { seed: options.seed, simulated: true, ..PipelineConfig::default() };
        let published = training::train(
            kind,
            &events,
            &registry,
            &tenant.name,
            &config,
            Some(&truth),
            progress,
        )?;
        match published.outcome {
            TrainOutcome::Refused(gate) => refused.push((kind, gate.reason)),
            TrainOutcome::Trained(trained) => evaluations.push(trained.evaluation),
        }
        lap(&format!("train {}", kind.as_str()));
    }
    let as_of = simulator.end();
    let ranked = rank::rank(&store, &tenant, &registry, as_of, options.limit)?;
    lap("score every contact");
    Ok(Demo {
        tenant: tenant.name,
        as_of,
        inserted,
        evaluations,
        refused,
        ranked,
        timings,
        peak_memory_bytes: crate::memory::peak_bytes(),
    })
}
