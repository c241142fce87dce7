//! An open loop: requests at a fixed rate, whatever the answers take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::connection::{Connection, Head};
use super::load::quantile_us;

/// What came of a rate.
#[derive(Clone, Debug, Default)]
pub struct Rated {
    /// Wall clock, seconds.
    pub seconds: f64,
    /// Times of the answers with status 200, ns, rising.
    pub accepted: Vec<u64>,
    /// Times of the answers 429 and 503 with `Retry-After`, ns, rising.
    pub refused: Vec<u64>,
    /// Everything else: other answers, refusals without `Retry-After`, broken connections.
    pub faults: u64,
    /// Requests that were due and for which no connection was free in time.
    pub unsent: u64,
}

impl Rated {
    /// Accepted requests in a second.
    #[must_use]
    pub fn accepted_per_s(&self) -> f64 {
        self.accepted.len() as f64 / self.seconds
    }

    /// Share of all answers that are refusals.
    #[must_use]
    pub fn refused_share(&self) -> f64 {
        let all = self.accepted.len() + self.refused.len();
        self.refused.len() as f64 / all.max(1) as f64
    }

    /// 99th percentile of the accepted, microseconds.
    #[must_use]
    pub fn p99_us(&self) -> f64 {
        quantile_us(&self.accepted, 0.99)
    }

    /// 99th percentile and longest of the refused, microseconds.
    #[must_use]
    pub fn refused_us(&self) -> (f64, f64) {
        (quantile_us(&self.refused, 0.99), quantile_us(&self.refused, 1.0))
    }

    fn add(&mut self, ns: u64, answer: std::io::Result<Head>) {
        match answer {
            Ok(head) if head.status == 200 => self.accepted.push(ns),
            Ok(head) if head.retry_after => self.refused.push(ns),
            _ => self.faults += 1,
        }
    }

    /// Takes the answers of another run in; they are not in order then.
    pub fn merge(&mut self, other: Self) {
        self.accepted.extend(other.accepted);
        self.refused.extend(other.refused);
        self.faults += other.faults;
    }
}

/// Sends `per_s` requests a second for so long over at most so many connections. The time of an
/// answer counts from the moment at which its request was due, when no connection was free then;
/// else from its sending, since the client's own clock is a millisecond coarse.
///
/// # Errors
/// When a connection cannot be opened.
pub async fn rated(
    address: SocketAddr,
    connections: usize,
    requests: &Arc<Vec<Vec<u8>>>,
    per_s: f64,
    duration: Duration,
) -> Result<Rated> {
    let next = Arc::new(AtomicU64::new(0));
    let total = (per_s * duration.as_secs_f64()) as u64;
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let start = Instant::now();
    let tasks: Vec<_> = opened
        .into_iter()
        .map(|connection| {
            let sender = Sender {
                address,
                requests: Arc::clone(requests),
                next: Arc::clone(&next),
                total,
                interval_s: 1.0 / per_s,
                start,
                until: start + duration,
            };
            tokio::spawn(sender.run(connection))
        })
        .collect();
    let mut all = Rated::default();
    for task in tasks {
        all.merge(task.await?);
    }
    all.seconds = start.elapsed().as_secs_f64();
    let sent = (all.accepted.len() + all.refused.len()) as u64 + all.faults;
    all.unsent = total.saturating_sub(sent);
    all.accepted.sort_unstable();
    all.refused.sort_unstable();
    Ok(all)
}

struct Sender {
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicU64>,
    total: u64,
    interval_s: f64,
    start: Instant,
    until: Instant,
}

impl Sender {
    async fn run(self, mut connection: Connection) -> Rated {
        let mut found = Rated::default();
        loop {
            let ticket = self.next.fetch_add(1, Ordering::Relaxed);
            if ticket >= self.total || Instant::now() >= self.until {
                return found;
            }
            let due = self.start + Duration::from_secs_f64(ticket as f64 * self.interval_s);
            let late = Instant::now() > due;
            if !late {
                tokio::time::sleep_until(due.into()).await;
            }
            let from = if late { due } else { Instant::now() };
            let request = &self.requests[ticket as usize % self.requests.len()];
            let answer = connection.exchange(request).await;
            found.add(
                from.elapsed().as_nanos() as u64,
                match &answer {
                    Ok(head) => Ok(*head),
                    Err(error) => Err(error.kind().into()),
                },
            );
            if answer.map_or(true, |head| head.close) {
                match Connection::open(self.address).await {
                    Ok(fresh) => connection = fresh,
                    Err(_) => return found,
                }
            }
        }
    }
}
