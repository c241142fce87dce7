//! Exact attributions of one margin to its features.

use alloc::vec::Vec;

/// Shapley contributions: `base_value + sum of contributions = margin`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Expected margin over the training rows.
    pub base_value: f64,
    /// One contribution per feature, in feature order.
    pub contributions: Vec<f64>,
}
