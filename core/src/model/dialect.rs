//! How an ensemble of another library reads a row and adds up its leaves, so that its margins come
//! out the same to the bit. Our own ensembles have the default dialect.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use super::error::{ModelError, rule};
use super::rounding::Rounding;
use crate::limits;

/// A value this close to 0 is zero for [`ReadingRule::ZeroMissing`] (LightGBM's `kZeroThreshold`).
pub const ZERO_THRESHOLD: f32 = 1e-35;

/// The code that stands for a category which no set lists. Sets of an ensemble with code rules
/// leave it out.
pub const UNLISTED_CODE: usize = limits::CATEGORIES_MAX - 1;

/// The arithmetic of the sum over trees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accumulation {
    /// In f64: the leaves in tree order, then the base score.
    #[default]
    F64,
    /// In f32: from the base score on, in tree order (XGBoost). Base score and leaves are f32
    /// numbers.
    F32,
}

/// What the values of one feature mean before they reach a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingRule {
    /// A number of at most [`ZERO_THRESHOLD`] in size is missing (LightGBM's `zero_as_missing`).
    ZeroMissing,
    /// A category code given as a number and cut to a whole one. Below 0 or above the largest
    /// code: a category that no set lists (XGBoost).
    Code,
    /// The same, but a number above -1 is cut to code 0 (LightGBM).
    CodeTowardZero,
}

impl ReadingRule {
    /// Every rule, in order of its code in model files.
    pub const ALL: [Self; 3] = [Self::ZeroMissing, Self::Code, Self::CodeTowardZero];

    /// The value that the trees see.
    #[must_use]
    pub fn read(self, x: f32) -> f32 {
        let unlisted = UNLISTED_CODE as f32;
        match self {
            _ if x.is_nan() => x,
            Self::ZeroMissing if x.abs() <= ZERO_THRESHOLD => f32::NAN,
            Self::ZeroMissing => x,
            Self::Code if x < 0.0 => unlisted,
            Self::CodeTowardZero if x <= -1.0 => unlisted,
            // Cut toward zero; what is above the largest code saturates.
            Self::Code | Self::CodeTowardZero => (x as u32 as f32).min(unlisted),
        }
    }

    /// Whether the feature's numbers are category codes.
    #[must_use]
    pub fn is_code(self) -> bool {
        self != Self::ZeroMissing
    }
}

/// The rule of one feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Number of the feature.
    pub feature: u32,
    /// Its rule.
    pub rule: ReadingRule,
}

/// How an ensemble reads and adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Arithmetic of the sum.
    pub accumulation: Accumulation,
    /// Features whose values are not taken as they are, in rising order.
    pub readings: Vec<Reading>,
    /// What the margin is divided by before the link: the trees of a LightGBM forest, whose raw
    /// score is their sum.
    pub link_divisor: Option<NonZeroU32>,
    /// How numbers become the f32 of a row; whoever makes rows asks
    /// [`crate::artifact::ModelArtifact::rounding`].
    pub rounding: Rounding,
}

impl Dialect {
    /// The row that the trees see.
    #[must_use]
    pub fn read<'a>(&self, row: &'a [f32]) -> Cow<'a, [f32]> {
        if self.readings.is_empty() {
            return Cow::Borrowed(row);
        }
        let mut row = row.to_vec();
        self.read_in_place(&mut row);
        Cow::Owned(row)
    }

    /// The same, in place.
    pub fn read_in_place(&self, row: &mut [f32]) {
        for reading in &self.readings {
            if let Some(x) = row.get_mut(reading.feature as usize) {
                *x = reading.rule.read(*x);
            }
        }
    }

    /// How the numbers of a feature are read; `None` where they are taken as they are.
    #[must_use]
    pub fn rule(&self, feature: usize) -> Option<ReadingRule> {
        let at = self.readings.binary_search_by_key(&feature, |r| r.feature as usize);
        at.ok().map(|at| self.readings[at].rule)
    }

    /// Whether the numbers of a feature are category codes.
    #[must_use]
    pub fn is_code(&self, feature: usize) -> bool {
        self.rule(feature).is_some_and(ReadingRule::is_code)
    }

    /// Checks the readings against rows of `n_features` values.
    pub(super) fn check(&self, n_features: usize) -> Result<(), ModelError> {
        let rising = self.readings.windows(2).all(|pair| pair[0].feature < pair[1].feature);
        rule(rising, "readings", "must be in rising order of feature")?;
        let inside = self.readings.last().is_none_or(|r| (r.feature as usize) < n_features);
        rule(inside, "readings", "must be about features of the model")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_cut_and_the_rest_is_unlisted() {
        let unlisted = UNLISTED_CODE as f32;
        for (x, code, toward_zero) in [
            (2.9, 2.0, 2.0),
            (-0.0, 0.0, 0.0),
            (-0.5, unlisted, 0.0),
            (-1.0, unlisted, unlisted),
            (1e-40, 0.0, 0.0),
            (3e38, unlisted, unlisted),
            (f32::NEG_INFINITY, unlisted, unlisted),
        ] {
            assert_eq!(ReadingRule::Code.read(x), code, "{x}");
            assert_eq!(ReadingRule::CodeTowardZero.read(x), toward_zero, "{x}");
        }
        assert!(ReadingRule::ALL.iter().all(|rule| rule.read(f32::NAN).is_nan()));
    }

    #[test]
    fn zero_is_missing_where_it_is_said_to_be() {
        let dialect = Dialect {
            readings: [Reading { feature: 1, rule: ReadingRule::ZeroMissing }].into(),
            ..Dialect::default()
        };
        let row = dialect.read(&[0.0, -1e-36, 0.0]).into_owned();
        assert!(row[0] == 0.0 && row[1].is_nan() && row[2] == 0.0);
        assert_eq!(*dialect.read(&[0.0, 1e-34]), [0.0, 1e-34]);
    }
}
