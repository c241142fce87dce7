//! The integral behind a Shapley value.
//!
//! Let `F(x)` be the expected output when feature `j` is known with probability `x_j` (Owen's
//! multilinear extension, 1972). The Shapley value of `i` is the integral over `t` in `[0, 1]` of
//! `dF/dx_i` at `(t, ..., t)`; the Shapley interaction index of `i` and `j` is that of
//! `d2F/dx_i dx_j`. Both integrands are polynomials whose degree is below the number of features
//! on a path, so that a Gauss-Legendre rule of `Q` points is exact up to `2 Q` features on a path.

use alloc::vec;
use alloc::vec::Vec;

use super::pair::Pair;
use super::quadrature_table::{RULE_3, RULE_4, RULE_8, RULE_32};

/// Points of a part of a rule.
pub(super) const PART: usize = 3;

/// One number per point of a rule and row.
pub(super) type Points<const Q: usize> = [Pair; Q];

/// A rule of `Q` points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule<const Q: usize> {
    /// Points in `[0, 1]`.
    pub(super) t: Points<Q>,
    /// Their weights; the sum is 1.
    pub(super) weight: Points<Q>,
}

pub(super) static POINTS_3: Rule<3> = Rule::new(&RULE_3, 0);
pub(super) static POINTS_4: Rule<4> = Rule::new(&RULE_4, 0);
pub(super) static POINTS_8: Rule<8> = Rule::new(&RULE_8, 0);
pub(super) static POINTS_32: Rule<32> = Rule::new(&RULE_32, 0);

static PARTS_3: [Rule<PART>; 1] = Rule::parts(&RULE_3);
static PARTS_4: [Rule<PART>; 2] = Rule::parts(&RULE_4);
static PARTS_8: [Rule<PART>; 3] = Rule::parts(&RULE_8);
static PARTS_32: [Rule<PART>; 11] = Rule::parts(&RULE_32);

/// The smallest rule that is exact for so many features on a path, in parts that are walked one
/// after another; no part where there is nothing to walk. One walk for all rules is what fits where
/// code is loaded over a network.
pub(super) fn parts(path_features: usize) -> &'static [Rule<PART>] {
    match path_features {
        0 => &[],
        1..=6 => &PARTS_3,
        7..=8 => &PARTS_4,
        9..=16 => &PARTS_8,
        _ => &PARTS_32,
    }
}

/// Most different features on a path for which a rule of the table is exact.
pub(super) const TABLE_FEATURES_MAX: usize = 64;

/// The rule for paths of more features, in parts: that of 32 points in each of as many equal pieces of
/// `[0, 1]` as there are 64 features. What it leaves out is below the rounding of f64 (a test takes all
/// the moments that occur).
pub(super) fn in_pieces(path_features: usize) -> Vec<Rule<PART>> {
    let pieces = path_features.div_ceil(TABLE_FEATURES_MAX);
    let width = 1.0 / pieces as f64;
    let mut rules = vec![Rule::BLANK; (pieces * RULE_32.len()).div_ceil(PART)];
    let mut at = 0;
    for piece in 0..pieces {
        for &(t, weight) in &RULE_32 {
            let rule = &mut rules[at / PART];
            rule.t[at % PART] = Pair::both((piece as f64 + t) * width);
            rule.weight[at % PART] = Pair::both(weight * width);
            at += 1;
        }
    }
    rules
}

impl<const Q: usize> Rule<Q> {
    /// Points without weight: all that they add is a zero, which changes no bit.
    const BLANK: Self = Self { t: [Pair::both(0.5); Q], weight: [Pair::ZERO; Q] };

    /// The `Q` points from `start`, as far as there are any.
    const fn new(points: &[(f64, f64)], start: usize) -> Self {
        let mut rule = Self::BLANK;
        let mut q = 0;
        while q < Q && start + q < points.len() {
            rule.t[q] = Pair::both(points[start + q].0);
            rule.weight[q] = Pair::both(points[start + q].1);
            q += 1;
        }
        rule
    }

    /// A rule in `N` parts.
    const fn parts<const N: usize>(points: &[(f64, f64)]) -> [Self; N] {
        let mut parts = [Self::BLANK; N];
        let mut part = 0;
        while part < N {
            parts[part] = Self::new(points, part * Q);
            part += 1;
        }
        parts
    }
}

/// One pair per point.
#[inline(always)]
pub(super) fn points<const Q: usize>(of: impl Fn(usize) -> Pair) -> Points<Q> {
    let mut out = [Pair::ZERO; Q];
    for (q, out) in out.iter_mut().enumerate() {
        *out = of(q);
    }
    out
}

/// Sum over the points, in their order, after a sum over those before them.
#[inline(always)]
pub(super) fn sum<const Q: usize>(before: Pair, of: impl Fn(usize) -> Pair) -> Pair {
    (0..Q).fold(before, |sum, q| sum + of(q))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The integral of t^k over [0, 1] is 1 / (k + 1), up to degree 2 Q - 1.
    fn check_moments<const Q: usize>(rule: &Rule<Q>) {
        for k in 0..2 * Q {
            let moment: f64 = (0..Q)
                .map(|q| (0..k).fold(rule.weight[q].0[0], |product, _| product * rule.t[q].0[0]))
                .sum();
            let expected = 1.0 / (k as f64 + 1.0);
            assert!((moment - expected).abs() < 1e-15, "{Q} points, degree {k}: {moment}");
        }
    }

    #[test]
    fn rules_are_exact() {
        check_moments(&POINTS_3);
        check_moments(&POINTS_4);
        check_moments(&POINTS_8);
        check_moments(&POINTS_32);
    }

    #[test]
    fn rules_of_many_points_are_exact() {
        for path_features in [1, 7, 64, 65, 100, 512] {
            let rules = in_pieces(path_features);
            let points = || rules.iter().flat_map(|rule| rule.t.iter().zip(&rule.weight));
            let mut powers: Vec<f64> = points().map(|(_, weight)| weight.0[0]).collect();
            for k in 0..path_features {
                let moment: f64 = powers.iter().sum();
                let expected = 1.0 / (k as f64 + 1.0);
                assert!((moment - expected).abs() < 1e-14, "{path_features}, {k}: {moment}");
                powers.iter_mut().zip(points()).for_each(|(power, (t, _))| *power *= t.0[0]);
            }
        }
    }
}
