//! What the splits of trees bring, feature by feature.

use alloc::vec;
use alloc::vec::Vec;

use super::tree::{Tree, TreeEnsemble};

impl TreeEnsemble {
    /// Total gain of each feature: over its splits, by how much the split reduces the squared
    /// spread of the tree's output, weighted by cover,
    /// `left cover * right cover / cover * (left mean - right mean)^2`.
    ///
    /// For trees of squared error this is their reduction of the squared error (mean decrease in
    /// impurity: Breiman 2001), for boosted trees of a second-order loss the gain of Chen and
    /// Guestrin 2016 without regularisation, up to one factor for the whole model. It is read from
    /// leaves and covers, so that every model with covers has it.
    #[must_use]
    pub fn gain(&self) -> Vec<f64> {
        let mut gain = vec![0.0; self.n_features];
        self.trees.iter().for_each(|tree| add_gain(tree, &mut gain));
        gain
    }
}

/// Adds the gain of one checked tree.
fn add_gain(tree: &Tree, gain: &mut [f64]) {
    // Mean output below each node; children come after their parent.
    let mut mean = tree.leaf_value.clone();
    for node in (0..tree.len()).rev().filter(|node| !tree.is_leaf(*node)) {
        let (left, right) = (tree.left[node] as usize, tree.right[node] as usize);
        let (left_cover, right_cover) = (tree.cover[left], tree.cover[right]);
        let cover = left_cover + right_cover;
        if cover <= 0.0 {
            continue;
        }
        mean[node] = (left_cover * mean[left] + right_cover * mean[right]) / cover;
        let difference = mean[left] - mean[right];
        if let Some(gain) = gain.get_mut(tree.split_feature[node] as usize) {
            *gain += left_cover * right_cover / cover * (difference * difference);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Aggregation, Dialect};

    /// Feature 0 splits 6 rows off 10, feature 1 splits those again.
    fn tree() -> Tree {
        let mut tree = Tree::default();
        tree.push_leaf(0.0, 10.0);
        let (left, right) = (tree.push_leaf(0.0, 6.0), tree.push_leaf(5.0, 4.0));
        (tree.left[0], tree.right[0]) = (left, right);
        let (low, high) = (tree.push_leaf(1.0, 3.0), tree.push_leaf(3.0, 3.0));
        (tree.left[left as usize], tree.right[left as usize]) = (low, high);
        tree.split_feature[left as usize] = 1;
        tree
    }

    #[test]
    fn gain_is_the_reduction_of_the_squared_error() {
        let ensemble = TreeEnsemble {
            trees: vec![tree(), tree()],
            base_score: 0.0,
            aggregation: Aggregation::Sum,
            n_features: 3,
            dialect: Dialect::default(),
        };
        // Outputs 1 x 3, 3 x 3, 5 x 4: squared error around their mean, and after each split.
        let rows = [1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 5.0, 5.0, 5.0, 5.0];
        let error = |rows: &[f64]| {
            let mean = rows.iter().sum::<f64>() / rows.len() as f64;
            rows.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>()
        };
        let first = error(&rows) - error(&rows[..6]) - error(&rows[6..]);
        let second = error(&rows[..6]);
        let gain = ensemble.gain();
        assert!((gain[0] - 2.0 * first).abs() < 1e-12 && (gain[1] - 2.0 * second).abs() < 1e-12);
        assert_eq!(gain[2], 0.0);
    }
}
