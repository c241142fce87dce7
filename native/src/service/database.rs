//! The database from asynchronous code: a few connections, each used on a thread that may wait.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::error::ApiError;
use crate::store::{Store, StoreError};

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
            let _permit = permit;
            let mut store = pool.take()?;
            let outcome = work(&mut store);
            pool.put(store);
            outcome
        });
        task.await.map_err(ApiError::internal)?
    }
}

impl Pool {
    fn take(&self) -> Result<Store, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Store::open(&self.path), Ok)
    }

    /// A connection whose work panicked is dropped instead, and closed.
    fn put(&self, store: Store) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(store);
    }
}
