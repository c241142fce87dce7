//! How far a long computation has come, and whether it is still wanted.

use crate::error::FitError;

/// Told of progress. It must be quick: it is called between steps, from the thread that trains.
pub trait Progress: Sync {
    /// `done` of `total` steps of the stage `stage` are over (`done == total`: it is finished).
    fn step(&self, stage: &str, done: usize, total: usize);

    /// Whether the computation should end as soon as it can, with [`FitError::Cancelled`]. It is
    /// asked between steps, from every thread that trains.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// The share of a whole training on a log that is over, 0 to 1, after `done` of `total` steps of one of
/// the pipeline's stages; 0 for a stage within another.
#[must_use]
pub fn share(stage: &str, done: usize, total: usize) -> f64 {
    let (from, to) = match stage {
        "snapshots" => (0.1, 0.1),
        "folds" => (0.2, 0.5),
        "final model" => (0.5, 0.5),
        "evaluation" => (0.6, 0.97),
        "saving" => (0.97, 1.0),
        _ => (0.0, 0.0),
    };
    let within = done as f64 / total.max(1) as f64;
    from + (to - from) * within.min(1.0)
}

/// Hears progress and says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _stage: &str, _done: usize, _total: usize) {}
}

/// A part of a greater computation: its own steps are not told, the wish to end it is.
pub(crate) struct Part<'a>(pub(crate) &'a dyn Progress);

impl Progress for Part<'_> {
    fn step(&self, _stage: &str, _done: usize, _total: usize) {}

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// `Err` once the computation is no longer wanted.
pub(crate) fn wanted(progress: &dyn Progress) -> Result<(), FitError> {
    if progress.is_cancelled() { Err(FitError::Cancelled) } else { Ok(()) }
}
