//! Import of the same events as canonical NDJSON, in order of time.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::{Result, anyhow};
use chatsignal_bench::clock::timed;
use chatsignal_core::event::{Currency, Event};
use chatsignal_ingest::{Reject, ndjson};
use chatsignal_native::import::{Observer, Options, import};
use chatsignal_native::store::{Inserted, Store, StoreError};

use crate::log::Log;

/// What an import took.
pub(crate) struct Imported {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    /// CPU of both threads.
    pub(crate) cpu_s: f64,
    pub(crate) wall_s: f64,
}

/// Writes the log out and imports it into a new store.
pub(crate) fn measure(log: &Log, folder: &Path) -> Result<Imported> {
    let file = folder.join("events.ndjson");
    write(log, &file)?;
    let database = folder.join("imported.db");
    let mut store = Store::open_or_create(&database)?;
    let tenant = store.tenant_or_create("default")?;
    let options = Options {
        format: None,
        me: Vec::new(),
        contact: None,
        timezone: chatsignal_native::timezone::zone("UTC").map_err(|e| anyhow!(e))?,
        currency: Currency::EUR,
        lag_ms: 0,
        date_order: None,
        columns: Default::default(),
    };
    let (summary, seconds) = timed(|| import(&mut store, &tenant, &file, &options, &mut Silent));
    let summary = summary?;
    let bytes = std::fs::metadata(&file)?.len();
    drop(store);
    for name in ["imported.db", "events.ndjson"] {
        std::fs::remove_file(folder.join(name))?;
    }
    Ok(Imported {
        events: summary.inserted.new,
        bytes,
        cpu_s: seconds.cpu_s,
        wall_s: seconds.wall_s,
    })
}

fn write(log: &Log, file: &Path) -> Result<()> {
    let (store, tenant) = Log::open(&log.path)?;
    let mut events: Vec<Event> = Vec::with_capacity(log.events);
    store.events(tenant.id).visit(|_, own| {
        events.extend_from_slice(own);
        Ok::<_, StoreError>(())
    })?;
    events.sort_by_key(|event| event.available_at);
    let mut out = BufWriter::new(File::create(file)?);
    let mut line = String::new();
    for event in &events {
        line.clear();
        ndjson::write(event, &mut line);
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

struct Silent;

impl Observer for Silent {
    fn started(&mut self, _: &str, _: Option<u64>, _: Arc<AtomicU64>) {}
    fn reject(&mut self, _: &Reject) -> io::Result<()> {
        Ok(())
    }
    fn committed(&mut self, _: Inserted) {}
}
