//! Logistic regression over standardised inputs.

use alloc::vec::Vec;

use super::dialect::Accumulation;
use super::error::{MODERATE, ModelError, all_moderate, is_moderate, rule};
use super::schema::{FeatureKind, FeatureSchema};
use super::tree::category_code;
use crate::limits;

/// `(x - mean) / scale`; a missing value becomes 0, the mean.
#[derive(Clone, Debug, PartialEq)]
pub struct StandardScaler {
    /// Mean of each feature over the training rows that have it.
    pub mean: Vec<f64>,
    /// Standard deviation, never 0 (1 for a constant feature).
    pub scale: Vec<f64>,
}

impl StandardScaler {
    /// Standardised value of feature `j`. Infinite values count as the largest finite ones.
    #[must_use]
    pub fn transform(&self, j: usize, x: f32) -> f64 {
        if x.is_nan() {
            return 0.0;
        }
        (f64::from(x.clamp(f32::MIN, f32::MAX)) - self.mean[j]) / self.scale[j]
    }
}

/// Logistic regression: margin = intercept + sum of coefficient times standardised value.
///
/// A categorical feature of k categories is k coefficients in `categorical` (one per code, missing
/// or unknown code = 0); its entry in `coefficients` is 0. Learners centre the effects (their mean
/// over the training rows is 0, the rest goes to the intercept), so that the intercept is the
/// margin of the average row and every term a contribution measured from there.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticModel {
    /// Scaler of the numeric features (mean 0, scale 1 at categorical ones).
    pub scaler: StandardScaler,
    /// One coefficient per feature.
    pub coefficients: Vec<f64>,
    /// Effects of the categories of each categorical feature: `(feature, effect per code)`, in
    /// order of feature.
    pub categorical: Vec<(usize, Vec<f64>)>,
    /// Intercept, in log-odds.
    pub intercept: f64,
    /// Arithmetic of the margin. In f32 (XGBoost's `gblinear`) numbers are f32 and not
    /// standardised (means 0, scales 1), and no feature is categorical.
    pub accumulation: Accumulation,
}

impl LogisticModel {
    /// Log-odds of the positive class, summed in feature order. Values beyond the end of a
    /// shorter row count as missing.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        if self.accumulation == Accumulation::F32 {
            let terms = row.iter().zip(&self.coefficients).filter(|(x, _)| !x.is_nan());
            let sum = terms.fold(self.intercept as f32, |sum, (x, &c)| sum + x * c as f32);
            // What overflows f32 does not in f64.
            if sum.is_finite() {
                return f64::from(sum);
            }
        }
        self.margin_f64(row)
    }

    /// The margin summed in f64: what contributions add up to.
    #[must_use]
    pub fn margin_f64(&self, row: &[f32]) -> f64 {
        (0..self.coefficients.len()).fold(self.intercept, |sum, j| {
            sum + self.term(j, row.get(j).copied().unwrap_or(f32::NAN))
        })
    }

    /// Share of feature `j` in the margin.
    #[must_use]
    pub fn term(&self, j: usize, x: f32) -> f64 {
        match self.categorical.binary_search_by_key(&j, |(feature, _)| *feature) {
            Ok(at) => category_code(x)
                .and_then(|code| self.categorical[at].1.get(code).copied())
                .unwrap_or(0.0),
            Err(_) => self.coefficients[j] * self.scaler.transform(j, x),
        }
    }

    /// Checks that lengths agree and every number is usable.
    ///
    /// # Errors
    /// The first rule that is broken, with its place.
    pub fn check(&self) -> Result<(), ModelError> {
        let features = self.coefficients.len();
        rule((1..=limits::FEATURES_MAX).contains(&features), "coefficients", "must be 1 to 4096")?;
        rule(self.scaler.mean.len() == features, "mean", "must have one entry per feature")?;
        rule(self.scaler.scale.len() == features, "scale", "must have one entry per feature")?;
        rule(is_moderate(self.intercept), "intercept", MODERATE)?;
        all_moderate(&self.coefficients, "coefficients")?;
        all_moderate(&self.scaler.mean, "mean")?;
        all_moderate(&self.scaler.scale, "scale")?;
        if let Some(at) = self.scaler.scale.iter().position(|&s| s < limits::SCALE_MIN) {
            return Err(ModelError::new("scale", "must be above 0 (at least 1e-60)").at(at));
        }
        if self.accumulation == Accumulation::F32 {
            self.check_f32()?;
        }
        for (feature, effects) in &self.categorical {
            all_moderate(effects, "categorical")?;
            let fail = |rule| Err(ModelError::new("categorical", rule).at(*feature));
            match self.coefficients.get(*feature) {
                None => return fail("must be the number of a feature"),
                Some(&c) if c.to_bits() != 0 => return fail("its entry in coefficients must be 0"),
                Some(_) if effects.len() > limits::CATEGORIES_MAX => {
                    return fail("at most 4096 categories are allowed");
                }
                Some(_) => {}
            }
        }
        rule(
            self.categorical.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "categorical",
            "must be in rising order of feature",
        )
    }

    /// A sum in f32 takes f32 numbers, as they come.
    fn check_f32(&self) -> Result<(), ModelError> {
        let fits = |v: &f64| f64::from(*v as f32).to_bits() == v.to_bits();
        let plain = fits(&self.intercept)
            && self.coefficients.iter().all(fits)
            && self.scaler.mean.iter().all(|mean| mean.to_bits() == 0)
            && self.scaler.scale.iter().all(|&scale| scale == 1.0)
            && self.categorical.is_empty();
        rule(plain, "coefficients", "a sum in f32 takes f32 numbers, not standardised")
    }

    /// Effects per category belong to categorical features, as many as these have categories, and
    /// no categorical feature goes without.
    pub(super) fn check_kinds(&self, schema: &FeatureSchema) -> Result<(), ModelError> {
        let mut effects = self.categorical.iter();
        for (j, feature) in schema.features.iter().enumerate() {
            let FeatureKind::Categorical { categories } = &feature.kind else { continue };
            if effects.next().is_none_or(|(at, e)| *at != j || e.len() != categories.len()) {
                let rule = "must hold one effect per category of each categorical feature";
                return Err(ModelError::new("categorical", rule).at(j).named(&feature.name));
            }
        }
        rule(effects.next().is_none(), "categorical", "is for categorical features only")
    }
}
