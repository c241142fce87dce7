//! Benches against named rivals.
