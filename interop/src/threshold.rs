//! From "at most" in f64 to "below" in f32.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::model::FeatureSchema;

/// The threshold `s` with which `x < s` says the same as `x <= t` of every finite f32 number `x`:
/// the smallest f32 number above `t`, +infinity where there is none.
pub(crate) fn at_most(t: f64) -> f32 {
    let near = t as f32;
    if f64::from(near) > t { near } else { near.next_up() }
}

/// From here on f32 does not hold every whole number.
const WHOLE_MAX: f64 = 16_777_216.0;
/// From here on a threshold stands for an infinite one, which parts all numbers from the missing
/// ones (LightGBM writes 1e300, the dump of scikit-learn the largest f64).
const INFINITE_MIN: f64 = 1e300;
/// Most features that a note names.
const NAMED_MAX: usize = 5;

/// The thresholds of a model that compares in f64, feature by feature: f32 may not tell them, or the
/// values around them, apart.
#[derive(Debug, Default)]
pub(crate) struct Thresholds {
    /// The f64 that each f32 threshold was, by feature and bits.
    known: BTreeMap<(u32, u32), f64>,
    /// Features of which two thresholds became one, or one is so large that values must have.
    coarse: BTreeSet<u32>,
}

impl Thresholds {
    /// [`at_most`] of a threshold of a feature.
    pub(crate) fn at_most(&mut self, feature: u32, t: f64) -> f32 {
        let threshold = at_most(t);
        let merged = *self.known.entry((feature, threshold.to_bits())).or_insert(t) != t;
        if merged || (WHOLE_MAX..INFINITE_MIN).contains(&t.abs()) {
            self.coarse.insert(feature);
        }
        threshold
    }

    /// What the user should know of features that are too fine for f32.
    pub(crate) fn note(&self, schema: &FeatureSchema) -> Option<String> {
        let features = self.coarse.iter().filter_map(|&j| schema.features.get(j as usize));
        let mut names: Vec<String> =
            features.take(NAMED_MAX).map(|feature| format!("`{}`", feature.name)).collect();
        if names.is_empty() {
            return None;
        }
        if self.coarse.len() > NAMED_MAX {
            names.push(format!("{} more", self.coarse.len() - NAMED_MAX));
        }
        Some(format!(
            "{}: splits above 16777216 in size, or closer together than f32 tells apart. Rows are \
             f32 here: values that close to a split may be answered otherwise than there. Check \
             your rows (--check), or train on smaller numbers (subtract a start)",
            names.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Thresholds, at_most};
    use chatsignal_core::model::{FeatureSchema, Rounding};
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
            // And of a number of f64 that is rounded down, unless t is in the same gap below it.
            let x = f64::from_bits((wide - nudge).max(0) as u64);
            let [down, floor] = [x, t].map(|number| Rounding::Down.narrow(number));
            prop_assert_eq!(down < at_most(t), x <= t || down == floor, "{} {}", x, t);
        }
    }

    #[test]
    fn thresholds_that_become_one_are_told() {
        let schema = FeatureSchema::numeric(["a", "b", "c"]);
        let mut thresholds = Thresholds::default();
        for (j, t) in [(0, 0.1), (0, 0.1), (0, 0.2), (1, 100.5), (2, 1e300), (2, -0.0)] {
            assert_eq!(thresholds.at_most(j, t), at_most(t));
        }
        thresholds.at_most(2, 0.0);
        assert_eq!(thresholds.note(&schema), None);
        thresholds.at_most(1, 100.5 + 1e-9);
        let note = thresholds.note(&schema).unwrap();
        assert!(note.starts_with("`b`: splits above"), "{note}");
        thresholds.at_most(2, -5e38);
        let note = thresholds.note(&schema).unwrap();
        assert!(note.starts_with("`b`, `c`: splits above"), "{note}");
        let many = FeatureSchema::numeric(["a", "b", "c", "d", "e", "f", "g"]);
        for j in 0..7 {
            thresholds.at_most(j, 1e9 + 0.25);
            thresholds.at_most(j, 1e9 + 0.75);
        }
        let note = thresholds.note(&many).unwrap();
        assert!(note.starts_with("`a`, `b`, `c`, `d`, `e`, 2 more:"), "{note}");
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
