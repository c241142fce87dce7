//! Learners of other crates, one adapter file each; none of their types shows outside it.

pub(crate) mod gbdt;
pub(crate) mod linfa;
