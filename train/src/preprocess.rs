//! Inputs of linear models: standardised numbers, one column per category.

use chatsignal_core::model::{Accumulation, FeatureKind, LogisticModel, StandardScaler};
use chatsignal_core::num;

use crate::dataset::Dataset;

/// Least standard deviation, relative to the mean, of a feature that is not constant.
const CONSTANT: f64 = 1e-12;

/// Rows as linear models see them: numeric features standardised, missing = 0 = the mean; a
/// category is a 1 in its own column, missing is none.
#[derive(Clone, Debug)]
pub(crate) struct Design {
    scaler: StandardScaler,
    features: Vec<Columns>,
    /// Columns: numeric ones first, then those of the categories.
    pub(crate) width: usize,
    numeric: usize,
    categorical: usize,
    values: Vec<f64>,
    codes: Vec<u32>,
}

/// Where a feature's columns are.
#[derive(Clone, Copy, Debug)]
enum Columns {
    Number(usize),
    Categories { first: usize, len: usize },
}

/// Column of a missing category.
const NONE: u32 = u32::MAX;

/// A row: its standardised numbers and the columns that hold a 1 ([`u32::MAX`] = none).
#[derive(Clone, Copy, Debug)]
pub(crate) struct DesignRow<'a> {
    values: &'a [f64],
    codes: &'a [u32],
}

impl Design {
    /// Fits scaler and columns to the rows of positive weight and encodes all rows.
    pub(crate) fn new(data: &Dataset) -> Self {
        let kinds = || data.schema.features.iter().map(|f| &f.kind);
        let numeric = kinds().filter(|k| **k == FeatureKind::Numeric).count();
        let categorical = data.schema.len() - numeric;
        let (mut next_number, mut next_code) = (0, numeric);
        let features: Vec<Columns> = kinds()
            .map(|kind| match kind {
                FeatureKind::Numeric => {
                    next_number += 1;
                    Columns::Number(next_number - 1)
                }
                FeatureKind::Categorical { categories } => {
                    next_code += categories.len();
                    Columns::Categories {
                        first: next_code - categories.len(),
                        len: categories.len(),
                    }
                }
            })
            .collect();
        let scaler = fit_scaler(data, &features);
        let (mut values, mut codes) = (Vec::new(), Vec::new());
        for i in 0..data.rows() {
            for (j, (&x, columns)) in data.row(i).iter().zip(&features).enumerate() {
                match columns {
                    Columns::Number(_) => values.push(scaler.transform(j, x)),
                    Columns::Categories { .. } if x.is_nan() => codes.push(NONE),
                    Columns::Categories { first, .. } => codes.push(*first as u32 + x as u32),
                }
            }
        }
        Self { scaler, features, width: next_code, numeric, categorical, values, codes }
    }

    /// A row.
    pub(crate) fn row(&self, i: usize) -> DesignRow<'_> {
        DesignRow {
            values: &self.values[i * self.numeric..(i + 1) * self.numeric],
            codes: &self.codes[i * self.categorical..(i + 1) * self.categorical],
        }
    }

    /// The model of these coefficients, one per column.
    pub(crate) fn model(&self, column: &[f64], intercept: f64) -> LogisticModel {
        let mut coefficients = vec![0.0; self.features.len()];
        let mut categorical = Vec::new();
        for (j, feature) in self.features.iter().enumerate() {
            match *feature {
                Columns::Number(at) => coefficients[j] = column[at],
                Columns::Categories { first, len } => {
                    categorical.push((j, column[first..first + len].to_vec()));
                }
            }
        }
        LogisticModel {
            scaler: self.scaler.clone(),
            coefficients,
            categorical,
            intercept,
            accumulation: Accumulation::F64,
        }
    }
}

impl DesignRow<'_> {
    /// Product with one number per column.
    #[inline]
    pub(crate) fn dot(&self, column: &[f64]) -> f64 {
        let numbers = self.values.iter().zip(column).fold(0.0, |sum, (x, c)| sum + x * c);
        let codes = self.codes.iter().filter(|&&code| code != NONE);
        codes.fold(numbers, |sum, &code| sum + column[code as usize])
    }

    /// Adds `factor` times `change(value)` of each column that is not 0.
    #[inline]
    pub(crate) fn add_to(&self, sums: &mut [f64], factor: f64, change: impl Fn(f64) -> f64) {
        for (sum, &x) in sums.iter_mut().zip(self.values) {
            *sum += factor * change(x);
        }
        for &code in self.codes.iter().filter(|&&code| code != NONE) {
            sums[code as usize] += factor * change(1.0);
        }
    }
}

/// Mean and standard deviation of the numeric features over the rows that have them, by weight.
fn fit_scaler(data: &Dataset, features: &[Columns]) -> StandardScaler {
    let mut mean = vec![0.0; features.len()];
    let mut scale = vec![1.0; features.len()];
    for (j, _) in features.iter().enumerate().filter(|f| matches!(f.1, Columns::Number(_))) {
        let present = || {
            let rows = (0..data.rows()).map(|i| (f64::from(data.row(i)[j]), data.weight(i)));
            rows.filter(|(x, w)| !x.is_nan() && *w > 0.0)
        };
        let total: f64 = present().map(|(_, w)| w).sum();
        if total <= 0.0 {
            continue;
        }
        mean[j] = present().map(|(x, w)| x * (w / total)).sum();
        let middle = mean[j];
        let variance = present().map(|(x, w)| (x - middle) * (x - middle) * (w / total));
        let deviation = num::sqrt(variance.sum::<f64>());
        // Below this it is rounding, not variation (subnormal values are constant too).
        if deviation > CONSTANT * middle.abs() && deviation > f64::from(f32::MIN_POSITIVE) {
            scale[j] = deviation;
        }
    }
    StandardScaler { mean, scale }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::model::{FeatureMeta, FeatureSchema};

    #[test]
    fn encodes_numbers_missing_values_and_categories() {
        let mut schema = FeatureSchema::numeric(["a"]);
        let categories = vec!["x".into(), "y".into(), "z".into()];
        schema
            .features
            .push(FeatureMeta { name: "c".into(), kind: FeatureKind::Categorical { categories } });
        schema.features.push(FeatureMeta { name: "b".into(), kind: FeatureKind::Numeric });
        let nan = f32::NAN;
        let data = Dataset {
            schema,
            x: vec![1.0, 0.0, 5.0, 3.0, 2.0, 5.0, nan, nan, 5.0],
            y: vec![0.0, 1.0, 0.0],
            weight: None,
        };
        let design = Design::new(&data);
        assert_eq!(design.width, 5);
        // Columns: a, b, x, y, z. The constant b counts for nothing.
        let column = [10.0, 7.0, 1.0, 2.0, 4.0];
        let dots: Vec<f64> = (0..3).map(|i| design.row(i).dot(&column)).collect();
        assert_eq!(dots, [-9.0, 14.0, 0.0]);
        let model = design.model(&column, 0.5);
        model.check().unwrap();
        for (i, dot) in dots.iter().enumerate() {
            assert_eq!(model.margin(data.row(i)), dot + 0.5);
        }
        let mut sums = [0.0; 5];
        design.row(1).add_to(&mut sums, 2.0, |x| x * x);
        assert_eq!(sums, [2.0, 0.0, 0.0, 0.0, 2.0]);
    }
}
