//! The best split of one node on one feature.

use chatsignal_core::model::CategorySet;

use super::histogram::{Cell, Scale};

/// Gains below this share of the node's own score are noise.
const NOISE: f64 = 1e-12;

/// What a split must satisfy and how it is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SplitRules {
    pub(crate) lambda: f64,
    pub(crate) gamma: f64,
    pub(crate) min_child_weight: f64,
    pub(crate) min_samples_leaf: usize,
    pub(crate) max_cat_to_onehot: usize,
    pub(crate) cat_smooth: f64,
    pub(crate) cat_l2: f64,
}

/// Bounds of the leaf values below a node, from monotone features above it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Bounds {
    /// None.
    pub(crate) const OPEN: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

    /// The value inside that is nearest.
    pub(crate) fn clamp(self, value: f64) -> f64 {
        value.max(self.low).min(self.high)
    }
}

/// Which bins go left.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cut {
    /// Bins up to `left`; `right` is the next bin that has rows here.
    Numeric { left: usize, right: usize },
    /// Category codes.
    Categories(CategorySet),
}

/// A split of a node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Split {
    pub(crate) gain: f64,
    /// Sum of the children's scores: what splits of one node are compared by.
    pub(crate) children: f64,
    pub(crate) feature: usize,
    pub(crate) cut: Cut,
    pub(crate) default_left: bool,
    pub(crate) left: Cell,
    pub(crate) right: Cell,
}

impl Split {
    /// The better of two; of equal ones that of the smaller feature, so that no order of threads
    /// matters.
    pub(crate) fn better(a: Self, b: Self) -> Self {
        let b_wins = b.children > a.children || (b.children == a.children && b.feature < a.feature);
        if b_wins { b } else { a }
    }

    /// Whether a bin goes left.
    pub(crate) fn goes_left(&self, bin: usize) -> bool {
        match &self.cut {
            _ if bin == 0 => self.default_left,
            Cut::Numeric { left, .. } => bin <= *left,
            Cut::Categories(set) => set.contains(bin - 1),
        }
    }
}

/// The best boundary of a feature so far.
struct Best {
    /// Cells before it go left.
    boundary: usize,
    default_left: bool,
    left: Cell,
    /// Sum of the children's scores.
    children: f64,
}

/// One node as seen by the search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) rules: &'a SplitRules,
    pub(crate) scale: Scale,
    pub(crate) total: Cell,
    pub(crate) bounds: Bounds,
}

impl Node<'_> {
    /// Value of a leaf with these sums.
    pub(crate) fn leaf(&self, cell: Cell) -> f64 {
        let h = self.scale.hessian(cell) + self.rules.lambda;
        self.bounds.clamp(-self.scale.gradient(cell) / h)
    }

    /// Twice the fall of the loss by a leaf with these sums: `G^2 / (H + lambda)` if unbounded.
    fn score(&self, cell: Cell, lambda: f64) -> f64 {
        let (g, h) = (self.scale.gradient(cell), self.scale.hessian(cell) + lambda);
        g * g / h
    }

    fn bounded_score(&self, cell: Cell) -> (f64, f64) {
        let (g, h) = (self.scale.gradient(cell), self.scale.hessian(cell) + self.rules.lambda);
        let value = self.bounds.clamp(-g / h);
        (value, -(2.0 * g * value + h * value * value))
    }

    /// Whether the children have the rows and the hessian that they need.
    fn allowed(&self, left: Cell, right: Cell) -> bool {
        let (rules, scale) = (self.rules, self.scale);
        !left.is_empty()
            && !right.is_empty()
            && scale.hessian(left) >= rules.min_child_weight
            && scale.hessian(right) >= rules.min_child_weight
            && (rules.min_samples_leaf <= 1
                || (scale.rows(left) >= rules.min_samples_leaf
                    && scale.rows(right) >= rules.min_samples_leaf))
    }

    /// Sum of the children's scores, `None` if the split is not allowed.
    #[inline(always)]
    fn children(&self, left: Cell, monotone: i8, extra_l2: f64) -> Option<f64> {
        let right = self.total - left;
        if !self.allowed(left, right) {
            return None;
        }
        if monotone == 0 && self.bounds == Bounds::OPEN {
            let lambda = self.rules.lambda + extra_l2;
            return Some(self.score(left, lambda) + self.score(right, lambda));
        }
        let ((low, a), (high, b)) = (self.bounded_score(left), self.bounded_score(right));
        let ordered = match monotone {
            1.. => low <= high,
            0 => true,
            _ => low >= high,
        };
        ordered.then_some(a + b)
    }

    /// What a sum of children's scores must exceed, at least `floor`, and the node's own score.
    fn own(&self, floor: f64) -> (f64, f64) {
        let own = if self.bounds == Bounds::OPEN {
            self.score(self.total, self.rules.lambda)
        } else {
            self.bounded_score(self.total).1
        };
        let least = own + self.rules.gamma.max(NOISE * own.abs()).max(f64::MIN_POSITIVE);
        (least.max(floor), own)
    }

    /// Best threshold. `cells` are the sums of the bins from 1, rising, with or without empty ones;
    /// `bin_of` is the bin of each. Only a split whose children's scores exceed `floor` counts.
    pub(crate) fn best_threshold<'c>(
        &self,
        feature: usize,
        missing: Cell,
        cells: impl ExactSizeIterator<Item = &'c Cell> + DoubleEndedIterator + Clone,
        bin_of: impl Fn(usize) -> usize,
        monotone: i8,
        floor: f64,
    ) -> Option<Split> {
        let (floor, own) = self.own(floor);
        let best = if missing.is_empty() {
            self.best_boundary(cells.clone(), monotone, floor)
        } else {
            self.best_boundary_with_missing(missing, cells.clone(), monotone, floor)
        }?;
        // The cut lies between the bins with rows that are nearest to it.
        let occupied = |(_, cell): &(usize, &Cell)| !cell.is_empty();
        let below = cells.clone().enumerate().take(best.boundary).rfind(occupied);
        let above = cells.enumerate().skip(best.boundary).find(occupied);
        let cut = Cut::Numeric {
            left: below.map_or(0, |(i, _)| bin_of(i)),
            right: above.map_or(usize::MAX, |(i, _)| bin_of(i)),
        };
        Some(self.split(feature, cut, (best.children, own), best.default_left, best.left, missing))
    }

    /// Best boundary where no row misses the feature: one test a bin, empty or not. An empty bin
    /// repeats the sums of the one before and so never wins; skipping it would cost a branch that
    /// nothing foretells.
    fn best_boundary<'c>(
        &self,
        cells: impl Iterator<Item = &'c Cell>,
        monotone: i8,
        mut floor: f64,
    ) -> Option<Best> {
        let mut best = None;
        let mut left = Cell::default();
        for (boundary, &cell) in cells.enumerate() {
            self.offer(left, boundary, false, monotone, &mut floor, &mut best);
            left += cell;
        }
        best
    }

    /// Best boundary with the rows that miss the feature on either side.
    fn best_boundary_with_missing<'c>(
        &self,
        missing: Cell,
        cells: impl ExactSizeIterator<Item = &'c Cell>,
        monotone: i8,
        mut floor: f64,
    ) -> Option<Best> {
        let mut best = None;
        let (mut left, mut with_missing) = (Cell::default(), missing);
        let last = cells.len();
        for (boundary, &cell) in cells.enumerate() {
            self.offer(left, boundary, false, monotone, &mut floor, &mut best);
            self.offer(with_missing, boundary, true, monotone, &mut floor, &mut best);
            left += cell;
            with_missing += cell;
        }
        self.offer(left, last, false, monotone, &mut floor, &mut best);
        best
    }

    /// Takes a boundary whose children's scores exceed `floor`, and raises it.
    #[inline(always)]
    fn offer(
        &self,
        left: Cell,
        boundary: usize,
        default_left: bool,
        monotone: i8,
        floor: &mut f64,
        best: &mut Option<Best>,
    ) {
        if self.surely_below(left, *floor) {
            return;
        }
        if let Some(children) = self.children(left, monotone, 0.0)
            && children > *floor
        {
            *floor = children;
            *best = Some(Best { boundary, default_left, left, children });
        }
    }

    /// Whether the children's scores cannot exceed `floor`, without a division: both sides of the
    /// comparison times both hessians. The margin is far above what rounding can do; bounds on leaf
    /// values only lower a score.
    #[inline(always)]
    fn surely_below(&self, left: Cell, floor: f64) -> bool {
        const MARGIN: f64 = 1.0 + 1e-12;
        let (right, scale, lambda) = (self.total - left, self.scale, self.rules.lambda);
        let (g_left, h_left) = (scale.gradient(left), scale.hessian(left) + lambda);
        let (g_right, h_right) = (scale.gradient(right), scale.hessian(right) + lambda);
        let both = g_left * g_left * h_right + g_right * g_right * h_left;
        both * MARGIN < floor * (h_left * h_right)
    }

    /// Best set of categories whose children's scores exceed `floor`. `bins` are the bins from 1
    /// that have rows.
    pub(crate) fn best_categories(
        &self,
        feature: usize,
        missing: Cell,
        bins: &mut [(usize, Cell)],
        floor: f64,
    ) -> Option<Split> {
        let (mut floor, own) = self.own(floor);
        let one_against_rest = bins.len() <= self.rules.max_cat_to_onehot;
        let extra_l2 = if one_against_rest { 0.0 } else { self.rules.cat_l2 };
        if !one_against_rest {
            let (scale, smooth) = (self.scale, self.rules.cat_smooth);
            let key = |cell: Cell| scale.gradient(cell) / (scale.hessian(cell) + smooth);
            bins.sort_by(|a, b| key(a.1).total_cmp(&key(b.1)).then(a.0.cmp(&b.0)));
        }
        // The categories of `first..=i` go left.
        let mut best: Option<(usize, usize, bool, Cell)> = None;
        let (mut sum, mut first) = (Cell::default(), 0);
        for (i, &(_, cell)) in bins.iter().enumerate() {
            if one_against_rest {
                (sum, first) = (Cell::default(), i);
            }
            sum += cell;
            let mut with_missing = sum;
            with_missing += missing;
            for (left, default_left) in [(sum, false), (with_missing, true)] {
                if (!default_left || !missing.is_empty())
                    && let Some(children) = self.children(left, 0, extra_l2)
                    && children > floor
                {
                    floor = children;
                    best = Some((first, i, default_left, left));
                }
            }
        }
        best.map(|(first, last, default_left, left)| {
            // List the lighter side, so that categories unseen here follow the heavier one.
            // All of them can only be the listed side: no set is empty.
            let light = self.scale.hessian(left) * 2.0 <= self.scale.hessian(self.total);
            let listed_light = light || last + 1 - first == bins.len();
            let mut set = CategorySet::default();
            for (i, &(bin, _)) in bins.iter().enumerate() {
                if (first..=last).contains(&i) == listed_light {
                    set.insert(bin - 1);
                }
            }
            let (left, default_left) = if listed_light {
                (left, default_left)
            } else {
                (self.total - left, !default_left)
            };
            let cut = Cut::Categories(set);
            self.split(feature, cut, (floor, own), default_left, left, missing)
        })
    }

    fn split(
        &self,
        feature: usize,
        cut: Cut,
        (children, own): (f64, f64),
        default_left: bool,
        left: Cell,
        missing: Cell,
    ) -> Split {
        let right = self.total - left;
        // Where training saw no missing value, the default is the heavier child.
        let heavier = self.scale.hessian(left) > self.scale.hessian(right);
        let default_left = if missing.is_empty() { heavier } else { default_left };
        Split { gain: children - own, children, feature, cut, default_left, left, right }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::histogram::{Pair, quantize};
    use chatsignal_core::testing::cases;
    use proptest::prelude::*;

    const BINS: usize = 12;

    /// All boundaries in order, nothing left out; the first of the best.
    fn plain(node: Node<'_>, cells: &[Cell], monotone: i8) -> Option<(f64, Cut, bool)> {
        let occupied: Vec<usize> = (1..=BINS).filter(|&bin| !cells[bin].is_empty()).collect();
        let (mut floor, own) = node.own(f64::NEG_INFINITY);
        let (mut best, mut left) = (None, Cell::default());
        for boundary in 0..=occupied.len() {
            for default_left in [false, true] {
                let mut with = left;
                with += if default_left { cells[0] } else { Cell::default() };
                let Some(children) = node.children(with, monotone, 0.0) else { continue };
                if children > floor && !(default_left && boundary == occupied.len()) {
                    let below = boundary.checked_sub(1).map_or(0, |i| occupied[i]);
                    let above = occupied.get(boundary).copied().unwrap_or(usize::MAX);
                    best = Some((Cut::Numeric { left: below, right: above }, default_left, with));
                    floor = children;
                }
            }
            left += occupied.get(boundary).map_or(Cell::default(), |&bin| cells[bin]);
        }
        best.map(|(cut, default_left, left)| {
            let split = node.split(0, cut, (floor, own), default_left, left, cells[0]);
            (split.gain, split.cut, split.default_left)
        })
    }

    proptest! {
        #![proptest_config(cases(512))]

        #[test]
        fn the_search_equals_the_plain_one(
            rows in proptest::collection::vec((0..=BINS, -5.0..5.0, 0.1..2.0), 2..40),
            monotone in -1i8..=1,
            bounded: bool,
            lambda in 0.0..2.0,
            min_samples_leaf in 1usize..4,
        ) {
            let gradients: Vec<(f64, f64)> = rows.iter().map(|r| (r.1, r.2)).collect();
            let mut pairs: Vec<Pair> = Vec::new();
            let scale = quantize(&gradients, &mut pairs);
            let (mut cells, mut total) = ([Cell::default(); BINS + 1], Cell::default());
            for (row, &pair) in rows.iter().zip(&pairs) {
                cells[row.0] += scale.cell(pair);
                total += scale.cell(pair);
            }
            let rules = SplitRules {
                lambda,
                gamma: 0.0,
                min_child_weight: 0.5,
                min_samples_leaf,
                max_cat_to_onehot: 4,
                cat_smooth: 0.0,
                cat_l2: 0.0,
            };
            let bounds = if bounded { Bounds { low: -0.5, high: 1.0 } } else { Bounds::OPEN };
            let node = Node { rules: &rules, scale, total, bounds };
            let expected = plain(node, &cells, monotone);
            let none = f64::NEG_INFINITY;
            let dense = node.best_threshold(0, cells[0], cells[1..].iter(), |i| i + 1, monotone, none);
            prop_assert_eq!(dense.map(|s| (s.gain, s.cut, s.default_left)), expected.clone());
            let bins: Vec<usize> = (1..=BINS).filter(|&bin| !cells[bin].is_empty()).collect();
            let kept = bins.iter().map(|&bin| &cells[bin]);
            let sparse = node.best_threshold(0, cells[0], kept, |i| bins[i], monotone, none);
            prop_assert_eq!(sparse.map(|s| (s.gain, s.cut, s.default_left)), expected);
        }
    }
}
