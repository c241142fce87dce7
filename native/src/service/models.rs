//! The models of one tenant, replaced while requests are in flight: a request keeps the model that
//! it began with.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use chatsignal_api::error::ErrorCode;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::score::{
    ChurnPredictor, Cutoffs, EngagementPredictor, LeadScorer, ScorerError,
};
use self_cell::self_cell;

use super::error::ApiError;
use super::metrics::Metrics;
use crate::registry::{Aliases, ModelRegistry, RegistryError, Served};
use crate::store::settings::Settings;

self_cell!(
    /// A lead model with its scorer.
    pub(crate) struct LeadModel {
        owner: Served,
        #[covariant]
        dependent: LeadScorer,
    }
);

self_cell!(
    /// A churn model with its predictor.
    pub(crate) struct ChurnModel {
        owner: Served,
        #[covariant]
        dependent: ChurnPredictor,
    }
);

self_cell!(
    /// An engagement model with its predictor.
    pub(crate) struct EngagementModel {
        owner: Served,
        #[covariant]
        dependent: EngagementPredictor,
    }
);

/// A model that a slot can hold.
pub(crate) trait Model: Sized {
    /// Its kind.
    const KIND: ModelKind;
    /// Makes the scorer, whose levels begin at `cutoffs`, or where the model says.
    fn prepare(served: Served, cutoffs: Option<&Cutoffs>) -> Result<Self, ScorerError>;
    /// The model with its version.
    fn served(&self) -> &Served;
}

macro_rules! model {
    ($name:ident, $kind:ident, $scorer:ident) => {
        impl Model for $name {
            const KIND: ModelKind = ModelKind::$kind;

            fn prepare(served: Served, cutoffs: Option<&Cutoffs>) -> Result<Self, ScorerError> {
                Self::try_new(served, |served| {
                    $scorer::new(&served.artifact)?.with_cutoffs(cutoffs)
                })
            }

            fn served(&self) -> &Served {
                self.borrow_owner()
            }
        }

        impl $name {
            /// The scorer.
            pub(crate) fn scorer(&self) -> &$scorer<'_> {
                self.borrow_dependent()
            }
        }
    };
}

model!(LeadModel, Lead, LeadScorer);
model!(ChurnModel, Churn, ChurnPredictor);
model!(EngagementModel, Engagement, EngagementPredictor);

/// How long a caller should wait for a model: the registry is looked over again and again.
const RETRY: Duration = Duration::from_secs(1);

/// The place of one model.
pub(crate) struct Slot<M> {
    model: ArcSwapOption<M>,
    /// The aliases by which it was chosen and the team's cut-offs; none before the first look.
    seen: Mutex<Option<(Aliases, Option<Cutoffs>)>>,
}

/// The answer where a model is needed and none can score.
pub(crate) fn unavailable(kind: ModelKind) -> ApiError {
    let kind = kind.as_str();
    ApiError::new(ErrorCode::ModelUnavailable)
        .detail(format!("no {kind} model can score: see the log of the service"))
        .retry_after(RETRY)
}

impl<M> Default for Slot<M> {
    fn default() -> Self {
        Self { model: ArcSwapOption::empty(), seen: Mutex::default() }
    }
}

impl<M: Model> Slot<M> {
    /// The model that scores now.
    pub(crate) fn get(&self) -> Result<Arc<M>, ApiError> {
        self.model.load_full().ok_or_else(|| unavailable(M::KIND))
    }

    /// Takes the champion of the registry, where it or the team's cut-offs are not those of the last
    /// look. What cannot be loaded leaves the model in place that was there.
    fn refresh(
        &self,
        registry: &ModelRegistry,
        tenant: &str,
        settings: &Settings,
        metrics: &Metrics,
    ) -> Result<(), RegistryError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // A damaged file of aliases is for `champion` to deal with.
        let aliases = registry.aliases(tenant, M::KIND).unwrap_or_default();
        let cutoffs = settings.cutoffs(M::KIND);
        let same = |(known, chosen): &(Aliases, Option<Cutoffs>)| {
            *known == aliases && chosen.as_ref() == cutoffs
        };
        if seen.as_ref().is_some_and(same) {
            return Ok(());
        }
        let served = registry.champion(tenant, M::KIND)?;
        for warning in &served.warnings {
            tracing::warn!(%warning, "registry of models");
        }
        let (kind, version) = (M::KIND.as_str(), served.version);
        match M::prepare(served, cutoffs) {
            Ok(model) => {
                tracing::info!(kind, %version, "model loaded");
                if self.model.swap(Some(Arc::new(model))).is_some() {
                    metrics.swapped(kind);
                }
            }
            Err(error) => tracing::error!(kind, %version, %error, "the model can't score"),
        }
        *seen = Some((aliases, cutoffs.cloned()));
        Ok(())
    }
}

/// The three models of one tenant.
#[derive(Default)]
pub(crate) struct Models {
    pub(crate) lead: Slot<LeadModel>,
    pub(crate) churn: Slot<ChurnModel>,
    pub(crate) engagement: Slot<EngagementModel>,
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Models")
    }
}

impl Models {
    /// Version and state of the model of a kind that scores now; `none`, `unavailable` when none can.
    pub(crate) fn serving(&self, kind: ModelKind) -> (String, &'static str) {
        fn of<M: Model>(slot: &Slot<M>) -> Option<(String, &'static str)> {
            let model = slot.get().ok()?;
            let served = model.served();
            Some((served.version.to_string(), served.artifact.state.as_str()))
        }
        let found = match kind {
            ModelKind::Lead => of(&self.lead),
            ModelKind::Churn => of(&self.churn),
            ModelKind::Engagement => of(&self.engagement),
            ModelKind::Custom => None,
        };
        found.unwrap_or_else(|| ("none".to_owned(), "unavailable"))
    }

    /// Looks the registry over for other champions, and the settings for other cut-offs.
    pub(crate) fn refresh(
        &self,
        registry: &ModelRegistry,
        tenant: &str,
        settings: &Settings,
        metrics: &Metrics,
    ) {
        let outcomes = [
            self.lead.refresh(registry, tenant, settings, metrics),
            self.churn.refresh(registry, tenant, settings, metrics),
            self.engagement.refresh(registry, tenant, settings, metrics),
        ];
        for error in outcomes.into_iter().filter_map(Result::err) {
            tracing::error!(%error, "the registry of models can't be read");
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn a_place_without_a_model_says_when_to_come_again() {
        let Err(error) = Slot::<LeadModel>::default().get() else { panic!("there is no model") };
        let response = error.into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }
}
