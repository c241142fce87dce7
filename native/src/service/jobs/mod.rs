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

use tokio::sync::{Notify, watch};

pub(super) use pool::work;
pub(super) use request::{Request, check};
pub(super) use schedule::{last_trained, next_due};
pub(super) use view::{accepted, training_job};

/// What requests and workers share.
#[derive(Debug)]
pub(crate) struct Jobs {
    /// Name of this process in leases.
    owner: String,
    added: Notify,
}

impl Jobs {
    pub(crate) fn new() -> Self {
        Self { owner: super::identity::RequestId::next().to_string(), added: Notify::new() }
    }

    /// Tells the workers of this process that there is a new job.
    pub(crate) fn added(&self) {
        self.added.notify_one();
    }
}

/// Waits until the service is told to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end too.
    let _ = stop.wait_for(|stop| *stop).await;
}
