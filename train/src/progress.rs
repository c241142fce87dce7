//! How far a long computation has come.

/// Told of progress. It must be quick: it is called between steps, from the thread that trains.
pub trait Progress: Sync {
    /// `done` of `total` steps of the stage `stage` are over (`done == total`: it is finished).
    fn step(&self, stage: &str, done: usize, total: usize);
}

/// Hears progress and says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _stage: &str, _done: usize, _total: usize) {}
}
