//! Trees that are not packed: with categorical splits, of many nodes, over very many slots.

use alloc::vec;
use alloc::vec::Vec;

use super::slots::{MISSING_LEFT, Slots, key};
use crate::model::tree::Tree;

#[derive(Clone, Copy, Debug)]
struct Node {
    /// Key of a numeric split; place in `sets` of a categorical one.
    key: i32,
    /// Left child, counted from the first node of all; the right one follows it.
    left: u32,
    slot: u16,
    is_categorical: bool,
}

/// The nodes of all long trees, and the leaf values in their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Long {
    nodes: Vec<Node>,
    leaves: Vec<f64>,
    /// For each set the number of its words, then its words.
    sets: Vec<u64>,
}

impl Long {
    /// Adds a tree; returns its first node.
    pub(super) fn push(&mut self, tree: &Tree, slots: &Slots) -> usize {
        let start = self.nodes.len();
        let sets: Vec<i32> = tree
            .category_sets
            .iter()
            .map(|set| {
                let at = self.sets.len() as i32;
                self.sets.push(set.words.len() as u64);
                self.sets.extend(&set.words);
                at
            })
            .collect();
        let mut order = vec![0usize];
        let mut new = 0;
        while let Some(&old) = order.get(new) {
            let left = (start + order.len()) as u32;
            if tree.is_leaf(old) {
                // Leads to itself: no value is below the smallest key.
                let itself = ((start + new) as u32).wrapping_sub(1);
                let node = Node { key: MISSING_LEFT, left: itself, slot: 0, is_categorical: false };
                self.nodes.push(node);
            } else {
                let set = tree.category_set[old] as usize;
                self.nodes.push(Node {
                    key: if set == 0 { key(tree.threshold[old]) } else { sets[set - 1] },
                    left,
                    slot: slots.of(tree, old),
                    is_categorical: set != 0,
                });
                order.extend([tree.left[old] as usize, tree.right[old] as usize]);
            }
            self.leaves.push(tree.leaf_value[old]);
            new += 1;
        }
        start
    }

    /// The leaves that rows reach in the tree of first node `start`.
    #[inline]
    pub(super) fn leaves<const R: usize>(&self, start: usize, rows: [&[i32]; R]) -> [f64; R] {
        let mut at = [start; R];
        loop {
            let before = at;
            for (at, row) in at.iter_mut().zip(rows) {
                let node = self.nodes[*at];
                // A tree that is a leaf alone may stand where nothing has a slot.
                let value = row.get(usize::from(node.slot)).copied().unwrap_or_default();
                let goes_right = if node.is_categorical {
                    self.is_unlisted(node.key as usize, value)
                } else {
                    value >= node.key
                };
                *at = node.left.wrapping_add(u32::from(goes_right)) as usize;
            }
            if at == before {
                return at.map(|at| self.leaves[at]);
            }
        }
    }

    /// Whether a code is outside the set at `at`; a missing value is where its side is.
    fn is_unlisted(&self, at: usize, value: i32) -> bool {
        let Ok(code) = usize::try_from(value) else { return false };
        let words = self.sets[at] as usize;
        let word = if code / 64 < words { self.sets[at + 1 + code / 64] } else { 0 };
        (word >> (code % 64)) & 1 == 0
    }
}
