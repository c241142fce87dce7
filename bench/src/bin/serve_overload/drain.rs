//! Told to stop (SIGTERM) while requests are in flight: every one that was taken is answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use chatsignal_bench::http::connection::Connection;
use chatsignal_bench::http::service::{Routes, Service, Workspace};

use crate::verdict::Verdict;

/// Connections, each with one request at a time.
const CONNECTIONS: usize = 32;

pub(crate) async fn run(
    workspace: &Workspace,
    threads: usize,
    drains: u32,
    verdict: &mut Verdict,
) -> Result<()> {
    let requests = Arc::new(workspace.by_id());
    let (mut answered, mut lost, mut unread) = (0, 0, 0);
    for at in 0..drains {
        let service = Service::start(Routes::Service, workspace, threads)?;
        let received = Arc::new(AtomicU64::new(0));
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|own| {
                let (requests, received) = (Arc::clone(&requests), Arc::clone(&received));
                tokio::spawn(client(service.address, own, requests, received))
            })
            .collect();
        // At another moment each time.
        tokio::time::sleep(Duration::from_millis(150 + u64::from(at * 37 % 100))).await;
        service.terminate()?;
        for client in clients {
            unread += u64::from(!client.await??);
        }
        let log = service.log();
        service.ended(Duration::from_secs(35))?;
        // What the service answered and what came here must be the same number.
        let text = std::fs::read_to_string(log)?;
        ensure!(!text.contains("cut off"), "the service cut requests off");
        let told = text.lines().filter(|line| line.contains("answered")).count() as u64;
        let received = received.load(Ordering::Relaxed);
        answered += received;
        lost += told.abs_diff(received);
    }
    verdict.tell("drains", drains);
    verdict.tell("answered_during_drains", answered);
    verdict.tell("requests_to_connections_that_were_closing", unread);
    verdict.judge("requests_lost_in_drains", lost as f64, "0", lost == 0);
    Ok(())
}

/// Asks until the connection ends; whether it ended between two requests.
async fn client(
    address: SocketAddr,
    own: usize,
    requests: Arc<Vec<Vec<u8>>>,
    received: Arc<AtomicU64>,
) -> Result<bool> {
    let mut connection = Connection::open(address).await?;
    for turn in own.. {
        match connection.exchange(&requests[turn % requests.len()]).await {
            Ok(head) => {
                received.fetch_add(1, Ordering::Relaxed);
                if head.close {
                    return Ok(true);
                }
            }
            // The service had closed the connection before it read the request.
            Err(_) => return Ok(false),
        }
    }
    Ok(true)
}
