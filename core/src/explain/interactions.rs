//! SHAP interaction values (Lundberg, Erion and Lee 2018, section 4): the part of a margin that
//! two features owe to being there together.
//!
//! Off the diagonal stands half the Shapley interaction index (Grabisch and Roubens 1999), that is
//! half the integral of the second derivative by both features (see `quadrature`); on the diagonal
//! what is left of the feature's contribution. In a tree the second derivative is a sum over pairs
//! of a split and a split above it, so each split climbs to the root once.

use alloc::vec::Vec;

use super::layout::TreeLayout;
use super::pair::Pair;
use super::quadrature::{Points, Rule, points, sum};
use super::walk::{Work, chance};

/// Interactions of the features in one margin: a symmetric matrix whose rows add up to the
/// contributions, so that `base_value + sum of the matrix = margin`.
#[derive(Clone, Debug, PartialEq)]
pub struct Interactions {
    /// Expected margin over the training rows.
    pub base_value: f64,
    /// Number of features: rows and columns of the matrix.
    pub n_features: usize,
    /// The matrix, row after row: main effects on the diagonal, half of what two features do
    /// together in each of their two places.
    pub values: Vec<f64>,
}

impl Interactions {
    /// Entry of features `i` and `j`; 0 for a feature that is not there.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> f64 {
        let inside = i < self.n_features && j < self.n_features;
        if inside { self.values[i * self.n_features + j] } else { 0.0 }
    }

    /// Completes a matrix of which the upper triangle is filled, for these contributions.
    pub(super) fn complete(&mut self, contributions: &[f64]) {
        let n = self.n_features;
        for i in 0..n {
            for j in 0..i {
                self.values[i * n + j] = self.values[j * n + i];
            }
        }
        let rows = self.values.chunks_exact_mut(n.max(1)).zip(contributions).enumerate();
        for (i, (row, contribution)) in rows {
            row[i] = 0.0;
            row[i] = row.iter().fold(*contribution, |rest, value| rest - value);
        }
    }
}

/// What the climb needs of every split of a tree.
struct Step<const Q: usize> {
    /// Derivative of the margin by the split's feature, for an output of 1 on the left and 0 on
    /// the right.
    gain: Points<Q>,
    chance: Points<Q>,
}

impl TreeLayout {
    /// Adds half the second derivatives by features `i < j` to `pairs[i * n_features + j]`, for the
    /// first of the rows side by side. `work` is what [`TreeLayout::explain`] left of these rows.
    pub(super) fn interact<const Q: usize>(
        &self,
        rule: &Rule<Q>,
        work: &Work,
        n_features: usize,
        pairs: &mut [f64],
    ) {
        let (product, _) = work.product.as_chunks::<Q>();
        let (value, _) = work.value.as_chunks::<Q>();
        let inner = self.inner().len();
        let steps: Vec<Step<Q>> = (self.inner().iter().enumerate())
            .map(|(at, split)| {
                let (curve, slope) = rule.curve(split);
                let effect = work.effect[at];
                let gain = points(|q| product[at][q] * effect * slope[q]);
                Step { gain, chance: chance(split, effect, &curve) }
            })
            .collect();
        for (at, split) in self.splits().iter().enumerate() {
            let (_, slope) = rule.curve(split);
            let effect = work.effect[at];
            let difference: Points<Q> = match at.checked_sub(inner) {
                Some(outer) => {
                    let [left, right] = self.outer_leaves[outer];
                    [Pair::both(left - right); Q]
                }
                None => {
                    let (left, right) = (&value[split.left as usize], &value[split.right as usize]);
                    points(|q| left[q] - right[q])
                }
            };
            // Derivative by this split's feature of the output below the split that the climb has
            // reached.
            let mut below: Points<Q> = points(|q| effect * slope[q] * difference[q]);
            let mut branch = split.parent;
            while let Some((parent, side)) = branch.get() {
                let step = &steps[parent];
                let parent = &self.splits()[parent];
                if parent.feature != split.feature {
                    let both = sum::<Q>(Pair::ZERO, |q| step.gain[q] * below[q]);
                    let first = split.feature.min(parent.feature) as usize;
                    let second = split.feature.max(parent.feature) as usize;
                    let sign = [0.5, -0.5][side];
                    pairs[first * n_features + second] += sign * both.0[0];
                }
                below = match side {
                    0 => points(|q| below[q] * step.chance[q]),
                    _ => points(|q| below[q] * (Pair::ONE - step.chance[q])),
                };
                branch = parent.parent;
            }
        }
    }
}
