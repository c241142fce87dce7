//! The one door to floating-point functions.
//!
//! Everything here goes through `libm` on every target, because the platform's `exp`, `ln` and
//! `pow` differ from it in the last bit for about one input in ten and scores must have equal
//! bits in the browser, at the edge and on the server. `clippy.toml` forbids the std methods.

/// `x` inside `low..=high`; NaN stays NaN. As `clamp` of the standard library, which brings the
/// formatting of both bounds into every module that calls it, for the case that they are wrong.
#[must_use]
pub(crate) fn clamp<T: PartialOrd>(x: T, low: T, high: T) -> T {
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}

/// `e^x`.
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `e^x - 1`, accurate near zero.
#[must_use]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// Natural logarithm; NaN below zero, -inf at zero.
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// `ln(1 + x)`, accurate near zero.
#[must_use]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// `x^y`.
#[must_use]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Square root (correctly rounded).
#[must_use]
pub fn sqrt(x: f64) -> f64 {
    libm::sqrt(x)
}

/// Natural logarithm of the gamma function, for `x > 0`.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Distribution function of the standard normal.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)
}

/// Density of the standard normal.
#[must_use]
pub fn normal_density(x: f64) -> f64 {
    const INV_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;
    INV_SQRT_2_PI * exp(-0.5 * x * x)
}

/// Largest integer not above `x`.
#[must_use]
pub fn floor(x: f64) -> f64 {
    libm::floor(x)
}

/// Nearest integer, halves away from zero.
#[must_use]
pub fn round(x: f64) -> f64 {
    libm::round(x)
}

/// Logistic function `1 / (1 + e^-x)`, in `[0, 1]` for every input that is not NaN.
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    // The branch keeps e^-x from overflowing; both forms meet at 0.5.
    if x >= 0.0 {
        1.0 / (1.0 + exp(-x))
    } else {
        let e = exp(x);
        e / (1.0 + e)
    }
}

/// `ln(p / (1 - p))`; infinite at 0 and 1, NaN outside `[0, 1]`.
#[must_use]
pub fn logit(p: f64) -> f64 {
    ln(p) - ln_1p(-p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sigmoid_is_a_probability(x in proptest::num::f64::ANY) {
            let p = sigmoid(x);
            prop_assert!(x.is_nan() || (0.0..=1.0).contains(&p));
        }

        #[test]
        fn logit_inverts_sigmoid(x in -30.0f64..30.0) {
            prop_assert!((logit(sigmoid(x)) - x).abs() < 1e-2 * (1.0 + x.abs()));
        }
    }
}
