//! Requests of one tenant in time: a token bucket in the form of GCRA (one number).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A limit: on average one request each `interval`, and `burst` at once.
#[derive(Debug)]
pub(crate) struct RateLimit {
    start: Instant,
    interval_ns: u64,
    burst: u64,
    /// Theoretical arrival time of the next request, ns since `start`.
    arrival: AtomicU64,
}

/// What the limit says about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether it is within the limit; else how long to wait.
    pub(crate) wait: Option<Duration>,
    /// The limit: requests at once.
    pub(crate) limit: u64,
    /// How many more are free now.
    pub(crate) remaining: u64,
    /// Until all are free again.
    pub(crate) reset: Duration,
}

impl RateLimit {
    /// `None` when nothing is limited.
    pub(crate) fn new(per_s: u32, burst: u32) -> Option<Self> {
        let interval_ns = 1_000_000_000u64.checked_div(u64::from(per_s))?.max(1);
        let start = Instant::now();
        Some(Self { start, interval_ns, burst: u64::from(burst), arrival: AtomicU64::new(0) })
    }

    /// Counts one request.
    pub(crate) fn take(&self) -> Verdict {
        self.take_at(self.start.elapsed())
    }

    fn take_at(&self, now: Duration) -> Verdict {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX / 2);
        let window = self.interval_ns.saturating_mul(self.burst);
        let mut arrival = self.arrival.load(Ordering::Relaxed);
        loop {
            let next = arrival.max(now).saturating_add(self.interval_ns);
            let ahead = next - now;
            if ahead > window {
                let wait = Some(Duration::from_nanos(ahead - window));
                let reset = Duration::from_nanos(arrival.saturating_sub(now));
                return Verdict { wait, limit: self.burst, remaining: 0, reset };
            }
            let swap = self.arrival.compare_exchange_weak(
                arrival,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match swap {
                Ok(_) => {
                    return Verdict {
                        wait: None,
                        limit: self.burst,
                        remaining: (window - ahead) / self.interval_ns,
                        reset: Duration::from_nanos(ahead),
                    };
                }
                Err(seen) => arrival = seen,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_average_holds() {
        let limit = RateLimit::new(10, 3).expect("a limit");
        let at = |ms| limit.take_at(Duration::from_millis(ms));
        assert_eq!(
            [at(0), at(0), at(0)].map(|v| (v.wait, v.remaining)),
            [(None, 2), (None, 1), (None, 0)]
        );
        assert_eq!(at(0).wait, Some(Duration::from_millis(100)));
        assert_eq!(at(99).wait, Some(Duration::from_millis(1)));
        assert_eq!(at(100).wait, None);
        assert!(at(100).wait.is_some());
        assert_eq!(at(10_000).remaining, 2);
        assert!(RateLimit::new(0, 5).is_none());
    }
}
