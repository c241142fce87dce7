//! A process of another library (or of our WebAssembly module) that stays loaded and waits for its
//! turn.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::Seconds;

/// A child process that answers one JSON line for each JSON line.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts a process for `threads` threads, on as many cores where `taskset` exists.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(program: &Path, arguments: &[&Path], threads: usize) -> Result<Self> {
        let mut command = Command::new(program);
        if has_taskset() {
            command = Command::new("taskset");
            command.arg("-c").arg(cores(threads)).arg(program);
        }
        let mut child = command
            .args(arguments)
            .env("OMP_NUM_THREADS", threads.to_string())
            .env("OMP_WAIT_POLICY", "passive")
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let requests = child.stdin.take().context("no input")?;
        let answers = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Self { child, requests, answers })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// The process died, or answered with an error.
    pub fn ask<T: DeserializeOwned>(&mut self, request: &Value) -> Result<T> {
        writeln!(self.requests, "{request}").context("the worker is gone")?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("the worker died");
        }
        let answer: Value = serde_json::from_str(&line)?;
        if let Some(error) = answer["error"].as_str() {
            bail!("{error}");
        }
        Ok(serde_json::from_value(answer)?)
    }

    /// Asks for one timed call.
    ///
    /// # Errors
    /// Those of [`Worker::ask`].
    pub fn turn(&mut self, request: &Value) -> Result<Seconds> {
        self.ask(request)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Nothing is kept in it; it may already be gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts every thread of this process on the first `threads` of the cores used.
///
/// # Errors
/// `taskset` fails.
pub fn pin(threads: usize) -> Result<()> {
    if has_taskset() {
        let mut command = Command::new("taskset");
        command.args(["-a", "-c", "-p", &cores(threads), &std::process::id().to_string()]);
        if !command.stdout(Stdio::null()).status()?.success() {
            bail!("taskset failed");
        }
    }
    Ok(())
}

/// Whether processes can be kept on their cores.
#[must_use]
pub fn has_taskset() -> bool {
    Command::new("taskset").arg("--version").output().is_ok_and(|o| o.status.success())
}

/// The first cores, as `taskset` takes them.
fn cores(threads: usize) -> String {
    format!("0-{}", threads.max(1) - 1)
}
