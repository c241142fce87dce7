//! Training on a store's log and publication of what comes out.

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::score::ScorerError;
use chatsignal_core::time::TimestampMs;
use chatsignal_train::pipeline::{
    self, Company, PipelineConfig, PipelineError, TenantFacts, TrainOutcome, Trained,
};
use chatsignal_train::progress::Progress;
use chatsignal_train::promote::Verdict;
use chatsignal_train::source::EventSource;
use chatsignal_train::truth::GroundTruth;

use crate::cli::clock;
use crate::monitoring::MonitoringError;
use crate::registry::{ModelRegistry, Publication, RegistryError, ServedVersion};
use crate::store::settings::Settings;

/// Why training or publishing failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// Training.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The two models beside each other.
    #[error(transparent)]
    Monitoring(#[from] MonitoringError),
    /// A version of the registry cannot score with this build.
    #[error(transparent)]
    CannotScore(#[from] ScorerError),
}

/// What a training run left behind.
#[derive(Clone, Debug)]
pub struct Published {
    /// What came out.
    pub outcome: TrainOutcome,
    /// The version in the registry; none when training was refused.
    pub version: Option<u32>,
}

/// The facts of a tenant that features need, from its settings. A day with several opening spans
/// counts as open from the first to the last.
#[must_use]
pub fn tenant_facts(settings: &Settings) -> TenantFacts {
    TenantFacts {
        opening: settings.opening_hours.spans.clone().map(|spans| {
            let first = spans.iter().map(|span| span.0).min()?;
            Some((first, spans.iter().map(|span| span.1).max()?))
        }),
        weekend: settings.weekend.0,
        currency: Some(settings.currency.as_str().to_owned()),
    }
}

/// Trains a model, publishes it with its card, and moves the alias that the decision names:
/// `champion` when it is promoted, `challenger` when it is to run in the shadow.
///
/// # Errors
/// When the log cannot be read, the settings or the data are refused by the learner, or the
/// registry cannot be written. Too little data is an outcome.
pub fn train(
    kind: ModelKind,
    events: &dyn EventSource,
    registry: &ModelRegistry,
    tenant: &str,
    config: &PipelineConfig,
    truth: Option<&dyn GroundTruth>,
    progress: &dyn Progress,
) -> Result<Published, TrainingError> {
    let outcome = learn(kind, events, registry, tenant, config, truth, progress)?;
    let version = match &outcome {
        TrainOutcome::Refused(_) => None,
        TrainOutcome::Trained(trained) => {
            Some(publish(kind, trained, registry, tenant, clock::now())?)
        }
    };
    Ok(Published { outcome, version })
}

/// Trains a model and judges it against the serving one; publishes nothing.
///
/// # Errors
/// When the log or the serving model cannot be read, or the settings or the data are refused by the
/// learner. Too little data is an outcome.
pub fn learn(
    kind: ModelKind,
    events: &dyn EventSource,
    registry: &ModelRegistry,
    tenant: &str,
    config: &PipelineConfig,
    truth: Option<&dyn GroundTruth>,
    progress: &dyn Progress,
) -> Result<TrainOutcome, TrainingError> {
    let champion = champion(registry, tenant, kind)?;
    let prior = ModelRegistry::shipped(kind).ok();
    let company = Company { champion: champion.as_ref(), prior: prior.as_ref(), truth };
    Ok(pipeline::train(kind, events, config, &company, progress)?)
}

/// The tenant's own serving model; the shipped one is no rival.
fn champion(
    registry: &ModelRegistry,
    tenant: &str,
    kind: ModelKind,
) -> Result<Option<ModelArtifact>, RegistryError> {
    match registry.champion(tenant, kind) {
        Ok(served) if served.version == ServedVersion::Prior => Ok(None),
        Ok(served) => Ok(Some(served.artifact)),
        Err(RegistryError::NoModel(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Publishes a trained model with its card and moves the alias that the decision names. Returns the
/// version; to publish the same model again gives the same version. A shadow begins at `now`.
///
/// # Errors
/// When the registry cannot be written.
pub fn publish(
    kind: ModelKind,
    trained: &Trained,
    registry: &ModelRegistry,
    tenant: &str,
    now: TimestampMs,
) -> Result<u32, RegistryError> {
    let card = &trained.card;
    let mut files = vec![
        ("card.md".to_owned(), card.markdown.clone().into_bytes()),
        ("card.json".to_owned(), card.json.clone().into_bytes()),
    ];
    files.extend(card.plots.iter().map(|(name, svg)| (name.clone(), svg.clone().into_bytes())));
    let model = trained.artifact.encode();
    let version = registry.publish(tenant, kind, &Publication { model: &model, files })?;
    match trained.decision.verdict {
        Verdict::Promote => registry.activate(tenant, kind, version).map(|_| ())?,
        Verdict::Shadow => registry.begin_shadow(tenant, kind, version, now)?,
        Verdict::Keep => {}
    }
    Ok(version)
}
