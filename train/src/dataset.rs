//! Rows to learn from.

use chatsignal_core::limits;
use chatsignal_core::model::{FeatureKind, FeatureSchema};
use serde::{Deserialize, Serialize};

use crate::error::FitError;

/// Largest weight of a row.
pub const WEIGHT_MAX: f64 = 1e12;
/// Largest absolute target: beyond it sums of squares could overflow.
pub const TARGET_MAX: f64 = 1e30;
/// Most values (rows times features) of a table to train on.
pub const CELLS_MAX: usize = 1 << 30;

/// A table of features with a target.
///
/// `x` is row-major, `schema.len()` values a row, missing = NaN, categories as codes (see
/// `FeatureKind::Categorical`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// Names and kinds of the columns.
    pub schema: FeatureSchema,
    /// Feature values, row after row.
    pub x: Vec<f32>,
    /// Target: any finite number for regression, 0 or 1 for a binary target.
    pub y: Vec<f64>,
    /// Weight of each row (`None` = 1 each).
    pub weight: Option<Vec<f64>>,
}

/// What the target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// A number.
    Regression,
    /// 0 or 1.
    Binary,
}

impl Task {
    /// Name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Binary => "binary",
        }
    }
}

impl Dataset {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// One row's features.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f32] {
        let width = self.schema.len();
        &self.x[i * width..(i + 1) * width]
    }

    /// Weight of a row.
    #[must_use]
    pub fn weight(&self, i: usize) -> f64 {
        self.weight.as_ref().map_or(1.0, |w| w[i])
    }

    /// The rows at `indices`, in that order.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut x = Vec::with_capacity(indices.len() * self.schema.len());
        for &i in indices {
            x.extend_from_slice(self.row(i));
        }
        Self {
            schema: self.schema.clone(),
            x,
            y: indices.iter().map(|&i| self.y[i]).collect(),
            weight: self.weight.as_ref().map(|w| indices.iter().map(|&i| w[i]).collect()),
        }
    }

    /// Checks that this is a table that can be learned from: shapes, finite targets and weights,
    /// no infinite value, category codes that the schema lists, two rows or more with a positive
    /// weight, and more than one value of the target among them.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn check(&self, task: Task) -> Result<(), FitError> {
        self.check_rows(task)?;
        let learned = || (0..self.rows()).filter(|&i| self.weight(i) > 0.0);
        let found = learned().count();
        if found < 2 {
            return Err(FitError::TooFewRows { found, required: 2 });
        }
        let value = self.y[learned().next().unwrap_or(0)];
        if learned().all(|i| self.y[i] == value) {
            return Err(FitError::ConstantTarget { value });
        }
        Ok(())
    }

    /// Checks all but whether there is something to learn (for rows to judge on).
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn check_rows(&self, task: Task) -> Result<(), FitError> {
        self.check_shape()?;
        for (row, &value) in self.y.iter().enumerate() {
            let (holds, expected) = match task {
                Task::Binary => (value == 0.0 || value == 1.0, "0 or 1"),
                Task::Regression => (value.abs() <= TARGET_MAX, "a finite number up to 1e30"),
            };
            if !holds {
                return Err(FitError::Target { row, value, expected });
            }
        }
        for (row, &value) in self.weight.iter().flatten().enumerate() {
            if !(0.0..=WEIGHT_MAX).contains(&value) {
                return Err(FitError::Weight { row, value });
            }
        }
        (0..self.rows()).try_for_each(|row| self.check_values(row))
    }

    fn check_shape(&self) -> Result<(), FitError> {
        let (rows, width) = (self.rows(), self.schema.len());
        if width == 0 {
            return Err(FitError::Shape { what: "features", expected: 1, found: 0 });
        }
        for (what, found, limit) in [
            ("features", width, limits::FEATURES_MAX),
            ("rows", rows, i32::MAX as usize),
            ("values (rows times features)", rows.saturating_mul(width), CELLS_MAX),
        ] {
            if found > limit {
                return Err(FitError::TooLarge { what, found, limit });
            }
        }
        for feature in &self.schema.features {
            if let FeatureKind::Categorical { categories } = &feature.kind
                && categories.len() > limits::CATEGORIES_MAX
            {
                return Err(FitError::TooLarge {
                    what: "categories of one feature",
                    found: categories.len(),
                    limit: limits::CATEGORIES_MAX,
                });
            }
        }
        if self.x.len() != rows * width {
            let (expected, found) = (rows * width, self.x.len());
            return Err(FitError::Shape { what: "feature values", expected, found });
        }
        match &self.weight {
            Some(w) if w.len() != rows => {
                Err(FitError::Shape { what: "weights", expected: rows, found: w.len() })
            }
            _ => Ok(()),
        }
    }

    fn check_values(&self, row: usize) -> Result<(), FitError> {
        for (feature, &value) in self.schema.features.iter().zip(self.row(row)) {
            let reason = match &feature.kind {
                _ if value.is_nan() => continue,
                FeatureKind::Numeric if value.is_infinite() => "is not a finite number",
                FeatureKind::Categorical { categories }
                    if value < 0.0
                        || value >= categories.len() as f32
                        || f64::from(value) % 1.0 != 0.0 =>
                {
                    "is not the code of a category"
                }
                _ => continue,
            };
            return Err(FitError::Value { row, feature: feature.name.clone(), value, reason });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::model::FeatureMeta;

    fn table() -> Dataset {
        let categories = vec!["a".into(), "b".into()];
        let mut schema = FeatureSchema::numeric(["x"]);
        schema
            .features
            .push(FeatureMeta { name: "c".into(), kind: FeatureKind::Categorical { categories } });
        Dataset {
            schema,
            x: vec![1.0, 0.0, f32::NAN, 1.0, 3.0, f32::NAN],
            y: vec![0.0, 1.0, 1.0],
            weight: None,
        }
    }

    #[test]
    fn a_sound_table_passes_and_selects() {
        let data = table();
        assert_eq!(data.check(Task::Binary), Ok(()));
        let picked = data.select(&[2, 0]);
        assert_eq!(picked.y, [1.0, 0.0]);
        assert_eq!(picked.row(1), [1.0, 0.0]);
    }

    #[test]
    fn each_fault_is_named() {
        type Spoil = fn(&mut Dataset);
        let faults: [(Spoil, &str); 9] = [
            (|d| d.x[0] = f32::INFINITY, "row 0, feature `x`: inf"),
            (|d| d.x[3] = 2.0, "row 1, feature `c`: 2 is not the code"),
            (|d| d.x[3] = -1.0, "row 1, feature `c`: -1 is not the code"),
            (|d| d.y[1] = 0.5, "row 1: the target is 0.5"),
            (|d| d.y[1] = f64::NAN, "row 1: the target is NaN"),
            (|d| d.y = vec![1.0; 3], "every target is 1"),
            (|d| d.weight = Some(vec![1.0, -1.0, 1.0]), "row 1: the weight is -1"),
            (|d| d.weight = Some(vec![1.0, 0.0, 0.0]), "1 rows"),
            (|d| d.x.truncate(5), "expected 6 values, found 5"),
        ];
        for (spoil, expected) in faults {
            let mut data = table();
            spoil(&mut data);
            let error = data.check(Task::Binary).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
