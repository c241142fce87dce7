//! Path-dependent TreeSHAP of an ensemble: trees outside, rows inside, two rows side by side. A
//! row's bits do not depend on the rows beside it.

use alloc::vec;
use alloc::vec::Vec;
use core::array::from_ref;

use super::layout::TreeLayout;
use super::pair::Pair;
use super::quadrature::{
    PART, POINTS_3, POINTS_4, POINTS_8, POINTS_32, Rule, TABLE_FEATURES_MAX, in_pieces, parts,
};
use super::walk::Work;
use crate::model::{Aggregation, Dialect, TreeEnsemble};

/// Rows for which a tree is walked before the next tree: its splits stay in the cache.
const BLOCK: usize = 32;

/// Explains rows of one ensemble.
#[derive(Clone, Debug)]
pub(super) struct TreeExplainer {
    trees: Vec<TreeLayout>,
    dialect: Dialect,
    n_features: usize,
    /// What one tree's output counts for in the margin.
    weight: f64,
    base_value: f64,
    /// The rule of trees with longer paths than the table has rules for; none where there are none.
    deep: Vec<Rule<PART>>,
}

/// Calls a function that takes a rule with the smallest one that is exact for a tree, or with
/// every part of `parts`; does nothing for a tree without a split.
macro_rules! with_rule {
    ($tree:expr, $parts:expr, |$rule:ident| $call:expr) => {
        match $tree.path_features {
            0 => {}
            1..=6 => {
                let $rule = &POINTS_3;
                $call
            }
            7..=8 => {
                let $rule = &POINTS_4;
                $call
            }
            9..=16 => {
                let $rule = &POINTS_8;
                $call
            }
            17..=TABLE_FEATURES_MAX => {
                let $rule = &POINTS_32;
                $call
            }
            _ => {
                for $rule in $parts {
                    $call
                }
            }
        }
    };
}

impl TreeExplainer {
    /// Lays out a checked ensemble: one pass over its nodes, 48 bytes a split.
    pub(super) fn new(ensemble: &TreeEnsemble) -> Self {
        let trees: Vec<_> = ensemble.trees.iter().map(TreeLayout::new).collect();
        let weight = match ensemble.aggregation {
            Aggregation::Sum => 1.0,
            Aggregation::Mean => 1.0 / (trees.len().max(1) as f64),
        };
        let features = trees.iter().map(|tree| tree.path_features).max().unwrap_or(0);
        let is_deep = features > TABLE_FEATURES_MAX;
        let sum = trees.iter().fold(0.0, |sum, tree| sum + tree.mean);
        Self {
            trees,
            dialect: ensemble.dialect.clone(),
            n_features: ensemble.n_features,
            weight,
            base_value: ensemble.base_score + sum * weight,
            deep: if is_deep { in_pieces(features) } else { Vec::new() },
        }
    }

    /// The rule of a tree, in parts.
    fn parts(&self, tree: &TreeLayout) -> &[Rule<PART>] {
        let is_deep = tree.path_features > TABLE_FEATURES_MAX;
        if is_deep { &self.deep } else { parts(tree.path_features) }
    }

    pub(super) fn base_value(&self) -> f64 {
        self.base_value
    }

    pub(super) fn n_features(&self) -> usize {
        self.n_features
    }

    /// Contributions of rows of `n_features` values, row after row.
    pub(super) fn explain_rows(&self, rows: &[f32], out: &mut [f64]) {
        self.walk_rows(cfg!(target_family = "wasm"), rows, out);
    }

    /// The same, with the rules whole, or in parts to fit where code is loaded over a network.
    #[inline(always)]
    pub(super) fn walk_rows(&self, in_parts: bool, rows: &[f32], out: &mut [f64]) {
        let width = self.n_features.max(1);
        let mut work = Work::default();
        let (mut x, mut sums) = (Vec::new(), Vec::new());
        let blocks = rows.chunks(BLOCK * width).zip(out.chunks_mut(BLOCK * width));
        for (rows, out) in blocks {
            self.lay_side_by_side(rows, &mut x);
            sums.clear();
            sums.resize(x.len(), Pair::ZERO);
            for tree in &self.trees {
                if in_parts || tree.path_features > TABLE_FEATURES_MAX {
                    explain(tree, self.parts(tree), width, &x, &mut work, &mut sums);
                } else {
                    with_rule!(tree, &self.deep, |rule| {
                        explain(tree, from_ref(rule), width, &x, &mut work, &mut sums);
                    });
                }
            }
            let pairs = out.chunks_mut(2 * width).zip(sums.chunks_exact(width));
            for (out, sums) in pairs {
                for (lane, row) in out.chunks_exact_mut(width).enumerate() {
                    let totals = row.iter_mut().zip(sums);
                    totals.for_each(|(total, sum)| *total = sum.0[lane] * self.weight);
                }
            }
        }
    }

    /// Contributions of one row of `n_features` values; adds half its second derivatives by
    /// features `i < j` to `pairs[i * n_features + j]`.
    pub(super) fn interact(&self, row: &[f32], pairs: &mut [f64]) -> Vec<f64> {
        let width = self.n_features.max(1);
        let mut work = Work::default();
        let mut x = Vec::new();
        self.lay_side_by_side(row, &mut x);
        let mut sums = vec![Pair::ZERO; x.len()];
        for tree in &self.trees {
            with_rule!(tree, &self.deep, |rule| {
                explain(tree, from_ref(rule), width, &x, &mut work, &mut sums);
                tree.interact(rule, &work, width, pairs);
            });
        }
        pairs.iter_mut().for_each(|pair| *pair *= self.weight);
        sums.iter().map(|sum| sum.0[0] * self.weight).collect()
    }

    /// The values that the trees see, by pair of rows and feature; a last odd row has a row of
    /// missing values beside it.
    fn lay_side_by_side(&self, rows: &[f32], x: &mut Vec<[f32; 2]>) {
        let width = self.n_features.max(1);
        x.clear();
        x.resize(rows.len().div_ceil(2 * width) * width, [f32::NAN; _]);
        let mut buffer = vec![0.0; width];
        for (tile, rows) in x.chunks_exact_mut(width).zip(rows.chunks(2 * width)) {
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                buffer.copy_from_slice(row);
                self.dialect.read_in_place(&mut buffer);
                tile.iter_mut().zip(&buffer).for_each(|(x, value)| x[lane] = *value);
            }
        }
    }
}

/// One tree, for every pair of rows of a block.
fn explain<const Q: usize>(
    tree: &TreeLayout,
    rules: impl AsRef<[Rule<Q>]> + Copy,
    width: usize,
    x: &[[f32; 2]],
    work: &mut Work,
    sums: &mut [Pair],
) {
    work.reserve(tree.slots(), Q);
    for (x, sums) in x.chunks_exact(width).zip(sums.chunks_exact_mut(width)) {
        tree.explain(rules, x, work, sums);
    }
}
