//! Peak memory of scoring: each model file in a process of its own, which scores, explains and
//! plans for simulated contacts.
//! `cargo run --release -p chatsignal-bench --bin score_memory -- demo.db.models/*/*/versions/*/model.csm`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::contact::{Consent, ContactState};
use chatsignal_core::feature::{EngagementRaw, SendCandidate};
use chatsignal_core::score::send_time::{Policy, SendRules, Situation, Slot};
use chatsignal_core::score::{
    ChurnPredictor, EngagementPredictor, Explain, LeadOptions, LeadScorer, PlanRequest,
};
use chatsignal_native::memory::peak_bytes;
use chatsignal_train::synth::{Preset, Simulator};
use clap::Parser;

/// Ceilings, MB.
const CEILINGS: [(ModelKind, u64); 3] =
    [(ModelKind::Lead, 50), (ModelKind::Churn, 100), (ModelKind::Engagement, 10)];

/// Print the peak memory of scoring with each model.
#[derive(Parser)]
struct Args {
    /// Model files.
    #[arg(required = true)]
    models: Vec<PathBuf>,
    /// Simulated contacts to score.
    #[arg(long, default_value_t = 500)]
    contacts: u32,
    /// Score with one model in this process.
    #[arg(long, hide = true)]
    alone: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let (true, [path]) = (args.alone, &args.models[..]) {
        return alone(path, args.contacts);
    }
    let mut over = false;
    println!("{:<12} {:>10} {:>10} {:>10}  file", "model", "file KB", "peak MB", "ceiling");
    for path in &args.models {
        let run = Command::new(std::env::current_exe()?)
            .args(["--alone", "--contacts", &args.contacts.to_string()])
            .arg(path)
            .output()?;
        if !run.status.success() {
            bail!("{}: {}", path.display(), String::from_utf8_lossy(&run.stderr).trim());
        }
        let text = String::from_utf8(run.stdout)?;
        let (kind, peak) = text.trim().split_once(' ').context("the child's answer")?;
        let kind = ModelKind::from_name(kind).context("the child's model kind")?;
        let peak = peak.parse::<u64>()? as f64 / 1e6;
        let ceiling = CEILINGS.iter().find(|(k, _)| *k == kind).map_or(0, |(_, mb)| *mb);
        over |= peak > ceiling as f64;
        let bytes = fs::metadata(path)?.len() as f64 / 1e3;
        let (name, path) = (kind.as_str(), path.display());
        println!("{name:<12} {bytes:>10.1} {peak:>10.1} {ceiling:>10}  {path}");
    }
    if over {
        bail!("a model is over its ceiling");
    }
    Ok(())
}

fn alone(path: &Path, contacts: u32) -> Result<()> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let artifact = ModelArtifact::decode(&bytes)?;
    drop(bytes);
    let mut score = scorer(&artifact)?;
    for contact in Simulator::new(Preset::Headline, contacts, 1).contacts() {
        let mut state = ContactState::new();
        for event in &contact.events {
            state.apply(event);
        }
        score(&state);
    }
    let peak = peak_bytes().context("peak memory is known on Linux only")?;
    println!("{} {peak}", artifact.kind.as_str());
    Ok(())
}

/// What scores one contact and throws the score away.
type Score<'a> = Box<dyn FnMut(&ContactState) + 'a>;

/// Scores a contact in full, whatever the model is for.
fn scorer(artifact: &ModelArtifact) -> Result<Score<'_>> {
    Ok(match artifact.kind {
        ModelKind::Lead => {
            let scorer = LeadScorer::new(artifact)?;
            let options = LeadOptions { explain: Explain::Full, ..LeadOptions::default() };
            Box::new(move |state| {
                let Some(now) = state.known_through() else { return };
                std::hint::black_box(scorer.score(&scorer.features(state, now), &options));
            })
        }
        ModelKind::Churn => {
            let predictor = ChurnPredictor::new(artifact)?;
            Box::new(move |state| {
                let Some(now) = state.known_through() else { return };
                let features = predictor.features(state, now);
                std::hint::black_box(predictor.predict(&features, Explain::Full));
            })
        }
        ModelKind::Engagement => {
            let predictor = EngagementPredictor::new(artifact)?;
            Box::new(move |state| engagement(&predictor, state))
        }
        ModelKind::Custom => bail!("a custom model scores no contacts"),
    })
}

fn engagement(predictor: &EngagementPredictor<'_>, state: &ContactState) {
    let (Some(now), Some(offset)) = (state.known_through(), state.utc_offset()) else { return };
    let raw = EngagementRaw::extract(state, now);
    let message = SendCandidate::at(now, offset);
    let features = predictor.features(&raw, &message);
    std::hint::black_box(predictor.predict(&features, Consent::default(), Explain::Full));
    std::hint::black_box(predictor.plan(&PlanRequest {
        raw: &raw,
        message,
        slots: &Slot::next_24_hours(now, offset),
        rules: &SendRules::default(),
        situation: Situation::unknown(now),
        policy: Policy::Thompson,
        seed: 1,
    }));
}
