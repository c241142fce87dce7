//! Exact attributions of one margin to its features.
//!
//! Trees: path-dependent Shapley values (Lundberg, Erion and Lee, "Consistent Individualized
//! Feature Attribution for Tree Ensembles", 2018): a feature that is not in a coalition is averaged
//! over the two branches of its splits by their covers. Logistic regression: coefficient times
//! distance from the mean. Both in f64, in a fixed order: equal bits on every target.

mod interactions;
mod layout;
mod pair;
mod quadrature;
mod quadrature_table;
mod tree_shap;
mod walk;

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use crate::model::{LogisticModel, Model};
use crate::order::sort_by;
pub use interactions::Interactions;
use tree_shap::TreeExplainer;

/// Shapley contributions: `base_value + sum of contributions = margin` (to 1e-9 of the largest
/// number involved).
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Expected margin over the training rows.
    pub base_value: f64,
    /// One contribution per feature, in feature order.
    pub contributions: Vec<f64>,
}

/// The share of one feature in one margin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// Number of the feature.
    pub feature: usize,
    /// What it adds to the margin.
    pub contribution: f64,
}

impl Explanation {
    /// `base_value + sum of contributions`, summed in feature order.
    #[must_use]
    pub fn margin(&self) -> f64 {
        self.contributions.iter().fold(self.base_value, |sum, c| sum + c)
    }

    /// The `k` largest contributions by size, falling; equal sizes in feature order. Features
    /// without effect are left out.
    #[must_use]
    pub fn top(&self, k: usize) -> Vec<Contribution> {
        let mut all: Vec<Contribution> = (self.contributions.iter().enumerate())
            .filter(|(_, c)| **c != 0.0)
            .map(|(feature, &contribution)| Contribution { feature, contribution })
            .collect();
        let order = |a: &Contribution, b: &Contribution| {
            let size = b.contribution.abs().total_cmp(&a.contribution.abs());
            size.then(a.feature.cmp(&b.feature))
        };
        sort_by(&mut all, order);
        all.truncate(k);
        all
    }
}

/// Explains rows of one model. Building it walks the model once and copies what it needs; keep it
/// for many rows.
///
/// The model must have passed its `check`.
#[derive(Clone, Debug)]
pub struct Explainer {
    method: Method,
}

#[derive(Clone, Debug)]
enum Method {
    Trees(TreeExplainer),
    Logistic(LogisticModel),
}

impl Explainer {
    /// Prepares a model.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let method = match model {
            Model::Trees(trees) => Method::Trees(TreeExplainer::new(trees)),
            Model::Logistic(logistic) => Method::Logistic(logistic.clone()),
        };
        Self { method }
    }

    /// Expected margin over the training rows.
    #[must_use]
    pub fn base_value(&self) -> f64 {
        match &self.method {
            Method::Trees(explainer) => explainer.base_value(),
            Method::Logistic(logistic) => logistic.intercept,
        }
    }

    /// Number of features of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        match &self.method {
            Method::Trees(explainer) => explainer.n_features(),
            Method::Logistic(logistic) => logistic.coefficients.len(),
        }
    }

    /// Contributions of one row; values beyond the end of a shorter row count as missing.
    #[must_use]
    pub fn explain(&self, row: &[f32]) -> Explanation {
        let mut contributions = vec![0.0; self.n_features()];
        self.explain_rows(&self.full(row), &mut contributions);
        Explanation { base_value: self.base_value(), contributions }
    }

    /// Contributions of many rows: `rows` holds `n_features` values a row, row after row; `out`
    /// takes one contribution per feature for each row. Explains as many rows as both hold. The
    /// bits are those of [`Explainer::explain`].
    pub fn explain_rows(&self, rows: &[f32], out: &mut [f64]) {
        let width = self.n_features().max(1);
        let values = rows.len().min(out.len()) / width * width;
        let (rows, out) = (&rows[..values], &mut out[..values]);
        match &self.method {
            Method::Trees(explainer) => explainer.explain_rows(rows, out),
            Method::Logistic(logistic) => {
                for (row, out) in rows.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                    let terms = row.iter().zip(out).enumerate();
                    terms.for_each(|(j, (x, term))| *term = logistic.term(j, *x));
                }
            }
        }
    }

    /// Interactions of the features of one row; values beyond the end of a shorter row count as
    /// missing.
    #[must_use]
    pub fn interactions(&self, row: &[f32]) -> Interactions {
        let n_features = self.n_features();
        let values = vec![0.0; n_features * n_features];
        let mut out = Interactions { base_value: self.base_value(), n_features, values };
        let row = self.full(row);
        let contributions = match &self.method {
            Method::Trees(explainer) => explainer.interact(&row, &mut out.values),
            Method::Logistic(_) => self.explain(&row).contributions,
        };
        out.complete(&contributions);
        out
    }

    /// A row of exactly `n_features` values.
    fn full<'r>(&self, row: &'r [f32]) -> Cow<'r, [f32]> {
        let width = self.n_features();
        match row.get(..width) {
            Some(row) => Cow::Borrowed(row),
            None => {
                let mut row = row.to_vec();
                row.resize(width, f32::NAN);
                Cow::Owned(row)
            }
        }
    }
}

/// Contributions of one row of a checked model. For many rows keep an [`Explainer`].
#[must_use]
pub fn contributions(model: &Model, row: &[f32]) -> Explanation {
    Explainer::new(model).explain(row)
}

#[cfg(test)]
mod tests;
