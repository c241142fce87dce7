//! Scoring and explaining beside other libraries: the same models, the same rows, sides taking
//! turns.

pub mod check;
pub mod model;
pub mod name;
pub mod ours;
pub mod plan;
pub mod report;
pub mod side;
pub mod target;
pub mod worker;
pub mod workers;

/// Features of a row.
pub const FEATURES: usize = 24;
