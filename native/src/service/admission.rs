//! Bulkheads: how many requests of each class may be in flight. One too many is refused at once,
//! before its body is read; no class can take another's places.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chatsignal_api::error::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::config::Config;
use super::error::ApiError;

/// Kinds of work that must not starve each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// One score.
    Score,
    /// Many scores.
    Batch,
    /// The database alone.
    Io,
    /// Training jobs; the workers take these places, not requests.
    Train,
    /// Streams of events.
    Ingest,
    /// Deliveries of webhooks.
    Webhook,
}

impl Class {
    /// Every class.
    pub(crate) const ALL: [Self; 6] =
        [Self::Score, Self::Batch, Self::Io, Self::Train, Self::Ingest, Self::Webhook];

    /// Name in metrics and errors.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Batch => "batch",
            Self::Io => "io",
            Self::Train => "train",
            Self::Ingest => "ingest",
            Self::Webhook => "webhook",
        }
    }
}

/// The places of every class.
#[derive(Debug)]
pub(crate) struct Admission {
    places: [Arc<Semaphore>; 6],
    log: Arc<Semaphore>,
}

/// The place of a request in its class. Work that outlives the request takes a clone along, so that
/// the place is not given away before the work is done.
#[derive(Clone, Debug)]
pub(crate) struct Place(Arc<Held>);

#[derive(Debug)]
struct Held {
    class: Class,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Place {
    /// Gives the place to others while its request does nothing but wait.
    pub(crate) fn leave(&self) {
        *self.0.permit.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes a place again.
    ///
    /// # Errors
    /// `overloaded` when others have taken all of them.
    pub(crate) fn come_back(&self, admission: &Admission) -> Result<(), ApiError> {
        let permit = admission.admit(self.0.class)?;
        *self.0.permit.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        Ok(())
    }
}

/// Scores that read the log at a time, for each processor.
const LOG_PLACES_PER_PROCESSOR: usize = 4;

/// How long a refused caller should wait.
const RETRY: Duration = Duration::from_secs(1);

impl Admission {
    pub(crate) fn new(config: &Config) -> Self {
        let places = [
            config.score_concurrency,
            config.batch_concurrency,
            config.io_concurrency,
            config.train_concurrency,
            config.ingest_concurrency,
            config.webhook_concurrency,
        ];
        let log = match config.log_concurrency {
            0 => {
                LOG_PLACES_PER_PROCESSOR
                    * std::thread::available_parallelism().map_or(1, usize::from)
            }
            places => places,
        };
        let semaphore =
            |places: usize| Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Self { places: places.map(semaphore), log: semaphore(log) }
    }

    /// A place, given back when it is dropped.
    pub(crate) fn admit(&self, class: Class) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.places[class as usize]).try_acquire_owned().map_err(|_| {
            ApiError::new(ErrorCode::Overloaded)
                .detail(format!("every place for work of the class {} is taken", class.as_str()))
                .retry_after(RETRY)
        })
    }

    /// A place for a request, see [`Place`].
    pub(crate) fn place(&self, class: Class) -> Result<Place, ApiError> {
        let permit = self.admit(class)?;
        Ok(Place(Arc::new(Held { class, permit: Mutex::new(Some(permit)) })))
    }

    /// A place for a score that reads the log: hundreds may wait for bodies, but each of these
    /// takes a thread, and more of them than processors can serve soon only make all of them late.
    pub(crate) fn admit_log(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.log).try_acquire_owned().map_err(|_| {
            ApiError::new(ErrorCode::Overloaded)
                .detail("every place for scores that read the log is taken")
                .retry_after(RETRY)
        })
    }

    /// Places that are free.
    pub(crate) fn free(&self, class: Class) -> usize {
        self.places[class as usize].available_permits()
    }
}
