//! Grows one tree on gradients: depth first to a depth, or best leaf first to a number of leaves.

use chatsignal_core::model::Tree;
use rayon::prelude::*;

use super::best_split::{Bounds, Node, Split, SplitRules};
use super::bins::{Bin, Binned, FeatureBins};
use super::histogram::{Cell, Pair, RowBlocks, Scale};
use super::tree_builder::{partition, write_split};

/// Cells of histograms from which the search for splits is shared between threads.
const PARALLEL_CELLS: usize = 4_096;

/// A leaf of a grown tree: rows `start..end` of the row order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) node: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) bounds: Bounds,
}

/// A leaf that may yet be split.
struct Open {
    leaf: Leaf,
    depth: usize,
    split: Split,
    cells: Vec<Cell>,
}

/// Grows trees over one binned table.
pub(crate) struct Grower<'a, B> {
    pub(crate) binned: &'a Binned<B>,
    pub(crate) blocks: RowBlocks,
    pub(crate) rules: SplitRules,
    pub(crate) max_depth: usize,
    pub(crate) max_leaves: Option<usize>,
    /// Direction of each feature.
    pub(crate) monotone: Vec<i8>,
    pool: Vec<Vec<Cell>>,
    ordered: Vec<Pair>,
    spare: Vec<u32>,
}

/// What all nodes of one tree share.
struct Round<'a> {
    pairs: &'a [Pair],
    scale: Scale,
    features: &'a [usize],
    blocks: Vec<bool>,
}

impl<'a, B: Bin> Grower<'a, B> {
    pub(crate) fn new(
        binned: &'a Binned<B>,
        rules: SplitRules,
        max_depth: usize,
        max_leaves: Option<usize>,
        monotone: Vec<i8>,
    ) -> Self {
        let blocks = RowBlocks::new(binned);
        let (pool, ordered, spare) = (Vec::new(), Vec::new(), Vec::new());
        Self { binned, blocks, rules, max_depth, max_leaves, monotone, pool, ordered, spare }
    }

    /// Grows a tree on `rows`, which it reorders so that each leaf's are together. Leaf values and
    /// covers are left at 0. Adds the gain of each split to its feature's.
    pub(crate) fn grow(
        &mut self,
        pairs: &[Pair],
        scale: Scale,
        rows: &mut [u32],
        features: &[usize],
        gain: &mut [f64],
    ) -> (Tree, Vec<Leaf>) {
        let mut wanted = vec![false; self.binned.features.len().div_ceil(self.blocks.lanes())];
        features.iter().for_each(|f| wanted[f / self.blocks.lanes()] = true);
        let round = Round { pairs, scale, features, blocks: wanted };
        let mut tree = Tree::default();
        tree.push_leaf(0.0, 0.0);
        let root = Leaf { node: 0, start: 0, end: rows.len(), bounds: Bounds::OPEN };
        let mut closed = Vec::new();
        let mut open = Vec::new();
        match self.open_root(&round, rows, root) {
            Some(first) => open.push(first),
            None => closed.push(root),
        }
        while let Some(next) = self.take_next(&mut open, closed.len()) {
            let feature = next.split.feature;
            gain[feature] += next.split.gain;
            let bins = &self.binned.features[feature];
            let (left, right) = write_split(&mut tree, next.leaf.node, &next.split, bins);
            for child in self.split(&round, rows, next, left, right) {
                match child {
                    Ok(child) => open.push(child),
                    Err(leaf) => closed.push(leaf),
                }
            }
        }
        for rest in open {
            closed.push(rest.leaf);
            self.pool.push(rest.cells);
        }
        (tree, closed)
    }

    /// The leaf to split next: the one of greatest gain (of equal ones the oldest) under a limit of
    /// leaves, else the newest.
    fn take_next(&self, open: &mut Vec<Open>, closed: usize) -> Option<Open> {
        let Some(limit) = self.max_leaves else { return open.pop() };
        if open.len() + closed >= limit {
            return None;
        }
        let best = (0..open.len()).reduce(|best, i| {
            let (a, b) = (&open[best], &open[i]);
            let wins = b.split.gain > a.split.gain
                || (b.split.gain == a.split.gain && b.leaf.node < a.leaf.node);
            if wins { i } else { best }
        })?;
        Some(open.swap_remove(best))
    }

    fn open_root(&mut self, round: &Round<'_>, rows: &[u32], leaf: Leaf) -> Option<Open> {
        let mut total = Cell::default();
        rows.iter().for_each(|&row| total += round.scale.cell(round.pairs[row as usize]));
        if !self.may_split(round.scale, total, 0) {
            return None;
        }
        let cells = self.histogram(round, rows);
        let split = self.search(round, &cells, total, leaf.bounds);
        self.opened(leaf, 0, split, cells).ok()
    }

    fn may_split(&self, scale: Scale, total: Cell, depth: usize) -> bool {
        depth < self.max_depth
            && scale.rows(total) >= 2 * self.rules.min_samples_leaf.max(1)
            && scale.hessian(total) >= 2.0 * self.rules.min_child_weight
    }

    fn opened(
        &mut self,
        leaf: Leaf,
        depth: usize,
        split: Option<Split>,
        cells: Vec<Cell>,
    ) -> Result<Open, Leaf> {
        match split {
            Some(split) => Ok(Open { leaf, depth, split, cells }),
            None => {
                self.pool.push(cells);
                Err(leaf)
            }
        }
    }

    /// Parts the rows of `parent` and looks for the splits of its children.
    fn split(
        &mut self,
        round: &Round<'_>,
        rows: &mut [u32],
        parent: Open,
        left: usize,
        right: usize,
    ) -> [Result<Open, Leaf>; 2] {
        let Open { leaf, depth, split, mut cells } = parent;
        let part = &mut rows[leaf.start..leaf.end];
        let middle = leaf.start + partition(part, &mut self.spare, self.binned, &split);
        let (low, high) = self.child_bounds(round.scale, leaf.bounds, &split);
        let left = Leaf { node: left, start: leaf.start, end: middle, bounds: low };
        let right = Leaf { node: right, start: middle, end: leaf.end, bounds: high };
        let depth = depth + 1;
        let try_left = self.may_split(round.scale, split.left, depth);
        let try_right = self.may_split(round.scale, split.right, depth);
        if !try_left && !try_right {
            self.pool.push(cells);
            return [Err(left), Err(right)];
        }
        // Sums of the smaller child; those of the larger are the rest.
        let left_smaller = left.end - left.start <= right.end - right.start;
        let small = if left_smaller { left } else { right };
        let small_cells = self.histogram(round, &rows[small.start..small.end]);
        self.blocks.subtract(&mut cells, &small_cells);
        let (left_cells, right_cells) =
            if left_smaller { (small_cells, cells) } else { (cells, small_cells) };
        let find = |cells: &[Cell], wanted: bool, total: Cell, bounds: Bounds| {
            if wanted { self.search(round, cells, total, bounds) } else { None }
        };
        let (left_split, right_split) = rayon::join(
            || find(&left_cells, try_left, split.left, left.bounds),
            || find(&right_cells, try_right, split.right, right.bounds),
        );
        [
            self.opened(left, depth, left_split, left_cells),
            self.opened(right, depth, right_split, right_cells),
        ]
    }

    /// Bounds of the children: a monotone split keeps them on their sides of the middle of their
    /// two values.
    fn child_bounds(&self, scale: Scale, bounds: Bounds, split: &Split) -> (Bounds, Bounds) {
        let direction = self.monotone[split.feature];
        if direction == 0 {
            return (bounds, bounds);
        }
        let total = split.left;
        let node = Node { rules: &self.rules, scale, total, bounds };
        let middle = (node.leaf(split.left) + node.leaf(split.right)) / 2.0;
        let (below, above) = (Bounds { high: middle, ..bounds }, Bounds { low: middle, ..bounds });
        if direction > 0 { (below, above) } else { (above, below) }
    }

    fn histogram(&mut self, round: &Round<'_>, rows: &[u32]) -> Vec<Cell> {
        let mut cells = self.pool.pop().unwrap_or_default();
        cells.resize(self.blocks.cells(), Cell::default());
        self.ordered.clear();
        self.ordered.extend(rows.iter().map(|&row| round.pairs[row as usize]));
        self.blocks.build(&mut cells, &round.blocks, rows, &self.ordered, round.scale);
        cells
    }

    /// Best split over the features of the round.
    fn search(
        &self,
        round: &Round<'_>,
        cells: &[Cell],
        total: Cell,
        bounds: Bounds,
    ) -> Option<Split> {
        let node = Node { rules: &self.rules, scale: round.scale, total, bounds };
        // Features are visited in rising order, so that a later one must do better to win.
        let best_of = |features: &[usize]| {
            features.iter().fold(None, |best: Option<Split>, &feature| {
                let floor = best.as_ref().map_or(f64::NEG_INFINITY, |best| best.children);
                self.best_on(node, cells, feature, floor).or(best)
            })
        };
        if cells.len() < PARALLEL_CELLS || rayon::current_num_threads() == 1 {
            return best_of(round.features);
        }
        round.features.par_chunks(4).filter_map(best_of).reduce_with(Split::better)
    }

    fn best_on(&self, node: Node<'_>, cells: &[Cell], feature: usize, floor: f64) -> Option<Split> {
        let (missing, cells) = self.blocks.feature(cells, feature).split_first()?;
        match self.binned.features[feature] {
            FeatureBins::Numeric { .. } => {
                let monotone = self.monotone[feature];
                node.best_threshold(feature, *missing, cells.iter(), |i| i + 1, monotone, floor)
            }
            FeatureBins::Categorical { .. } => {
                let bins = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
                let mut bins: Vec<(usize, Cell)> = bins.map(|(i, cell)| (i + 1, *cell)).collect();
                node.best_categories(feature, *missing, &mut bins, floor)
            }
        }
    }
}
