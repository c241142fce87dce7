//! Everything about one prediction: all contributions, what would have changed it, interactions.

use chatsignal_api::churn::ChurnRequest;
use chatsignal_api::engagement::EngagementRequest;
use chatsignal_api::error::ErrorCode;
use chatsignal_api::explain::{Interactions, ModelExplanation};
use chatsignal_api::lead::LeadRequest;
use chatsignal_api::prediction::{Counterfactual, names, warnings};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::score::{EngagementLevel, Explain, LeadOptions, RiskLevel, Scored, Tier};

use super::row::AskRow;
use super::{Ask, Event, Scene, churn, lead};
use crate::service::error::ApiError;
use crate::service::models::{ChurnModel, EngagementModel, LeadModel, Model};

/// What is wanted beside the contributions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// The tier or level to reach; the next better one when left out.
    pub(crate) target: Option<String>,
    /// Whether to give interaction values.
    pub(crate) interactions: bool,
}

/// A question whose prediction can be explained in full.
pub(crate) trait Explained: Ask {
    /// The explanation.
    fn explanation(
        self,
        model: &Self::Model,
        wanted: &Wanted,
        scene: &Scene<'_>,
    ) -> Result<ModelExplanation, ApiError>;
}

/// The words of a kind's levels, for a target that is none of them.
fn no_level<'w>(words: impl Iterator<Item = &'w str>) -> ApiError {
    let words: Vec<&str> = words.collect();
    ApiError::new(ErrorCode::InvalidParameter)
        .detail(format!("target is one of {}", words.join(", ")))
}

macro_rules! target {
    ($level:ident, $wanted:expr) => {
        match $wanted.target.as_deref() {
            None => None,
            Some(name) => Some(
                $level::from_name(name)
                    .ok_or_else(|| no_level($level::ALL.iter().map(|level| level.as_str())))?,
            ),
        }
    };
}

impl Explained for LeadRequest<Event> {
    fn explanation(
        self,
        model: &LeadModel,
        wanted: &Wanted,
        scene: &Scene<'_>,
    ) -> Result<ModelExplanation, ApiError> {
        let target = target!(Tier, wanted);
        lead::check_previous(&self, scene)?;
        let row = self.row(model, scene)?;
        let scorer = model.scorer();
        let options = LeadOptions { consent: row.consent, previous: None, explain: Explain::Full };
        let empty = ModelExplanation::new(row.contact, scene.origin(model.served(), row.as_of));
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
}

impl Explained for ChurnRequest<Event> {
    fn explanation(
        self,
        model: &ChurnModel,
        wanted: &Wanted,
        scene: &Scene<'_>,
    ) -> Result<ModelExplanation, ApiError> {
        let target = target!(RiskLevel, wanted);
        churn::check_horizon(&self, model, scene)?;
        let row = self.row(model, scene)?;
        let predictor = model.scorer();
        let risk = predictor.predict(&row.features, Explain::Full);
        let lower = || RiskLevel::ALL.get((risk.level as usize).checked_sub(1)?).copied();
        let counterfactual = target.or_else(lower).and_then(|level| {
            Counterfactual::new(level.as_str(), &predictor.what_would_lower(&row.features, level))
        });
        let explanation = ModelExplanation {
            value: Some(risk.probability),
            label: Some(risk.level.as_str().to_owned()),
            counterfactual,
            interactions: wanted.interactions.then(|| {
                Interactions::new(ModelKind::Churn, &predictor.interactions(&row.features))
            }),
            missing_features: names(&risk.missing_features),
            warnings: warnings(&risk.warnings),
            ..ModelExplanation::new(row.contact, scene.origin(model.served(), row.as_of))
        };
        Ok(explanation.because(risk.reasons.as_ref()))
    }
}

impl Explained for EngagementRequest<Event> {
    fn explanation(
        self,
        model: &EngagementModel,
        wanted: &Wanted,
        scene: &Scene<'_>,
    ) -> Result<ModelExplanation, ApiError> {
        let target = target!(EngagementLevel, wanted);
        let row = self.row(model, scene)?;
        let predictor = model.scorer();
        let empty = ModelExplanation::new(row.contact, scene.origin(model.served(), row.as_of));
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
}
