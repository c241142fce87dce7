//! Everything about one prediction: every contribution, what would have changed it, and on request
//! what pairs of features do together.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use chatsignal_api::explain::{Interactions, ModelExplanation};
use chatsignal_api::prediction::{Counterfactual, Origin, names, warnings};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::Consent;
use chatsignal_core::feature::{CHURN_FEATURES, ENGAGEMENT_FEATURES, FeatureVector, LEAD_FEATURES};
use chatsignal_core::score::{
    ChurnPredictor, EngagementLevel, EngagementPredictor, Explain, LeadOptions, LeadScorer,
    RiskLevel, Scored, Tier,
};

/// What is wanted beside the contributions.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The tier or level to reach; the next better one when left out.
    pub target: Option<String>,
    /// Whether to give interaction values.
    pub interactions: bool,
}

/// A row with what must be known beside it.
#[derive(Clone, Debug)]
pub struct Row<const N: usize> {
    /// The contact, where one was named.
    pub contact: Option<String>,
    /// The features.
    pub features: FeatureVector<N>,
    /// What the contact allows.
    pub consent: Consent,
}

/// A target that is none of the levels of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchLevel {
    /// The words that there are.
    pub words: Vec<&'static str>,
}

impl fmt::Display for NoSuchLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "target is one of {}", self.words.join(", "))
    }
}

impl core::error::Error for NoSuchLevel {}

macro_rules! target {
    ($level:ident, $wanted:expr) => {
        match $wanted.target.as_deref() {
            None => None,
            Some(name) => Some($level::from_name(name).ok_or_else(|| NoSuchLevel {
                words: $level::ALL.iter().map(|level| level.as_str()).collect(),
            })?),
        }
    };
}

impl Wanted {
    /// Checks the target against the levels of a kind.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn check(&self, kind: ModelKind) -> Result<(), NoSuchLevel> {
        match kind {
            ModelKind::Lead => drop(target!(Tier, self)),
            ModelKind::Churn => drop(target!(RiskLevel, self)),
            ModelKind::Engagement => drop(target!(EngagementLevel, self)),
            ModelKind::Custom => {}
        }
        Ok(())
    }
}

/// Everything about a lead's score.
///
/// # Errors
/// When the target is no level of the kind.
pub fn explain_lead(
    scorer: &LeadScorer<'_>,
    row: Row<LEAD_FEATURES>,
    wanted: &Wanted,
    origin: Origin,
) -> Result<ModelExplanation, NoSuchLevel> {
    let target = target!(Tier, wanted);
    let options = LeadOptions { consent: row.consent, previous: None, explain: Explain::Full };
    let empty = ModelExplanation::new(row.contact, origin);
    let score = match scorer.score(&row.features, &options) {
        Scored::Suppressed(why) => {
            return Ok(ModelExplanation { suppressed: Some(why), ..empty });
        }
        Scored::Score(score) => score,
    };
    let target = target.or_else(|| Tier::ALL.get(score.tier as usize + 1).copied());
    let counterfactual = target.and_then(|tier| {
        Counterfactual::new(tier.as_str(), &scorer.what_would_reach(&row.features, tier))
    });
    let explanation = ModelExplanation {
        value: Some(score.value),
        label: Some(score.tier.as_str().to_owned()),
        counterfactual,
        interactions: wanted
            .interactions
            .then(|| Interactions::new(ModelKind::Lead, &scorer.interactions(&row.features))),
        missing_features: names(&score.missing_features),
        warnings: warnings(&score.warnings),
        ..empty
    };
    Ok(explanation.because(score.reasons.as_ref()))
}

/// Everything about a customer's churn risk.
///
/// # Errors
/// When the target is no level of the kind.
pub fn explain_churn(
    predictor: &ChurnPredictor<'_>,
    row: Row<CHURN_FEATURES>,
    wanted: &Wanted,
    origin: Origin,
) -> Result<ModelExplanation, NoSuchLevel> {
    let target = target!(RiskLevel, wanted);
    let risk = predictor.predict(&row.features, Explain::Full);
    let lower = || RiskLevel::ALL.get((risk.level as usize).checked_sub(1)?).copied();
    let counterfactual = target.or_else(lower).and_then(|level| {
        Counterfactual::new(level.as_str(), &predictor.what_would_lower(&row.features, level))
    });
    let explanation = ModelExplanation {
        value: Some(risk.probability),
        label: Some(risk.level.as_str().to_owned()),
        counterfactual,
        interactions: wanted
            .interactions
            .then(|| Interactions::new(ModelKind::Churn, &predictor.interactions(&row.features))),
        missing_features: names(&risk.missing_features),
        warnings: warnings(&risk.warnings),
        ..ModelExplanation::new(row.contact, origin)
    };
    Ok(explanation.because(risk.reasons.as_ref()))
}

/// Everything about a send's probability of a reply.
///
/// # Errors
/// When the target is no level of the kind.
pub fn explain_engagement(
    predictor: &EngagementPredictor<'_>,
    row: Row<ENGAGEMENT_FEATURES>,
    wanted: &Wanted,
    origin: Origin,
) -> Result<ModelExplanation, NoSuchLevel> {
    let target = target!(EngagementLevel, wanted);
    let empty = ModelExplanation::new(row.contact, origin);
    let score = match predictor.predict(&row.features, row.consent, Explain::Full) {
        Scored::Suppressed(why) => {
            return Ok(ModelExplanation { suppressed: Some(why), ..empty });
        }
        Scored::Score(score) => score,
    };
    let higher = || EngagementLevel::ALL.get(score.level as usize + 1).copied();
    let counterfactual = target.or_else(higher).and_then(|level| {
        Counterfactual::new(level.as_str(), &predictor.what_would_reach(&row.features, level))
    });
    let explanation = ModelExplanation {
        value: Some(score.probability),
        label: Some(score.level.as_str().to_owned()),
        counterfactual,
        interactions: wanted.interactions.then(|| {
            Interactions::new(ModelKind::Engagement, &predictor.interactions(&row.features))
        }),
        missing_features: names(&score.missing_features),
        warnings: warnings(&score.warnings),
        ..empty
    };
    Ok(explanation.because(score.reasons.as_ref()))
}
