//! The workers: as many jobs at a time as there are places for training.

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{run, schedule, shadows, stopped};
use crate::cli::clock;
use crate::service::admission::Class;
use crate::service::state::AppState;

/// Works off the queue until `stop`, then waits until every running job has ended or was given back.
pub(crate) async fn work(state: AppState, mut stop: watch::Receiver<bool>) {
    let told = stop.clone();
    let mut running = JoinSet::new();
    // Jobs of other processes, leases that ended and due dates are found by looking.
    let mut ticks = tokio::time::interval(state.config.reload_ms);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut reviews = tokio::time::interval(state.config.reload_ms * shadows::LOOKS_BETWEEN);
    reviews.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut reviewing = JoinSet::new();
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            () = state.jobs.added.notified() => {}
            _ = ticks.tick() => schedule::enqueue_due(&state).await,
            _ = reviews.tick() => if reviewing.is_empty() {
                reviewing.spawn(shadows::review_due(state.clone()));
            },
            Some(_) = reviewing.join_next() => {}
            Some(_) = running.join_next() => {}
        }
        fill(&state, &told, &mut running).await;
    }
    while running.join_next().await.is_some() {}
    // What a review writes last is one small file: it is waited for, or done by the next process.
    while reviewing.join_next().await.is_some() {}
}

/// Begins jobs while there are places.
async fn fill(state: &AppState, stop: &watch::Receiver<bool>, running: &mut JoinSet<()>) {
    while let Ok(place) = state.admission.admit(Class::Train) {
        let owner = state.jobs.owner.clone();
        let lease_ms = i64::try_from(state.config.job_lease_ms.as_millis()).unwrap_or(i64::MAX);
        let taken =
            state.control.run(move |store| Ok(store.take_job(&owner, clock::now(), lease_ms)?));
        let lease = match taken.await {
            Ok(Some(lease)) => lease,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(code = error.problem.code.as_str(), "the queue of jobs");
                return;
            }
        };
        let (state, stop) = (state.clone(), stop.clone());
        running.spawn(async move {
            run::run(state, lease, stop).await;
            drop(place);
        });
    }
}
