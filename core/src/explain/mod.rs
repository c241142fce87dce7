//! Exact attributions of one margin to its features.
//!
//! Trees: path-dependent Shapley values (Lundberg, Erion and Lee, "Consistent Individualized
//! Feature Attribution for Tree Ensembles", 2018): a feature that is not in a coalition is averaged
//! over the two branches of its splits by their covers. Logistic regression: coefficient times
//! distance from the mean. Both in f64, in a fixed order: equal bits on every target.

mod quadrature;
mod quadrature_table;
mod tree_shap;

use alloc::vec;
use alloc::vec::Vec;

use crate::model::{LogisticModel, Model};
pub use tree_shap::TreeExplainer;

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
        all.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        all.truncate(k);
        all
    }
}

/// Explains rows of one model. Building it walks the model once; keep it for many rows.
///
/// The model must have passed its `check`.
#[derive(Clone, Debug)]
pub struct Explainer<'a> {
    base_value: f64,
    method: Method<'a>,
}

#[derive(Clone, Debug)]
enum Method<'a> {
    Trees(TreeExplainer<'a>),
    Logistic(&'a LogisticModel),
}

impl<'a> Explainer<'a> {
    /// Prepares a model.
    #[must_use]
    pub fn new(model: &'a Model) -> Self {
        match model {
            Model::Trees(trees) => {
                let explainer = TreeExplainer::new(trees);
                Self { base_value: explainer.base_value(), method: Method::Trees(explainer) }
            }
            Model::Logistic(logistic) => {
                Self { base_value: logistic.intercept, method: Method::Logistic(logistic) }
            }
        }
    }

    /// Expected margin over the training rows.
    #[must_use]
    pub fn base_value(&self) -> f64 {
        self.base_value
    }

    /// Contributions of one row; values beyond the end of a shorter row count as missing.
    #[must_use]
    pub fn explain(&self, row: &[f32]) -> Explanation {
        let contributions = match &self.method {
            Method::Trees(explainer) => {
                let mut contributions = vec![0.0; explainer.n_features()];
                explainer.add_to(row, &mut contributions);
                contributions
            }
            Method::Logistic(logistic) => (0..logistic.coefficients.len())
                .map(|j| logistic.term(j, row.get(j).copied().unwrap_or(f32::NAN)))
                .collect(),
        };
        Explanation { base_value: self.base_value, contributions }
    }
}

/// Contributions of one row of a checked model. For many rows keep an [`Explainer`].
#[must_use]
pub fn contributions(model: &Model, row: &[f32]) -> Explanation {
    Explainer::new(model).explain(row)
}

#[cfg(test)]
mod tests;
