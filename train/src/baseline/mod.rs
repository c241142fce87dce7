//! What every model must beat: the base rate, one number, and the textbook.

pub mod bg_nbd;
mod nelder_mead;

pub use nelder_mead::minimize;
