//! The database from asynchronous code: a few connections, each used on a thread that may wait.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ApiError;
use crate::store::{Store, StoreError};

/// Connections for work that must go on whatever requests do: leases of jobs, keys, health.
pub(crate) const CONTROL_CONNECTIONS: usize = 2;

/// Connections to the database, opened as they are needed.
#[derive(Clone, Debug)]
pub struct Database(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Store>>,
    permits: Arc<Semaphore>,
}

impl Database {
    /// At most `connections` to the database at `path`.
    #[must_use]
    pub fn new(path: PathBuf, connections: usize) -> Self {
        let permits = Arc::new(Semaphore::new(connections));
        Self(Arc::new(Pool { path, idle: Mutex::default(), permits }))
    }

    /// Runs `work` with a connection on a thread that may wait. The work runs to its end even when
    /// the caller goes away, so that no transaction is left half done.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let permit = Arc::clone(&self.0.permits).acquire_owned().await;
        let permit = permit.map_err(ApiError::internal)?;
        let pool = Arc::clone(&self.0);
        let task = tokio::task::spawn_blocking(move || {
            let mut store = pool.take()?;
            let outcome = work(&mut store);
            pool.put(store);
            drop(permit);
            outcome
        });
        task.await.map_err(|fault| ApiError::task(&fault))?
    }

    /// Runs `work` on a thread that may wait, with a connection if it comes to need one: what does
    /// not read the log goes on while the database is out of reach.
    pub(crate) async fn run_lazily<T: Send + 'static>(
        &self,
        work: impl FnOnce(&LazyStore) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (pool, runtime) = (Arc::clone(&self.0), Handle::current());
        let task = tokio::task::spawn_blocking(move || {
            let lazy = LazyStore { pool, runtime, lease: OnceCell::new() };
            work(&lazy)
        });
        task.await.map_err(|fault| ApiError::task(&fault))?
    }
}

/// A connection that is taken at its first use, and given back when this is dropped.
pub(crate) struct LazyStore {
    pool: Arc<Pool>,
    runtime: Handle,
    lease: OnceCell<(Store, OwnedSemaphorePermit)>,
}

impl LazyStore {
    /// Another that has taken nothing yet: work of many parts takes one for each, so that others
    /// get their turn between them.
    pub(crate) fn fresh(&self) -> Self {
        let (pool, runtime) = (Arc::clone(&self.pool), self.runtime.clone());
        Self { pool, runtime, lease: OnceCell::new() }
    }

    /// The connection.
    pub(crate) fn get(&self) -> Result<&Store, ApiError> {
        if self.lease.get().is_none() {
            let permits = Arc::clone(&self.pool.permits);
            let permit = self.runtime.block_on(permits.acquire_owned());
            let permit = permit.map_err(ApiError::internal)?;
            // Nobody else can have set it: this belongs to one thread.
            let _ = self.lease.set((self.pool.take()?, permit));
        }
        let lease = self.lease.get();
        lease.map(|(store, _)| store).ok_or_else(|| ApiError::internal("no connection"))
    }
}

impl Drop for LazyStore {
    fn drop(&mut self) {
        // After a panic the connection is closed.
        if let Some((store, _permit)) = self.lease.take()
            && !std::thread::panicking()
        {
            self.pool.put(store);
        }
    }
}

impl Pool {
    fn take(&self) -> Result<Store, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Store::open(&self.path), Ok)
    }

    /// A connection whose work panicked does not come here: it is closed.
    fn put(&self, store: Store) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(store);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn work_of_many_parts_lets_others_in_between() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = folder.path().join("d.db");
        Store::open_or_create(&db).expect("a store").tenant_or_create("t").expect("a tenant");
        let database = Database::new(db, 1);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async {
            let (first_done, first) = tokio::sync::oneshot::channel();
            let (go_on, told) = mpsc::channel();
            let parts = database.run_lazily(move |store| {
                store.fresh().get()?;
                let _ = first_done.send(());
                // Between two parts: the only connection is free.
                told.recv().map_err(ApiError::internal)?;
                store.fresh().get().map(drop)
            });
            let other = async {
                first.await.expect("the first part is done");
                let tenants = database.run(|store| Ok(store.tenants()?));
                let tenants = tokio::time::timeout(std::time::Duration::from_secs(10), tenants);
                let outcome = tenants.await;
                go_on.send(()).expect("the work waits");
                outcome
            };
            let (parts, other) = tokio::join!(parts, other);
            parts.expect("both parts are done");
            assert_eq!(other.expect("in time").expect("read").len(), 1);
        });
    }
}
