//! From settings to a running service, and its end.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::config::Config;
use super::error::ServeError;
use super::router::router;
use super::state::AppState;
use super::{jobs, listener, live, telemetry};

/// A service that listens.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: AppState,
    stop: watch::Sender<bool>,
    serving: JoinHandle<bool>,
    refreshing: JoinHandle<()>,
    rescoring: JoinHandle<()>,
    working: JoinHandle<()>,
    exporting: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Server {
    /// Opens everything and starts to listen; ready when this returns.
    ///
    /// # Errors
    /// When database, registry or address cannot be had.
    pub async fn start(config: Config) -> Result<Self, ServeError> {
        Self::start_with(config, router).await
    }

    /// The same with other routes behind the accept loop: what a bench compares the service with.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(
        config: Config,
        routes: impl FnOnce(&AppState) -> Router,
    ) -> Result<Self, ServeError> {
        let wanted = config.listen;
        let cause = |cause| ServeError::Listen { address: wanted, cause };
        let opened = tokio::task::spawn_blocking(move || AppState::open(config)).await;
        let state = opened.map_err(std::io::Error::other)??;
        // The tenant that callers without a key get answers from the first request on.
        if let Some(tenant) = state.tenants.by_name(&state.config.tenant)
            && let Err(error) = tenant.models(&state.registry, &state.metrics).await
        {
            tracing::error!(code = error.problem.code.as_str(), "models of the default tenant");
        }
        let listener = TcpListener::bind(wanted).await.map_err(cause)?;
        let address = listener.local_addr().map_err(cause)?;
        let (stop, stopped) = watch::channel(false);
        let until_stop = |mut stopped: watch::Receiver<bool>| async move {
            // An error means that the sender is gone, which is an end too.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let router = routes(&state);
        state.set_ready(true);
        let serving = listener::serve(listener, state.clone(), router, until_stop(stopped.clone()));
        let refreshing = refresh(state.clone(), until_stop(stopped.clone()));
        let rescoring = live::run(state.clone(), until_stop(stopped.clone()));
        let working = jobs::work(state.clone(), stopped);
        let exporting = state.take_exporting().map(|exporting| {
            let (end, ended) = oneshot::channel();
            let until = async move {
                // An error means that the sender is gone, which is an end too.
                let _ = ended.await;
            };
            (end, exporting.spawn(Arc::clone(&state.metrics), until))
        });
        Ok(Self {
            address,
            state,
            stop,
            serving: tokio::spawn(serving),
            refreshing: tokio::spawn(refreshing),
            rescoring: tokio::spawn(rescoring),
            working: tokio::spawn(working),
            exporting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Stops: not ready, no further connections, requests in flight are waited for, training jobs
    /// go back to the queue. Whether all of the requests were answered in time.
    pub async fn stop(self) -> bool {
        self.state.set_ready(false);
        let _ = self.stop.send(true);
        let working = tokio::time::timeout(self.state.config.drain_timeout_ms, self.working);
        let (drained, worked) = tokio::join!(self.serving, working);
        let drained = drained.unwrap_or(false);
        if worked.is_err() {
            // Its lease ends, and whoever serves this database next takes it up.
            tracing::warn!("a training job did not end in time");
        }
        let _ = self.refreshing.await;
        let _ = self.rescoring.await;
        // Last of all, so that the spans of the last requests are sent too.
        if let Some((end, exporting)) = self.exporting {
            let _ = end.send(());
            let _ = exporting.await;
        }
        drained
    }
}

/// Looks over database and registry for changes, until the end.
async fn refresh(state: AppState, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    let mut ticks = tokio::time::interval(state.config.reload_ms);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = ticks.tick() => {}
        }
        let shared = state.clone();
        let work = move |store: &mut crate::store::Store| {
            shared.refresh(store)?;
            shared.tenants.refresh_models(&shared.registry, &shared.metrics);
            Ok(())
        };
        if let Err(error) = state.control.run(work).await {
            tracing::warn!(code = error.problem.code.as_str(), "looking for changes");
        }
    }
}

/// Serves until the process is told to stop (SIGTERM or SIGINT), on threads of its own.
///
/// # Errors
/// When the service cannot start.
pub fn serve(config: Config, listening: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    serve_with(config, router, listening)
}

/// The same with other routes behind the accept loop: what a bench compares the service with.
///
/// # Errors
/// As [`serve`].
pub fn serve_with(
    config: Config,
    routes: impl FnOnce(&AppState) -> Router,
    listening: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let _log = telemetry::start(&config)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if config.threads > 0 {
        runtime.worker_threads(config.threads);
    }
    let drain = config.drain_timeout_ms;
    let runtime = runtime.enable_all().build()?;
    let outcome = runtime.block_on(async {
        // Before anybody can know that there is a process to end.
        let told = told_to_stop()?;
        let server = Server::start_with(config, routes).await?;
        tracing::info!(address = %server.address(), "listening");
        listening(server.address());
        told.await?;
        tracing::info!("told to stop");
        if !server.stop().await {
            tracing::warn!(?drain, "requests were cut off: they took longer than the drain allows");
        }
        Ok(())
    });
    // Work on the database that nobody waits for any more ends with its transaction.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    outcome
}

fn told_to_stop() -> Result<impl Future<Output = Result<(), ServeError>>, ServeError> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            Ok(())
        })
    }
    #[cfg(not(unix))]
    Ok(async { Ok(tokio::signal::ctrl_c().await?) })
}
