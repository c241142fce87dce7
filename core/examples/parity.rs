//! The native side of `cargo xtask parity`: `parity DIRECTORY VECTORS`.
//!
//! Folds the event logs of `DIRECTORY/simulated.events` (made by the example `simulated_events` of
//! chatsignal-train), where they are, into feature vectors. Makes seeded models and feature vectors (they are written to the directory for WebAssembly to
//! read) and prints, for each model, its name and the XXH64 of the bits of every result: margin,
//! raw prediction, value, base value, contributions.

use std::error::Error;
use std::fs;
use std::path::Path;

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::contact::ContactState;
use chatsignal_core::event::binary;
use chatsignal_core::explain::Explainer;
use chatsignal_core::feature::{ChurnRaw, EngagementRaw, FeatureContext, LeadRaw, SendCandidate};
use chatsignal_core::model::{FeatureSchema, Model, Postprocessor};
use chatsignal_core::testing::model::{Rng, artifact, ensemble, logistic, row, schema};
use chatsignal_core::time::{HOUR_MS, TimestampMs, UtcOffsetMin};
use chatsignal_core::wire::Reader;
use xxhash_rust::xxh64::Xxh64;

/// Vectors for which the results themselves are written beside their hash.
const EXPECTED_MAX: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: parity DIRECTORY VECTORS";
    let directory = arguments.next().ok_or(usage)?;
    let vectors: usize = arguments.next().ok_or(usage)?.parse()?;
    let directory = Path::new(&directory);
    fs::create_dir_all(directory)?;
    for (name, artifact) in models()? {
        let hash = run(directory, &name, &artifact, vectors)?;
        println!("{name} {hash:016x}");
    }
    if let Ok(events) = fs::read(directory.join("simulated.events")) {
        let vectors = fold(&events)?;
        fs::write(directory.join("fold.expected"), &vectors)?;
        println!("fold {:016x}", xxhash_rust::xxh64::xxh64(&vectors, 0));
    }
    Ok(())
}

/// The bits of the vectors of every contact: lead, churn, and engagement at every hour of the day
/// after the end of the log.
fn fold(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let context = FeatureContext::default();
    let input = &mut Reader::new(bytes);
    let mut out = Vec::new();
    while input.remaining() > 0 {
        let as_of = TimestampMs(input.i64("end")?);
        let mut state = ContactState::new();
        for _ in 0..input.u32("events")? {
            let length = input.u32("length")? as usize;
            state.apply(&binary::decode(input.raw(length, "event")?)?);
        }
        let mut write = |vector: &[f32]| out.extend(vector.iter().flat_map(|x| x.to_le_bytes()));
        write(&LeadRaw::extract(&state, as_of).vector(&context));
        write(&ChurnRaw::extract(&state, as_of).vector(&context));
        let raw = EngagementRaw::extract(&state, as_of);
        for hour in 1..=24 {
            let send_at = as_of.plus_ms(hour * HOUR_MS);
            write(&raw.vector(&SendCandidate::at(send_at, UtcOffsetMin(120)), &context));
        }
    }
    Ok(out)
}

/// Shapes like those that training makes: a boosted lead regression, a churn forest, an engagement
/// regression; and every golden model file.
fn models() -> Result<Vec<(String, ModelArtifact)>, Box<dyn Error>> {
    let made =
        |name: &str, kind, postprocessor, build: &dyn Fn(&mut Rng) -> (FeatureSchema, Model)| {
            let base = (0..).map(artifact).find(|a| a.kind == kind);
            let base = base.ok_or("no artifact of this kind")?;
            let (schema, model) = build(&mut Rng(7));
            let artifact = ModelArtifact { schema, model, postprocessor, ..base };
            artifact.check()?;
            Ok::<_, Box<dyn Error>>((name.to_owned(), artifact))
        };
    let trees = |features, trees, depth| {
        move |rng: &mut Rng| {
            let schema = schema(rng, features);
            let trees = ensemble(rng, &schema, trees, depth);
            (schema, Model::Trees(trees))
        }
    };
    let engagement = |rng: &mut Rng| {
        let schema = schema(rng, 27);
        let model = logistic(rng, &schema);
        (schema, Model::Logistic(model))
    };
    let mut models = vec![
        made("lead-boosting", ModelKind::Lead, Postprocessor::ClipHundred, &trees(24, 30, 6))?,
        made("churn-forest", ModelKind::Churn, Postprocessor::ClipUnit, &trees(32, 10, 10))?,
        made("engagement", ModelKind::Engagement, Postprocessor::Sigmoid, &engagement)?,
    ];
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/artifacts/v1");
    let mut paths: Vec<_> = match fs::read_dir(golden) {
        Ok(entries) => entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?,
        Err(_) => Vec::new(),
    };
    paths.sort();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "csm")) {
        let name = path.file_stem().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        models.push((format!("golden-{name}"), ModelArtifact::decode(&fs::read(path)?)?));
    }
    Ok(models)
}

fn run(
    directory: &Path,
    name: &str,
    artifact: &ModelArtifact,
    vectors: usize,
) -> Result<u64, Box<dyn Error>> {
    fs::write(directory.join(format!("{name}.csm")), artifact.encode())?;
    let explainer = Explainer::new(&artifact.model);
    let rng = &mut Rng(vectors as u64);
    let mut hash = Xxh64::new(0);
    let (mut rows, mut expected) = (Vec::new(), Vec::new());
    for _ in 0..vectors {
        let row = row(rng, &artifact.schema);
        rows.extend(row.iter().flat_map(|x| x.to_le_bytes()));
        let prediction = artifact.predict(&row);
        let explanation = explainer.explain(&row);
        let scores = [prediction.margin, prediction.raw, prediction.value, explanation.base_value];
        for number in scores.into_iter().chain(explanation.contributions) {
            let bits = number.to_le_bytes();
            hash.update(&bits);
            if vectors <= EXPECTED_MAX {
                expected.extend(bits);
            }
        }
    }
    fs::write(directory.join(format!("{name}.rows")), rows)?;
    if vectors <= EXPECTED_MAX {
        fs::write(directory.join(format!("{name}.expected")), expected)?;
    }
    Ok(hash.digest())
}
