//! Words for numbers: tiers of leads, levels of churn risk and of engagement.

use alloc::vec::Vec;

use crate::artifact::{ModelArtifact, ModelKind};

words! {
    /// Tier of a lead, lowest first.
    Tier {
        /// Little sign of a sale.
        Unqualified = "unqualified",
        /// Worth keeping warm.
        Cold = "cold",
        /// Worth an offer.
        Warm = "warm",
        /// Worth a person's time now.
        Hot = "hot",
    }
}

words! {
    /// Level of churn risk, lowest first.
    RiskLevel {
        /// Below every cut-off.
        Low = "low",
        /// Above the lowest cut-off.
        Medium = "medium",
        /// Above the middle cut-off.
        High = "high",
        /// Above the highest cut-off.
        Critical = "critical",
    }
}

words! {
    /// Level of the probability of a reply, against the tenant's base rate; lowest first.
    EngagementLevel {
        /// Clearly below the base rate.
        Low = "low",
        /// About the base rate.
        Medium = "medium",
        /// Clearly above the base rate.
        High = "high",
    }
}

macro_rules! levels {
    ($($name:ident),+) => {$(
        impl $name {
            /// The level of `value`: how many of the falling `cutoffs` it reaches.
            #[must_use]
            pub fn of(value: f64, cutoffs: &Cutoffs) -> Self {
                Self::ALL[cutoffs.reached(value).min(Self::ALL.len() - 1)]
            }

            /// The lowest value of this level; the lowest level has none.
            #[must_use]
            pub fn floor(self, cutoffs: &Cutoffs) -> Option<f64> {
                cutoffs.rising((self as usize).checked_sub(1)?)
            }
        }
    )+};
}

levels!(Tier, RiskLevel, EngagementLevel);

/// Cut-offs between levels, falling, each finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Cutoffs(Vec<f64>);

impl Cutoffs {
    /// The cut-offs of a model: what the artifact holds, or the defaults of its kind when it holds
    /// none. `None` when they are not as many as the kind needs, not falling, or not finite.
    #[must_use]
    pub fn new(kind: ModelKind, from_artifact: &[f64]) -> Option<Self> {
        let default = Self::default_of(kind);
        if from_artifact.is_empty() {
            return Some(Self(default.to_vec()));
        }
        let ordered = from_artifact.windows(2).all(|pair| pair[0] > pair[1]);
        let finite = from_artifact.iter().all(|cutoff| cutoff.is_finite());
        (from_artifact.len() == default.len() && ordered && finite)
            .then(|| Self(from_artifact.to_vec()))
    }

    /// Default cut-offs: score for leads, probability for churn, multiple of the base rate for
    /// engagement, none for custom models.
    #[must_use]
    pub fn default_of(kind: ModelKind) -> &'static [f64] {
        match kind {
            ModelKind::Lead => &[75.0, 50.0, 25.0],
            ModelKind::Churn => &[0.75, 0.5, 0.25],
            ModelKind::Engagement => &[1.25, 0.75],
            ModelKind::Custom => &[],
        }
    }

    /// The cut-offs, falling.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    fn reached(&self, value: f64) -> usize {
        self.0.iter().filter(|&&cutoff| value >= cutoff).count()
    }

    fn rising(&self, index: usize) -> Option<f64> {
        self.0.iter().rev().nth(index).copied()
    }
}

/// The base rate of a model as a probability, and how many times as high `probability` is (0 where
/// the base rate is 0).
#[must_use]
pub(super) fn lift(artifact: &ModelArtifact, probability: f64) -> (f64, f64) {
    let baseline = artifact.base_rate.clamp(0.0, 1.0);
    (baseline, if baseline > 0.0 { probability / baseline } else { 0.0 })
}

/// The name of the level of a value that a model gave; `None` for a custom model.
#[must_use]
pub fn level_name(artifact: &ModelArtifact, value: f64) -> Option<&'static str> {
    let cutoffs = Cutoffs::new(artifact.kind, &artifact.cutoffs)?;
    Some(match artifact.kind {
        ModelKind::Lead => Tier::of(value, &cutoffs).as_str(),
        ModelKind::Churn => RiskLevel::of(value, &cutoffs).as_str(),
        ModelKind::Engagement => EngagementLevel::of(lift(artifact, value).1, &cutoffs).as_str(),
        ModelKind::Custom => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cutoffs(kind: ModelKind) -> Cutoffs {
        Cutoffs::new(kind, &[]).expect("defaults are valid")
    }

    #[test]
    fn defaults_are_those_of_the_documents() {
        let lead = cutoffs(ModelKind::Lead);
        for (value, tier) in [
            (0.0, Tier::Unqualified),
            (24.999, Tier::Unqualified),
            (25.0, Tier::Cold),
            (50.0, Tier::Warm),
            (74.999, Tier::Warm),
            (75.0, Tier::Hot),
            (100.0, Tier::Hot),
        ] {
            assert_eq!(Tier::of(value, &lead), tier, "{value}");
        }
        assert_eq!(RiskLevel::of(0.75, &cutoffs(ModelKind::Churn)), RiskLevel::Critical);
        assert_eq!(RiskLevel::of(0.1, &cutoffs(ModelKind::Churn)), RiskLevel::Low);
        assert_eq!(
            EngagementLevel::of(1.0, &cutoffs(ModelKind::Engagement)),
            EngagementLevel::Medium
        );
        assert_eq!(Tier::Hot.floor(&lead), Some(75.0));
        assert_eq!(Tier::Cold.floor(&lead), Some(25.0));
        assert_eq!(Tier::Unqualified.floor(&lead), None);
    }

    #[test]
    fn wrong_cutoffs_are_refused() {
        for bad in
            [&[75.0, 50.0][..], &[25.0, 50.0, 75.0], &[75.0, 75.0, 25.0], &[f64::NAN, 1.0, 0.0]]
        {
            assert_eq!(Cutoffs::new(ModelKind::Lead, bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_higher_score_is_never_a_lower_tier(
            a in 0.0f64..100.0, b in 0.0f64..100.0,
            mut bounds in proptest::array::uniform3(0.0f64..100.0),
        ) {
            bounds.sort_by(|x, y| y.total_cmp(x));
            let Some(cutoffs) = Cutoffs::new(ModelKind::Lead, &bounds) else { return Ok(()) };
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(Tier::of(low, &cutoffs) <= Tier::of(high, &cutoffs));
        }

        #[test]
        fn names_round_trip(index in 0usize..4) {
            let tier = Tier::ALL[index];
            prop_assert_eq!(Tier::from_name(tier.as_str()), Some(tier));
        }
    }
}
