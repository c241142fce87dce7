//! Our models as files of XGBoost: our own reader takes them back with equal margins, and so does
//! XGBoost.

use std::fs;
use std::process::Command;

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::model::{
    Aggregation, Calibration, Dialect, FeatureKind, Model, Postprocessor, Reading, ReadingRule,
    TreeEnsemble,
};
use chatsignal_core::testing::model::{Rng, ensemble, row, schema};
use chatsignal_interop::xgboost::export;
use chatsignal_interop::{Options, import};
use serde_json::{Value, json};

use super::golden::{Case, artifact, folder, numbers};
use super::python;

/// A custom model of random trees, in our own dialect.
fn ours(seed: u64, outputs: usize, link: Postprocessor, mean: bool) -> ModelArtifact {
    let rng = &mut Rng(seed);
    let schema = schema(rng, 5);
    let mut model = || {
        let trees = ensemble(rng, &schema, 6, 4);
        let aggregation = if mean { Aggregation::Mean } else { Aggregation::Sum };
        Model::Trees(TreeEnsemble { aggregation, dialect: Dialect::default(), ..trees })
    };
    let mut artifact = chatsignal_core::testing::model::artifact(seed);
    artifact.kind = chatsignal_core::artifact::ModelKind::Custom;
    artifact.model = model();
    artifact.outputs.further = (1..outputs).map(|_| model()).collect();
    artifact.outputs.names =
        if outputs > 1 { (0..outputs).map(|k| format!("k{k}")).collect() } else { Vec::new() };
    artifact.postprocessor = link;
    artifact.calibration = Calibration::None;
    artifact.schema = schema;
    (artifact.context, artifact.interval, artifact.cutoffs) = (None, None, Vec::new());
    artifact.metadata_json = "{}".into();
    assert_eq!(artifact.check(), Ok(()));
    artifact
}

/// A row of what means the same here and at XGBoost.
fn within(artifact: &ModelArtifact, mut row: Vec<f32>) -> Vec<f32> {
    for (j, (x, feature)) in row.iter_mut().zip(&artifact.schema.features).enumerate() {
        // XGBoost's tables take no infinities.
        *x = x.clamp(-3e38, 3e38);
        // What is no code is missing here, and another category at XGBoost.
        if let FeatureKind::Categorical { categories } = &feature.kind {
            let known = *x >= 0.0 && (*x as usize) < categories.len();
            *x = if known { x.floor() } else { f32::NAN };
        } else if artifact.output_models().any(|model| reads_codes(model, j)) {
            *x = if *x >= 0.0 { x.floor() } else { f32::NAN };
        }
    }
    row
}

fn reads_codes(model: &Model, feature: usize) -> bool {
    matches!(model, Model::Trees(trees) if trees.dialect.is_code(feature))
}

/// Models to export, with rows: those of the golden cases, and our own.
fn models() -> Vec<(String, ModelArtifact, Vec<Vec<f32>>)> {
    let mut models = Vec::new();
    for (path, case) in Case::all(&folder(), "xgb_") {
        let stem = path.to_string_lossy().trim_end_matches(".case.json").to_owned();
        let bytes = fs::read(format!("{stem}.xgb.ubj")).unwrap();
        let read = artifact(import(&bytes, &case.options()).unwrap());
        models.push((case.name.clone(), read, case.rows("X")));
    }
    // LightGBM numbers its nodes another way, and so do trees that scikit-learn grew by category.
    for (prefix, ending) in [("lgb_", "lgb.txt"), ("skl_hist", "skl.json")] {
        for (path, case) in Case::all(&folder(), prefix) {
            let stem = path.to_string_lossy().trim_end_matches(".case.json").to_owned();
            let bytes = fs::read(format!("{stem}.{ending}")).unwrap();
            let Ok(read) = import(&bytes, &Options::default()) else { continue };
            let read = artifact(read);
            if export(&read).is_err() {
                continue;
            }
            let rows = case.rows("X").into_iter().map(|row| within(&read, row)).collect();
            models.push((case.name.clone(), read, rows));
        }
    }
    let kinds = [
        ("regression", 1, Postprocessor::Identity, false),
        ("binary", 1, Postprocessor::Sigmoid, false),
        ("counts", 1, Postprocessor::Exponential, false),
        ("forest", 1, Postprocessor::ClipUnit, true),
        ("classes", 3, Postprocessor::Softmax, false),
        ("targets", 2, Postprocessor::Identity, true),
    ];
    for (seed, (name, outputs, link, mean)) in (1..).zip(kinds) {
        let artifact = ours(seed, outputs, link, mean);
        let rng = &mut Rng(99);
        let rows = (0..40).map(|_| within(&artifact, row(rng, &artifact.schema))).collect();
        models.push((format!("ours_{name}"), artifact, rows));
    }
    models
}

/// Whether margins of an exported model must be equal to the bit: it added up in f32 before.
fn near(name: &str, ours: f64, theirs: f64) -> bool {
    if !name.starts_with("xgb_") {
        return (ours - theirs).abs() <= 3e-6 * (1.0 + ours.abs());
    }
    (ours as f32).to_bits() == (theirs as f32).to_bits()
}

#[test]
fn what_is_exported_is_read_back_with_equal_margins() {
    for (name, artifact, rows) in models() {
        let exported = export(&artifact).unwrap_or_else(|error| panic!("{name}: {error}"));
        let back = import(exported.json.as_bytes(), &Options::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .into_artifact();
        assert_eq!(back.postprocessor.is_joint(), artifact.postprocessor.is_joint(), "{name}");
        for row in &rows {
            let ours = artifact.predict_outputs(row);
            let theirs = back.predict_outputs(row);
            for (ours, theirs) in ours.margins.iter().zip(&theirs.margins) {
                assert!(near(&name, *ours, *theirs), "{name}: {ours} {theirs} of {row:?}");
            }
        }
    }
}

/// XGBoost walks to `left + 1` where a row does not go left.
#[test]
fn every_right_child_follows_the_left_one() {
    for (name, artifact, _) in models() {
        let exported: Value = serde_json::from_str(&export(&artifact).unwrap().json).unwrap();
        let booster = &exported["learner"]["gradient_booster"]["model"];
        for (number, tree) in booster["trees"].as_array().into_iter().flatten().enumerate() {
            let [left, right] = ["left_children", "right_children"].map(|key| numbers(&tree[key]));
            for (node, (left, right)) in left.iter().zip(&right).enumerate() {
                let adjacent = *left == -1.0 && *right == -1.0 || *right == left + 1.0;
                assert!(adjacent, "{name} tree {number} node {node}: {left} {right}");
            }
            let nodes = numbers(&tree["categories_nodes"]);
            assert!(nodes.is_sorted(), "{name} tree {number}: {nodes:?}");
        }
    }
}

#[test]
fn what_xgboost_has_nothing_like_is_refused_by_name() {
    let good = ours(7, 1, Postprocessor::Identity, false);
    let refusal = |artifact: &ModelArtifact| export(artifact).expect_err("a refusal").to_string();
    let mut square = good.clone();
    square.postprocessor = Postprocessor::SignedSquare;
    assert!(refusal(&square).starts_with("postprocessor: XGBoost has nothing like"));
    let mut zero = good.clone();
    let Model::Trees(trees) = &mut zero.model else { panic!("trees") };
    trees.dialect.readings = vec![Reading { feature: 0, rule: ReadingRule::ZeroMissing }];
    assert!(refusal(&zero).starts_with("dialect: XGBoost has nothing like zeros"));
    let logistic = (0..)
        .map(chatsignal_core::testing::model::artifact)
        .find(|artifact| matches!(artifact.model, Model::Logistic(_)))
        .unwrap();
    assert!(refusal(&logistic).starts_with("model: XGBoost has nothing like a logistic model"));
    let mut calibrated = good;
    calibrated.calibration = Calibration::Platt { a: 1.0, b: 0.0 };
    let notes = export(&calibrated).unwrap().notes;
    assert!(notes.iter().any(|note| note.starts_with("the calibration is left out")), "{notes:?}");
}

/// Reads `NAME.json` and `NAME.rows.json` of a folder, writes `NAME.margins.json`.
const SCRIPT: &str = "
import json, sys
from pathlib import Path
import numpy as np, xgboost as xgb
for path in sorted(Path(sys.argv[1]).glob('*.rows.json')):
    name = path.name[:-len('.rows.json')]
    booster = xgb.Booster(model_file=str(path.with_name(name + '.json')))
    rows = np.array([[np.nan if x is None else x for x in row] for row in json.loads(path.read_text())], np.float32)
    types = booster.feature_types
    def data(rows):
        return xgb.DMatrix(rows, feature_names=booster.feature_names, feature_types=types, enable_categorical=bool(types and 'c' in types))
    def margins(rows):
        return booster.predict(data(rows), output_margin=True).reshape(len(rows), -1)
    shares = booster.predict(data(rows), pred_contribs=True).astype(float)
    found = {
        'batch': margins(rows),
        'single': np.concatenate([margins(rows[i:i + 1]) for i in range(len(rows))]),
        # Shares are sums in f32: compared with a tolerance of their own size.
        'shares': shares.sum(-1).reshape(len(rows), -1),
        'size': np.abs(shares).max(-1).reshape(len(rows), -1),
    }
    found = {key: value.astype(float).tolist() for key, value in found.items()}
    path.with_name(name + '.margins.json').write_text(json.dumps(found))
";

#[test]
fn what_is_exported_xgboost_reads_with_equal_margins() {
    let Some(python) = python("xgboost") else {
        eprintln!("export to XGBoost: skipped, no Python with xgboost (set CHATSIGNAL_PYTHON)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let models = models();
    for (name, artifact, rows) in &models {
        let json = export(artifact).unwrap().json;
        fs::write(folder.path().join(format!("{name}.json")), json).unwrap();
        let rows: Vec<Vec<Option<f32>>> = rows
            .iter()
            .map(|row| row.iter().map(|x| (!x.is_nan()).then_some(*x)).collect())
            .collect();
        fs::write(folder.path().join(format!("{name}.rows.json")), json!(rows).to_string())
            .unwrap();
    }
    let output = Command::new(python).args(["-c", SCRIPT]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (name, artifact, rows) in &models {
        let found = fs::read(folder.path().join(format!("{name}.margins.json"))).unwrap();
        let found: Value = serde_json::from_slice(&found).unwrap();
        let of = |key: &str, row: usize| numbers(&found[key][row]);
        for (at, row) in rows.iter().enumerate() {
            let ours = artifact.predict_outputs(row).margins;
            for key in ["batch", "single"] {
                let theirs = of(key, at);
                assert_eq!(ours.len(), theirs.len(), "{name}");
                for (ours, theirs) in ours.iter().zip(&theirs) {
                    assert!(near(name, *ours, *theirs), "{name} {key}: {ours} {theirs} of {row:?}");
                }
            }
            let shares = of("shares", at).into_iter().zip(of("size", at));
            for (ours, (theirs, size)) in ours.iter().zip(shares) {
                let near = (ours - theirs).abs() <= 1e-4 * (1.0 + ours.abs() + size);
                assert!(near, "{name} shares: {ours} {theirs} of {row:?}");
            }
        }
    }
    eprintln!("XGBoost read {} exported models with equal margins", models.len());
}
