//! Erasures of people. The rows go at once; then the file is rewritten for all who wait, one rewriting
//! at a time and on a connection of its own, since it takes as long as the file is large.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use super::database::Database;
use super::error::ApiError;

/// Further tries to empty the write-ahead log while others read.
const TRIES: u32 = 8;
/// Wait before each of them.
const WAIT: Duration = Duration::from_millis(500);

/// The rewriting that erasures share.
#[derive(Debug)]
pub(crate) struct Erasures {
    database: Database,
    /// Erasures so far whose rows are gone.
    erased: AtomicU64,
    /// How many of them the last complete rewriting was begun after.
    rewritten: Mutex<u64>,
}

impl Erasures {
    pub(crate) fn new(db: PathBuf) -> Self {
        let database = Database::new(db, 1);
        Self { database, erased: AtomicU64::new(0), rewritten: Mutex::new(0) }
    }

    /// Waits until no file holds a copy of rows that are gone: false when a reader keeps the log of
    /// writes.
    pub(crate) async fn complete(&self) -> Result<bool, ApiError> {
        let ours = self.erased.fetch_add(1, Ordering::SeqCst) + 1;
        let mut rewritten = self.rewritten.lock().await;
        if *rewritten >= ours {
            return Ok(true);
        }
        let all = self.erased.load(Ordering::SeqCst);
        let mut emptied = self.database.run(|store| Ok(store.rewrite()?)).await?;
        for _ in 0..TRIES {
            if emptied {
                break;
            }
            tokio::time::sleep(WAIT).await;
            emptied = self.database.run(|store| Ok(store.empty_log()?)).await?;
        }
        if emptied {
            *rewritten = all;
        }
        Ok(emptied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn erasures_that_wait_together_share_a_rewriting() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = folder.path().join("e.db");
        Store::open_or_create(&db).expect("a store");
        let erasures = Erasures::new(db);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            // All three have erased their rows before the first rewriting begins.
            let (one, two, three) =
                tokio::join!(erasures.complete(), erasures.complete(), erasures.complete());
            assert!([one, two, three].into_iter().all(|done| done.expect("written")));
            assert_eq!(*erasures.rewritten.lock().await, 3, "the first did it for all");
            assert!(erasures.complete().await.expect("written"));
            assert_eq!(*erasures.rewritten.lock().await, 4, "a later one is not done yet");
        });
    }
}
