//! Path-dependent TreeSHAP: one walk of each tree, its cost proportional to the nodes.

use alloc::vec;
use alloc::vec::Vec;

use super::quadrature::{Fraction, POINTS_4, POINTS_8, POINTS_32, Points, Rule};
use crate::model::{Aggregation, Tree, TreeEnsemble};

/// Explains rows of one ensemble.
#[derive(Clone, Debug)]
pub struct TreeExplainer<'a> {
    ensemble: &'a TreeEnsemble,
    base_value: f64,
    depths: Vec<usize>,
}

impl<'a> TreeExplainer<'a> {
    /// Prepares a checked ensemble.
    #[must_use]
    pub fn new(ensemble: &'a TreeEnsemble) -> Self {
        let mut depths = Vec::with_capacity(ensemble.trees.len());
        let mut sum = 0.0;
        for tree in &ensemble.trees {
            let (mean, depth) = mean_and_depth(tree);
            sum += mean;
            depths.push(depth);
        }
        let base_value = ensemble.base_score + sum * tree_weight(ensemble);
        Self { ensemble, base_value, depths }
    }

    /// Expected margin over the training rows.
    #[must_use]
    pub fn base_value(&self) -> f64 {
        self.base_value
    }

    /// Number of features of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.ensemble.n_features
    }

    /// Adds the contributions of one row to `out`, which has one entry per feature.
    pub fn add_to(&self, row: &[f32], out: &mut [f64]) {
        let row = &*self.ensemble.dialect.read(row);
        let mut sums = vec![0.0; self.ensemble.n_features];
        let mut path = vec![Fraction::UNMET; self.ensemble.n_features];
        for (tree, &depth) in self.ensemble.trees.iter().zip(&self.depths) {
            let (path, sums) = (&mut path, &mut sums);
            match depth {
                0 => {}
                1..=8 => Walk { tree, row, rule: &POINTS_4, path, sums }.run(),
                9..=16 => Walk { tree, row, rule: &POINTS_8, path, sums }.run(),
                _ => Walk { tree, row, rule: &POINTS_32, path, sums }.run(),
            }
        }
        let weight = tree_weight(self.ensemble);
        for (total, sum) in out.iter_mut().zip(&sums) {
            *total += sum * weight;
        }
    }
}

/// What one tree's output counts for in the margin.
fn tree_weight(ensemble: &TreeEnsemble) -> f64 {
    match ensemble.aggregation {
        Aggregation::Sum => 1.0,
        Aggregation::Mean => 1.0 / (ensemble.trees.len().max(1) as f64),
    }
}

/// Share of a split's cover that goes left.
fn left_share(tree: &Tree, node: usize) -> f64 {
    let left = tree.cover[tree.left[node] as usize];
    left / (left + tree.cover[tree.right[node] as usize])
}

/// Mean output by cover, and the most splits on a path.
fn mean_and_depth(tree: &Tree) -> (f64, usize) {
    let mut reach = vec![(0.0, 0); tree.len()];
    reach[0] = (1.0, 0);
    let (mut mean, mut deepest) = (0.0, 0);
    for node in 0..tree.len() {
        let (share, depth) = reach[node];
        if tree.is_leaf(node) {
            mean += share * tree.leaf_value[node];
            deepest = deepest.max(depth);
            continue;
        }
        let left = left_share(tree, node);
        reach[tree.left[node] as usize] = (share * left, depth + 1);
        reach[tree.right[node] as usize] = (share * (1.0 - left), depth + 1);
    }
    (mean, deepest)
}

struct Walk<'a, const Q: usize> {
    tree: &'a Tree,
    row: &'a [f32],
    rule: &'a Rule<Q>,
    /// What the path to the current node says of each feature.
    path: &'a mut [Fraction],
    sums: &'a mut [f64],
}

impl<const Q: usize> Walk<'_, Q> {
    fn run(mut self) {
        self.visit(0, &[1.0; Q]);
    }

    /// Walks the subtree of `node`, whose path has the given product of factors. Returns the sum
    /// over its leaves of value times product.
    fn visit(&mut self, node: usize, product: &Points<Q>) -> Points<Q> {
        if self.tree.is_leaf(node) {
            return product.map(|p| p * self.tree.leaf_value[node]);
        }
        let feature = self.tree.split_feature[node] as usize;
        let above = self.path[feature];
        let goes_left = self.tree.goes_left(node, self.row);
        let left = left_share(self.tree, node);
        let branches = [
            (self.tree.left[node], left, goes_left),
            (self.tree.right[node], 1.0 - left, !goes_left),
        ];
        let mut total = [0.0; Q];
        for (child, share, taken) in branches {
            let here = Fraction { zero: above.zero * share, hot: above.hot && taken };
            if here.zero == 0.0 && !here.hot {
                continue;
            }
            self.path[feature] = here;
            let sum = self.visit(child as usize, &self.replace(product, above, here));
            // The leaves below belong to this fraction of the feature, not to the one above.
            self.sums[feature] += self.rule.share(here, &sum);
            if above != Fraction::UNMET {
                self.sums[feature] -= self.rule.share(above, &sum);
            }
            total.iter_mut().zip(&sum).for_each(|(total, sum)| *total += sum);
        }
        self.path[feature] = above;
        total
    }

    /// The product with one feature's factor replaced.
    fn replace(&self, product: &Points<Q>, above: Fraction, here: Fraction) -> Points<Q> {
        let mut out = self.rule.factor(here);
        out.iter_mut().zip(product).for_each(|(out, product)| *out *= product);
        if above != Fraction::UNMET {
            let old = self.rule.factor(above);
            out.iter_mut().zip(&old).for_each(|(out, old)| *out /= old);
        }
        out
    }
}
