//! Benches against named rivals.
//!
//! The rivals are Python libraries in an environment of their own (`bench/.venv`), which the
//! shipped product never sees. Both sides get the same bytes of the same table and the same folds.

pub mod clock;
pub mod compare;
pub mod http;
pub mod kept;
pub mod rival;
pub mod scoring;
pub mod simulated;
pub mod table;
