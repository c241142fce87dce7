//! The stages of the way, each from the first byte of the file.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use chatsignal_bench::clock::thread_timed;
use chatsignal_core::contact::ContactState;
use chatsignal_core::feature::{
    BatchPlan, ChurnRaw, EngagementRaw, FeatureBatch, FeatureContext, LeadRaw, SendCandidate,
};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_native::store::{Store, StoreError, Tenant};
use rusqlite::Connection;

use crate::log::Log;

/// CPU seconds of a stage.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) cpu_s: f64,
}

/// Name, words, and the work.
type Work = (&'static str, &'static str, fn(&Open, TimestampMs) -> Result<()>);

const STAGES: [Work; 8] = [
    ("scan", "rows of SQLite in order, nothing read out of them", scan),
    ("scan, 64 MiB", "the same with a page cache of 64 MiB in place of SQLite's 2 MB", scan_cached),
    ("scan, mapped", "the same with the file mapped into memory", scan_mapped),
    ("decode", "scanned and decoded into the events of a contact", decode),
    ("fold", "decoded and folded into the state of a contact", fold),
    ("rows", "events, state, then a feature row of each kind (`extract`, `vector`)", rows),
    ("columns", "all 83 features of the three kinds as columns (`features`)", columns),
    ("lead columns", "the 24 lead features as columns", lead_columns),
];

/// The file, and our store on it.
struct Open {
    store: Store,
    tenant: Tenant,
    path: PathBuf,
}

impl Open {
    fn new(log: &Log) -> Result<Self> {
        let (store, tenant) = Log::open(&log.path)?;
        Ok(Self { store, tenant, path: log.path.clone() })
    }
}

/// Best CPU seconds of every stage; the stages take turns.
pub(crate) fn measure(log: &Log, turns: usize) -> Result<Vec<Stage>> {
    let open = Open::new(log)?;
    let mut best = STAGES.map(|(name, about, _)| Stage { name, about, cpu_s: f64::INFINITY });
    for _ in 0..turns {
        for (stage, (_, _, work)) in best.iter_mut().zip(STAGES) {
            let (done, cpu_s) = thread_timed(|| work(&open, log.as_of));
            done?;
            stage.cpu_s = stage.cpu_s.min(cpu_s);
        }
    }
    Ok(best.into())
}

/// Repeats one stage and prints each turn.
pub(crate) fn repeat(log: &Log, name: &str, turns: usize) -> Result<()> {
    let open = Open::new(log)?;
    let Some((_, _, work)) = STAGES.into_iter().find(|(known, ..)| *known == name) else {
        bail!("no stage {name}: {:?}", STAGES.map(|(name, ..)| name));
    };
    for _ in 0..turns {
        let (done, cpu_s) = thread_timed(|| work(&open, log.as_of));
        done?;
        println!("{name}: {cpu_s:.3} s, {:.2} M events/s", log.events as f64 / cpu_s / 1e6);
    }
    Ok(())
}

fn scan(open: &Open, _: TimestampMs) -> Result<()> {
    bare_scan(&open.path, "")
}

fn scan_cached(open: &Open, _: TimestampMs) -> Result<()> {
    bare_scan(&open.path, "PRAGMA cache_size = -65536")
}

fn scan_mapped(open: &Open, _: TimestampMs) -> Result<()> {
    bare_scan(&open.path, "PRAGMA mmap_size = 4294967296")
}

/// The scan in a connection of its own, without our code.
fn bare_scan(path: &Path, pragma: &str) -> Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch(pragma)?;
    let mut statement = connection.prepare(
        "SELECT contact, body FROM events WHERE tenant = 1 AND contact > zeroblob(16)
         ORDER BY contact, occurred_at, rank, event_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        black_box(row.get_ref(1)?.as_blob()?);
    }
    Ok(())
}

fn decode(open: &Open, _: TimestampMs) -> Result<()> {
    open.store.events(open.tenant.id).visit(|_, events| {
        black_box(events);
        Ok(())
    })
}

fn fold(open: &Open, as_of: TimestampMs) -> Result<()> {
    open.store.events(open.tenant.id).fold(as_of, |_, state| {
        black_box(state);
        Ok(())
    })
}

/// The plan of all features.
pub(crate) fn plan(context: &FeatureContext, as_of: TimestampMs) -> BatchPlan<'_> {
    BatchPlan {
        lead: Some(context),
        churn: Some(context),
        engagement: Some((context, SendCandidate::at(as_of, UtcOffsetMin(0)))),
        ..BatchPlan::at(as_of)
    }
}

fn rows(open: &Open, as_of: TimestampMs) -> Result<()> {
    let context = FeatureContext::default();
    open.store.events(open.tenant.id).visit(|_, events| {
        let state = ContactState::at(events, as_of);
        let send = SendCandidate::at(as_of, state.utc_offset().unwrap_or_default());
        black_box(LeadRaw::extract(&state, as_of).vector(&context));
        black_box(ChurnRaw::extract(&state, as_of).vector(&context));
        black_box(EngagementRaw::extract(&state, as_of).vector(&send, &context));
        Ok::<_, StoreError>(())
    })?;
    Ok(())
}

/// All features of every contact.
pub(crate) fn features(
    store: &Store,
    tenant: &Tenant,
    as_of: TimestampMs,
) -> Result<FeatureBatch, StoreError> {
    let context = FeatureContext::default();
    store.events(tenant.id).features(&plan(&context, as_of))
}

fn columns(open: &Open, as_of: TimestampMs) -> Result<()> {
    black_box(features(&open.store, &open.tenant, as_of)?);
    Ok(())
}

fn lead_columns(open: &Open, as_of: TimestampMs) -> Result<()> {
    let context = FeatureContext::default();
    let plan = BatchPlan { lead: Some(&context), ..BatchPlan::at(as_of) };
    black_box(open.store.events(open.tenant.id).features(&plan)?);
    Ok(())
}
