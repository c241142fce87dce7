//! The chi-squared distribution.

use chatsignal_core::num;

/// P(X > `chi2`) for the chi-squared distribution, exact by the recurrence over degrees of freedom
/// (Abramowitz and Stegun 26.4.4 and 26.4.5).
#[must_use]
pub(crate) fn upper_tail(chi2: f64, degrees: usize) -> f64 {
    if chi2.is_nan() || chi2 == f64::INFINITY {
        return 0.0;
    }
    let x = chi2.max(0.0);
    let half = x / 2.0;
    let odd = degrees % 2 == 1;
    let mut tail = if odd { erfc(num::sqrt(half)) } else { num::exp(-half) };
    let mut ln_term =
        if odd { 0.5 * num::ln(half) - num::ln_gamma(1.5) } else { num::ln(half) } - half;
    let mut shape = if odd { 1.5 } else { 2.0 };
    let mut done = if odd { 1 } else { 2 };
    while done < degrees {
        tail += num::exp(ln_term);
        ln_term += num::ln(half) - num::ln(shape);
        shape += 1.0;
        done += 2;
    }
    tail.clamp(0.0, 1.0)
}

/// Complementary error function for `x >= 0`, relative error below 1.2e-7 (Press et al.,
/// "Numerical Recipes", erfcc).
fn erfc(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    let series = COEFFICIENTS.iter().fold(0.0, |sum, c| sum * t + c);
    t * num::exp(-x * x + series)
}

/// The value that is exceeded with probability `p` (0 to 1, exclusive), by bisection of
/// [`upper_tail`] to a relative 1e-9.
#[must_use]
pub(crate) fn upper_quantile(p: f64, degrees: usize) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while upper_tail(high, degrees) > p && high < 1e6 {
        low = high;
        high *= 2.0;
    }
    while high - low > 1e-9 * high {
        let middle = 0.5 * (low + high);
        if upper_tail(middle, degrees) > p {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_squared_tails_are_those_of_the_tables() {
        for (chi2, degrees, p) in [
            (3.841_459, 1, 0.05),
            (6.634_897, 1, 0.01),
            (5.991_465, 2, 0.05),
            (7.814_728, 3, 0.05),
            (13.276_704, 4, 0.01),
            (0.0, 1, 1.0),
        ] {
            let found = upper_tail(chi2, degrees);
            assert!((found - p).abs() < 1e-6, "{chi2} {degrees}: {found}");
        }
    }

    #[test]
    fn equals_scipy() {
        // tests/golden/gen/monitor.py (scipy 1.17.1)
        for (p, degrees, value) in [
            (0.05, 1, 3.841_458_820_694_126),
            (0.01, 4, 13.276_704_135_987_625),
            (0.001, 9, 27.877_164_871_256_57),
            (0.01 / 32.0, 9, 30.862_864_944_904_196),
        ] {
            let found = upper_quantile(p, degrees);
            assert!((found / value - 1.0).abs() < 1e-5, "{p} {degrees}: {found}");
        }
        for (x, degrees, p) in
            [(3.2, 3, 0.361_805_027_497_531_74), (20.0, 9, 0.017_912_404_529_843_298)]
        {
            let found = upper_tail(x, degrees);
            assert!((found / p - 1.0).abs() < 1e-6, "{x} {degrees}: {found}");
        }
    }
}
