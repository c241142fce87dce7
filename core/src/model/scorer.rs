//! The fast path of a tree ensemble: the same margins as the plain walk, bit for bit.
//!
//! Layout: a node is 8 bytes (threshold, left child, value slot), the right child follows the left,
//! and a leaf leads to itself, so that a walk is `depth` equal steps without a branch. Every feature
//! has two value slots, one in which a missing value is +infinity (it goes right) and one in which
//! it is -infinity (it goes left): the step needs no test for NaN. Rows are scored in blocks, trees
//! outside, [`LANES`] rows side by side. Sizes are rounded up to a few powers of two, so that a mask
//! replaces the bounds check and the code stays safe.

use alloc::vec;
use alloc::vec::Vec;

use super::dialect::Dialect;
use super::tree::{Aggregation, Tree, TreeEnsemble};

/// Rows that are walked side by side.
const LANES: usize = 16;
/// Rows of a block: their slots stay in the first-level cache while the trees pass by.
const BLOCK: usize = 64;
/// Sizes that a tree is rounded up to, nodes.
const NODES: [usize; 5] = [128, 512, 2_048, 8_192, 32_768];
/// Sizes that a row is rounded up to, slots.
const SLOTS: [usize; 2] = [64, 512];

#[derive(Clone, Copy, Debug)]
struct Node {
    threshold: f32,
    left: u16,
    slot: u16,
}

/// A tree ensemble laid out for speed. Build it once, score many rows.
#[derive(Clone, Debug)]
pub struct TreeScorer {
    nodes: Vec<Node>,
    leaves: Vec<f64>,
    depths: Vec<u32>,
    tree_size: usize,
    row_size: usize,
    n_features: usize,
    base_score: f64,
    divisor: Option<f64>,
}

impl TreeScorer {
    /// Lays out a checked ensemble. `None` when it does not fit this layout (categorical splits, a
    /// dialect of its own,
    /// more than 256 features, a tree of more than 32,768 nodes): then the plain walk serves.
    #[must_use]
    pub fn new(ensemble: &TreeEnsemble) -> Option<Self> {
        let largest = ensemble.trees.iter().map(Tree::len).max().unwrap_or(1);
        let tree_size = NODES.into_iter().find(|size| largest <= *size)?;
        let row_size = SLOTS.into_iter().find(|size| 2 * ensemble.n_features <= *size)?;
        let plain = ensemble.dialect == Dialect::default();
        if !plain || ensemble.trees.iter().any(|tree| !tree.category_sets.is_empty()) {
            return None;
        }
        let trees = ensemble.trees.len();
        let mut scorer = Self {
            nodes: vec![Node { threshold: f32::NEG_INFINITY, left: 0, slot: 0 }; trees * tree_size],
            leaves: vec![0.0; trees * tree_size],
            depths: Vec::with_capacity(trees),
            tree_size,
            row_size,
            n_features: ensemble.n_features,
            base_score: ensemble.base_score,
            divisor: match ensemble.aggregation {
                Aggregation::Sum => None,
                Aggregation::Mean => Some(trees.max(1) as f64),
            },
        };
        for (i, tree) in ensemble.trees.iter().enumerate() {
            let range = i * tree_size..(i + 1) * tree_size;
            let depth = lay_out(tree, &mut scorer.nodes[range.clone()], &mut scorer.leaves[range]);
            scorer.depths.push(depth);
        }
        Some(scorer)
    }

    /// Number of features of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Margin of one row; values beyond the end of a shorter row count as missing.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        let mut out = [0.0];
        match self.row_size {
            64 => self.one::<64>(row, &mut out),
            _ => self.one::<512>(row, &mut out),
        }
        out[0]
    }

    /// Margins of many rows: `rows` holds `n_features` values a row, row after row; `out` takes one
    /// margin a row. Scores as many rows as both hold.
    pub fn margins(&self, rows: &[f32], out: &mut [f64]) {
        match self.row_size {
            64 => self.many::<64>(rows, out),
            _ => self.many::<512>(rows, out),
        }
    }

    fn one<const S: usize>(&self, row: &[f32], out: &mut [f64; 1]) {
        let mut slots = [[0.0f32; S]];
        fill(&mut slots[0], row, self.n_features);
        self.add_trees(&slots, out);
        out[0] = self.finish(out[0]);
    }

    fn many<const S: usize>(&self, rows: &[f32], out: &mut [f64]) {
        let mut slots = [[0.0f32; S]; BLOCK];
        // A model without features has rows of length 0: every margin is the same.
        let width = self.n_features.max(1);
        let count = if self.n_features == 0 { out.len() } else { rows.len() / width };
        let count = count.min(out.len());
        for start in (0..count).step_by(BLOCK) {
            let block = (count - start).min(BLOCK);
            for (i, slot) in slots[..block].iter_mut().enumerate() {
                let row = rows.get((start + i) * width..).unwrap_or_default();
                fill(slot, &row[..row.len().min(width)], self.n_features);
            }
            let out = &mut out[start..start + block];
            out.fill(0.0);
            self.add_trees(&slots[..block], out);
            out.iter_mut().for_each(|sum| *sum = self.finish(*sum));
        }
    }

    fn add_trees<const S: usize>(&self, rows: &[[f32; S]], out: &mut [f64]) {
        match self.tree_size {
            128 => self.add_sized::<S, 128>(rows, out),
            512 => self.add_sized::<S, 512>(rows, out),
            2_048 => self.add_sized::<S, 2_048>(rows, out),
            8_192 => self.add_sized::<S, 8_192>(rows, out),
            _ => self.add_sized::<S, 32_768>(rows, out),
        }
    }

    fn add_sized<const S: usize, const N: usize>(&self, rows: &[[f32; S]], out: &mut [f64]) {
        let (trees, _) = self.nodes.as_chunks::<N>();
        let (leaves, _) = self.leaves.as_chunks::<N>();
        for ((nodes, values), &depth) in trees.iter().zip(leaves).zip(&self.depths) {
            let (groups, rest) = rows.as_chunks::<LANES>();
            let (out_groups, out_rest) = out.as_chunks_mut::<LANES>();
            for (group, sums) in groups.iter().zip(out_groups) {
                let at = walk(nodes, depth, group);
                sums.iter_mut().zip(at).for_each(|(sum, node)| *sum += values[node & (N - 1)]);
            }
            for (row, sum) in rest.iter().zip(out_rest) {
                let [node] = walk(nodes, depth, core::array::from_ref(row));
                *sum += values[node & (N - 1)];
            }
        }
    }

    fn finish(&self, sum: f64) -> f64 {
        match self.divisor {
            None => self.base_score + sum,
            Some(trees) => self.base_score + sum / trees,
        }
    }
}

/// Nodes that `R` rows reach after `depth` steps.
#[inline(always)]
fn walk<const S: usize, const N: usize, const R: usize>(
    nodes: &[Node; N],
    depth: u32,
    rows: &[[f32; S]; R],
) -> [usize; R] {
    let mut at = [0usize; R];
    for _ in 0..depth {
        for (at, row) in at.iter_mut().zip(rows) {
            let node = nodes[*at & (N - 1)];
            let goes_left = row[usize::from(node.slot) & (S - 1)] < node.threshold;
            *at = usize::from(node.left) + usize::from(!goes_left);
        }
    }
    at
}

/// Both slots of every feature.
fn fill<const S: usize>(slots: &mut [f32; S], row: &[f32], n_features: usize) {
    let (pairs, _) = slots.as_chunks_mut::<2>();
    for (i, pair) in pairs.iter_mut().enumerate().take(n_features) {
        let x = row.get(i).copied().unwrap_or(f32::NAN);
        *pair = if x.is_nan() { [f32::INFINITY, f32::NEG_INFINITY] } else { [x, x] };
    }
}

/// Renumbers one tree in breadth-first order, so that siblings stand together; returns its depth.
fn lay_out(tree: &Tree, nodes: &mut [Node], leaves: &mut [f64]) -> u32 {
    // (old number, depth), by new number
    let mut order = vec![(0usize, 0u32)];
    let mut deepest = 0;
    let mut new = 0;
    while let Some(&(old, depth)) = order.get(new) {
        deepest = deepest.max(depth);
        if tree.is_leaf(old) {
            // No value is below -infinity: the step always takes the right child, this node.
            let left = (new as u16).wrapping_sub(1);
            nodes[new] = Node { threshold: f32::NEG_INFINITY, left, slot: 0 };
            leaves[new] = tree.leaf_value[old];
        } else {
            let slot = 2 * tree.split_feature[old] as u16 + u16::from(tree.default_left[old]);
            nodes[new] = Node { threshold: tree.threshold[old], left: order.len() as u16, slot };
            order.push((tree.left[old] as usize, depth + 1));
            order.push((tree.right[old] as usize, depth + 1));
        }
        new += 1;
    }
    deepest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::FeatureSchema;
    use crate::testing::{
        cases,
        model::{Rng, ensemble, row},
    };

    /// Margins of the scorer and of the plain walk, as bits.
    fn check(seed: u64, features: usize, trees: usize, depth: usize, rows: usize) {
        let mut rng = Rng(seed);
        let names: Vec<_> = (0..features).map(|j| std::format!("f{j}")).collect();
        let schema = FeatureSchema::numeric(names.iter().map(|n| n.as_str()));
        let ensemble = ensemble(&mut rng, &schema, trees, depth);
        let scorer = TreeScorer::new(&ensemble).expect("a numeric ensemble of this size fits");
        let table: Vec<f32> = (0..rows).flat_map(|_| row(&mut rng, &schema)).collect();
        let mut margins = vec![f64::NAN; rows];
        scorer.margins(&table, &mut margins);
        for (row, margin) in table.chunks(features).zip(&margins) {
            let plain = ensemble.margin(row);
            assert_eq!(plain.to_bits(), margin.to_bits(), "batch, row {row:?}");
            assert_eq!(plain.to_bits(), scorer.margin(row).to_bits(), "single, row {row:?}");
        }
    }

    proptest! {
        #![proptest_config(cases(64))]
        #[test]
        fn equals_the_plain_walk(seed: u64, features in 1usize..60, trees in 0usize..12,
                                 depth in 0usize..10, rows in 0usize..150) {
            check(seed, features, trees, depth, rows);
        }
    }

    #[test]
    fn every_size_class_equals_the_plain_walk() {
        for (depth, features) in [(0, 1), (5, 33), (8, 40), (11, 5), (13, 200)] {
            check(7, features, 3, depth, 70);
        }
    }

    #[test]
    fn what_does_not_fit_is_left_to_the_plain_walk() {
        let mut tree = Tree::default();
        tree.push_leaf(1.0, 1.0);
        let ensemble = TreeEnsemble {
            trees: vec![tree],
            base_score: 0.5,
            aggregation: Aggregation::Sum,
            n_features: 257,
            dialect: Dialect::default(),
        };
        assert!(TreeScorer::new(&ensemble).is_none());
    }

    #[test]
    fn short_rows_and_models_without_features_score() {
        let mut tree = Tree::default();
        tree.push_leaf(1.0, 1.0);
        let ensemble = TreeEnsemble {
            trees: vec![tree],
            base_score: 0.5,
            aggregation: Aggregation::Sum,
            n_features: 0,
            dialect: Dialect::default(),
        };
        let scorer = TreeScorer::new(&ensemble).expect("fits");
        let mut out = [0.0; 3];
        scorer.margins(&[], &mut out);
        assert_eq!(out, [1.5; 3]);
        assert_eq!(scorer.margin(&[]), 1.5);
    }
}
