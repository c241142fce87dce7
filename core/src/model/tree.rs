//! Decision trees as parallel arrays, and ensembles of them.

use alloc::vec::Vec;

use super::dialect::{Accumulation, Dialect};
use crate::limits;

/// Marks a leaf in [`Tree::left`] and [`Tree::right`].
pub const LEAF: u32 = u32::MAX;

/// The categories that go left at a categorical split, as a bit set over category codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategorySet {
    /// Bit `c % 64` of word `c / 64` is set when code `c` goes left.
    pub words: Vec<u64>,
}

impl CategorySet {
    /// Whether code `c` is in the set.
    #[must_use]
    pub fn contains(&self, c: usize) -> bool {
        self.words.get(c / 64).is_some_and(|w| (w >> (c % 64)) & 1 == 1)
    }

    /// Adds code `c`.
    pub fn insert(&mut self, c: usize) {
        if self.words.len() <= c / 64 {
            self.words.resize(c / 64 + 1, 0);
        }
        self.words[c / 64] |= 1 << (c % 64);
    }
}

/// The category code that a value stands for: a whole number in `0..limits::CATEGORIES_MAX`.
/// Anything else counts as missing.
#[must_use]
pub fn category_code(x: f32) -> Option<usize> {
    let code = x as usize;
    (code as f32 == x && code < limits::CATEGORIES_MAX).then_some(code)
}

/// One binary decision tree. Node 0 is the root; children always have larger numbers than their
/// parent. All arrays have one entry per node.
///
/// A numeric split sends `x < threshold` left, everything else that is not missing right; a
/// categorical split (an index into [`Tree::category_sets`]) sends the listed codes left. Missing
/// (NaN) follows `default_left`. At a categorical split a value that is not an integer code in
/// `0..limits::CATEGORIES_MAX` counts as missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// Feature tested at the node; 0 at leaves.
    pub split_feature: Vec<u32>,
    /// Threshold of a numeric split; 0 elsewhere.
    pub threshold: Vec<f32>,
    /// Index + 1 into `category_sets`, or 0 for a numeric split or a leaf.
    pub category_set: Vec<u32>,
    /// Whether missing goes left; false at leaves.
    pub default_left: Vec<bool>,
    /// Left child, or [`LEAF`].
    pub left: Vec<u32>,
    /// Right child, or [`LEAF`].
    pub right: Vec<u32>,
    /// Output at a leaf; 0 at splits.
    pub leaf_value: Vec<f64>,
    /// Training weight (or count of rows) that reached the node; TreeSHAP's conditional
    /// expectations are weighted by it.
    pub cover: Vec<f64>,
    /// Sets of the categorical splits.
    pub category_sets: Vec<CategorySet>,
}

/// How the leaves of an ensemble become one margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// `base_score + sum` (boosting).
    Sum,
    /// `base_score + sum / trees` (forest).
    Mean,
}

/// Trees that answer together. The sum runs in tree order, in the arithmetic of the dialect.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeEnsemble {
    /// Trees in order.
    pub trees: Vec<Tree>,
    /// Starting margin.
    pub base_score: f64,
    /// Sum or mean.
    pub aggregation: Aggregation,
    /// Number of features of a row.
    pub n_features: usize,
    /// How it reads rows and adds; the default for our own.
    pub dialect: Dialect,
}

impl Tree {
    /// An empty tree with room for so many nodes.
    #[must_use]
    pub fn with_capacity(nodes: usize) -> Self {
        Self {
            split_feature: Vec::with_capacity(nodes),
            threshold: Vec::with_capacity(nodes),
            category_set: Vec::with_capacity(nodes),
            default_left: Vec::with_capacity(nodes),
            left: Vec::with_capacity(nodes),
            right: Vec::with_capacity(nodes),
            leaf_value: Vec::with_capacity(nodes),
            cover: Vec::with_capacity(nodes),
            category_sets: Vec::new(),
        }
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Whether there is no node (an unfinished tree).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether `node` is a leaf.
    #[must_use]
    pub fn is_leaf(&self, node: usize) -> bool {
        self.left[node] == LEAF
    }

    /// Appends a leaf and returns its number.
    pub fn push_leaf(&mut self, value: f64, cover: f64) -> u32 {
        let node = self.len() as u32;
        self.split_feature.push(0);
        self.threshold.push(0.0);
        self.category_set.push(0);
        self.default_left.push(false);
        self.left.push(LEAF);
        self.right.push(LEAF);
        self.leaf_value.push(value);
        self.cover.push(cover);
        node
    }

    /// Whether a row goes left at split `node`.
    #[must_use]
    pub fn goes_left(&self, node: usize, row: &[f32]) -> bool {
        let x = row.get(self.split_feature[node] as usize).copied().unwrap_or(f32::NAN);
        if x.is_nan() {
            return self.default_left[node];
        }
        match self.category_set[node] {
            0 => x < self.threshold[node],
            set => match category_code(x) {
                Some(code) => self.category_sets[set as usize - 1].contains(code),
                None => self.default_left[node],
            },
        }
    }

    /// The leaf that a row reaches.
    #[must_use]
    pub fn leaf(&self, row: &[f32]) -> usize {
        let mut node = 0;
        while !self.is_leaf(node) {
            let next = if self.goes_left(node, row) { self.left[node] } else { self.right[node] };
            node = next as usize;
        }
        node
    }
}

impl TreeEnsemble {
    /// Margin of one row of `n_features` values; missing = NaN. The plain reference walk. Values
    /// beyond the end of a shorter row count as missing.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        let row = &*self.dialect.read(row);
        match self.dialect.accumulation {
            Accumulation::F64 => self.sum(row),
            Accumulation::F32 => {
                let start = self.base_score as f32;
                f64::from(self.leaves(row).fold(start, |sum, leaf| sum + leaf as f32))
            }
        }
    }

    /// The margin added up in f64 whatever the dialect: what the contributions add up to.
    #[must_use]
    pub fn margin_f64(&self, row: &[f32]) -> f64 {
        self.sum(&self.dialect.read(row))
    }

    fn leaves<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
        self.trees.iter().map(|tree| tree.leaf_value[tree.leaf(row)])
    }

    fn sum(&self, row: &[f32]) -> f64 {
        let sum = self.leaves(row).fold(0.0, |sum, leaf| sum + leaf);
        match self.aggregation {
            Aggregation::Sum => self.base_score + sum,
            Aggregation::Mean => self.base_score + sum / (self.trees.len().max(1) as f64),
        }
    }
}
