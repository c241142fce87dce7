//! Trains the shipped prior models on simulated data: `cargo xtask models`.
//!
//! Writes `<folder>/<kind>/1/{model.csm, metadata.json, MODEL_CARD.md, *.svg}`. The bytes depend on
//! this source alone.

use std::fs;
use std::path::PathBuf;

use chatsignal_core::artifact::{ModelKind, ModelState};
use chatsignal_core::event::Event;
use chatsignal_train::card;
use chatsignal_train::pipeline::{Company, PipelineConfig, TrainOutcome, train};
use chatsignal_train::progress::Silent;
use chatsignal_train::promote::{Decision, Verdict};
use chatsignal_train::source::MemorySource;
use chatsignal_train::synth::{Preset, Simulator};
use serde_json::json;

/// Contacts of the simulated business.
const CONTACTS: u32 = 4_000;
/// Its seed.
const SEED: u64 = 2_026;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "models".to_owned()));
    let simulator = Simulator::new(Preset::Realistic, CONTACTS, SEED);
    let events: Vec<Event> = simulator.contacts().flat_map(|contact| contact.events).collect();
    let source = MemorySource::new(events);
    let oracle = simulator.oracle();
    for kind in ModelKind::TRAINED {
        // Small enough to be part of the binary, and smooth: it meets data of other businesses.
        let params = match kind {
            ModelKind::Lead => json!({ "n_estimators": 80, "max_depth": 4 }),
            ModelKind::Churn => {
                json!({ "n_estimators": 60, "max_depth": 7, "min_samples_leaf": 40 })
            }
            _ => json!({ "C": 0.1 }),
        };
        let config = PipelineConfig {
            params: params.as_object().cloned().unwrap_or_default(),
            ..PipelineConfig::default()
        };
        let company = Company { truth: Some(&oracle), ..Company::default() };
        let outcome = train(kind, &source, &config, &company, &Silent)?;
        let TrainOutcome::Trained(mut trained) = outcome else {
            return Err(format!("{}: {outcome:?}", kind.as_str()).into());
        };
        trained.artifact.state = ModelState::Prior;
        trained.evaluation.state = ModelState::Prior.as_str().to_owned();
        trained.artifact.metadata_json = serde_json::to_string(&trained.evaluation)?;
        let decision = Decision {
            verdict: Verdict::Promote,
            reason: "it serves, flagged as prior, until there is a model of the tenant's own"
                .to_owned(),
            log_loss_gain: None,
            worst_slice: None,
        };
        let card = card::render(kind, &trained.evaluation, &trained.gate, &decision);
        let target = folder.join(kind.as_str()).join("1");
        fs::create_dir_all(&target)?;
        let model = trained.artifact.encode();
        println!("{}: {} bytes", target.display(), model.len());
        fs::write(target.join("model.csm"), model)?;
        fs::write(target.join("metadata.json"), card.json + "\n")?;
        fs::write(target.join("MODEL_CARD.md"), card.markdown)?;
        for (name, svg) in card.plots {
            fs::write(target.join(name), svg)?;
        }
    }
    Ok(())
}
