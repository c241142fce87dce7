//! Words for numbers: tiers of leads, levels of churn risk and of engagement.

use alloc::vec::Vec;
use core::fmt;

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

/// Why a team's own cut-offs cannot be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CutoffError {
    /// There are more or fewer than the kind needs.
    Count {
        /// How many it needs.
        expected: usize,
    },
    /// One lies outside its range.
    OutOfRange {
        /// The level that begins there.
        level: &'static str,
        /// The greatest that it may be; the least is above 0.
        most: f64,
    },
    /// One is not below the one before it.
    NotFalling {
        /// The level that begins there.
        level: &'static str,
        /// The next higher level.
        above: &'static str,
    },
}

impl CutoffError {
    /// The level whose cut-off is wrong; none when it is their number.
    #[must_use]
    pub fn level(&self) -> Option<&'static str> {
        match self {
            Self::Count { .. } => None,
            Self::OutOfRange { level, .. } | Self::NotFalling { level, .. } => Some(level),
        }
    }
}

impl fmt::Display for CutoffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { expected } => write!(f, "give {expected} numbers, falling"),
            Self::OutOfRange { level, most } => {
                write!(f, "{level} begins above 0 and at most at {most}")
            }
            Self::NotFalling { level, above } => write!(f, "{level} begins below {above}"),
        }
    }
}

impl core::error::Error for CutoffError {}

/// Cut-offs between the levels of one kind of model, falling, each finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Cutoffs {
    kind: ModelKind,
    falling: Vec<f64>,
}

impl Cutoffs {
    /// The cut-offs of a model: what the artifact holds, or the defaults of its kind when it holds
    /// none. `None` when they are not as many as the kind needs, not falling, or not finite.
    #[must_use]
    pub fn new(kind: ModelKind, from_artifact: &[f64]) -> Option<Self> {
        let default = Self::default_of(kind);
        if from_artifact.is_empty() {
            return Some(Self { kind, falling: default.to_vec() });
        }
        let ordered = from_artifact.windows(2).all(|pair| pair[0] > pair[1]);
        let finite = from_artifact.iter().all(|cutoff| cutoff.is_finite());
        (from_artifact.len() == default.len() && ordered && finite)
            .then(|| Self { kind, falling: from_artifact.to_vec() })
    }

    /// The cut-offs that a team chose in place of the model's own, in the order of
    /// [`Cutoffs::levels`].
    ///
    /// # Errors
    /// When they are not as many as the kind has levels above the lowest, do not fall, or lie
    /// outside the range: above 0, and at most 100 (a lead score), 1 (a probability of churn) or 100
    /// (a multiple of the base rate).
    pub fn chosen(kind: ModelKind, falling: &[f64]) -> Result<Self, CutoffError> {
        let levels = Self::levels(kind);
        if falling.len() != levels.len() {
            return Err(CutoffError::Count { expected: levels.len() });
        }
        let most = if kind == ModelKind::Churn { 1.0 } else { 100.0 };
        for (&level, &cutoff) in levels.iter().zip(falling) {
            // Not a number is in no range.
            if !(cutoff > 0.0 && cutoff <= most) {
                return Err(CutoffError::OutOfRange { level, most });
            }
        }
        let steps = falling.windows(2).zip(levels.windows(2));
        for (cutoffs, names) in steps {
            if cutoffs[1] >= cutoffs[0] {
                return Err(CutoffError::NotFalling { level: names[1], above: names[0] });
            }
        }
        Ok(Self { kind, falling: falling.to_vec() })
    }

    /// The levels that begin at a cut-off, highest first: all but the lowest.
    #[must_use]
    pub fn levels(kind: ModelKind) -> &'static [&'static str] {
        match kind {
            ModelKind::Lead => &["hot", "warm", "cold"],
            ModelKind::Churn => &["critical", "high", "medium"],
            ModelKind::Engagement => &["high", "medium"],
            ModelKind::Custom => &[],
        }
    }

    /// The kind of model whose levels they part.
    #[must_use]
    pub fn kind(&self) -> ModelKind {
        self.kind
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
        &self.falling
    }

    fn reached(&self, value: f64) -> usize {
        self.falling.iter().filter(|&&cutoff| value >= cutoff).count()
    }

    fn rising(&self, index: usize) -> Option<f64> {
        self.falling.iter().rev().nth(index).copied()
    }
}

/// The base rate of a model, 0 to 1: what levels of engagement are measured against.
#[must_use]
pub(super) fn baseline(artifact: &ModelArtifact) -> f64 {
    artifact.base_rate.clamp(0.0, 1.0)
}

/// How many times the base rate a probability is; 0 without a base rate.
#[must_use]
pub(super) fn lift(artifact: &ModelArtifact, probability: f64) -> f64 {
    let baseline = baseline(artifact);
    if baseline > 0.0 { probability / baseline } else { 0.0 }
}

/// The name of the level of a value that a model gave; `None` for a custom model.
#[must_use]
pub fn level_name(artifact: &ModelArtifact, value: f64) -> Option<&'static str> {
    let cutoffs = Cutoffs::new(artifact.kind, &artifact.cutoffs)?;
    Some(match artifact.kind {
        ModelKind::Lead => Tier::of(value, &cutoffs).as_str(),
        ModelKind::Churn => RiskLevel::of(value, &cutoffs).as_str(),
        ModelKind::Engagement => EngagementLevel::of(lift(artifact, value), &cutoffs).as_str(),
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

    #[test]
    fn a_team_chooses_cut_offs_that_fall_within_their_range() {
        let chosen = Cutoffs::chosen(ModelKind::Lead, &[90.0, 60.0, 10.0]).expect("they fall");
        assert_eq!(Tier::of(75.0, &chosen), Tier::Warm);
        for (kind, bad, level) in [
            (ModelKind::Lead, &[90.0, 60.0][..], None),
            (ModelKind::Lead, &[101.0, 60.0, 10.0], Some("hot")),
            (ModelKind::Lead, &[90.0, 90.0, 10.0], Some("warm")),
            (ModelKind::Churn, &[0.5, 0.25, 0.0], Some("medium")),
            (ModelKind::Churn, &[0.5, f64::NAN, 0.1], Some("high")),
            (ModelKind::Engagement, &[1.0, 2.0], Some("medium")),
        ] {
            let error = Cutoffs::chosen(kind, bad).expect_err("they are wrong");
            assert_eq!(error.level(), level, "{error}");
        }
    }

    #[test]
    fn the_levels_with_a_cut_off_are_all_but_the_lowest() {
        let falling = |names: &[&'static str]| -> Vec<&'static str> {
            names.iter().skip(1).rev().copied().collect()
        };
        let tiers: Vec<&str> = Tier::ALL.iter().map(|level| level.as_str()).collect();
        let risks: Vec<&str> = RiskLevel::ALL.iter().map(|level| level.as_str()).collect();
        let replies: Vec<&str> = EngagementLevel::ALL.iter().map(|level| level.as_str()).collect();
        assert_eq!(Cutoffs::levels(ModelKind::Lead), falling(&tiers));
        assert_eq!(Cutoffs::levels(ModelKind::Churn), falling(&risks));
        assert_eq!(Cutoffs::levels(ModelKind::Engagement), falling(&replies));
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
