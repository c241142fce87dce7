//! A model made ready to score many rows.

use super::Model;
use super::linear::LogisticModel;
use super::scorer::{RowScorer, TreeScorer, rows_held};

/// A model made ready once, with the margins of [`Model::margin`] to the bit. `S` scores trees: the
/// core's [`TreeScorer`], or another of the same bits.
#[derive(Clone, Debug)]
pub enum PreparedModel<S = TreeScorer> {
    /// Trees, laid out.
    Trees(S),
    /// Logistic regression, as it is.
    Logistic(LogisticModel),
}

impl<S: RowScorer> PreparedModel<S> {
    /// Prepares a checked model.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        match model {
            Model::Trees(trees) => Self::Trees(S::of(trees)),
            Model::Logistic(logistic) => Self::Logistic(logistic.clone()),
        }
    }

    /// Margin of one row; values beyond the end of a shorter row count as missing.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        match self {
            Self::Trees(scorer) => scorer.margin(row),
            Self::Logistic(logistic) => logistic.margin(row),
        }
    }

    /// Margins of many rows: `rows` holds one value for each feature of a row, row after row; `out`
    /// takes one margin a row. Scores as many rows as both hold.
    pub fn margins(&self, rows: &[f32], out: &mut [f64]) {
        match self {
            Self::Trees(scorer) => scorer.margins(rows, out),
            Self::Logistic(logistic) => {
                let width = logistic.coefficients.len();
                let count = rows_held(rows, width, out.len());
                for (i, out) in out[..count].iter_mut().enumerate() {
                    *out = logistic.margin(&rows[i * width..(i + 1) * width]);
                }
            }
        }
    }
}
