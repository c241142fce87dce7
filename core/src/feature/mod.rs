//! The feature catalogue and its extraction: raw counts from a contact's state, then the vector.

mod context;
pub use context::FeatureContext;
