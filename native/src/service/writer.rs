//! The one thread that writes what comes in live. Writes that wait together are committed together,
//! so that many small deliveries cost few waits for the disk; nobody is told that a write is done
//! before it is on disk. Work of the background comes after each group of deliveries.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use chatsignal_ingest::Ingested;
use tokio::sync::{mpsc, oneshot};

use super::error::ApiError;
use super::live::Touched;
use super::tenants::TenantState;
use crate::store::{Inserted, Store, StoreError};

/// Writes that may wait.
const QUEUE_MAX: usize = 512;
/// Writes committed together.
const GROUP_WRITES_MAX: usize = 128;
/// Events from which on no further write joins a group.
const GROUP_EVENTS_MAX: usize = 10_000;

/// Work on the store in the turn of the background; it hears why when there is no store.
type Background = Box<dyn FnOnce(Result<&mut Store, StoreError>) + Send>;

enum Job {
    Events(Write),
    Background(Background),
}

/// Events of one tenant.
struct Write {
    tenant: Arc<TenantState>,
    found: Ingested,
    done: oneshot::Sender<Result<Inserted, ApiError>>,
}

/// The way to the writer; a clone leads to the same.
#[derive(Clone, Debug)]
pub(crate) struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Starts the thread; it ends when the last clone is gone. Contacts whose events have come are
    /// noted in `touched`.
    pub(crate) fn start(db: PathBuf, touched: Arc<Touched>) -> std::io::Result<Self> {
        let (sender, jobs) = mpsc::channel(QUEUE_MAX);
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || Thread { db, store: None, touched }.run(jobs))?;
        Ok(Self(sender))
    }

    /// Writes events and directory entries. Done when they are on disk; the work goes on when the
    /// caller goes away.
    pub(crate) async fn events(
        &self,
        tenant: &Arc<TenantState>,
        found: Ingested,
    ) -> Result<Inserted, ApiError> {
        let (done, outcome) = oneshot::channel();
        let write = Write { tenant: Arc::clone(tenant), found, done };
        self.0.send(Job::Events(write)).await.map_err(ApiError::internal)?;
        outcome.await.map_err(ApiError::internal)?
    }

    /// Runs `work` on the writer's connection when no events wait.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (done, outcome) = oneshot::channel();
        let work: Background = Box::new(move |store| {
            // Nobody waits any more: the work is done all the same.
            let _ = done.send(store.and_then(work));
        });
        self.0.send(Job::Background(work)).await.map_err(ApiError::internal)?;
        Ok(outcome.await.map_err(ApiError::internal)??)
    }
}

struct Thread {
    db: PathBuf,
    store: Option<Store>,
    touched: Arc<Touched>,
}

impl Thread {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(job) = jobs.blocking_recv() {
            let mut writes = Vec::new();
            let mut later = Vec::new();
            let mut events = 0;
            let mut next = Some(job);
            while let Some(job) = next {
                match job {
                    Job::Events(write) => {
                        events += write.found.events.len();
                        writes.push(write);
                    }
                    Job::Background(work) => later.push(work),
                }
                let room = writes.len() < GROUP_WRITES_MAX && events < GROUP_EVENTS_MAX;
                next = if room { jobs.try_recv().ok() } else { None };
            }
            self.survive(|thread| thread.write(writes));
            for work in later {
                self.survive(|thread| work(thread.store()));
            }
        }
    }

    /// Does a piece of work. If it panics, its callers find their channels closed, the transaction is
    /// rolled back with its connection, and the next piece gets a fresh one.
    fn survive(&mut self, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.store = None;
        }
    }

    /// Commits writes, one transaction a tenant.
    fn write(&mut self, mut writes: Vec<Write>) {
        while let Some(first) = writes.first() {
            let tenant = Arc::clone(&first.tenant);
            let (group, rest) =
                writes.into_iter().partition(|write| write.tenant.tenant.id == tenant.tenant.id);
            writes = rest;
            self.write_group(&tenant, group);
        }
    }

    fn write_group(&mut self, tenant: &Arc<TenantState>, group: Vec<Write>) {
        match self.commit(tenant, &group) {
            Ok(counts) => {
                for (write, inserted) in group.into_iter().zip(counts) {
                    let _ = write.done.send(Ok(inserted));
                }
            }
            // One of them is at fault: alone, each finds out for itself.
            Err(StoreError::InvalidEvent { .. }) if group.len() > 1 => {
                for write in group {
                    self.write_group(tenant, vec![write]);
                }
            }
            Err(error) => {
                self.store = None;
                let error = ApiError::from(error);
                for write in group {
                    let _ = write.done.send(Err(error.clone()));
                }
            }
        }
    }

    fn commit(
        &mut self,
        tenant: &Arc<TenantState>,
        group: &[Write],
    ) -> Result<Vec<Inserted>, StoreError> {
        let store = self.store()?;
        let mut batch = store.batch(&tenant.tenant)?;
        let mut counts = Vec::with_capacity(group.len());
        let mut before = Inserted::default();
        for write in group {
            for event in &write.found.events {
                batch.insert(event)?;
            }
            for entry in &write.found.directory {
                batch.directory(entry)?;
            }
            let now = batch.inserted();
            counts.push(Inserted {
                new: now.new - before.new,
                duplicate: now.duplicate - before.duplicate,
                erased: now.erased - before.erased,
            });
            before = now;
        }
        // What was all known changes no score.
        let changed = before.new > 0 || batch.has_replaced();
        let touched = if changed { batch.touched()? } else { Default::default() };
        batch.commit()?;
        self.touched.note(tenant, touched);
        Ok(counts)
    }

    fn store(&mut self) -> Result<&mut Store, StoreError> {
        let store = match self.store.take() {
            Some(store) => store,
            None => Store::open(&self.db)?,
        };
        Ok(self.store.insert(store))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_ends_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = folder.path().join("w.db");
        Store::open_or_create(&db).expect("a store").tenant_or_create("t").expect("a tenant");
        let writer = Writer::start(db, Arc::default()).expect("a thread");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let panicking =
                writer.run(|_| -> Result<(), StoreError> { panic!("on purpose") }).await;
            assert!(panicking.is_err());
            let tenants = writer.run(|store| store.tenants()).await.expect("goes on");
            assert_eq!(tenants.len(), 1);
        });
    }

    #[test]
    fn background_work_hears_that_the_store_is_out_of_reach() {
        let folder = tempfile::tempdir().expect("a folder");
        let writer = Writer::start(folder.path().join("none.db"), Arc::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let error = runtime
            .block_on(writer.expect("a thread").run(|store| store.tenants()))
            .expect_err("there is no database");
        assert_eq!(error.problem.code, chatsignal_api::error::ErrorCode::StoreUnavailable);
    }
}
