//! The clock by which the service scores, trains and reviews.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chatsignal_core::time::TimestampMs;

use crate::cli::clock;

/// The clock of the system, or one that goes before it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Milliseconds by which it goes before.
    ahead: AtomicI64,
}

impl Clock {
    /// Now.
    pub(crate) fn now(&self) -> TimestampMs {
        clock::now().plus_ms(self.ahead.load(Ordering::Relaxed))
    }

    /// Puts it forward.
    pub(crate) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead.fetch_add(by, Ordering::Relaxed);
    }
}
