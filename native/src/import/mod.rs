//! Import of files: bytes through a reader of `chatsignal-ingest` into the store.
//!
//! A thread reads and parses, another writes: at most a few chunks are in memory between them.
//! Every chunk is one transaction, which also counts it: an import that was killed goes on where
//! it stopped, reading the same content again without writing it. Importing twice changes nothing,
//! because events carry ids made from their content.

mod chunk;
mod error;
mod format;
mod input;
pub(crate) mod limits;
mod read;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, sync_channel};
use std::{io, thread};

use chatsignal_core::event::Currency;
use chatsignal_ingest::dates::DateOrder;
use chatsignal_ingest::purchases::ColumnNames;
use chatsignal_ingest::{Availability, Context, Hasher, Ingested, Reject};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

pub use error::ImportError;
pub use format::Format;

use crate::store::{ImportProgress, Inserted, Store, Tenant};
use crate::timezone::TenantTime;
use chunk::ChunkSink;
use input::Input;

/// How to read the files.
#[derive(Clone, Debug)]
pub struct Options {
    /// Format; told from the content when `None`.
    pub format: Option<Format>,
    /// Chat exports: the names under which the business writes.
    pub me: Vec<String>,
    /// Chat exports: phone number or other id of the contact.
    pub contact: Option<String>,
    /// Time zone of local times in the files.
    pub timezone: TimeZone,
    /// Currency of amounts without one.
    pub currency: Currency,
    /// How long after it happened an event became known, milliseconds.
    pub lag_ms: i64,
    /// Order of day and month; told from the whole file when `None`.
    pub date_order: Option<DateOrder>,
    /// Purchases: names of columns that are not found by themselves.
    pub columns: ColumnNames,
}

impl Options {
    /// Everything that changes the events made from the same bytes, as text to hash.
    pub(crate) fn text(&self, format: &str) -> String {
        let zone = self.timezone.iana_name().unwrap_or("fixed");
        format!(
            "{} {:?} {:?} {zone} {} {} {:?} {:?} {} {}",
            format,
            self.me,
            self.contact,
            self.currency.as_str(),
            self.lag_ms,
            self.date_order,
            self.columns,
            limits::CHUNK_ITEMS,
            env!("CARGO_PKG_VERSION"),
        )
    }
}

/// What became of one input.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Format it was read in.
    pub format: &'static str,
    /// Whether the format was told from the content.
    pub detected: bool,
    /// Whether an earlier import of the same content was taken up.
    pub resumed: bool,
    /// Events, those of the earlier part included.
    pub inserted: Inserted,
    /// Pieces of input that made no event.
    pub rejected: u64,
    /// The first of them.
    pub rejects: Vec<Reject>,
    /// Remarks that the user should see.
    pub notes: Vec<String>,
}

impl Summary {
    pub(crate) fn new(format: &'static str, detected: bool) -> Self {
        Self {
            format,
            detected,
            resumed: false,
            inserted: Inserted::default(),
            rejected: 0,
            rejects: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Counts rejects, keeps the first and passes all on.
    pub(crate) fn rejects(
        &mut self,
        rejects: &[Reject],
        observer: &mut dyn Observer,
    ) -> Result<(), ImportError> {
        for reject in rejects {
            self.rejected += 1;
            if self.rejects.len() < limits::REJECTS_SHOWN {
                self.rejects.push(reject.clone());
            }
            observer.reject(reject).map_err(ImportError::Rejects)?;
        }
        Ok(())
    }
}

/// Is told how an import goes on.
pub trait Observer {
    /// Reading begins: format, size in bytes if known, bytes read so far (counted on another
    /// thread).
    fn started(&mut self, format: &str, bytes: Option<u64>, bytes_read: Arc<AtomicU64>);
    /// A piece of input made no event.
    ///
    /// # Errors
    /// When it cannot be written down; this ends the import.
    fn reject(&mut self, reject: &Reject) -> io::Result<()>;
    /// A chunk is permanent; the counts so far.
    fn committed(&mut self, inserted: Inserted);
}

/// Imports one file; `-` is standard input (which cannot resume).
///
/// # Errors
/// When the file cannot be read as a whole or the store fails. Chunks before that stay.
pub fn import(
    store: &mut Store,
    tenant: &Tenant,
    path: &Path,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Summary, ImportError> {
    let mut input = Input::open(path)?;
    let format = match options.format.or_else(|| Format::detect(&input.head)) {
        Some(format) => format,
        None => return Err(ImportError::UnknownFormat { path: path.to_owned() }),
    };
    let source = input.hash.map(|content| source(&content, &options.text(format.as_str())));
    observer.started(format.as_str(), input.bytes, Arc::clone(&input.bytes_read));
    let mut summary = Summary::new(format.as_str(), options.format.is_none());
    let (sender, receiver) = sync_channel(limits::CHUNKS_WAITING);
    thread::scope(|scope| {
        let reading = scope.spawn(move || {
            let hasher = Hasher::new(&tenant.key);
            let local = TenantTime::new(options.timezone.clone());
            let availability = Availability::Occurred { lag_ms: options.lag_ms };
            let context = Context { hasher: &hasher, local: &local, availability };
            let mut sink = ChunkSink::new(sender);
            let notes = read::read(format, &mut input, context, &tenant.name, options, &mut sink)?;
            sink.finish();
            Ok::<_, ImportError>(notes)
        });
        write(store, tenant, source.as_ref(), receiver, observer, &mut summary)?;
        // The thread has ended: it dropped its sender.
        summary.notes = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok::<_, ImportError>(())
    })?;
    if let Some(source) = &source {
        let batch = store.batch(tenant)?;
        let progress =
            ImportProgress { inserted: summary.inserted, done: true, ..Default::default() };
        batch.set_progress(source, &progress)?;
        batch.commit()?;
    }
    Ok(summary)
}

/// Writes chunks until the reader is done, one transaction each.
fn write(
    store: &mut Store,
    tenant: &Tenant,
    source: Option<&[u8; 32]>,
    chunks: Receiver<Ingested>,
    observer: &mut dyn Observer,
    summary: &mut Summary,
) -> Result<(), ImportError> {
    let earlier = match source {
        Some(source) => store.import_progress(tenant.id, source)?.filter(|p| !p.done),
        None => None,
    };
    let mut progress = earlier.unwrap_or_default();
    let written = progress.position;
    summary.resumed = written > 0;
    for (index, chunk) in chunks.into_iter().enumerate() {
        summary.rejects(&chunk.rejects, observer)?;
        if (index as u64) < written {
            continue;
        }
        write_chunk(store, tenant, source, &chunk, &mut progress)?;
        observer.committed(progress.inserted);
    }
    summary.inserted = progress.inserted;
    Ok(())
}

/// Writes one chunk and the progress that it makes, in one transaction.
pub(crate) fn write_chunk(
    store: &mut Store,
    tenant: &Tenant,
    source: Option<&[u8; 32]>,
    chunk: &Ingested,
    progress: &mut ImportProgress,
) -> Result<(), ImportError> {
    let mut batch = store.batch(tenant)?;
    for event in &chunk.events {
        batch.insert(event)?;
    }
    for entry in &chunk.directory {
        batch.directory(entry)?;
    }
    progress.position += 1;
    progress.inserted.add(batch.inserted());
    if let Some(source) = source {
        batch.set_progress(source, progress)?;
    }
    Ok(batch.commit()?)
}

/// Names an import by the content and the options.
fn source(content: &[u8; 32], options: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(content);
    hash.update(options);
    hash.finalize().into()
}
