//! Wall clock and CPU time of a piece of work.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// Seconds spent.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Seconds {
    /// Wall clock.
    pub wall_s: f64,
    /// CPU time of the process, all threads (0 where the system does not tell).
    pub cpu_s: f64,
}

/// Runs `work` and says how long it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Seconds) {
    let (start, cpu) = (Instant::now(), process_cpu_s());
    let value = work();
    (value, Seconds { wall_s: start.elapsed().as_secs_f64(), cpu_s: process_cpu_s() - cpu })
}

/// CPU seconds of all threads of this process so far.
#[cfg(unix)]
fn process_cpu_s() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}

/// CPU seconds of all threads of this process so far.
#[cfg(not(unix))]
fn process_cpu_s() -> f64 {
    0.0
}

/// Runs `work` on this thread and says how many seconds of CPU it took, to the nanosecond (Linux:
/// `/proc/thread-self/schedstat`; 0 where the system does not tell).
pub fn thread_timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = thread_cpu_s();
    let value = work();
    (value, thread_cpu_s() - before)
}

fn thread_cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|field| field.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}
