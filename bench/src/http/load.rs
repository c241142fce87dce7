//! A closed loop: so many connections, each with one request at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::connection::Connection;

/// Requests of every connection that are not counted.
const WARM_UP: usize = 20;

/// What came of a load.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Wall clock, seconds.
    pub seconds: f64,
    /// Time of every answer, ns, rising.
    pub latencies: Vec<u64>,
}

impl Load {
    /// Answers in a second.
    #[must_use]
    pub fn per_s(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// A quantile of the times, microseconds.
    #[must_use]
    pub fn quantile_us(&self, q: f64) -> f64 {
        quantile_us(&self.latencies, q)
    }
}

/// A quantile (nearest rank) of rising times in ns, as microseconds; NaN of none.
#[must_use]
pub fn quantile_us(rising: &[u64], q: f64) -> f64 {
    let rank = (q * rising.len() as f64).ceil() as usize;
    rising.get(rank.saturating_sub(1)).map_or(f64::NAN, |ns| *ns as f64 / 1e3)
}

/// Sends the requests in turn for so long; every answer must be a 200.
///
/// The generator never sleeps: on the same machine it is the server that pays for waking it, and a
/// server that is slower would pay for it more often.
///
/// # Errors
/// A connection that breaks, another status, or no answer at all.
pub async fn closed(
    address: SocketAddr,
    connections: usize,
    requests: &Arc<Vec<Vec<u8>>>,
    duration: Duration,
) -> Result<Load> {
    let mut opened = Vec::new();
    for at in 0..connections {
        let mut connection = Connection::open(address).await?;
        for turn in 0..WARM_UP {
            ask(&mut connection, &requests[(at + turn) % requests.len()]).await?;
        }
        opened.push(connection);
    }
    let start = Instant::now();
    let tasks: Vec<_> = opened
        .into_iter()
        .enumerate()
        .map(|(at, mut connection)| {
            let requests = Arc::clone(requests);
            tokio::spawn(async move {
                let (mut times, mut turn) = (Vec::new(), at);
                while start.elapsed() < duration {
                    let asked = Instant::now();
                    ask(&mut connection, &requests[turn % requests.len()]).await?;
                    times.push(asked.elapsed().as_nanos() as u64);
                    turn += 1;
                }
                Ok::<_, anyhow::Error>(times)
            })
        })
        .collect();
    let awake = tokio::spawn(async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    let mut load = Load::default();
    for task in tasks {
        load.latencies.extend(task.await??);
    }
    awake.abort();
    load.seconds = start.elapsed().as_secs_f64();
    load.latencies.sort_unstable();
    ensure!(!load.latencies.is_empty(), "no answer in {duration:?}");
    Ok(load)
}

async fn ask(connection: &mut Connection, request: &[u8]) -> Result<()> {
    let head = connection.exchange(request).await.context("the connection broke")?;
    let body = || String::from_utf8_lossy(connection.body(head)).into_owned();
    ensure!(head.status == 200, "status {}: {}", head.status, body());
    Ok(())
}
