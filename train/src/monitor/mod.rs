//! Watching a model in use: whether what comes in still looks like the training data
//! ([`reference`], [`shift`]), how good the scores should be before outcomes are known
//! ([`expected`]).
//!
//! Everything is a pure function of its samples.

pub mod expected;
pub mod reference;
pub mod shift;

pub use expected::{Expected, expected};
pub use reference::{Histogram, Reference};
pub use shift::{ALARM, Shift, alarm_level};
