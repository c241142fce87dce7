//! From the f64 number of a table or a request to the f32 that a model reads.

/// How a number that is no f32 becomes one. A model that was trained on f32 inputs rounds to the
/// nearest, as its library does. A model that was trained by a library that compares `x <= t` in
/// f64 rounds down: its thresholds are kept as the smallest f32 above `t`, and the largest f32 that
/// is not above `x` lies below that exactly when it is not above `t` itself. That is `x <= t`,
/// unless no f32 lies between the two: then `x` counts as `t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest f32, ties to even: the `as` of Rust, a `Float32Array` of JavaScript.
    #[default]
    Nearest,
    /// To the largest f32 that is not above it.
    Down,
}

impl Rounding {
    /// The f32 that the model reads. NaN stays NaN, an f32 stays what it is. Numbers beyond the
    /// range become an infinity, but for those above it when rounding down: these become
    /// [`f32::MAX`].
    #[must_use]
    pub fn narrow(self, x: f64) -> f32 {
        let near = x as f32;
        if self == Self::Down && f64::from(near) > x { near.next_down() } else { near }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    /// The threshold that stands for `x <= t`.
    fn above(t: f64) -> f32 {
        Rounding::Down.narrow(t).next_up()
    }

    proptest! {
        #![proptest_config(cases(5_000))]

        #[test]
        fn down_is_the_largest_number_not_above(bits: u64) {
            let x = f64::from_bits(bits);
            prop_assume!(!x.is_nan());
            let down = Rounding::Down.narrow(x);
            prop_assert!(f64::from(down) <= x);
            prop_assert!(down == f32::INFINITY || f64::from(down.next_up()) > x);
        }

        #[test]
        fn at_most_in_f64_is_below_in_f32(bits: u32, steps in 0i64..3, nudges: [i32; 2]) {
            // Numbers of f64 near one of f32, in the same gap between f32 numbers or near it.
            let near = f32::from_bits(bits);
            prop_assume!(near.is_finite());
            let gap = i64::from(i32::MAX) / 2;
            let of = |nudge: i32| {
                let wide = f64::from(near).to_bits() as i64 + (i64::from(nudge) % gap) * steps;
                f64::from_bits(wide.max(0) as u64)
            };
            let [x, t] = nudges.map(of);
            prop_assume!(x.is_finite() && t.is_finite());
            let down = Rounding::Down.narrow(x);
            let same_gap = down == Rounding::Down.narrow(t);
            // Where f32 tells them apart, or x is not above t, the answers agree.
            prop_assert_eq!(down < above(t), x <= t || same_gap);
            if f64::from(down) == x {
                prop_assert_eq!(down < above(t), x <= t);
            }
        }
    }

    #[test]
    fn ends_of_the_range() {
        for rounding in [Rounding::Nearest, Rounding::Down] {
            assert!(rounding.narrow(f64::NAN).is_nan());
            for x in [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0, 0.1] {
                assert_eq!(rounding.narrow(f64::from(x)), x);
            }
            assert_eq!(rounding.narrow(-1e39), f32::NEG_INFINITY);
        }
        assert_eq!(Rounding::Nearest.narrow(1e39), f32::INFINITY);
        assert_eq!(Rounding::Down.narrow(1e39), f32::MAX);
        assert_eq!(Rounding::Down.narrow(1e-300).to_bits(), 0);
        assert_eq!(Rounding::Down.narrow(-1e-300), -f32::from_bits(1));
        // 0.1 is rounded up to f32, 0.3 too; their neighbours below are taken.
        assert!(f64::from(Rounding::Nearest.narrow(0.1)) > 0.1);
        assert_eq!(Rounding::Down.narrow(0.1), 0.1f32.next_down());
    }
}
