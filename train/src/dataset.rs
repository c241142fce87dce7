//! Rows to learn from.

use chatsignal_core::model::FeatureSchema;

/// A table of features with a target.
///
/// `x` is row-major, `schema.len()` values a row, missing = NaN, categories as codes (see
/// `FeatureKind::Categorical`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// Names and kinds of the columns.
    pub schema: FeatureSchema,
    /// Feature values, row after row.
    pub x: Vec<f32>,
    /// Target: any finite number for regression, 0 or 1 for a binary target.
    pub y: Vec<f64>,
    /// Weight of each row (`None` = 1 each).
    pub weight: Option<Vec<f64>>,
}

/// What the target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A number.
    Regression,
    /// 0 or 1.
    Binary,
}

impl Dataset {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// One row's features.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f32] {
        let width = self.schema.len();
        &self.x[i * width..(i + 1) * width]
    }

    /// The rows at `indices`, in that order.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut x = Vec::with_capacity(indices.len() * self.schema.len());
        for &i in indices {
            x.extend_from_slice(self.row(i));
        }
        Self {
            schema: self.schema.clone(),
            x,
            y: indices.iter().map(|&i| self.y[i]).collect(),
            weight: self.weight.as_ref().map(|w| indices.iter().map(|&i| w[i]).collect()),
        }
    }
}
