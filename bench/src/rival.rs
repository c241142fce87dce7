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
use crate::kept::Kept;

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

    /// Makes the environment, or brings it to the pinned versions.
    ///
    /// # Errors
    /// No Python, or no package registry.
    pub fn set_up(&self) -> Result<()> {
        self.install(".venv", "requirements.txt")
    }

    /// The same of the environment with older libraries, which a few rivals need.
    ///
    /// # Errors
    /// No Python, no package registry, or no C compiler.
    pub fn set_up_older(&self) -> Result<()> {
        self.install(".venv-older", "requirements-older.txt")
    }

    fn install(&self, venv: &str, requirements: &str) -> Result<()> {
        let venv = self.bench.join(venv);
        let python = venv.join("bin/python");
        if !python.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        }
        run(Command::new(python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(self.bench.join("rivals").join(requirements)))
    }

    /// The interpreter of the environment.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.bench.join(".venv/bin/python")
    }

    /// Python of the environment with older libraries.
    #[must_use]
    pub fn older_python(&self) -> PathBuf {
        self.bench.join(".venv-older/bin/python")
    }

    /// A script or folder below `rivals`.
    #[must_use]
    pub fn script(&self, name: &str) -> PathBuf {
        self.bench.join("rivals").join(name)
    }

    /// Where files that can be made anew are kept.
    #[must_use]
    pub fn raw(&self, name: &str) -> PathBuf {
        self.bench.join("results/raw").join(name)
    }

    /// Writes a table and its folds (0 and up, or [`TRAIN_ONLY`]); returns the folder.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, name: &str, data: &Dataset, fold: &[u8]) -> Result<PathBuf> {
        let folder = self.raw(name);
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
    /// from) and the time spent fitting. With `reuse`, an earlier run's answer on the same bytes is
    /// taken.
    ///
    /// # Errors
    /// The rival failed.
    pub fn fit(
        &self,
        folder: &Path,
        task: Task,
        rival: &Rival,
        threads: usize,
        reuse: bool,
    ) -> Result<(Vec<f64>, Seconds)> {
        let mut files = ["x.f32", "y.f64", "fold.u8", "spec.json"].map(|f| folder.join(f)).to_vec();
        files.extend([self.script("run.py"), self.script("requirements.txt")]);
        let words = [rival.name, &rival.params.to_string(), &threads.to_string()];
        let kept = Kept::at(&self.raw("kept"), &files, &words)?;
        let seconds = match kept.seconds().filter(|_| reuse) {
            Some(seconds) => seconds,
            None => {
                let seconds = self.run(folder, &kept.predictions(), task, rival, threads)?;
                kept.finish(seconds)?;
                seconds
            }
        };
        Ok((read_f64(&kept.predictions())?, seconds))
    }

    fn run(
        &self,
        folder: &Path,
        out: &Path,
        task: Task,
        rival: &Rival,
        threads: usize,
    ) -> Result<Seconds> {
        let job = json!({
            "data": folder, "rival": rival.name, "params": rival.params, "out": out,
            "task": match task { Task::Binary => "binary", Task::Regression => "regression" },
        });
        let request = json!({ "threads": threads, "jobs": [job] });
        let mut child = Command::new(self.python())
            .arg(self.script("run.py"))
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
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// A file of f64.
///
/// # Errors
/// It cannot be read.
pub fn read_f64(path: &Path) -> Result<Vec<f64>> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let (numbers, _) = bytes.as_chunks::<8>();
    Ok(numbers.iter().map(|b| f64::from_le_bytes(*b)).collect())
}

/// Runs a command to its end.
///
/// # Errors
/// It does not start, or fails.
pub fn run(command: &mut Command) -> Result<()> {
    if command.status()?.success() { Ok(()) } else { bail!("{command:?} failed") }
}
