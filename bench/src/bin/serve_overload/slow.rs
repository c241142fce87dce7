//! Two hundred clients that send byte by byte, beside others that do not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use chatsignal_bench::http::rate::rated;
use chatsignal_bench::http::service::{Routes, Service, Workspace};
use chatsignal_native::service::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::verdict::Verdict;

/// Slow clients.
const CLIENTS: usize = 200;
/// How often each sends a byte.
const PAUSE: Duration = Duration::from_millis(500);
/// Requests of the others in a second.
const GOOD_PER_S: f64 = 200.0;

pub(crate) async fn run(
    workspace: &Workspace,
    threads: usize,
    verdict: &mut Verdict,
) -> Result<()> {
    let service = Service::start(Routes::Service, workspace, threads)?;
    let config = Config::default();
    let deadline = config.header_timeout_ms.max(config.body_timeout_ms);
    let span = deadline + Duration::from_secs(2);
    let requests = Arc::new(workspace.by_id());
    let idle = rated(service.address, 16, &requests, GOOD_PER_S, span).await?;
    let slow: Vec<_> = (0..CLIENTS)
        .map(|at| {
            // Half of them in the head, half in the body.
            let (text, deadline) = if at % 2 == 0 {
                (
                    "POST /livez HTTP/1.1\r\nhost: localhost\r\nx: ".to_owned(),
                    config.header_timeout_ms,
                )
            } else {
                (workspace.slow_body(), config.body_timeout_ms)
            };
            tokio::spawn(trickle(service.address, text, deadline + Duration::from_secs(10)))
        })
        .collect();
    let under = rated(service.address, 16, &requests, GOOD_PER_S, span).await?;
    let (mut in_head, mut in_body) = (Duration::ZERO, Duration::ZERO);
    for (at, client) in slow.into_iter().enumerate() {
        let took = client.await??;
        let longest = if at % 2 == 0 { &mut in_head } else { &mut in_body };
        *longest = took.max(*longest);
    }
    for (name, took, deadline) in [
        ("slow_heads_closed_after_s", in_head, config.header_timeout_ms),
        ("slow_bodies_closed_after_s", in_body, config.body_timeout_ms),
    ] {
        let bound = deadline + Duration::from_secs(2);
        let text = format!("at most {}", bound.as_secs());
        verdict.judge(name, took.as_secs_f64(), &text, took <= bound);
    }
    ensure!(idle.faults + under.faults == 0, "good requests failed");
    let slower = under.p99_us() / idle.p99_us();
    verdict.tell("good_p99_ms_idle", idle.p99_us() / 1e3);
    verdict.judge("good_p99_under_slow_clients_of_idle", slower, "at most 2", slower <= 2.0);
    Ok(())
}

/// Sends a byte now and then until the other side closes: how long that took.
async fn trickle(address: SocketAddr, text: String, give_up: Duration) -> Result<Duration> {
    let mut stream = TcpStream::connect(address).await?;
    let start = Instant::now();
    stream.write_all(text.as_bytes()).await?;
    let mut buffer = [0; 1024];
    while start.elapsed() < give_up {
        tokio::select! {
            read = stream.read(&mut buffer) => if matches!(read, Ok(0) | Err(_)) {
                return Ok(start.elapsed());
            },
            () = tokio::time::sleep(PAUSE) => if stream.write_all(b"a").await.is_err() {
                return Ok(start.elapsed());
            },
        }
    }
    Ok(start.elapsed())
}
