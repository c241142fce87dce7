//! Logistic regression over standardised inputs.

use alloc::vec::Vec;

/// `(x - mean) / scale`; a missing value becomes 0, the mean.
#[derive(Clone, Debug, PartialEq)]
pub struct StandardScaler {
    /// Mean of each feature over the training rows that have it.
    pub mean: Vec<f64>,
    /// Standard deviation, never 0 (1 for a constant feature).
    pub scale: Vec<f64>,
}

impl StandardScaler {
    /// Standardised value of feature `j`.
    #[must_use]
    pub fn transform(&self, j: usize, x: f32) -> f64 {
        if x.is_nan() { 0.0 } else { (f64::from(x) - self.mean[j]) / self.scale[j] }
    }
}

/// Logistic regression: margin = intercept + sum of coefficient times standardised value.
///
/// A categorical feature of k categories is k coefficients in `categorical` (one per code, missing
/// or unknown code = 0); its entry in `coefficients` is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticModel {
    /// Scaler of the numeric features (mean 0, scale 1 at categorical ones).
    pub scaler: StandardScaler,
    /// One coefficient per feature.
    pub coefficients: Vec<f64>,
    /// Effects of the categories of each categorical feature: `(feature, effect per code)`, in
    /// order of feature.
    pub categorical: Vec<(usize, Vec<f64>)>,
    /// Intercept, in log-odds.
    pub intercept: f64,
}

impl LogisticModel {
    /// Log-odds of the positive class, summed in feature order.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        (0..self.coefficients.len()).fold(self.intercept, |sum, j| sum + self.term(j, row[j]))
    }

    /// Share of feature `j` in the margin.
    #[must_use]
    pub fn term(&self, j: usize, x: f32) -> f64 {
        match self.categorical.binary_search_by_key(&j, |(feature, _)| *feature) {
            Ok(at) => {
                let code = x as usize;
                if x.is_nan() || code as f32 != x {
                    return 0.0;
                }
                self.categorical[at].1.get(code).copied().unwrap_or(0.0)
            }
            Err(_) => self.coefficients[j] * self.scaler.transform(j, x),
        }
    }
}
