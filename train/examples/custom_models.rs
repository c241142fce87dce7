//! Models of one small table by every learner that a browser has, natively trained: what
//! `tests/js/train.test.mjs` compares the training module with.
//!
//! `cargo run -p chatsignal-train --example custom_models -- FOLDER` writes `rows.f32` and
//! `target.f64` (little-endian), and for each request `NAME.json`, `NAME.csm` and
//! `NAME.report.json`.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use chatsignal_train::custom::TrainRequest;
use chatsignal_train::progress::Silent;
use serde_json::json;

/// Rows of the table.
const ROWS: u32 = 3_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: custom_models FOLDER")?);
    fs::create_dir_all(&folder)?;
    let (rows, target) = table();
    fs::write(
        folder.join("rows.f32"),
        rows.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>(),
    )?;
    fs::write(
        folder.join("target.f64"),
        target.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>(),
    )?;
    let gbm = json!({"n_estimators": 40, "subsample": 0.8, "colsample": 0.8});
    let stopped = json!({"n_estimators": 300, "early_stopping_rounds": 10});
    let forest = json!({"n_estimators": 15});
    for (name, task, learner, params, folds) in [
        ("gbm", "binary", "gbm", gbm, json!(3)),
        ("gbm-stopped", "binary", "gbm", stopped, json!(null)),
        ("gbm-regression", "regression", "gbm", json!({"max_leaves": 20}), json!(null)),
        ("forest", "binary", "forest", forest.clone(), json!(2)),
        ("forest-regression", "regression", "forest", forest, json!(null)),
        ("logistic", "binary", "logistic", json!({"C": 0.5}), json!(3)),
    ] {
        let categories = ["red", "green", "blue", "grey", "black"];
        let request = json!({
            "features": ["x", "y", "rounded", {"name": "color", "categories": categories}],
            "target": "bought", "task": task, "learner": learner, "params": params,
            "folds": folds, "seed": 7,
        })
        .to_string();
        let (bytes, report) =
            TrainRequest::from_json(&request)?.run(rows.clone(), target.clone(), &Silent)?;
        fs::write(folder.join(format!("{name}.json")), request)?;
        fs::write(folder.join(format!("{name}.csm")), bytes)?;
        fs::write(folder.join(format!("{name}.report.json")), report.to_string())?;
    }
    Ok(())
}

/// Two smooth columns, one of few values, one of categories, each missing at times.
fn table() -> (Vec<f32>, Vec<f64>) {
    // The finalizer of MurmurHash3.
    let unit = |row: u32, column: u32| {
        let mut h = row * 4 + column;
        h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
        h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
        f64::from((h ^ (h >> 16)) >> 8) / f64::from(1 << 24)
    };
    let (mut rows, mut target) = (Vec::new(), Vec::new());
    for row in 0..ROWS {
        let [x, y, z, noise] = [0, 1, 2, 3].map(|column| unit(row, column));
        let color = (z * 5.0).floor();
        let shown = [x, y * y, (x * 8.0).floor(), color];
        let missing = |column: u32| (row * 7 + column * 3).is_multiple_of(23);
        rows.extend((0u32..).zip(shown).map(|(c, v)| if missing(c) { f32::NAN } else { v as f32 }));
        let sum = x + y * x + if color == 2.0 { 0.4 } else { 0.0 } + 0.6 * noise;
        target.push(f64::from(u8::from(sum > 1.15)));
    }
    (rows, target)
}
