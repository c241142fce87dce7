//! Bulkheads: how many requests of each class may be in flight. One too many is refused at once,
//! before its body is read; no class can take another's places.

use std::sync::atomic::{AtomicBool, Ordering};
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
    /// Uploads of recordings.
    Upload,
}

impl Class {
    /// Every class.
    pub(crate) const ALL: [Self; 7] = [
        Self::Score,
        Self::Batch,
        Self::Io,
        Self::Train,
        Self::Ingest,
        Self::Webhook,
        Self::Upload,
    ];

    /// Name in metrics and errors.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Batch => "batch",
            Self::Io => "io",
            Self::Train => "train",
            Self::Ingest => "ingest",
            Self::Webhook => "webhook",
            Self::Upload => "upload",
        }
    }
}

/// The places of every class.
#[derive(Debug)]
pub(crate) struct Admission {
    places: [Arc<Semaphore>; 7],
    /// Whether there are several tenants: one alone may take every place.
    several: AtomicBool,
    log: Arc<Semaphore>,
    log_turns: Arc<Semaphore>,
    batch_turns: Arc<Semaphore>,
}

/// The place of a score that reads the log, in a queue.
#[derive(Debug)]
pub(crate) struct LogPlace {
    place: OwnedSemaphorePermit,
    turns: Arc<Semaphore>,
}

/// The turn of work that fills a processor: held, with its place, while it works.
#[derive(Debug)]
pub(crate) struct Turn<P> {
    _place: P,
    _turn: OwnedSemaphorePermit,
}

impl<P> Turn<P> {
    /// Waits: first come, first served.
    async fn wait(turns: &Arc<Semaphore>, place: P) -> Result<Self, ApiError> {
        let turn = Arc::clone(turns).acquire_owned().await.map_err(ApiError::internal)?;
        Ok(Self { _place: place, _turn: turn })
    }
}

impl LogPlace {
    /// Waits for its turn.
    pub(crate) async fn turn(self) -> Result<Turn<OwnedSemaphorePermit>, ApiError> {
        Turn::wait(&self.turns, self.place).await
    }
}

/// One of a tenant's places, where they are counted, and one of all.
type Permits = (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit);

/// The place of a request in its class, one of those that its tenant may take. Work that outlives the
/// request takes a clone along, so that the place is not given away before the work is done.
#[derive(Clone, Debug)]
pub(crate) struct Place(Arc<Held>);

#[derive(Debug)]
struct Held {
    class: Class,
    shares: Arc<Shares>,
    permits: Mutex<Option<Permits>>,
}

impl Place {
    /// Gives the place to others while its request does nothing but wait.
    pub(crate) fn leave(&self) {
        *self.0.permits.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes a place again.
    ///
    /// # Errors
    /// `overloaded` when others have taken all of them.
    pub(crate) fn come_back(&self, admission: &Admission) -> Result<(), ApiError> {
        let permits = admission.permits(self.0.class, &self.0.shares)?;
        *self.0.permits.lock().unwrap_or_else(PoisonError::into_inner) = Some(permits);
        Ok(())
    }
}

/// How many places of each class one tenant may take while there are others: none takes all of them.
#[derive(Debug)]
pub(crate) struct Shares([Arc<Semaphore>; 7]);

impl Shares {
    pub(crate) fn new(config: &Config) -> Self {
        let share = |places: usize| {
            let share = places.saturating_mul(config.tenant_share_percent).div_ceil(100);
            semaphore(share.max(1))
        };
        Self(sizes(config).map(share))
    }
}

/// A number of places; where none was said, so many for each processor.
fn places(said: usize, per_processor: usize) -> usize {
    if said == 0 { per_processor * processors() } else { said }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Places of every class, in the order of [`Class`].
fn sizes(config: &Config) -> [usize; 7] {
    [
        config.score_concurrency,
        places(config.batch_concurrency, BATCH_PLACES_PER_PROCESSOR),
        config.io_concurrency,
        config.train_concurrency,
        config.ingest_concurrency,
        config.webhook_concurrency,
        config.upload_concurrency,
    ]
}

fn semaphore(places: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)))
}

/// Scores that read the log, waiting or working, for each processor.
const LOG_PLACES_PER_PROCESSOR: usize = 4;
/// Batches, waiting or working, for each processor: each ends after some two times what it takes
/// alone, whatever the load.
const BATCH_PLACES_PER_PROCESSOR: usize = 2;

/// How long a refused caller should wait.
const RETRY: Duration = Duration::from_secs(1);

impl Admission {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            places: sizes(config).map(semaphore),
            several: AtomicBool::new(false),
            log: semaphore(places(config.log_concurrency, LOG_PLACES_PER_PROCESSOR)),
            log_turns: semaphore(processors()),
            batch_turns: semaphore(processors()),
        }
    }

    /// A place, given back when it is dropped.
    pub(crate) fn admit(&self, class: Class) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.places[class as usize]).try_acquire_owned().map_err(|_| {
            ApiError::new(ErrorCode::Overloaded)
                .detail(format!("every place for work of the class {} is taken", class.as_str()))
                .retry_after(RETRY)
        })
    }

    /// A place for a request of a tenant, see [`Place`].
    pub(crate) fn place(&self, class: Class, shares: &Arc<Shares>) -> Result<Place, ApiError> {
        let permits = Mutex::new(Some(self.permits(class, shares)?));
        Ok(Place(Arc::new(Held { class, shares: Arc::clone(shares), permits })))
    }

    fn permits(&self, class: Class, shares: &Shares) -> Result<Permits, ApiError> {
        let share = self.several.load(Ordering::Relaxed).then(|| {
            Arc::clone(&shares.0[class as usize]).try_acquire_owned().map_err(|_| {
                let class = class.as_str();
                ApiError::new(ErrorCode::Overloaded)
                    .detail(format!("the tenant has taken its share of the class {class}"))
                    .retry_after(RETRY)
            })
        });
        Ok((share.transpose()?, self.admit(class)?))
    }

    /// Says whether there are several tenants.
    pub(crate) fn set_several(&self, several: bool) {
        self.several.store(several, Ordering::Relaxed);
    }

    /// The turn of a batch whose body has come. As many work at a time as there are processors: if all
    /// who wait shared them, each would end when the last one does. Batches and single scores do not
    /// wait for each other.
    pub(crate) async fn batch_turn(&self, place: Place) -> Result<Turn<Place>, ApiError> {
        Turn::wait(&self.batch_turns, place).await
    }

    /// A place for a score that reads the log: hundreds may wait for bodies, but more of these than
    /// processors can serve soon only make all of them late. They take turns as batches do.
    pub(crate) fn admit_log(&self) -> Result<LogPlace, ApiError> {
        let place = Arc::clone(&self.log).try_acquire_owned().map_err(|_| {
            ApiError::new(ErrorCode::Overloaded)
                .detail("every place for scores that read the log is taken")
                .retry_after(RETRY)
        })?;
        Ok(LogPlace { place, turns: Arc::clone(&self.log_turns) })
    }

    /// Places that are free.
    pub(crate) fn free(&self, class: Class) -> usize {
        self.places[class as usize].available_permits()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    /// Of two that wait while all turns are taken, the first gets the next one.
    async fn in_turn<T>(
        mut working: Vec<T>,
        first: impl Future<Output = Result<T, ApiError>>,
        second: impl Future<Output = Result<T, ApiError>>,
    ) {
        let (mut first, mut second) = (pin!(first), pin!(second));
        poll_fn(|context| {
            // The first that is polled is the first in the queue.
            assert!(first.as_mut().poll(context).is_pending());
            assert!(second.as_mut().poll(context).is_pending());
            working.pop();
            assert!(second.as_mut().poll(context).is_pending(), "the first came before");
            assert!(first.as_mut().poll(context).is_ready());
            Poll::Ready(())
        })
        .await;
    }

    #[tokio::test]
    async fn scores_that_read_the_log_take_turns_as_they_came_and_one_too_many_is_refused() {
        let processors = processors();
        let config = Config { log_concurrency: processors + 2, ..Config::default() };
        let admission = Admission::new(&config);
        let mut working = Vec::new();
        for _ in 0..processors {
            working.push(admission.admit_log().expect("a place").turn().await.expect("a turn"));
        }
        let first = admission.admit_log().expect("a place").turn();
        let second = admission.admit_log().expect("a place").turn();
        assert_eq!(
            admission.admit_log().expect_err("too many").problem.code,
            ErrorCode::Overloaded
        );
        in_turn(working, first, second).await;
        assert!(admission.admit_log().is_ok(), "a place is free again");
    }

    #[tokio::test]
    async fn batches_take_turns_as_they_came_and_one_too_many_is_refused() {
        let config = Config::default();
        let (admission, shares) = (Admission::new(&config), Arc::new(Shares::new(&config)));
        let places: Vec<Place> = (0..BATCH_PLACES_PER_PROCESSOR * processors())
            .map(|_| admission.place(Class::Batch, &shares).expect("a place"))
            .collect();
        let refused = admission.place(Class::Batch, &shares).expect_err("too many");
        assert_eq!(refused.problem.code, ErrorCode::Overloaded);
        let mut places = places.into_iter();
        let mut working = Vec::new();
        for place in places.by_ref().take(processors()) {
            working.push(admission.batch_turn(place).await.expect("a turn"));
        }
        let first = admission.batch_turn(places.next().expect("a place"));
        let second = admission.batch_turn(places.next().expect("a place"));
        in_turn(working, first, second).await;
        assert!(admission.place(Class::Batch, &shares).is_ok(), "a place is free again");
    }
}
