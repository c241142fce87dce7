//! What every request shares.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chatsignal_api::error::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::admission::Admission;
use super::auth::{Authenticator, Caller};
use super::channels::Channels;
use super::clock::Clock;
use super::config::Config;
use super::database::{CONTROL_CONNECTIONS, Database};
use super::erasures::Erasures;
use super::error::{ApiError, ServeError};
use super::idempotency::Turns;
use super::jobs::Jobs;
use super::live::Touched;
use super::metrics::Metrics;
use super::middleware::hosts::Hosts;
use super::monitoring::Reports;
use super::tenants::{Tenants, places};
use super::trace::{Exporter, Exporting};
use super::writer::Writer;
use crate::registry::ModelRegistry;
use crate::store::{Store, StoreError};

/// How long a reader should wait when there are too many.
const STREAM_RETRY: Duration = Duration::from_secs(5);

/// The state of the service; a clone is the same state.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Shared>);

/// See [`AppState`].
#[derive(Debug)]
pub struct Shared {
    pub(crate) config: Config,
    pub(crate) database: Database,
    /// Connections that no request takes but the one about health: leases, the queue of jobs, keys.
    pub(crate) control: Database,
    pub(crate) erasures: Erasures,
    pub(crate) registry: ModelRegistry,
    pub(crate) tenants: Tenants,
    pub(crate) keys: Authenticator,
    pub(crate) channels: Channels,
    pub(crate) turns: Turns,
    pub(crate) touched: Arc<Touched>,
    pub(crate) writer: Writer,
    pub(crate) admission: Admission,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) hosts: Hosts,
    pub(crate) clock: Clock,
    pub(crate) jobs: Jobs,
    pub(crate) reports: Reports,
    pub(crate) spans: Exporter,
    exporting: Mutex<Option<Exporting>>,
    pub(crate) started: Instant,
    /// Places for readers of live scores and of jobs.
    streams: Arc<Semaphore>,
    ready: watch::Sender<bool>,
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AppState {
    /// Opens database and registry, making what is missing.
    ///
    /// # Errors
    /// When one of them cannot be opened, or the address is public and there is no key.
    pub fn open(config: Config) -> Result<Self, ServeError> {
        let mut store = Store::open_or_create(&config.db)?;
        store.tenant_or_create(&config.tenant)?;
        let touched = Arc::new(Touched::default());
        let writer = Writer::start(config.db.clone(), Arc::clone(&touched))?;
        let (spans, exporting) = Exporter::new(config.otlp_endpoint.as_ref())?;
        let shared = Shared {
            database: Database::new(config.db.clone(), config.db_connections),
            control: Database::new(config.db.clone(), CONTROL_CONNECTIONS),
            erasures: Erasures::new(config.db.clone()),
            registry: ModelRegistry::open(config.models_dir())?,
            tenants: Tenants::default(),
            keys: Authenticator::default(),
            channels: Channels::default(),
            turns: Turns::default(),
            touched,
            writer,
            admission: Admission::new(&config),
            metrics: Arc::new(Metrics::new()),
            hosts: Hosts::new(&config),
            clock: Clock::default(),
            jobs: Jobs::new(),
            reports: Reports::default(),
            spans,
            exporting: Mutex::new(exporting),
            started: Instant::now(),
            streams: places(config.streams_max),
            ready: watch::Sender::new(false),
            config,
        };
        shared.refresh(&store)?;
        if !shared.config.listen.ip().is_loopback() && !shared.keys.has_keys() {
            return Err(ServeError::PublicWithoutKeys { address: shared.config.listen });
        }
        Ok(Self(Arc::new(shared)))
    }
}

impl Shared {
    /// Takes in what has changed in the database: tenants, settings, keys.
    pub(crate) fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        for tenant in self.tenants.refresh(store, &self.config)? {
            // Levels are shown by what is set now: what readers show is out of date.
            tenant.refresh_models(&self.registry, &self.metrics);
            tenant.changes.gap();
        }
        self.admission.set_several(self.tenants.count() > 1);
        let loopback = self.config.listen.ip().is_loopback();
        let open = if loopback { self.tenants.by_name(&self.config.tenant) } else { None };
        self.keys.refresh(&store.keys()?, &self.tenants, open);
        self.channels.refresh(store.channels()?, &self.tenants);
        Ok(())
    }

    /// Places for a reader of a stream of events: one among its tenant's, one among all.
    ///
    /// # Errors
    /// `overloaded` when either are taken.
    pub(crate) fn stream_places(
        &self,
        caller: &Caller,
    ) -> Result<[OwnedSemaphorePermit; 2], ApiError> {
        let place = |places: &Arc<Semaphore>| {
            Arc::clone(places).try_acquire_owned().map_err(|_| {
                ApiError::new(ErrorCode::Overloaded)
                    .detail("every place for readers of streams is taken")
                    .retry_after(STREAM_RETRY)
            })
        };
        Ok([place(&caller.tenant.streams)?, place(&self.streams)?])
    }

    /// The task that sends spans: whoever takes it runs it.
    pub(crate) fn take_exporting(&self) -> Option<Exporting> {
        self.exporting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether requests should be sent here.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    /// Puts the clock forward by which the service scores and reviews: how a trial looks at what
    /// happens after days.
    pub fn advance_clock(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Says whether requests should be sent here.
    pub fn set_ready(&self, ready: bool) {
        self.ready.send_replace(ready);
    }

    /// Follows whether requests should be sent here.
    pub(crate) fn watch_ready(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }
}
