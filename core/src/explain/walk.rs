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
use super::quadrature::{Lanes, Points, Rule, points, sum};

/// What the walk keeps of a tree, in buffers that serve one tree after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    /// By slot and point: weight of the rule times the chances on the way.
    pub(super) product: Vec<Lanes<f64>>,
    /// By slot and point: expected output.
    pub(super) value: Vec<Lanes<f64>>,
    /// By split: what knowing its feature changes in the chance of going left.
    pub(super) effect: Vec<Lanes<f64>>,
    /// By split: 1 for each row that has followed the branches of its feature to the left child
    /// and to the right child.
    hot: Vec<[Lanes<f64>; 2]>,
}

impl Work {
    /// Makes room for trees of so many slots and points.
    pub(super) fn reserve(&mut self, slots: usize, points: usize) {
        let len = self.effect.len().max(slots);
        self.effect.resize(len, Lanes::default());
        self.hot.resize(len, Default::default());
        let len = self.product.len().max(slots * points);
        self.product.resize(len, Lanes::default());
        self.value.resize(len, Lanes::default());
    }
}

impl<const Q: usize> Rule<Q> {
    /// `curve` at every point, and `slope`.
    #[inline(always)]
    pub(super) fn curve(&self, split: &Split) -> ([f64; Q], [f64; Q]) {
        if split.above.get().is_none() {
            return (self.t, [1.0; Q]);
        }
        let inverse = self.t.map(|t| 1.0 / (split.zero * (1.0 - t) + t));
        let curve = core::array::from_fn(|q| self.t[q] * inverse[q]);
        (curve, inverse.map(|inverse| split.zero * inverse * inverse))
    }
}

/// The chance of going left.
#[inline(always)]
pub(super) fn chance<const Q: usize>(
    split: &Split,
    effect: &Lanes<f64>,
    curve: &[f64; Q],
) -> Points<Q> {
    points(|q, lane| split.share + effect[lane] * curve[q])
}

impl TreeLayout {
    /// Adds the contributions to `sums`, by feature. `x` are the values of the rows, by feature.
    pub(super) fn explain<const Q: usize>(
        &self,
        rule: &Rule<Q>,
        x: &[Lanes<f32>],
        work: &mut Work,
        sums: &mut [Lanes<f64>],
    ) {
        let Work { product, value, effect, hot } = work;
        let (product, _) = product.as_chunks_mut::<Q>();
        let (value, _) = value.as_chunks_mut::<Q>();
        let inner = self.inner().len();
        if let Some(root) = product.first_mut() {
            *root = rule.weight.map(|weight| [weight; _]);
        }
        for (at, split) in self.inner().iter().enumerate() {
            effect[at] = self.meet(split, at, x, hot);
            let (curve, _) = rule.curve(split);
            let chance = chance(split, &effect[at], &curve);
            let above = product[at];
            let left = points(|q, lane| above[q][lane] * chance[q][lane]);
            product[split.left as usize] = left;
            product[split.right as usize] = points(|q, lane| above[q][lane] - left[q][lane]);
        }
        let outer = inner..self.splits().len();
        for ((at, split), leaves) in outer.zip(self.outer()).zip(&self.outer_leaves) {
            let [left, right] = *leaves;
            effect[at] = self.meet(split, at, x, hot);
            let (curve, slope) = rule.curve(split);
            let chance = chance(split, &effect[at], &curve);
            value[at] = points(|q, lane| right + chance[q][lane] * (left - right));
            let integral = sum::<Q>(|q, lane| product[at][q][lane] * slope[q]);
            let share = &mut sums[split.feature as usize];
            *share = lanes(|l| share[l] + effect[at][l] * (left - right) * integral[l]);
        }
        for (value, leaf) in value[self.splits().len()..].iter_mut().zip(&self.leaves) {
            *value = [[*leaf; _]; Q];
        }
        for (at, split) in self.inner().iter().enumerate().rev() {
            let (curve, slope) = rule.curve(split);
            let chance = chance(split, &effect[at], &curve);
            let right = value[split.right as usize];
            let left = &value[split.left as usize];
            let difference: Points<Q> = points(|q, lane| left[q][lane] - right[q][lane]);
            value[at] = points(|q, lane| right[q][lane] + chance[q][lane] * difference[q][lane]);
            let integral =
                sum::<Q>(|q, lane| product[at][q][lane] * slope[q] * difference[q][lane]);
            let share = &mut sums[split.feature as usize];
            *share = lanes(|l| share[l] + effect[at][l] * integral[l]);
        }
    }

    /// The effect of a split; notes which rows follow its branches.
    #[inline(always)]
    fn meet(
        &self,
        split: &Split,
        at: usize,
        x: &[Lanes<f32>],
        hot: &mut [[Lanes<f64>; 2]],
    ) -> Lanes<f64> {
        let left = self.goes_left(split, &x[split.feature as usize]);
        let above = split.above.get().map_or([1.0; _], |(split, side)| hot[split][side]);
        hot[at] = [lanes(|l| above[l] * left[l]), lanes(|l| above[l] * (1.0 - left[l]))];
        lanes(|l| above[l] * (left[l] - split.share))
    }
}

/// One number per row.
#[inline(always)]
fn lanes(of: impl Fn(usize) -> f64) -> Lanes<f64> {
    core::array::from_fn(of)
}
