//! Growth of resident memory by the fold: each log in a process of its own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use chatsignal_core::feature::{BatchExtractor, FeatureContext};
use chatsignal_native::memory::peak_bytes;

use crate::log::Log;
use crate::stages::plan;

/// How much a fold of a log grew the process.
pub(crate) struct Growth {
    pub(crate) events: usize,
    pub(crate) contacts: usize,
    /// Largest resident memory less what it was before the fold, bytes.
    pub(crate) bytes: u64,
}

/// Measures a log in a new process.
pub(crate) fn growth(log: &Log) -> Result<Growth> {
    let run = Command::new(std::env::current_exe()?).arg("--memory-of").arg(&log.path).output()?;
    if !run.status.success() {
        bail!("{}", String::from_utf8_lossy(&run.stderr));
    }
    let bytes = String::from_utf8(run.stdout)?.trim().parse()?;
    Ok(Growth { events: log.events, contacts: log.contacts, bytes })
}

/// Folds a store, makes all feature rows and throws them away; prints the growth in bytes.
pub(crate) fn child(path: &Path) -> Result<()> {
    let (store, tenant) = Log::open(path)?;
    let as_of = store.newest_available(tenant.id)?.unwrap_or_default();
    let context = FeatureContext::default();
    let plan = plan(&context, as_of);
    let before = peak_bytes().context("peak memory is known on Linux only")?;
    store.events(tenant.id).fold(as_of, |contact, state| {
        let mut one = BatchExtractor::new(plan);
        one.push(contact, state);
        std::hint::black_box(one.finish());
        Ok::<_, anyhow::Error>(())
    })?;
    println!("{}", peak_bytes().context("peak memory")? - before);
    Ok(())
}
