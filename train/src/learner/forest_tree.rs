//! Grows one tree of a random forest (Breiman 2001): every split looks at features drawn anew.

use chatsignal_core::model::Tree;
use rand_chacha::ChaCha8Rng;

use crate::random;

use super::best_split::{Bounds, Node, Split, SplitRules};
use super::bins::{Bin, Binned, FeatureBins};
use super::histogram::{Cell, Pair, Scale};
use super::tree_builder::{partition, sum_covers, write_split};

/// A node of fewer rows than this share of a feature's bins sorts its rows instead of filling a
/// histogram.
const SORT_SHARE: usize = 4;

/// The table and rules that the trees of a forest share.
pub(crate) struct ForestTable<'a, B> {
    pub(crate) binned: &'a Binned<B>,
    pub(crate) y: &'a [f64],
    pub(crate) rules: SplitRules,
    pub(crate) max_depth: usize,
    pub(crate) max_features: usize,
}

/// The rows that one tree learns from.
pub(crate) struct Bag<'a> {
    /// Weight of every row of the table; 0 outside the bag.
    pub(crate) weight: &'a [f64],
    /// Rounded gradients of every row: minus weight times target, and weight.
    pub(crate) pairs: &'a [Pair],
    pub(crate) scale: Scale,
    /// Rows in the bag, rising.
    pub(crate) rows: Vec<u32>,
}

/// Buffers reused from node to node.
#[derive(Default)]
struct Scratch {
    spare: Vec<u32>,
    cells: Vec<Cell>,
    bins: Vec<(usize, Cell)>,
}

impl<B: Bin> ForestTable<'_, B> {
    /// Grows a tree on a bag. Adds the gain of each split to its feature's.
    pub(crate) fn grow(&self, mut bag: Bag<'_>, rng: &mut ChaCha8Rng, gain: &mut [f64]) -> Tree {
        let mut tree = Tree::default();
        tree.push_leaf(0.0, 0.0);
        let mut features: Vec<usize> = (0..self.binned.features.len()).collect();
        let mut scratch = Scratch::default();
        let mut rows = std::mem::take(&mut bag.rows);
        let mut total = Cell::default();
        rows.iter().for_each(|&row| total += bag.scale.cell(bag.pairs[row as usize]));
        let mut open = vec![(0, 0, 0..rows.len(), total)];
        while let Some((node, depth, range, total)) = open.pop() {
            let part = &mut rows[range.clone()];
            let split = if self.may_split(part, depth) {
                self.search(&bag, part, total, rng, &mut features, &mut scratch)
            } else {
                None
            };
            let Some(split) = split else {
                self.set_leaf(&mut tree, node, &bag, part);
                continue;
            };
            gain[split.feature] += split.gain;
            let bins = &self.binned.features[split.feature];
            let (left, right) = write_split(&mut tree, node, &split, bins);
            let middle = range.start + partition(part, &mut scratch.spare, self.binned, &split);
            open.push((right, depth + 1, middle..range.end, split.right));
            open.push((left, depth + 1, range.start..middle, split.left));
        }
        sum_covers(&mut tree);
        tree
    }

    fn may_split(&self, rows: &[u32], depth: usize) -> bool {
        let y = |row: u32| self.y[row as usize];
        depth < self.max_depth
            && rows.len() >= 2 * self.rules.min_samples_leaf
            && rows.first().is_some_and(|&first| rows.iter().any(|&row| y(row) != y(first)))
    }

    /// The leaf answers the weighted mean of its targets.
    fn set_leaf(&self, tree: &mut Tree, node: usize, bag: &Bag<'_>, rows: &[u32]) {
        let (mut sum, mut weight) = (0.0, 0.0);
        for &row in rows {
            let row = row as usize;
            sum += bag.weight[row] * self.y[row];
            weight += bag.weight[row];
        }
        tree.leaf_value[node] = sum / weight;
        tree.cover[node] = weight;
    }

    /// Best split over features in random order: `max_features` of them, and on until one of them
    /// varies in the node (as in scikit-learn).
    fn search(
        &self,
        bag: &Bag<'_>,
        rows: &[u32],
        total: Cell,
        rng: &mut ChaCha8Rng,
        features: &mut [usize],
        scratch: &mut Scratch,
    ) -> Option<Split> {
        let node = Node { rules: &self.rules, scale: bag.scale, total, bounds: Bounds::OPEN };
        let mut best: Option<Split> = None;
        let mut some_vary = false;
        for visited in 0..features.len() {
            if visited >= self.max_features && some_vary {
                break;
            }
            let drawn = visited + random::below(rng, features.len() - visited);
            features.swap(visited, drawn);
            let feature = features[visited];
            let missing = self.gather(bag, rows, feature, scratch);
            let bins = &mut scratch.bins;
            if bins.len() + usize::from(!missing.is_empty()) < 2 {
                continue;
            }
            some_vary = true;
            // Features come in random order: of equal splits that of the smaller feature is taken.
            let floor = f64::NEG_INFINITY;
            let found = match self.binned.features[feature] {
                FeatureBins::Numeric { .. } => {
                    let cells = bins.iter().map(|(_, cell)| cell);
                    node.best_threshold(feature, missing, cells, |i| bins[i].0, 0, floor)
                }
                FeatureBins::Categorical { .. } => {
                    node.best_categories(feature, missing, bins, floor)
                }
            };
            best = match (best, found) {
                (Some(a), Some(b)) => Some(Split::better(a, b)),
                (a, b) => a.or(b),
            };
        }
        best
    }

    /// Sums by bin of a feature into `scratch.bins`, rising and without empty ones; returns the
    /// sum of the rows that miss it.
    fn gather(&self, bag: &Bag<'_>, rows: &[u32], feature: usize, scratch: &mut Scratch) -> Cell {
        let column = self.binned.column(feature);
        let bins = self.binned.features[feature].len() + 1;
        let Scratch { cells, bins: out, .. } = scratch;
        let row_cell = |row: u32| bag.scale.cell(bag.pairs[row as usize]);
        out.clear();
        if rows.len() * SORT_SHARE < bins {
            out.extend(rows.iter().map(|&row| (column[row as usize].get(), row_cell(row))));
            out.sort_unstable_by_key(|(bin, _)| *bin);
            out.dedup_by(|next, kept| {
                let equal = next.0 == kept.0;
                if equal {
                    kept.1 += next.1;
                }
                equal
            });
            let missing = out.first().filter(|first| first.0 == 0).map(|first| first.1);
            if missing.is_some() {
                out.remove(0);
            }
            return missing.unwrap_or_default();
        }
        cells.clear();
        cells.resize(bins, Cell::default());
        for &row in rows {
            cells[column[row as usize].get()] += row_cell(row);
        }
        let present = cells.iter().copied().enumerate().skip(1);
        out.extend(present.filter(|(_, cell)| !cell.is_empty()));
        cells[0]
    }
}
