//! Runs the rivals in their own environment.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use chatsignal_core::model::FeatureKind;
use chatsignal_train::dataset::{Dataset, Task};
use serde_json::{Value, json};

use crate::clock::Seconds;

/// Fold of rows that are learned from in every fold and never predicted.
pub const TRAIN_ONLY: u8 = 255;

/// The rivals' environment and scratch folder.
#[derive(Clone, Debug)]
pub struct Rivals {
    bench: PathBuf,
}

/// A library and its parameters.
#[derive(Clone, Debug)]
pub struct Rival {
    /// Name in `rivals/run.py`.
    pub name: &'static str,
    /// Its parameters, by its own names.
    pub params: Value,
}

impl Rivals {
    /// The environment in the folder of this crate.
    #[must_use]
    pub fn here() -> Self {
        Self { bench: PathBuf::from(env!("CARGO_MANIFEST_DIR")) }
    }

    /// Makes the environment with the pinned versions, if it is not there.
    ///
    /// # Errors
    /// No Python, or no package registry.
    pub fn set_up(&self) -> Result<()> {
        if self.python().exists() {
            return Ok(());
        }
        let venv = self.bench.join(".venv");
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        run(Command::new(self.python())
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(self.bench.join("rivals/requirements.txt")))
    }

    /// The interpreter of the environment.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.bench.join(".venv/bin/python")
    }

    /// A script of the rivals.
    #[must_use]
    pub fn script(&self, name: &str) -> PathBuf {
        self.bench.join("rivals").join(name)
    }

    /// Writes a table and its folds (0 and up, or [`TRAIN_ONLY`]); returns the folder.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, name: &str, data: &Dataset, fold: &[u8]) -> Result<PathBuf> {
        let folder = self.bench.join("results/raw").join(name);
        fs::create_dir_all(&folder)?;
        let features: Vec<Value> = data
            .schema
            .features
            .iter()
            .map(|f| match &f.kind {
                FeatureKind::Numeric => json!({"name": f.name, "categories": null}),
                FeatureKind::Categorical { categories } => {
                    json!({"name": f.name, "categories": categories})
                }
            })
            .collect();
        fs::write(folder.join("spec.json"), json!({ "features": features }).to_string())?;
        let x: Vec<u8> = data.x.iter().flat_map(|v| v.to_le_bytes()).collect();
        let y: Vec<u8> = data.y.iter().flat_map(|v| v.to_le_bytes()).collect();
        fs::write(folder.join("x.f32"), x)?;
        fs::write(folder.join("y.f64"), y)?;
        fs::write(folder.join("fold.u8"), fold)?;
        Ok(folder)
    }

    /// Fits a rival on a written table: out-of-fold predictions (NaN for rows that are only learned
    /// from) and the time spent fitting.
    ///
    /// # Errors
    /// The rival failed.
    pub fn fit(
        &self,
        folder: &Path,
        task: Task,
        rival: &Rival,
        threads: usize,
    ) -> Result<(Vec<f64>, Seconds)> {
        let out = folder.join(format!("{}.f64", rival.name));
        let job = json!({
            "data": folder, "rival": rival.name, "params": rival.params, "out": out,
            "task": match task { Task::Binary => "binary", Task::Regression => "regression" },
        });
        let request = json!({ "threads": threads, "jobs": [job] });
        let mut child = Command::new(self.python())
            .arg(self.bench.join("rivals/run.py"))
            .env("OMP_NUM_THREADS", threads.to_string())
            .env("OMP_WAIT_POLICY", "passive")
            .env("OPENBLAS_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} (run with --setup)", self.python().display()))?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(request.to_string().as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!("{} failed", rival.name);
        }
        let seconds = serde_json::from_slice(&output.stdout)?;
        let predictions = fs::read(out)?
            .chunks_exact(8)
            .map(|b| Ok(f64::from_le_bytes(b.try_into()?)))
            .collect::<Result<_>>()?;
        Ok((predictions, seconds))
    }
}

fn run(command: &mut Command) -> Result<()> {
    if command.status()?.success() { Ok(()) } else { bail!("{command:?} failed") }
}
