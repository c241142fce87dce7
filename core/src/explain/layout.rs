//! A tree laid out for explaining: what the walk needs at each split, in an order in which plain
//! loops do.

use alloc::vec;
use alloc::vec::Vec;

use super::pair::Pair;
use crate::model::tree::category_code;
use crate::model::{CategorySet, Tree};

/// Marks the absence of a split above.
const NONE: u32 = u32::MAX;

/// A branch of a split: which split, and whether the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Branch(u32);

impl Branch {
    const NONE: Self = Self(NONE);

    fn new(split: usize, right: bool) -> Self {
        Self(2 * split as u32 + u32::from(right))
    }

    /// Split and side (0 left, 1 right); `None` for no branch.
    #[inline]
    pub(super) fn get(self) -> Option<(usize, usize)> {
        (self.0 != NONE).then_some(((self.0 / 2) as usize, (self.0 % 2) as usize))
    }
}

/// One split.
#[derive(Clone, Debug)]
pub(super) struct Split {
    /// Feature that it tests.
    pub(super) feature: u32,
    threshold: f32,
    /// Index + 1 into the tree's category sets; 0 for a numeric split.
    category_set: u32,
    /// Slot of the left child.
    pub(super) left: u32,
    /// Slot of the right child.
    pub(super) right: u32,
    /// The branch that leads here.
    pub(super) parent: Branch,
    /// The nearest branch above, of a split on the same feature.
    pub(super) above: Branch,
    default_left: bool,
    /// Share of the split's cover that goes left.
    pub(super) share: f64,
    /// Product of the shares of the branches above, of splits on the same feature.
    pub(super) zero: f64,
}

/// One tree. Slots: first the inner splits (a child is a split), parents before children; then the
/// outer splits (both children are leaves); then the leaves below inner splits.
#[derive(Clone, Debug, Default)]
pub(super) struct TreeLayout {
    splits: Vec<Split>,
    inner: usize,
    /// Left and right leaf of each outer split.
    pub(super) outer_leaves: Vec<[f64; 2]>,
    /// Leaves below inner splits.
    pub(super) leaves: Vec<f64>,
    category_sets: Vec<CategorySet>,
    /// Most different features on a path.
    pub(super) path_features: usize,
    /// Mean output by cover.
    pub(super) mean: f64,
}

impl TreeLayout {
    /// Lays out a checked tree.
    pub(super) fn new(tree: &Tree) -> Self {
        let (slots, inner, outer) = slots(tree);
        let mut layout = Self {
            splits: vec![Split::BLANK; inner + outer],
            inner,
            outer_leaves: vec![[0.0; 2]; outer],
            category_sets: tree.category_sets.clone(),
            ..Self::default()
        };
        // By node: the branch that leads to it, share of cover, different features on its path.
        let mut reach = vec![(Branch::NONE, 1.0, 0usize); tree.len()];
        for node in 0..tree.len() {
            let (parent, cover, features) = reach[node];
            layout.path_features = layout.path_features.max(features);
            let slot = slots[node] as usize;
            if tree.is_leaf(node) {
                layout.mean += cover * tree.leaf_value[node];
                match parent.get() {
                    Some((split, side)) if split >= inner => {
                        layout.outer_leaves[split - inner][side] = tree.leaf_value[node];
                    }
                    Some(_) => layout.leaves.push(tree.leaf_value[node]),
                    None => {}
                }
                continue;
            }
            let (left, right) = (tree.left[node] as usize, tree.right[node] as usize);
            let share = tree.cover[left] / (tree.cover[left] + tree.cover[right]);
            let feature = tree.split_feature[node];
            let (above, zero) = layout.same_feature_above(feature, parent);
            layout.splits[slot] = Split {
                feature,
                threshold: tree.threshold[node],
                category_set: tree.category_set[node],
                left: slots[left],
                right: slots[right],
                parent,
                above,
                default_left: tree.default_left[node],
                share,
                zero,
            };
            let features = features + usize::from(above == Branch::NONE);
            reach[left] = (Branch::new(slot, false), cover * share, features);
            reach[right] = (Branch::new(slot, true), cover * (1.0 - share), features);
        }
        layout
    }

    /// The nearest branch of a split on `feature`, from `branch` upwards, and the product of the
    /// shares of all such branches.
    fn same_feature_above(&self, feature: u32, mut branch: Branch) -> (Branch, f64) {
        while let Some((split, side)) = branch.get() {
            let split = &self.splits[split];
            if split.feature == feature {
                return (branch, split.zero * [split.share, 1.0 - split.share][side]);
            }
            branch = split.parent;
        }
        (Branch::NONE, 1.0)
    }

    /// Every split: the inner ones, then the outer ones.
    pub(super) fn splits(&self) -> &[Split] {
        &self.splits
    }

    /// The splits with a split below, parents before children.
    pub(super) fn inner(&self) -> &[Split] {
        &self.splits[..self.inner]
    }

    /// The splits with two leaves.
    pub(super) fn outer(&self) -> &[Split] {
        &self.splits[self.inner..]
    }

    /// Number of slots.
    pub(super) fn slots(&self) -> usize {
        self.splits.len() + self.leaves.len()
    }

    /// 1 for each row that goes left, 0 for each that goes right. `x` are the rows' values of the
    /// split's feature.
    #[inline(always)]
    pub(super) fn goes_left(&self, split: &Split, x: &[f32; 2]) -> Pair {
        if split.category_set != 0 {
            let set = &self.category_sets[split.category_set as usize - 1];
            return Pair::bits(x.map(|x| match category_code(x) {
                Some(code) => set.contains(code),
                None => split.default_left,
            }));
        }
        // Without a branch: which way rows go can't be predicted.
        Pair::bits(x.map(|x| (x < split.threshold) | (x.is_nan() & split.default_left)))
    }
}

impl Split {
    const BLANK: Self = Self {
        feature: 0,
        threshold: 0.0,
        category_set: 0,
        left: 0,
        right: 0,
        parent: Branch::NONE,
        above: Branch::NONE,
        default_left: false,
        share: 0.0,
        zero: 0.0,
    };
}

/// The slot of every node (of a leaf below an outer split: none), the number of inner and of outer
/// splits.
fn slots(tree: &Tree) -> (Vec<u32>, usize, usize) {
    let nodes = 0..tree.len();
    let is_split = |node: &usize| !tree.is_leaf(*node);
    let is_outer = |node: usize| {
        tree.is_leaf(tree.left[node] as usize) && tree.is_leaf(tree.right[node] as usize)
    };
    let mut slots = vec![0; tree.len()];
    let mut next = 0u32;
    let mut give = |node: usize| {
        slots[node] = next;
        next += 1;
    };
    let splits = nodes.clone().filter(is_split);
    splits.clone().filter(|&node| !is_outer(node)).for_each(&mut give);
    let inner = splits.clone().filter(|&node| !is_outer(node)).count();
    splits.clone().filter(|&node| is_outer(node)).for_each(&mut give);
    let outer = splits.clone().count() - inner;
    // In the order of the nodes, as the layout collects their values.
    let mut below_inner = vec![false; tree.len()];
    for node in splits.filter(|&node| !is_outer(node)) {
        below_inner[tree.left[node] as usize] = true;
        below_inner[tree.right[node] as usize] = true;
    }
    nodes.filter(|&node| tree.is_leaf(node) && below_inner[node]).for_each(give);
    (slots, inner, outer)
}
