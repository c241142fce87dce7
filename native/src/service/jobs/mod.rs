//! Training jobs: taken from the queue of the database, run a few at a time on threads of their own,
//! followed, cancelled, and taken up again when a process ended before they did.
//!
//! ```text
//! routes, schedule -> store::jobs (queue) -> pool -> run -> training::learn -> publish -> models
//! ```
//!
//! While a job runs its lease is renewed. When the service is told to stop, the job is given back to
//! the queue; when the process is killed, the lease ends and the next process takes the job up.
//! Training is a pure function of the log, the request and the seed, so that a job begun again on the
//! same log publishes the same version, and a version is published once.

mod control;
mod pool;
mod request;
mod run;
mod schedule;
mod shadows;
mod source;
mod view;

use std::sync::Arc;
use std::time::Duration;

use chatsignal_api::error::ErrorCode;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use super::error::ApiError;

pub(super) use pool::work;
pub(super) use request::{Request, check};
pub(super) use schedule::{last_trained, next_due};
pub(super) use view::{accepted, training_job};

/// Most streams of job events at a time.
const STREAMS_MAX: usize = 64;

/// What requests and workers share.
#[derive(Debug)]
pub(crate) struct Jobs {
    /// Name of this process in leases.
    owner: String,
    added: Notify,
    streams: Arc<Semaphore>,
}

impl Jobs {
    pub(crate) fn new() -> Self {
        Self {
            owner: super::identity::RequestId::next().to_string(),
            added: Notify::new(),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        }
    }

    /// Tells the workers of this process that there is a new job.
    pub(crate) fn added(&self) {
        self.added.notify_one();
    }

    /// A place for one stream of events.
    pub(crate) fn stream(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.streams).try_acquire_owned().map_err(|_| {
            ApiError::new(ErrorCode::Overloaded)
                .detail(format!("there are {STREAMS_MAX} streams of job events already"))
                .retry_after(Duration::from_secs(5))
        })
    }
}

/// Waits until the service is told to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end too.
    let _ = stop.wait_for(|stop| *stop).await;
}
