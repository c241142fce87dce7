//! The one row of features that a question is about, whichever way it was asked.

use chatsignal_api::churn::ChurnRequest;
use chatsignal_api::engagement::EngagementRequest;
use chatsignal_api::lead::LeadRequest;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::Consent;
use chatsignal_core::feature::{
    CHURN_FEATURES, ENGAGEMENT_FEATURES, EngagementRaw, FeatureVector, LEAD_FEATURES,
};
use chatsignal_core::time::TimestampMs;

use super::engagement::sending;
use super::input::{Input, Ways, choose};
use super::{Ask, Event, Scene, features};
use crate::service::error::ApiError;
use crate::timezone::Zone;

/// A row with what must be known beside it.
pub(super) struct Row<const N: usize> {
    /// The contact, where one was named.
    pub(super) contact: Option<String>,
    pub(super) features: FeatureVector<N>,
    pub(super) consent: Consent,
    /// The instant that it speaks about.
    pub(super) as_of: TimestampMs,
}

impl<const N: usize> From<Row<N>> for chatsignal_scoring::Row<N> {
    fn from(row: Row<N>) -> Self {
        Self { contact: row.contact, features: row.features, consent: row.consent }
    }
}

/// A question about one row of `N` features.
pub(super) trait AskRow<const N: usize>: Ask {
    /// The row.
    fn row(self, model: &Self::Model, scene: &Scene<'_>) -> Result<Row<N>, ApiError>;
}

macro_rules! plain_rows {
    ($($request:ident $id:ident $features:ident $kind:ident;)+) => {$(
        impl AskRow<$features> for $request<Event> {
            fn row(
                self,
                model: &Self::Model,
                scene: &Scene<'_>,
            ) -> Result<Row<$features>, ApiError> {
                let given_at = self.as_of.map_or(scene.now, |at| at.0);
                let ways = Ways {
                    id_field: stringify!($id),
                    id: self.$id.as_deref(),
                    features: self.features,
                    events: self.events,
                    as_of: self.as_of,
                };
                Ok(match choose(ways, scene)? {
                    Input::Features(given) => Row {
                        contact: self.$id,
                        features: features::vector(ModelKind::$kind, &given, scene)?,
                        consent: Consent::default(),
                        as_of: given_at,
                    },
                    Input::History(history) => {
                        let subject = history.subject();
                        Row {
                            contact: self.$id.or_else(|| Some(subject.contact.to_string())),
                            features: model.scorer().features(&subject.state, subject.as_of),
                            consent: subject.state.consent(),
                            as_of: subject.as_of,
                        }
                    }
                })
            }
        }
    )+};
}

plain_rows! {
    LeadRequest lead_id LEAD_FEATURES Lead;
    ChurnRequest customer_id CHURN_FEATURES Churn;
}

impl AskRow<ENGAGEMENT_FEATURES> for EngagementRequest<Event> {
    fn row(
        self,
        model: &Self::Model,
        scene: &Scene<'_>,
    ) -> Result<Row<ENGAGEMENT_FEATURES>, ApiError> {
        let sending = sending(&self, scene)?;
        let ways = Ways {
            id_field: "contact_id",
            id: self.contact_id.as_deref(),
            features: self.features,
            events: self.events,
            as_of: self.as_of,
        };
        Ok(match choose(ways, scene)? {
            Input::Features(given) => Row {
                contact: self.contact_id,
                features: features::vector(ModelKind::Engagement, &given, scene)?,
                consent: Consent::default(),
                as_of: sending.as_of,
            },
            Input::History(history) => {
                let subject = history.subject();
                let raw = EngagementRaw::extract(&subject.state, sending.as_of);
                let candidate = sending.candidate(&subject, &Zone(&scene.settings.timezone));
                Row {
                    contact: self.contact_id.or_else(|| Some(subject.contact.to_string())),
                    features: model.scorer().features(&raw, &candidate),
                    consent: subject.state.consent(),
                    as_of: sending.as_of,
                }
            }
        })
    }
}
