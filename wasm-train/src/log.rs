//! Training of lead, churn and engagement models on the events of a page, as `chatsignal train` does it.

use std::cell::RefCell;

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::time::UtcOffsetMin;
use chatsignal_ingest::{Availability, Context, Hasher, Ingested, ndjson};
use chatsignal_train::gate::GateVerdict;
use chatsignal_train::pipeline::{self, Company, PipelineConfig, TrainOutcome};
use chatsignal_train::progress::{Progress, share};
use chatsignal_train::promote::Verdict;
use chatsignal_train::source::MemorySource;
use serde_json::{Value, json};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// Hears how far a training has come.
    pub type StepListener;

    /// The stage that it is at, and the share of the whole that is over, 0 to 1.
    #[wasm_bindgen(method, structural)]
    fn step(this: &StepListener, stage: &str, share: f64);
}

thread_local! {
    /// Who hears of the training that runs on this thread: a listener cannot go to another one, and
    /// in a page there is no other.
    static LISTENER: RefCell<Option<StepListener>> = const { RefCell::new(None) };
}

/// Tells the listener of this thread.
struct Told;

impl Progress for Told {
    fn step(&self, stage: &str, done: usize, total: usize) {
        LISTENER.with_borrow(|listener| {
            if let Some(listener) = listener {
                listener.step(stage, share(stage, done, total));
            }
        });
    }
}

/// What a training on a log came to. Call `free()` when it is no longer needed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct LogTraining {
    bytes: Vec<u8>,
    markdown: String,
    report: Value,
}

#[wasm_bindgen]
impl LogTraining {
    /// The model file (`.csm`); empty when there was too little data for a model.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The card for people, Markdown; empty when there was too little data.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn markdown(&self) -> String {
        self.markdown.clone()
    }

    /// JSON: `state` (`refused`, `provisional` or `ready`), `reason`, `gate` (what was found and what
    /// is required), `promoted` (whether it is to score) and `card` (evaluation, gate and decision; null
    /// when there was too little data).
    #[wasm_bindgen(getter, js_name = reportJson)]
    #[must_use]
    pub fn report_json(&self) -> String {
        self.report.to_string()
    }
}

/// Trains a model of a kind (`lead`, `churn` or `engagement`) on canonical events, one JSON object a
/// line: the bytes that `chatsignal train` gives for the same log, `config` (JSON, names of its
/// configuration; `{}` = defaults) and rivals.
///
/// `champion` is the file of the model that scores now, if it is one of the same log; `prior` that of
/// the shipped model, towards which a model of little data is drawn. `listener.step(stage, share)`
/// is called between steps.
///
/// # Errors
/// Throws when an input cannot be read or learned from. Too little data is an outcome.
#[wasm_bindgen(js_name = trainOnLog)]
pub fn train_on_log(
    kind: &str,
    events: &[u8],
    config: &str,
    champion: Option<Vec<u8>>,
    prior: Option<Vec<u8>>,
    listener: StepListener,
) -> Result<LogTraining, JsError> {
    let kind =
        ModelKind::from_name(kind).filter(|kind| ModelKind::TRAINED.contains(kind)).ok_or_else(
            || JsError::new("a log trains a model of the kind lead, churn or engagement"),
        )?;
    let config: PipelineConfig = serde_json::from_str(config)?;
    let source = MemorySource::new(read(events)?);
    let artifact =
        |file: Option<Vec<u8>>| file.map(|file| ModelArtifact::decode(&file)).transpose();
    let (champion, prior) = (artifact(champion)?, artifact(prior)?);
    let company = Company { champion: champion.as_ref(), prior: prior.as_ref(), truth: None };
    LISTENER.set(Some(listener));
    let outcome = pipeline::train(kind, &source, &config, &company, &Told);
    LISTENER.set(None);
    Ok(match outcome? {
        TrainOutcome::Refused(gate) => LogTraining {
            bytes: Vec::new(),
            markdown: String::new(),
            report: json!({
                "state": "refused", "reason": gate.reason, "gate": gate, "promoted": false, "card": null,
            }),
        },
        TrainOutcome::Trained(trained) => {
            let provisional = trained.gate.verdict == GateVerdict::Provisional;
            let card: Value = serde_json::from_str(&trained.card.json)?;
            LogTraining {
                bytes: trained.artifact.encode(),
                report: json!({
                    "state": if provisional { "provisional" } else { "ready" },
                    "reason": trained.decision.reason,
                    "gate": trained.gate,
                    "promoted": trained.decision.verdict == Verdict::Promote,
                    "card": card,
                }),
                markdown: trained.card.markdown,
            }
        }
    })
}

/// The events of a log that was written by `EventLog.eventLines`: ids are those of the log already.
fn read(lines: &[u8]) -> Result<Vec<chatsignal_core::event::Event>, JsError> {
    let hasher = Hasher::new(&[0; 32]);
    let availability = Availability::Occurred { lag_ms: 0 };
    let context = Context { hasher: &hasher, local: &UtcOffsetMin(0), availability };
    let mut reader = ndjson::Reader::new(context, None);
    let mut read = Ingested::default();
    for (number, line) in (1..).zip(lines.split(|byte| *byte == b'\n')) {
        reader.line(number, line, &mut read);
    }
    match read.rejects.first() {
        None => Ok(read.events),
        Some(reject) => Err(JsError::new(&format!("an event cannot be read: {reject}"))),
    }
}
