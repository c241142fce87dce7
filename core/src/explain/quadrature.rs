//! The integral behind a Shapley value.
//!
//! Let `F(x)` be the expected output when feature `j` is known with probability `x_j` (Owen's
//! multilinear extension, 1972). The Shapley value of `i` is the integral over `t` in `[0, 1]` of
//! `dF/dx_i` at `(t, ..., t)`; the Shapley interaction index of `i` and `j` is that of
//! `d2F/dx_i dx_j`. Both integrands are polynomials whose degree is below the number of features
//! on a path, so that a Gauss-Legendre rule of `Q` points is exact up to `2 Q` features on a path.

use super::pair::Pair;
use super::quadrature_table::{RULE_3, RULE_4, RULE_8, RULE_32};

/// One number per point of a rule and row.
pub(super) type Points<const Q: usize> = [Pair; Q];

/// A rule of `Q` points.
#[derive(Clone, Debug)]
pub(super) struct Rule<const Q: usize> {
    /// Points in `[0, 1]`.
    pub(super) t: Points<Q>,
    /// Their weights; the sum is 1.
    pub(super) weight: Points<Q>,
}

pub(super) static POINTS_3: Rule<3> = Rule::new(&RULE_3);
pub(super) static POINTS_4: Rule<4> = Rule::new(&RULE_4);
pub(super) static POINTS_8: Rule<8> = Rule::new(&RULE_8);
pub(super) static POINTS_32: Rule<32> = Rule::new(&RULE_32);

impl<const Q: usize> Rule<Q> {
    const fn new(points: &[(f64, f64); Q]) -> Self {
        let mut rule = Self { t: [Pair::ZERO; Q], weight: [Pair::ZERO; Q] };
        let mut q = 0;
        while q < Q {
            rule.t[q] = Pair::both(points[q].0);
            rule.weight[q] = Pair::both(points[q].1);
            q += 1;
        }
        rule
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

/// Sum over the points, in their order.
#[inline(always)]
pub(super) fn sum<const Q: usize>(of: impl Fn(usize) -> Pair) -> Pair {
    (0..Q).fold(Pair::ZERO, |sum, q| sum + of(q))
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
}
