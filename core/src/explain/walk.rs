//! The walk of one tree: its expected output as a function of how much is known, and the
//! derivative of that by every feature, in cost proportional to the splits.
//!
//! Let a feature be known with probability `t`, `share` the part of a split's cover that goes left,
//! `zero` the product of such parts over the branches above of splits on the same feature, and let
//! the row go left (`b = 1`) or right (`b = 0`). If the row has followed those branches, the chance
//! of going left here is `(zero share (1 - t) + b t) / (zero (1 - t) + t)`; if not, the feature is
//! unknown for sure and the chance is `share`. Both are `share + effect * curve(t)` with
//! `effect = b - share` or 0, and the derivative is `effect * slope(t)`. The product of the chances
//! along a path is what the path is worth, so a pass down gives the weight of every split
//! (`product`), a pass up the expected output below it (`value`), and the derivative of the whole
//! by a split's feature is `product * effect * slope * (value left - value right)`, as in
//! backpropagation. No term divides by anything that can be 0.

use alloc::vec::Vec;

use super::layout::{Split, TreeLayout};
use super::pair::Pair;
use super::quadrature::{Points, Rule, points, sum};

/// What the walk keeps of a tree, in buffers that serve one tree after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    /// By slot and point: weight of the rule times the chances on the way.
    pub(super) product: Vec<Pair>,
    /// By slot and point: expected output.
    pub(super) value: Vec<Pair>,
    /// By split: what knowing its feature changes in the chance of going left.
    pub(super) effect: Vec<Pair>,
    /// By split: 1 for each row that has followed the branches of its feature to the left child
    /// and to the right child.
    hot: Vec<[Pair; 2]>,
    /// By split: the integral over the parts of the rule before this one.
    integral: Vec<Pair>,
}

/// Which part of a rule a walk is for.
#[derive(Clone, Copy, Debug)]
struct Part {
    is_first: bool,
    is_last: bool,
}

impl Work {
    /// Makes room for trees of so many slots and points.
    pub(super) fn reserve(&mut self, slots: usize, points: usize) {
        let len = self.effect.len().max(slots);
        self.effect.resize(len, Pair::ZERO);
        self.hot.resize(len, Default::default());
        self.integral.resize(len, Pair::ZERO);
        let len = self.product.len().max(slots * points);
        self.product.resize(len, Pair::ZERO);
        self.value.resize(len, Pair::ZERO);
    }
}

impl<const Q: usize> Rule<Q> {
    /// `curve` at every point, and `slope`.
    #[inline(always)]
    pub(super) fn curve(&self, split: &Split) -> (Points<Q>, Points<Q>) {
        if split.above.get().is_none() {
            return (self.t, [Pair::ONE; Q]);
        }
        let zero = Pair::both(split.zero);
        let inverse: Points<Q> =
            points(|q| Pair::ONE / (zero * (Pair::ONE - self.t[q]) + self.t[q]));
        (points(|q| self.t[q] * inverse[q]), points(|q| zero * inverse[q] * inverse[q]))
    }
}

/// The chance of going left.
#[inline(always)]
pub(super) fn chance<const Q: usize>(split: &Split, effect: Pair, curve: &Points<Q>) -> Points<Q> {
    let share = Pair::both(split.share);
    points(|q| share + effect * curve[q])
}

impl TreeLayout {
    /// Adds the contributions to `sums`, by feature. `x` are the values of the rows, by feature.
    ///
    /// A rule may come in parts, for a walk each: what they give are the bits of the whole.
    pub(super) fn explain<const Q: usize>(
        &self,
        rules: impl AsRef<[Rule<Q>]>,
        x: &[[f32; 2]],
        work: &mut Work,
        sums: &mut [Pair],
    ) {
        let rules = rules.as_ref();
        for (part, rule) in rules.iter().enumerate() {
            let part = Part { is_first: part == 0, is_last: part + 1 == rules.len() };
            self.explain_part(rule, part, x, work, sums);
        }
    }

    #[inline(always)]
    fn explain_part<const Q: usize>(
        &self,
        rule: &Rule<Q>,
        part: Part,
        x: &[[f32; 2]],
        work: &mut Work,
        sums: &mut [Pair],
    ) {
        let Work { product, value, effect, hot, integral } = work;
        // By split: the sum over the parts before.
        let before = |integral: &[Pair], at: usize| match part.is_first {
            true => Pair::ZERO,
            false => integral[at],
        };
        let (product, _) = product.as_chunks_mut::<Q>();
        let (value, _) = value.as_chunks_mut::<Q>();
        if let Some(root) = product.first_mut() {
            *root = rule.weight;
        }
        for (at, split) in self.inner().iter().enumerate() {
            if part.is_first {
                effect[at] = self.meet(split, at, x, hot);
            }
            let (curve, _) = rule.curve(split);
            let chance = chance(split, effect[at], &curve);
            let above = product[at];
            let left: Points<Q> = points(|q| above[q] * chance[q]);
            product[split.left as usize] = left;
            product[split.right as usize] = points(|q| above[q] - left[q]);
        }
        let outer = self.inner().len()..self.splits().len();
        for ((at, split), leaves) in outer.zip(self.outer()).zip(&self.outer_leaves) {
            let right = Pair::both(leaves[1]);
            let difference = Pair::both(leaves[0] - leaves[1]);
            if part.is_first {
                effect[at] = self.meet(split, at, x, hot);
            }
            let (curve, slope) = rule.curve(split);
            let chance = chance(split, effect[at], &curve);
            value[at] = points(|q| right + chance[q] * difference);
            let sum = sum::<Q>(before(integral, at), |q| product[at][q] * slope[q]);
            if part.is_last {
                let share = &mut sums[split.feature as usize];
                *share = *share + effect[at] * difference * sum;
            } else {
                integral[at] = sum;
            }
        }
        for (value, leaf) in value[self.splits().len()..].iter_mut().zip(&self.leaves) {
            *value = [Pair::both(*leaf); Q];
        }
        for (at, split) in self.inner().iter().enumerate().rev() {
            let (curve, slope) = rule.curve(split);
            let chance = chance(split, effect[at], &curve);
            let (left, right) = (value[split.left as usize], value[split.right as usize]);
            let difference: Points<Q> = points(|q| left[q] - right[q]);
            value[at] = points(|q| right[q] + chance[q] * difference[q]);
            let before = before(integral, at);
            let sum = sum::<Q>(before, |q| product[at][q] * slope[q] * difference[q]);
            if part.is_last {
                let share = &mut sums[split.feature as usize];
                *share = *share + effect[at] * sum;
            } else {
                integral[at] = sum;
            }
        }
    }

    /// The effect of a split; notes which rows follow its branches.
    #[inline(always)]
    fn meet(&self, split: &Split, at: usize, x: &[[f32; 2]], hot: &mut [[Pair; 2]]) -> Pair {
        let left = self.goes_left(split, &x[split.feature as usize]);
        let above = split.above.get().map_or(Pair::ONE, |(split, side)| hot[split][side]);
        hot[at] = [above * left, above * (Pair::ONE - left)];
        above * (left - Pair::both(split.share))
    }
}
