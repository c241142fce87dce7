//! Trains one model on the workspace and makes it the champion.

use chatsignal_core::artifact::ModelKind;
use chatsignal_train::evaluation::Evaluation;
use chatsignal_train::pipeline::{self, Company, PipelineConfig, TrainOutcome, Trained};
use chatsignal_train::progress::Progress;
use chatsignal_train::source::EventSource;
use chatsignal_train::synth::Oracle;

use super::DemoError;
use crate::registry::{ModelRegistry, Publication};

/// Trains, publishes and activates; the data gate's words when there is too little data.
pub(super) fn learn(
    kind: ModelKind,
    events: &dyn EventSource,
    truth: &Oracle,
    registry: &ModelRegistry,
    tenant: &str,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Result<Evaluation, String>, DemoError> {
    let config = PipelineConfig { seed, simulated: true, ..PipelineConfig::default() };
    let company = Company { truth: Some(truth), ..Company::default() };
    match pipeline::train(kind, events, &config, &company, progress)? {
        TrainOutcome::Refused(gate) => Ok(Err(gate.reason)),
        TrainOutcome::Trained(trained) => {
            let Trained { artifact, evaluation, card, .. } = *trained;
            let model = artifact.encode();
            let mut files = vec![("card.md".to_owned(), card.markdown.into_bytes())];
            files.push(("card.json".to_owned(), card.json.into_bytes()));
            files.extend(card.plots.into_iter().map(|(name, svg)| (name, svg.into_bytes())));
            let version = registry.publish(tenant, kind, &Publication { model: &model, files })?;
            registry.activate(tenant, kind, version)?;
            Ok(Ok(evaluation))
        }
    }
}
