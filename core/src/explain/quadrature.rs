//! The integral behind the Shapley value of a product.
//!
//! A leaf pays the product of one factor per feature of its path: `hot` (1 or 0) when the feature
//! is known, its share of cover `zero` when it is not. The Shapley value of feature `i` in such a
//! game is `(hot_i - zero_i)` times the integral over `t` in `[0, 1]` of the product over the
//! other features of `zero_j (1 - t) + hot_j t` (Owen's multilinear extension, 1972). The integrand
//! is a polynomial of degree (features - 1), so a Gauss-Legendre rule of `Q` points is exact up to
//! `2 Q` features on a path; and since every term is positive, nothing cancels.

use super::quadrature_table::{RULE_4, RULE_8, RULE_32};

/// A rule of `Q` points, with the products that the walk needs.
#[derive(Clone, Debug)]
pub(super) struct Rule<const Q: usize> {
    t: [f64; Q],
    rest: [f64; Q],
    weight: [f64; Q],
    weight_over_rest: [f64; Q],
}

/// One number per point of the rule.
pub(super) type Points<const Q: usize> = [f64; Q];

/// What the path has said of one feature: the share of cover that follows the path when the
/// feature is unknown, and whether the row itself follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fraction {
    /// Share of cover.
    pub(super) zero: f64,
    /// Whether the row's value leads this way.
    pub(super) hot: bool,
}

impl Fraction {
    /// A feature that the path has not met: its factor is 1 and its contribution nothing.
    pub(super) const UNMET: Self = Self { zero: 1.0, hot: true };
}

pub(super) static POINTS_4: Rule<4> = Rule::new(&RULE_4);
pub(super) static POINTS_8: Rule<8> = Rule::new(&RULE_8);
pub(super) static POINTS_32: Rule<32> = Rule::new(&RULE_32);

impl<const Q: usize> Rule<Q> {
    const fn new(points: &[(f64, f64); Q]) -> Self {
        let mut rule =
            Self { t: [0.0; Q], rest: [0.0; Q], weight: [0.0; Q], weight_over_rest: [0.0; Q] };
        let mut q = 0;
        while q < Q {
            let (t, weight) = points[q];
            rule.t[q] = t;
            rule.rest[q] = 1.0 - t;
            rule.weight[q] = weight;
            rule.weight_over_rest[q] = weight / (1.0 - t);
            q += 1;
        }
        rule
    }

    /// `zero (1 - t) + hot t` at every point.
    pub(super) fn factor(&self, of: Fraction) -> Points<Q> {
        let mut out = self.rest.map(|rest| rest * of.zero);
        if of.hot {
            out.iter_mut().zip(&self.t).for_each(|(factor, t)| *factor += t);
        }
        out
    }

    /// `(hot - zero)` times the integral of `sum / factor(of)`.
    pub(super) fn share(&self, of: Fraction, sum: &Points<Q>) -> f64 {
        if !of.hot {
            // The factor is zero (1 - t): zero cancels.
            let terms = self.weight_over_rest.iter().zip(sum);
            return terms.fold(0.0, |total, (weight, s)| total - weight * s);
        }
        let factor = self.factor(of);
        let terms = self.weight.iter().zip(sum).zip(&factor);
        (1.0 - of.zero) * terms.fold(0.0, |total, ((weight, s), f)| total + weight * s / f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The integral of t^k over [0, 1] is 1 / (k + 1), up to degree 2 Q - 1.
    fn check_moments<const Q: usize>(rule: &Rule<Q>) {
        for k in 0..2 * Q {
            let moment: f64 =
                (0..Q).map(|q| (0..k).fold(rule.weight[q], |product, _| product * rule.t[q])).sum();
            let expected = 1.0 / (k as f64 + 1.0);
            assert!((moment - expected).abs() < 1e-15, "{Q} points, degree {k}: {moment}");
        }
    }

    #[test]
    fn rules_are_exact() {
        check_moments(&POINTS_4);
        check_moments(&POINTS_8);
        check_moments(&POINTS_32);
    }
}
