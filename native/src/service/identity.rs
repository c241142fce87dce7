//! Identities of requests.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Identity of one request: in its answer, in the header `X-Request-Id` and in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) String);

impl RequestId {
    /// A fresh one: random for the process, counted within it.
    #[must_use]
    pub(crate) fn next() -> Self {
        static PROCESS: OnceLock<u64> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let process = *PROCESS.get_or_init(|| {
            let mut bytes = [0u8; 8];
            // Without random bytes the start of the process still tells it apart.
            if getrandom::fill(&mut bytes).is_err() {
                return crate::cli::clock::now().0.unsigned_abs();
            }
            u64::from_le_bytes(bytes)
        });
        Self(format!("r-{process:016x}-{:x}", COUNT.fetch_add(1, Ordering::Relaxed)))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
