//! Learners of other crates, one adapter file each; none of their types shows outside it.

mod absent;
#[cfg(feature = "gbdt")]
pub(crate) mod gbdt;
#[cfg(feature = "linfa")]
pub(crate) mod linfa;

#[cfg(not(feature = "linfa"))]
pub(crate) use absent::linfa;
