//! Everything about one prediction.

use chatsignal_api::churn::ChurnRequest;
use chatsignal_api::engagement::EngagementRequest;
use chatsignal_api::error::ErrorCode;
use chatsignal_api::explain::ModelExplanation;
use chatsignal_api::lead::LeadRequest;
use chatsignal_scoring::{NoSuchLevel, explain_churn, explain_engagement, explain_lead};

pub(crate) use chatsignal_scoring::Wanted;

use super::row::AskRow;
use super::{Ask, Event, Scene, churn, kind_of, lead};
use crate::service::error::ApiError;
use crate::service::models::{ChurnModel, EngagementModel, LeadModel, Model};

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

/// A target that is none of the levels.
fn no_level(fault: NoSuchLevel) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameter).detail(fault.to_string())
}

macro_rules! explained {
    ($($request:ident $model:ident $explain:ident $($check:path)?;)+) => {$(
        impl Explained for $request<Event> {
            fn explanation(
                self,
                model: &$model,
                wanted: &Wanted,
                scene: &Scene<'_>,
            ) -> Result<ModelExplanation, ApiError> {
                wanted.check(kind_of::<Self>()).map_err(no_level)?;
                $($check(&self, model, scene)?;)?
                let row = self.row(model, scene)?;
                let origin = scene.origin(model.served(), row.as_of);
                $explain(model.scorer(), row.into(), wanted, origin).map_err(no_level)
            }
        }
    )+};
}

/// As [`lead::check_previous`], for which the model plays no part.
fn check_lead(
    request: &LeadRequest<Event>,
    _model: &LeadModel,
    scene: &Scene<'_>,
) -> Result<(), ApiError> {
    lead::check_previous(request, scene)
}

explained! {
    LeadRequest LeadModel explain_lead check_lead;
    ChurnRequest ChurnModel explain_churn churn::check_horizon;
    EngagementRequest EngagementModel explain_engagement;
}
