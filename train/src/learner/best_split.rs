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
        let b_wins = b.gain > a.gain || (b.gain == a.gain && b.feature < a.feature);
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

    /// Gain that a sum of children's scores must exceed, and the node's own score.
    fn own(&self) -> (f64, f64) {
        let own = if self.bounds == Bounds::OPEN {
            self.score(self.total, self.rules.lambda)
        } else {
            self.bounded_score(self.total).1
        };
        (own + self.rules.gamma.max(NOISE * own.abs()).max(f64::MIN_POSITIVE), own)
    }

    /// Best threshold. `bins` are the bins from 1 that have rows, rising.
    pub(crate) fn best_threshold(
        &self,
        feature: usize,
        missing: Cell,
        bins: impl Iterator<Item = (usize, Cell)>,
        monotone: i8,
    ) -> Option<Split> {
        let (mut floor, own) = self.own();
        let mut best: Option<(usize, usize, bool, Cell)> = None;
        let (mut sum, mut last) = (Cell::default(), 0);
        let some_missing = !missing.is_empty();
        let mut offer = |left: Cell, from: usize, to: usize, default_left: bool| {
            if let Some(children) = self.children(left, monotone, 0.0)
                && children > floor
            {
                floor = children;
                best = Some((from, to, default_left, left));
            }
        };
        for (bin, cell) in bins {
            if last > 0 {
                offer(sum, last, bin, false);
            }
            if some_missing {
                let mut left = sum;
                left += missing;
                offer(left, last, bin, true);
            }
            sum += cell;
            last = bin;
        }
        if some_missing {
            offer(sum, last, usize::MAX, false);
        }
        best.map(|(left, right, default_left, cell)| {
            let cut = Cut::Numeric { left, right };
            self.split(feature, cut, floor - own, default_left, cell, some_missing)
        })
    }

    /// Best set of categories. `bins` are the bins from 1 that have rows.
    pub(crate) fn best_categories(
        &self,
        feature: usize,
        missing: Cell,
        bins: &mut [(usize, Cell)],
    ) -> Option<Split> {
        let (mut floor, own) = self.own();
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
            let some_missing = !missing.is_empty();
            let cut = Cut::Categories(set);
            self.split(feature, cut, floor - own, default_left, left, some_missing)
        })
    }

    fn split(
        &self,
        feature: usize,
        cut: Cut,
        gain: f64,
        default_left: bool,
        left: Cell,
        some_missing: bool,
    ) -> Split {
        let right = self.total - left;
        // Where training saw no missing value, the default is the heavier child.
        let heavier = self.scale.hessian(left) > self.scale.hessian(right);
        let default_left = if some_missing { default_left } else { heavier };
        Split { gain, feature, cut, default_left, left, right }
    }
}
