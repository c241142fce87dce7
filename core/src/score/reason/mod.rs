//! Why a score is what it is, in words: contributions of the model with a plain-language reason
//! from closed templates. A template holds the feature's value and nothing else: no text of a
//! contact or a tenant can enter a reason.

mod churn;
mod engagement;
mod lead;
mod phrase;
mod typical;

use alloc::string::String;
use alloc::vec::Vec;

use super::result::ContributionSpace;
use crate::artifact::ModelKind;
use crate::feature::catalogue;
use phrase::Phrase;
pub(crate) use typical::typical;

/// How many reasons a score carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explain {
    /// None: the contributions are not computed.
    None,
    /// The given number of factors that weigh most.
    Top(usize),
    /// Every feature, in the order of weight.
    Full,
}

impl Default for Explain {
    fn default() -> Self {
        Self::Top(5)
    }
}

words! {
    /// Whether a factor raises or lowers the margin.
    Direction {
        /// Raises it.
        Positive = "positive",
        /// Lowers it.
        Negative = "negative",
        /// Neither.
        Neutral = "neutral",
    }
}

impl Direction {
    /// The direction of a contribution.
    #[must_use]
    pub fn of(contribution: f64) -> Self {
        if contribution > 0.0 {
            Self::Positive
        } else if contribution < 0.0 {
            Self::Negative
        } else {
            Self::Neutral
        }
    }
}

/// The share of one feature in one score.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Position of the feature in the catalogue.
    pub index: usize,
    /// Name of the feature.
    pub feature: &'static str,
    /// Its label for people.
    pub label: &'static str,
    /// Its value; none when missing.
    pub value: Option<f64>,
    /// Its share of the margin, in the units of [`Reasons::space`].
    pub contribution: f64,
    /// Which way it moves the margin.
    pub direction: Direction,
    /// The reason as a sentence.
    pub reason: String,
}

/// Why: `base_value` plus all contributions is `margin`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reasons {
    /// Expected margin over the training rows.
    pub base_value: f64,
    /// The model's output before link and calibration.
    pub margin: f64,
    /// The unit of both and of the contributions.
    pub space: ContributionSpace,
    /// Contribution of every feature, in the order of the catalogue.
    pub contributions: Vec<f64>,
    /// Factors by falling weight (equal weights in the order of the catalogue); those that were
    /// asked for.
    pub factors: Vec<Factor>,
}

/// The sentence about the value of feature `name` (NaN = missing); `None` for a name outside the
/// catalogue.
pub(crate) fn sentence(
    kind: ModelKind,
    name: &str,
    value: f32,
    typical: Option<f64>,
) -> Option<String> {
    phrases(kind)
        .iter()
        .find(|phrase| phrase.feature == name)
        .map(|phrase| phrase.render(value, typical))
}

/// Position of a feature in the catalogue.
pub(crate) fn position(kind: ModelKind, name: &str) -> Option<usize> {
    catalogue(kind).iter().position(|spec| spec.name == name)
}

fn phrases(kind: ModelKind) -> &'static [Phrase] {
    match kind {
        ModelKind::Lead => lead::PHRASES,
        ModelKind::Churn => churn::PHRASES,
        ModelKind::Engagement => engagement::PHRASES,
        ModelKind::Custom => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_of_every_catalogue_has_a_sentence_for_every_value() {
        for kind in [ModelKind::Lead, ModelKind::Churn, ModelKind::Engagement] {
            let names: Vec<&str> = phrases(kind).iter().map(|phrase| phrase.feature).collect();
            let expected: Vec<&str> = catalogue(kind).iter().map(|spec| spec.name).collect();
            assert_eq!(names, expected);
            for spec in catalogue(kind) {
                let (low, high) = spec.range;
                for value in [low, high, (low + high) / 2.0, 0.0, 1.0, f32::NAN] {
                    let text = sentence(kind, spec.name, value, None).expect("has a template");
                    let sound = !text.is_empty() && !text.contains("{}") && !text.contains("NaN");
                    assert!(sound, "{}: {text}", spec.name);
                }
            }
        }
    }
}
