//! Golden cases: rows, and what the library that wrote the model says of them.

use std::fs;
use std::path::{Path, PathBuf};

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::explain::Explainer;
use chatsignal_core::model::Model;
use chatsignal_interop::{Imported, Options, TreeChoice, import};
use serde_json::Value;

/// The folder of the cases.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/interop")
}

/// A case: `NAME.case.json` beside its model files.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) value: Value,
}

/// A number as cases hold them: texts for what JSON has not.
pub(crate) fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap(),
    }
}

/// A list of numbers; a number alone is a list of one.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![number(other)],
    }
}

impl Case {
    /// Every case of a folder whose name begins with `prefix`.
    pub(crate) fn all(folder: &Path, prefix: &str) -> Vec<(PathBuf, Self)> {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                name.starts_with(prefix) && name.ends_with(".case.json")
            })
            .collect();
        paths.sort();
        paths.into_iter().map(|path| (path.clone(), Self::read(&path))).collect()
    }

    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        Self { name: name.trim_end_matches(".case.json").into(), value }
    }

    /// Rows under a key, as f32; none where the case has no such rows.
    pub(crate) fn rows(&self, key: &str) -> Vec<Vec<f32>> {
        let rows = self.value[key].as_array().map_or(&[][..], Vec::as_slice);
        rows.iter().map(|row| numbers(row).into_iter().map(|x| x as f32).collect()).collect()
    }

    /// What is expected of each row under a key.
    pub(crate) fn expected(&self, key: &str) -> Vec<Vec<f64>> {
        self.value[key].as_array().map_or(&[][..], Vec::as_slice).iter().map(numbers).collect()
    }

    /// How to read: the case may ask for some of the trees.
    pub(crate) fn options(&self) -> Options {
        let end = self.value["meta"]["iteration_range"][1].as_u64().unwrap_or(0);
        let trees = if end == 0 { TreeChoice::All } else { TreeChoice::First(end as usize) };
        Options { trees, ..Options::default() }
    }
}

/// A model file as the model that the command line would write.
pub(crate) fn artifact(imported: Imported) -> ModelArtifact {
    let artifact = imported.into_artifact();
    let bytes = artifact.encode();
    assert_eq!(ModelArtifact::decode(&bytes).as_ref(), Ok(&artifact));
    artifact
}

/// How far a model is from what a case says.
pub(crate) fn assert_equal(case: &Case, imported: Imported) {
    let name = &case.name;
    let artifact = artifact(imported);
    let margins = case.expected("margin");
    let rows = case.rows("X");
    assert!(rows.len() == margins.len() && rows.len() >= 20, "{name}");
    let pairs = rows.iter().zip(&margins);
    let further = case.rows("inf_X");
    let further_margins = case.expected("inf_inplace_margin");
    for (at, (row, margins)) in pairs.chain(further.iter().zip(&further_margins)).enumerate() {
        let ours = artifact.predict_outputs(row).margins;
        assert_eq!(ours.len(), margins.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(margins) {
            let same = (*ours as f32).to_bits() == (*theirs as f32).to_bits();
            let near = (ours - theirs).abs() <= 1e-6 * (1.0 + theirs.abs());
            // XGBoost's inplace_predict adds up DART another way than its predict.
            let exact = !(name.ends_with("dart") && at >= rows.len());
            assert!(if exact { same } else { near }, "{name} row {at}: {ours} for {theirs}");
        }
    }
    for (at, (row, theirs)) in rows.iter().zip(case.expected("pred")).enumerate() {
        let ours = artifact.predict_outputs(row).values;
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(theirs) {
            let near = (ours - theirs).abs() <= 1e-6 * (1.0 + theirs.abs());
            // Where f32 overflows, f64 does not.
            let overflown = theirs.is_infinite() && *ours > f64::from(f32::MAX);
            assert!(near || overflown, "{name} row {at}: prediction {ours} for {theirs}");
        }
    }
    assert_contributions(case, &artifact, &rows);
}

fn assert_contributions(case: &Case, artifact: &ModelArtifact, rows: &[Vec<f32>]) {
    let name = &case.name;
    let theirs = case.expected("contribs");
    let width = artifact.schema.len() + 1;
    for (output, model) in artifact.output_models().enumerate() {
        let explainer = Explainer::new(model);
        for (at, row) in rows.iter().enumerate() {
            let explanation = explainer.explain(row);
            let margin = match model {
                Model::Trees(trees) => trees.margin_f64(row),
                Model::Logistic(logistic) => logistic.margin_f64(row),
            };
            let ours: Vec<f64> =
                explanation.contributions.iter().copied().chain([explanation.base_value]).collect();
            let scale = ours.iter().fold(1.0f64, |scale, c| scale.max(c.abs()));
            let sum = explanation.margin();
            assert!((sum - margin).abs() <= 1e-9 * scale, "{name} row {at}: {sum} for {margin}");
            let Some(theirs) = theirs.get(at) else { continue };
            let theirs = &theirs[output * width..][..width];
            for (feature, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                let near = (ours - theirs).abs() <= 1e-4 * scale;
                assert!(near, "{name} row {at} feature {feature}: {ours} for {theirs}");
            }
        }
    }
}

/// Reads every model file of a case and compares it. Returns how many there were.
pub(crate) fn assert_case(path: &Path, case: &Case, endings: &[&str]) -> usize {
    let stem = path.to_string_lossy().trim_end_matches(".case.json").to_owned();
    let mut files = 0;
    for ending in endings {
        let Ok(bytes) = fs::read(format!("{stem}.{ending}")) else { continue };
        let imported = import(&bytes, &case.options())
            .unwrap_or_else(|error| panic!("{} ({ending}): {error}", case.name));
        assert_equal(case, imported);
        files += 1;
    }
    files
}
