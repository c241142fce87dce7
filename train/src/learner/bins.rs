//! Features as small integers: bin 0 is missing, bins from 1 rise with the value.

use chatsignal_core::model::FeatureKind;
use rayon::prelude::*;

use crate::dataset::Dataset;

/// Storage of a bin number: a byte where 255 bins are enough.
pub(crate) trait Bin: Copy + Send + Sync {
    /// Bits of it.
    const BITS: usize;
    /// From a number that fits.
    fn new(bin: usize) -> Self;
    /// As a number.
    fn get(self) -> usize;
}

impl Bin for u8 {
    const BITS: usize = 8;
    fn new(bin: usize) -> Self {
        bin as Self
    }
    fn get(self) -> usize {
        usize::from(self)
    }
}

impl Bin for u16 {
    const BITS: usize = 16;
    fn new(bin: usize) -> Self {
        bin as Self
    }
    fn get(self) -> usize {
        usize::from(self)
    }
}

/// How one feature is binned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FeatureBins {
    /// Smallest and largest value of each bin, rising; bin `i + 1` is entry `i`.
    Numeric { low: Vec<f32>, high: Vec<f32> },
    /// Code `c` is bin `c + 1`.
    Categorical { codes: usize },
}

impl FeatureBins {
    /// Bins without the one of missing.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Numeric { low, .. } => low.len(),
            Self::Categorical { codes } => *codes,
        }
    }

    /// Bin of a value; 0 of NaN.
    pub(crate) fn bin(&self, x: f32) -> usize {
        match self {
            _ if x.is_nan() => 0,
            // A value above all that were binned (a row of weight 0) joins the last bin.
            Self::Numeric { high, .. } => (1 + high.partition_point(|&h| h < x)).min(high.len()),
            Self::Categorical { .. } => 1 + x as usize,
        }
    }

    /// A threshold `t` with `x < t` for all values of bin `left` and below, and for none of bin
    /// `right` and above: midway where f32 has a value there. Bin 0 as `left` stands for nothing,
    /// a `right` beyond the last bin for everything.
    pub(crate) fn threshold(&self, left: usize, right: usize) -> f32 {
        let Self::Numeric { low, high } = self else { return 0.0 };
        if left == 0 {
            return f32::MIN;
        }
        let (Some(&below), Some(&above)) = (high.get(left - 1), low.get(right - 1)) else {
            return f32::MAX;
        };
        let middle = ((f64::from(below) + f64::from(above)) / 2.0) as f32;
        if middle > below { middle } else { above }
    }
}

/// A table of bins, column by column.
#[derive(Clone, Debug)]
pub(crate) struct Binned<B> {
    /// How each feature is binned.
    pub(crate) features: Vec<FeatureBins>,
    /// Bins, `rows` a feature.
    bins: Vec<B>,
    /// Rows.
    pub(crate) rows: usize,
}

impl<B: Bin> Binned<B> {
    /// Bins a table by `features`.
    pub(crate) fn new(data: &Dataset, features: Vec<FeatureBins>) -> Self {
        let (rows, width) = (data.rows(), data.schema.len());
        let mut bins = vec![B::new(0); rows * width];
        bins.par_chunks_mut(rows.max(1)).zip(&features).enumerate().for_each(
            |(feature, (column, how))| {
                for (row, bin) in column.iter_mut().enumerate() {
                    *bin = B::new(how.bin(data.x[row * width + feature]));
                }
            },
        );
        Self { features, bins, rows }
    }

    /// Bins of a feature, row by row.
    pub(crate) fn column(&self, feature: usize) -> &[B] {
        &self.bins[feature * self.rows..(feature + 1) * self.rows]
    }
}

/// Bins for every feature: each distinct value its own where there are at most `max_bins`, else
/// weighted quantiles.
pub(crate) fn find_bins(data: &Dataset, weight: &[f64], max_bins: usize) -> Vec<FeatureBins> {
    let width = data.schema.len();
    let even = weight.iter().all(|&w| w == 1.0);
    data.schema
        .features
        .par_iter()
        .enumerate()
        .map(|(feature, meta)| match &meta.kind {
            FeatureKind::Categorical { categories } => {
                FeatureBins::Categorical { codes: categories.len() }
            }
            FeatureKind::Numeric => {
                // Adding 0 makes -0 and 0 one value.
                let value = |row: usize| data.x[row * width + feature] + 0.0;
                let present = |row: &usize| weight[*row] > 0.0 && !value(*row).is_nan();
                let rows = (0..data.rows()).filter(present);
                let values = if even {
                    counted(rows.map(value))
                } else {
                    weighed(rows.map(|row| (value(row), weight[row])))
                };
                quantile_bins(&values, max_bins)
            }
        })
        .collect()
}

/// Distinct values, rising, with how often each is there.
fn counted(values: impl Iterator<Item = f32>) -> Vec<(f32, f64)> {
    // Integers that rise with the numbers sort twice as fast as numbers with their weights.
    const SIGN: u32 = 1 << 31;
    let mut keys: Vec<u32> = values
        .map(f32::to_bits)
        .map(|bits| if bits & SIGN == 0 { bits | SIGN } else { !bits })
        .collect();
    keys.sort_unstable();
    keys.chunk_by(|a, b| a == b)
        .map(|equal| {
            let bits = if equal[0] & SIGN == 0 { !equal[0] } else { equal[0] & !SIGN };
            (f32::from_bits(bits), equal.len() as f64)
        })
        .collect()
}

/// Distinct values, rising, with the weight of each.
fn weighed(values: impl Iterator<Item = (f32, f64)>) -> Vec<(f32, f64)> {
    let mut values: Vec<(f32, f64)> = values.collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    values.dedup_by(|next, kept| {
        let equal = next.0 == kept.0;
        kept.1 += if equal { next.1 } else { 0.0 };
        equal
    });
    values
}

/// Cuts distinct rising values into at most `max_bins` bins of weights as equal as they can be
/// without looking back; a heavy value gets a bin of its own.
fn quantile_bins(values: &[(f32, f64)], max_bins: usize) -> FeatureBins {
    let (mut low, mut high) = (Vec::new(), Vec::new());
    let mut weight_left: f64 = values.iter().map(|v| v.1).sum();
    let mut taken = 0.0;
    for (i, &(value, weight)) in values.iter().enumerate() {
        if high.len() == low.len() {
            low.push(value);
        }
        taken += weight;
        let bins_left = max_bins + 1 - low.len();
        let Some(next) = values.get(i + 1) else {
            high.push(value);
            break;
        };
        let target = weight_left / bins_left as f64;
        let values_left = values.len() - i - 1;
        if bins_left > 1 && (taken + next.1 / 2.0 >= target || values_left < bins_left) {
            high.push(value);
            weight_left -= taken;
            taken = 0.0;
        }
    }
    FeatureBins::Numeric { low, high }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::testing::cases;
    use proptest::prelude::*;

    fn bins_of(values: &[f32], max_bins: usize) -> FeatureBins {
        let data = Dataset {
            schema: chatsignal_core::model::FeatureSchema::numeric(["x"]),
            x: values.to_vec(),
            y: vec![0.0; values.len()],
            weight: None,
        };
        find_bins(&data, &vec![1.0; values.len()], max_bins).remove(0)
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn bins_rise_with_the_value_and_thresholds_separate(
            mut values in proptest::collection::vec(proptest::num::f32::NORMAL | proptest::num::f32::ZERO | proptest::num::f32::SUBNORMAL, 1..60),
            max_bins in 2usize..20,
        ) {
            let bins = bins_of(&values, max_bins);
            prop_assert!(bins.len() <= max_bins);
            values.sort_by(f32::total_cmp);
            let mut distinct = values.clone();
            distinct.dedup();
            if distinct.len() <= max_bins {
                prop_assert_eq!(bins.len(), distinct.len());
            }
            for pair in distinct.windows(2) {
                let (a, b) = (bins.bin(pair[0]), bins.bin(pair[1]));
                prop_assert!(0 < a && a <= b && b <= bins.len());
                if a < b {
                    let t = bins.threshold(a, b);
                    prop_assert!(pair[0] < t && pair[1] >= t, "{pair:?} {t}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn counting_equals_weighing_by_one(
            values in proptest::collection::vec(proptest::num::f32::NORMAL | proptest::num::f32::ZERO | proptest::num::f32::NEGATIVE, 0..60),
        ) {
            let values = || values.iter().flat_map(|&x| [x + 0.0, (x / 1e37).round() + 0.0]);
            prop_assert_eq!(counted(values()), weighed(values().map(|x| (x, 1.0))));
        }
    }

    #[test]
    fn quantiles_are_even_and_heavy_values_stand_alone() {
        let mut values: Vec<f32> = (0..1_000).map(|i| i as f32).collect();
        let FeatureBins::Numeric { low, .. } = bins_of(&values, 10) else { panic!() };
        assert_eq!(low, (0..10).map(|i| (i * 100) as f32).collect::<Vec<_>>());
        values.extend([500.0; 1_000]);
        let FeatureBins::Numeric { low, high } = bins_of(&values, 10) else { panic!() };
        let alone = low.iter().zip(&high).any(|(&l, &h)| l == 500.0 && h == 500.0);
        assert!(alone, "{low:?} {high:?}");
    }

    #[test]
    fn edges_stand_for_nothing_and_everything() {
        let bins = bins_of(&[1.0, 2.0], 255);
        assert_eq!(bins.threshold(0, 1), f32::MIN);
        assert_eq!(bins.threshold(2, 3), f32::MAX);
        assert_eq!(bins.threshold(1, 2), 1.5);
        assert_eq!(bins_of(&[f32::NAN], 255).len(), 0);
    }
}
