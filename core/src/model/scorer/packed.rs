//! Small trees of numeric splits.
//!
//! A node is 8 bytes (key, left child, slot); the right child follows the left, and a leaf leads to
//! itself, so that a walk is `depth` equal steps without a branch. A tree's room is rounded up to a
//! power of four times 8, so that a mask replaces the bounds check and the code stays safe.

use alloc::vec;
use alloc::vec::Vec;

use super::slots::{MISSING_LEFT, Slots, key};
use super::{LANES, plus_all};
use crate::model::dialect::Accumulation;
use crate::model::tree::Tree;

/// Sizes that a tree is rounded up to, nodes.
pub(super) const SIZES: [u16; 5] = [8, 32, 128, 512, 2_048];
/// Trees that a single row walks side by side.
const TREES: usize = 8;
/// Steps between two looks whether all have arrived.
const ROUND: u32 = 8;

#[derive(Clone, Copy, Debug)]
struct Node {
    key: i32,
    left: u16,
    slot: u16,
}

/// Where a tree lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedTree {
    start: usize,
    /// One of [`SIZES`].
    size: u16,
    depth: u32,
}

/// The nodes of all packed trees, and the leaf values in their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Packed {
    nodes: Vec<Node>,
    leaves: Vec<f64>,
}

impl Packed {
    /// Adds a tree; `None` when it has a categorical split or is too large.
    pub(super) fn push(&mut self, tree: &Tree, slots: &Slots) -> Option<PackedTree> {
        let size = SIZES.into_iter().find(|size| tree.len() <= usize::from(*size))?;
        if tree.category_set.iter().any(|set| *set != 0) {
            return None;
        }
        let start = self.nodes.len();
        self.nodes.resize(start + usize::from(size), leaf(0));
        self.leaves.resize(start + usize::from(size), 0.0);
        let (nodes, leaves) = (&mut self.nodes[start..], &mut self.leaves[start..]);
        // (old number, depth), by new number: breadth first, so that siblings stand together.
        let mut order = vec![(0usize, 0u32)];
        let mut deepest = 0;
        let mut new = 0;
        while let Some(&(old, depth)) = order.get(new) {
            deepest = deepest.max(depth);
            if tree.is_leaf(old) {
                nodes[new] = leaf(new);
                leaves[new] = tree.leaf_value[old];
            } else {
                nodes[new] = Node {
                    key: key(tree.threshold[old]),
                    left: order.len() as u16,
                    slot: slots.of(tree, old),
                };
                order.push((tree.left[old] as usize, depth + 1));
                order.push((tree.right[old] as usize, depth + 1));
            }
            new += 1;
        }
        Some(PackedTree { start, size, depth: deepest })
    }

    /// Nodes that there is room for.
    #[cfg(test)]
    pub(super) fn node_room(&self) -> usize {
        self.nodes.len()
    }

    /// Adds the leaves that rows reach in one tree to their sums.
    pub(super) fn add<const S: usize>(
        &self,
        tree: &PackedTree,
        rows: &[[[i32; S]; LANES]],
        sums: &mut [[f64; LANES]],
        accumulation: Accumulation,
    ) {
        match tree.size {
            8 => self.add_sized::<S, 8>(tree, rows, sums, accumulation),
            32 => self.add_sized::<S, 32>(tree, rows, sums, accumulation),
            128 => self.add_sized::<S, 128>(tree, rows, sums, accumulation),
            512 => self.add_sized::<S, 512>(tree, rows, sums, accumulation),
            _ => self.add_sized::<S, 2_048>(tree, rows, sums, accumulation),
        }
    }

    fn add_sized<const S: usize, const N: usize>(
        &self,
        tree: &PackedTree,
        rows: &[[[i32; S]; LANES]],
        sums: &mut [[f64; LANES]],
        accumulation: Accumulation,
    ) {
        let nodes = self.nodes.get(tree.start..).and_then(|nodes| nodes.first_chunk::<N>());
        let leaves = self.leaves.get(tree.start..).and_then(|leaves| leaves.first_chunk::<N>());
        let (Some(nodes), Some(leaves)) = (nodes, leaves) else { return };
        for (rows, sums) in rows.iter().zip(sums) {
            let at = walk(nodes, tree.depth, rows);
            plus_all(sums, &at.map(|node| leaves[node & (N - 1)]), accumulation);
        }
    }

    /// Adds the leaves that one row reaches, in tree order.
    pub(super) fn add_row<const S: usize>(
        &self,
        trees: &[PackedTree],
        values: &[i32; S],
        sum: &mut f64,
        accumulation: Accumulation,
    ) {
        for trees in trees.chunks(TREES) {
            // The last group is filled up with its first tree.
            let start: [usize; TREES] =
                core::array::from_fn(|i| trees.get(i).unwrap_or(&trees[0]).start);
            let depth = trees.iter().map(|tree| tree.depth).max().unwrap_or(0);
            let mut at = [0u16; TREES];
            for _ in 0..depth {
                for (at, start) in at.iter_mut().zip(start) {
                    let node = self.nodes[start + usize::from(*at)];
                    let goes_right = values[usize::from(node.slot) & (S - 1)] >= node.key;
                    *at = node.left.wrapping_add(u16::from(goes_right));
                }
            }
            for (at, start) in at.iter().zip(start).take(trees.len()) {
                let leaf = self.leaves[start + usize::from(*at)];
                plus_all(core::array::from_mut(sum), &[leaf], accumulation);
            }
        }
    }
}

/// No value is below the smallest key: the step always takes the right child, the leaf itself.
fn leaf(number: usize) -> Node {
    Node { key: MISSING_LEFT, left: (number as u16).wrapping_sub(1), slot: 0 }
}

/// Nodes that the rows reach after `depth` steps.
#[inline(always)]
fn walk<const S: usize, const N: usize>(
    nodes: &[Node; N],
    depth: u32,
    rows: &[[i32; S]; LANES],
) -> [usize; LANES] {
    let mut at = [0usize; LANES];
    let mut left = depth;
    loop {
        let before = at;
        let steps = left.min(ROUND);
        for _ in 0..steps {
            for (at, row) in at.iter_mut().zip(rows) {
                let node = nodes[*at & (N - 1)];
                let goes_right = row[usize::from(node.slot) & (S - 1)] >= node.key;
                *at = usize::from(node.left) + usize::from(goes_right);
            }
        }
        left -= steps;
        if left == 0 || at == before {
            return at;
        }
    }
}
