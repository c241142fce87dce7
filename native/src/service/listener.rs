//! The accept loop: caps on connections, a deadline for heads of requests, an orderly end.
//!
//! A client that sends its head byte by byte holds a connection for `header_timeout_ms` at most.
//! HTTP/1.1 only: behind a proxy that is what is spoken, and telling HTTP/2 by its first bytes would
//! open a wait that no deadline covers.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderValue, header};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::Service;

use super::stall::Stalling;
use super::state::AppState;

/// Most header fields of a request.
const HEADERS_MAX: usize = 100;
/// Longest head of a request, and read buffer of a connection, bytes.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// How long to wait when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long connections without a request in flight are kept when the service stops.
const LINGER: Duration = Duration::from_millis(500);
/// How often it is looked whether they are gone.
const LINGER_LOOK: Duration = Duration::from_millis(10);

/// Serves until `stop` is done, then waits for requests in flight, at most `drain_timeout_ms`.
/// Whether all of them were answered.
pub(super) async fn serve(
    listener: TcpListener,
    state: AppState,
    router: Router,
    stop: impl Future<Output = ()>,
) -> bool {
    let places = Arc::new(Semaphore::new(state.config.connections_max.min(Semaphore::MAX_PERMITS)));
    let addresses = Addresses::default();
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            // A place first: what cannot be served waits in the system's queue.
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            } => accepted,
        };
        let (Ok(place), accepted) = accepted else { break };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "accepting a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let limit = state.config.connections_per_address_max;
        let Some(counted) = addresses.enter(peer.ip(), limit) else {
            state.metrics.connections_refused.inc();
            continue;
        };
        let connection = connection(stream, state.clone(), router.clone(), graceful.watcher());
        let metrics = Arc::clone(&state.metrics);
        metrics.connections.inc();
        tokio::spawn(async move {
            // What a client did wrong on its connection is its own matter.
            let _ = connection.await;
            metrics.connections.dec();
            drop((counted, place));
        });
    }
    drop(listener);
    state.set_ready(false);
    let open = graceful.count();
    tracing::info!(open, "no further connections; waiting for requests in flight");
    let drain = async {
        // A client that keeps its connection is told with its next answer that it ends. Closing at
        // once would meet requests that are on their way.
        let until = Instant::now() + LINGER;
        while graceful.count() > 0 && Instant::now() < until {
            tokio::time::sleep(LINGER_LOOK).await;
        }
        graceful.shutdown().await;
    };
    tokio::time::timeout(state.config.drain_timeout_ms, drain).await.is_ok()
}

/// Serves one connection to its end.
fn connection(
    stream: TcpStream,
    state: AppState,
    router: Router,
    graceful: Watcher,
) -> impl Future<Output = Result<(), hyper::Error>> + Send + use<> {
    let header_timeout = state.config.header_timeout_ms;
    // Answers are small and whole: waiting for more of them helps nobody.
    let _ = stream.set_nodelay(true);
    let stream = Stalling::new(stream, state.config.write_timeout_ms);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        // A router is always ready.
        let (answer, state) = (router.clone().call(request), state.clone());
        async move {
            let mut answer = answer.await;
            if let (Ok(answer), false) = (&mut answer, state.is_ready()) {
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    graceful.watch(connection)
}

/// Open connections by address.
#[derive(Clone, Debug, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A counted connection; it is given back when this is dropped.
#[derive(Debug)]
struct Counted {
    addresses: Addresses,
    ip: IpAddr,
}

impl Addresses {
    /// `None` when the address has `limit` connections already.
    fn enter(&self, ip: IpAddr, limit: usize) -> Option<Counted> {
        let ip = ip.to_canonical();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(ip).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Counted { addresses: self.clone(), ip })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.ip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_by_address_and_given_back() {
        let addresses = Addresses::default();
        let ip = IpAddr::from([10, 0, 0, 1]);
        let mapped = IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0x0a00, 1]);
        let first = addresses.enter(ip, 2).expect("free");
        let second = addresses.enter(mapped, 2).expect("free");
        assert!(addresses.enter(ip, 2).is_none());
        assert!(addresses.enter(IpAddr::from([10, 0, 0, 2]), 2).is_some());
        drop(first);
        assert!(addresses.enter(ip, 2).is_some());
        drop(second);
        assert!(addresses.0.lock().expect("not poisoned").is_empty());
    }
}
