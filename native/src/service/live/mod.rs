//! Live scores: contacts whose events have come are scored again, and who listens is told.

mod touched;

pub(crate) use touched::Touched;
