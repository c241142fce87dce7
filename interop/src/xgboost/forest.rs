//! Trees by output: weights, category sets, covers.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::model::{
    Accumulation, Aggregation, CategorySet, Dialect, Model, Reading, Tree, TreeEnsemble,
};

use super::node::Parsed;
use crate::ImportError;
use crate::arrange::Budget;

const BEYOND_BUDGET: &str = "much more memory than the file has bytes";

/// Share of its parent's cover that a branch without any gets, so that its own splits have
/// something to divide: next to nothing.
const COVER_SHARE_MIN: f64 = 1e-15;

/// Trees by output.
pub(super) struct Forest {
    outputs: Vec<Vec<Tree>>,
}

impl Forest {
    /// With room for the trees of `list`.
    pub(super) fn new(
        list: &[Parsed],
        groups: &[u32],
        outputs: usize,
        budget: &mut Budget,
    ) -> Result<Self, ImportError> {
        let mut counts = vec![0usize; outputs];
        for (tree, &group) in list.iter().zip(groups) {
            if tree.outputs != 1 && tree.outputs != outputs {
                let rule = "must be 1 or the number of outputs";
                return Err(ImportError::malformed("size_leaf_vector", rule));
            }
            match counts.get_mut(group as usize) {
                None => {
                    return Err(ImportError::malformed("tree_info", "must be numbers of outputs"));
                }
                Some(count) if tree.outputs == 1 => *count += 1,
                Some(_) => counts.iter_mut().for_each(|count| *count += 1),
            }
        }
        let trees: usize = counts.iter().sum();
        if !budget.takes_bytes(trees.saturating_mul(size_of::<Tree>())) {
            return Err(ImportError::unsupported("size_leaf_vector", BEYOND_BUDGET));
        }
        Ok(Self { outputs: counts.into_iter().map(Vec::with_capacity).collect() })
    }

    /// Adds a tree; returns how many splits had no cover.
    pub(super) fn add(
        &mut self,
        parsed: Parsed,
        group: usize,
        weight: f32,
        budget: &mut Budget,
    ) -> Result<usize, ImportError> {
        let Parsed { mut tree, codes, ends, leaf_outputs, outputs, .. } = parsed;
        let uncovered = complete_covers(&mut tree);
        let mut begin = 0;
        tree.category_sets = Vec::with_capacity(ends.len());
        for end in ends {
            let codes = &codes[begin..end as usize];
            begin = end as usize;
            let words = codes.iter().max().map_or(1, |&code| code as usize / 64 + 1);
            if !budget.takes_bytes(size_of::<CategorySet>() + 8 * words) {
                return Err(ImportError::unsupported("categories", BEYOND_BUDGET));
            }
            let mut set = CategorySet { words: vec![0; words] };
            codes.iter().for_each(|&code| set.insert(code.into()));
            tree.category_sets.push(set);
        }
        if outputs == 1 {
            // DART: the leaf times the weight, in f32.
            weigh(&mut tree, weight);
            self.outputs[group].push(tree);
            return Ok(uncovered);
        }
        for (output, trees) in self.outputs.iter_mut().enumerate() {
            let sets: usize = tree.category_sets.iter().map(|set| 32 + 8 * set.words.len()).sum();
            if !budget.takes_nodes(&tree) || !budget.takes_bytes(sets) {
                return Err(ImportError::unsupported("size_leaf_vector", BEYOND_BUDGET));
            }
            let mut tree = tree.clone();
            let leaves = (0..tree.len()).filter(|&node| tree.is_leaf(node));
            let leaves: Vec<usize> = leaves.collect();
            for (leaf, node) in leaves.into_iter().enumerate() {
                tree.leaf_value[node] = f64::from(leaf_outputs[leaf * outputs + output]);
            }
            weigh(&mut tree, weight);
            trees.push(tree);
        }
        Ok(uncovered)
    }

    /// Features that some split tests by category.
    pub(super) fn split_by_category(&self) -> BTreeSet<u32> {
        let trees = self.outputs.iter().flatten();
        let splits = trees.flat_map(|tree| {
            let by_category = (0..tree.len()).filter(|&node| tree.category_set[node] != 0);
            by_category.map(|node| tree.split_feature[node])
        });
        splits.collect()
    }

    pub(super) fn finish(self, bases: &[f32], features: usize, readings: &[Reading]) -> Vec<Model> {
        let ensembles = self.outputs.into_iter().zip(bases).map(|(trees, &base)| {
            Model::Trees(TreeEnsemble {
                trees,
                base_score: f64::from(base),
                aggregation: Aggregation::Sum,
                n_features: features,
                dialect: Dialect {
                    accumulation: Accumulation::F32,
                    readings: readings.to_vec(),
                    ..Dialect::default()
                },
            })
        });
        ensembles.collect()
    }
}

fn weigh(tree: &mut Tree, weight: f32) {
    if weight == 1.0 {
        return;
    }
    for node in 0..tree.len() {
        if tree.is_leaf(node) {
            tree.leaf_value[node] = f64::from(tree.leaf_value[node] as f32 * weight);
        }
    }
}

/// Makes the cover of every split the sum of its children's, which a file holds in f32 and so
/// nearly; where both children have none they get equal shares. Returns the number of such splits.
fn complete_covers(tree: &mut Tree) -> usize {
    let split = |tree: &Tree, node: usize| {
        (!tree.is_leaf(node)).then(|| (tree.left[node] as usize, tree.right[node] as usize))
    };
    for node in (0..tree.len()).rev() {
        if let Some((left, right)) = split(tree, node) {
            tree.cover[node] = tree.cover[left] + tree.cover[right];
        }
    }
    let mut uncovered = 0;
    for node in 0..tree.len() {
        let Some((left, right)) = split(tree, node) else { continue };
        if tree.cover[left] == 0.0 && tree.cover[right] == 0.0 {
            uncovered += 1;
            if node == 0 {
                tree.cover[0] = 1.0;
            }
            tree.cover[left] = tree.cover[node] / 2.0;
            tree.cover[right] = tree.cover[node] / 2.0;
        }
        for child in [left, right] {
            if tree.cover[child] == 0.0 && !tree.is_leaf(child) {
                tree.cover[child] = tree.cover[node] * COVER_SHARE_MIN;
            }
        }
    }
    uncovered
}
