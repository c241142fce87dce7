//! Levels of the scores in lists, by the cut-offs that hold now: of the model in use, or the team's own.

use std::sync::Arc;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::score::{EngagementLevel, RiskLevel, Tier};

use crate::service::auth::Caller;
use crate::service::error::ApiError;
use crate::service::models::{ChurnModel, EngagementModel, LeadModel, Model};
use crate::service::state::AppState;
use crate::store::{Band, Latest};

/// The models whose scorers know where levels begin.
pub(super) struct Levels {
    lead: Option<Arc<LeadModel>>,
    churn: Option<Arc<ChurnModel>>,
    engagement: Option<Arc<EngagementModel>>,
}

impl Levels {
    /// Those of the caller's tenant.
    pub(super) async fn of(state: &AppState, caller: &Caller) -> Result<Self, ApiError> {
        let models = caller.tenant.models(&state.registry, &state.metrics).await?;
        Ok(Self {
            lead: models.lead.get().ok(),
            churn: models.churn.get().ok(),
            engagement: models.engagement.get().ok(),
        })
    }

    /// The score with the level that it has now. Without a model that can score, the level of then
    /// stays.
    pub(super) fn now(&self, kind: ModelKind, score: Latest) -> Latest {
        let level = match kind {
            ModelKind::Lead => {
                self.lead.as_ref().map(|model| model.scorer().tier_of(score.value).as_str())
            }
            ModelKind::Churn => {
                self.churn.as_ref().map(|model| model.scorer().level_of(score.value).as_str())
            }
            ModelKind::Engagement => {
                self.engagement.as_ref().map(|model| model.scorer().level_of(score.value).as_str())
            }
            ModelKind::Custom => None,
        };
        match level {
            Some(level) => Latest { label: level.to_owned(), ..score },
            None => score,
        }
    }

    /// The scores of a tier.
    pub(super) fn tier(&self, name: &str) -> Result<Option<Band>, ApiError> {
        let model = self.lead.as_ref().ok_or_else(no_model::<LeadModel>)?;
        Ok(band(Tier::ALL, Tier::from_name(name), |tier| model.scorer().floor_of(tier)))
    }

    /// The probabilities of a level of churn risk.
    pub(super) fn risk(&self, name: &str) -> Result<Option<Band>, ApiError> {
        let model = self.churn.as_ref().ok_or_else(no_model::<ChurnModel>)?;
        Ok(band(RiskLevel::ALL, RiskLevel::from_name(name), |level| model.scorer().floor_of(level)))
    }

    /// The probabilities of a level of engagement.
    pub(super) fn engagement(&self, name: &str) -> Result<Option<Band>, ApiError> {
        let model = self.engagement.as_ref().ok_or_else(no_model::<EngagementModel>)?;
        let level = EngagementLevel::from_name(name);
        Ok(band(EngagementLevel::ALL, level, |level| model.scorer().floor_of(level)))
    }
}

/// From where a level begins to where the next one does.
fn band<L: Copy + PartialEq>(
    all: &[L],
    level: Option<L>,
    floor: impl Fn(L) -> Option<f64>,
) -> Option<Band> {
    let level = level?;
    let at = all.iter().position(|one| *one == level)?;
    Some(Band { from: floor(level), below: all.get(at + 1).and_then(|next| floor(*next)) })
}

fn no_model<M: Model>() -> ApiError {
    crate::service::models::unavailable(M::KIND)
}
