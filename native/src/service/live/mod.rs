//! Live scores: contacts whose events have come are scored again in the background; what has changed
//! goes into the history of scores and to whoever listens.

mod changes;
mod rescore;
mod stored;
mod touched;

pub(crate) use changes::{Changes, follow};
pub(crate) use rescore::run;
pub(crate) use stored::Stored;
pub(crate) use touched::Touched;
