//! Models of other libraries in tests: golden cases, and what must hold of everything imported.

use std::path::{Path, PathBuf};

use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState};
use chatsignal_core::explain::contributions;
use chatsignal_core::model::Rounding;
use chatsignal_core::testing::model::Rng;
use chatsignal_core::time::TimestampMs;
use chatsignal_interop::{ImportError, Imported, Options, import};
use serde_json::Value;

use crate::peak::peak_of;

/// The committed cases.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/interop")
}

/// Rows with what the library says of them.
#[derive(Debug)]
pub struct Case(Value);

impl Case {
    /// Reads `NAME.case.json` of a folder.
    ///
    /// # Panics
    /// When it is not there or no JSON.
    #[must_use]
    pub fn load(folder: &Path, name: &str) -> Self {
        let text = std::fs::read_to_string(folder.join(format!("{name}.case.json"))).expect(name);
        Self(serde_json::from_str(&text).expect("a case is JSON"))
    }

    /// The rows, rounded as a model reads them.
    #[must_use]
    pub fn rows(&self, rounding: Rounding) -> Vec<Vec<f32>> {
        let rows = self.table("X").expect("rows");
        let narrow = |row: Vec<f64>| row.into_iter().map(|x| rounding.narrow(x)).collect();
        rows.into_iter().map(narrow).collect()
    }

    /// An array of the case; a list of numbers is a table of one column.
    #[must_use]
    pub fn table(&self, key: &str) -> Option<Vec<Vec<f64>>> {
        let rows = self.0.get(key)?.as_array()?;
        Some(
            rows.iter()
                .map(|row| row.as_array().map_or_else(|| vec![number(row)], |row| numbers(row)))
                .collect(),
        )
    }
}

fn numbers(values: &[Value]) -> Vec<f64> {
    values.iter().map(number).collect()
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().expect("a number"),
        value => value.as_f64().expect("a number"),
    }
}

/// The imported model as an artifact that can predict.
#[must_use]
pub fn artifact(imported: Imported) -> ModelArtifact {
    ModelArtifact {
        kind: ModelKind::Custom,
        state: ModelState::Ready,
        trained_through: TimestampMs(0),
        schema: imported.schema,
        model: imported.model,
        outputs: imported.outputs,
        postprocessor: imported.postprocessor,
        calibration: imported.calibration,
        context: None,
        interval: None,
        cutoffs: Vec::new(),
        horizon_days: 0,
        base_rate: 0.0,
        metadata_json: "{}".to_owned(),
    }
}

/// Largest difference between what a model says and what the case holds, relative to the larger of
/// 1 and the numbers, over the tables `margin`, `pred` and `contribs` that the case has.
///
/// # Panics
/// When the shapes differ.
#[must_use]
pub fn differences(case: &Case, model: &ModelArtifact) -> [f64; 3] {
    let rows = case.rows(model.rounding());
    let mut most = [0.0f64; 3];
    let mut compare = |at: usize, ours: &[f64], theirs: &[f64]| {
        assert_eq!(ours.len(), theirs.len(), "numbers per row");
        // A sum is as exact as its largest term.
        let size = theirs.iter().fold(1.0f64, |size, x| size.max(x.abs()));
        for (a, b) in ours.iter().zip(theirs) {
            most[at] = most[at].max((a - b).abs() / size);
        }
    };
    let tables = ["margin", "pred", "contribs"].map(|key| case.table(key).unwrap_or_default());
    for (number, row) in rows.iter().enumerate() {
        let predictions = model.predict_outputs(row);
        if let Some(margins) = tables[0].get(number) {
            compare(0, &predictions.margins, margins);
        }
        if let Some(values) = tables[1].get(number) {
            compare(1, &predictions.values, values);
        }
        if let Some(expected) = tables[2].get(number) {
            let ours: Vec<f64> = model
                .output_models()
                .flat_map(|model| {
                    let explanation = contributions(model, row);
                    let mut all = explanation.contributions;
                    all.push(explanation.base_value);
                    all
                })
                .collect();
            compare(2, &ours, expected);
        }
    }
    most
}

/// Imports bytes that may be anything: the reader keeps to its memory, and whatever it accepts can
/// be written, read, scored and explained. True when they were accepted.
///
/// # Panics
/// When one of these does not hold.
pub fn survives(bytes: &[u8], options: &Options) -> bool {
    let (result, peak) = peak_of(|| import(bytes, options));
    assert!(peak <= 8 * bytes.len() + (1 << 20), "{peak} bytes for {}", bytes.len());
    let imported = match result {
        Ok(imported) => imported,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_ne!(error, ImportError::Unknown);
            return false;
        }
    };
    let model = artifact(imported);
    let read = ModelArtifact::decode(&model.encode()).expect("what was imported can be stored");
    assert_eq!(read, model);
    for x in [f32::NAN, 0.0, -1.5, 1e-36, 3.0, 3e38, f32::INFINITY, f32::NEG_INFINITY] {
        let row = vec![x; model.schema.len()];
        let predictions = model.predict_outputs(&row);
        assert!(predictions.values.iter().chain(&predictions.margins).all(|v| !v.is_nan()));
        for output in model.output_models().take(4) {
            let explanation = contributions(output, &row);
            let sum = explanation.margin();
            let margin = output.margin(&row);
            let size = explanation.contributions.iter().fold(margin.abs(), |m, c| m.max(c.abs()));
            assert!((sum - margin).abs() <= 1e-6 * size.max(1.0), "{sum} for {margin}");
        }
    }
    true
}

const HOSTILE: [&str; 20] = [
    "null",
    "true",
    "-1",
    "0",
    "1",
    "2",
    "255",
    "256",
    "4096",
    "1048577",
    "4294967296",
    "-2147483649",
    "1e-40",
    "1e308",
    "-1e101",
    "\"\"",
    "\"x\"",
    "[]",
    "{}",
    "[[0]]",
];

/// A document with one value changed, removed, repeated or exchanged with another, or a byte
/// damaged.
pub fn damaged_json(rng: &mut Rng, document: &Value) -> Vec<u8> {
    let mut damaged = document.clone();
    if rng.below(10) == 0 {
        let mut bytes = damaged.to_string().into_bytes();
        let at = rng.below(bytes.len());
        match rng.below(3) {
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => bytes.truncate(at),
            _ => drop(bytes.remove(at)),
        }
        return bytes;
    }
    damage(rng, &mut damaged);
    damaged.to_string().into_bytes()
}

/// Damages a value, or one inside it.
fn damage(rng: &mut Rng, value: &mut Value) {
    let inside = rng.below(8) != 0;
    match value {
        Value::Object(fields) if inside && !fields.is_empty() => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = &keys[rng.below(keys.len())];
            if rng.below(12) == 0 {
                fields.remove(key);
            } else {
                damage(rng, &mut fields[key.as_str()]);
            }
        }
        Value::Array(items) if inside && !items.is_empty() => {
            let (at, other) = (rng.below(items.len()), rng.below(items.len()));
            match rng.below(12) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.swap(at, other),
                _ => damage(rng, &mut items[at]),
            }
        }
        value => {
            *value = match value.as_f64() {
                Some(number) if rng.below(3) == 0 => Value::from(-number),
                _ => serde_json::from_str(HOSTILE[rng.below(HOSTILE.len())]).expect("JSON"),
            };
        }
    }
}
