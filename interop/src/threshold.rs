//! From "at most" in f64 to "below" in f32.

/// The threshold `s` with which `x < s` says the same as `x <= t` of every finite f32 number `x`:
/// the smallest f32 number above `t`, +infinity where there is none.
pub(crate) fn at_most(t: f64) -> f32 {
    let near = t as f32;
    if f64::from(near) > t { near } else { near.next_up() }
}

#[cfg(test)]
mod tests {
    use super::at_most;
    use chatsignal_core::testing::cases;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(cases(2_000))]

        #[test]
        fn says_the_same_of_every_number(bits in any::<u32>(), nudge in -3i64..=3) {
            let t32 = f32::from_bits(bits);
            prop_assume!(t32.is_finite());
            // A number of f64 near one of f32.
            let wide = f64::from(t32).to_bits() as i64;
            let t = f64::from_bits((wide + nudge).max(0) as u64);
            for x in [t32, t32.next_up(), t32.next_down(), 0.0, -0.0, f32::MAX, f32::MIN] {
                if x.is_finite() {
                    prop_assert_eq!(x < at_most(t), f64::from(x) <= t, "{} {}", x, t);
                }
            }
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(at_most(f64::from(f32::MAX)), f32::INFINITY);
        assert_eq!(at_most(1e300), f32::INFINITY);
        assert_eq!(at_most(-1e300), f32::MIN);
        assert_eq!(at_most(-1e-300).to_bits(), (-0.0f32).to_bits());
        assert_eq!(at_most(0.0), f32::from_bits(1));
        assert_eq!(at_most(-0.0), f32::from_bits(1));
    }
}
