//! How far a running job has come, and whether it should go on: shared by the thread that trains and
//! the task that watches over it.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use chatsignal_api::job::JobStatus;
use chatsignal_train::progress::{Progress, share};

use crate::store::jobs::Step;

/// What the job is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Go on.
    GoOn,
    /// End: somebody cancelled it.
    Cancel,
    /// End: the service stops; the job goes back to the queue.
    Stop,
    /// End: another worker has the job.
    Lost,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Control {
    wish: AtomicU8,
    step: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    step: Step,
    changed: bool,
}

impl Control {
    pub(super) fn new() -> Self {
        let step = Step { status: JobStatus::Extracting, stage: String::new(), progress: 0.0 };
        Self { wish: AtomicU8::new(0), step: Mutex::new(Known { step, changed: false }) }
    }

    /// Ends the job; the first reason stays.
    pub(super) fn end(&self, wish: Wish) {
        let _ = self.wish.compare_exchange(0, wish as u8, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// What the job is to do.
    pub(super) fn wish(&self) -> Wish {
        match self.wish.load(Ordering::SeqCst) {
            1 => Wish::Cancel,
            2 => Wish::Stop,
            3 => Wish::Lost,
            _ => Wish::GoOn,
        }
    }

    /// How far the job has come.
    pub(super) fn now(&self) -> Step {
        self.step.lock().unwrap_or_else(PoisonError::into_inner).step.clone()
    }

    /// How far the job has come, if that is more than at the last call.
    pub(super) fn news(&self) -> Option<Step> {
        let mut known = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut known.changed).then(|| known.step.clone())
    }
}

impl Progress for Control {
    fn step(&self, stage: &str, done: usize, total: usize) {
        let reached = share(stage, done, total);
        let mut known = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = known.step.progress.max((1_000.0 * reached).round() / 1_000.0);
        let next = Step { status: status(stage), stage: stage.to_owned(), progress };
        known.changed |= known.step != next;
        known.step = next;
    }

    fn is_cancelled(&self) -> bool {
        self.wish() != Wish::GoOn
    }
}

/// Status of a stage of the pipeline.
fn status(stage: &str) -> JobStatus {
    match stage {
        "reading the log" | "snapshots" => JobStatus::Extracting,
        "evaluation" => JobStatus::Validating,
        "saving" => JobStatus::Saving,
        _ => JobStatus::Training,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_never_falls_and_news_is_told_once() {
        let control = Control::new();
        let mut last = 0.0;
        for (stage, done, total) in [
            ("reading the log", 0, 5),
            ("snapshots", 1, 5),
            ("folds", 0, 5),
            ("folds", 3, 5),
            ("folds", 2, 5),
            ("final model", 3, 5),
            ("evaluation", 0, 4),
            ("evaluation", 4, 4),
            ("saving", 0, 1),
            ("saving", 1, 1),
        ] {
            control.step(stage, done, total);
            let progress = control.news().map_or(last, |step| step.progress);
            assert!((last..=1.0).contains(&progress), "{stage} {done}");
            last = progress;
            assert_eq!(control.news(), None);
        }
        assert_eq!(last, 1.0);
    }

    #[test]
    fn the_first_reason_to_end_stays() {
        let control = Control::new();
        assert!(!control.is_cancelled());
        control.end(Wish::Stop);
        control.end(Wish::Cancel);
        assert_eq!(control.wish(), Wish::Stop);
        assert!(control.is_cancelled());
    }
}
