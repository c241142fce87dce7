//! From a request about one contact to its answer. No HTTP here: the routes read and write.

mod churn;
mod compute;
mod engagement;
mod events;
mod explain;
mod features;
mod importance;
mod infer;
mod input;
mod lead;
mod row;
mod send_time;

use std::sync::Arc;

use chatsignal_api::error::ErrorCode;
use chatsignal_api::prediction::{Explain, Origin};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::TimestampMs;
use chatsignal_scoring::FieldFault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub(crate) use compute::compute;
pub(crate) use explain::{Explained, Wanted};
pub(crate) use importance::importance;
pub(crate) use infer::{AnyModel, infer, optional_outputs, outputs};

use super::database::LazyStore;
use super::error::ApiError;
use super::identity::RequestId;
use super::live::Touched;
use super::models::{Model, Models};
use super::tenants::TenantState;
use crate::registry::Served;
use crate::scoring;
use crate::store::settings::Settings;

/// A request whose events are still text.
pub(crate) type Event = Box<RawValue>;

/// What an answer needs beside its request and its model.
pub(crate) struct Scene<'a> {
    /// Whose contact.
    pub(crate) tenant: &'a Arc<TenantState>,
    /// Contacts that are scored again in the background.
    pub(crate) touched: &'a Touched,
    /// The tenant's settings.
    pub(crate) settings: &'a Settings,
    /// The clock.
    pub(crate) now: TimestampMs,
    /// How much to explain.
    pub(crate) explain: Explain,
    /// The request.
    pub(crate) request_id: &'a RequestId,
    /// The log; none where the request does not need it.
    pub(crate) store: Option<&'a LazyStore>,
    /// Most events of one request.
    pub(crate) events_max: usize,
    /// JSON pointer of the request inside its body.
    pub(crate) at: &'a str,
}

impl Scene<'_> {
    /// Model, instant and place of an answer.
    fn origin(&self, served: &Served, as_of: TimestampMs) -> Origin {
        let origin = scoring::origin(served, as_of);
        Origin { request_id: Some(self.request_id.to_string()), ..origin }
    }

    /// The error of a field that breaks a rule.
    fn fault(&self, fault: &FieldFault) -> ApiError {
        ApiError::new(ErrorCode::InvalidField).at(self.pointer(&fault.field), &*fault.rule)
    }

    /// Pointer of a field of the request.
    fn pointer(&self, field: &str) -> String {
        format!("{}/{field}", self.at)
    }
}

/// A question about one contact.
pub(crate) trait Ask: DeserializeOwned + Send + 'static {
    /// Its answer.
    type Answer: Serialize + Send + 'static;
    /// The model that knows it.
    type Model: Model + Send + Sync + 'static;
    /// The list of a batch.
    const ITEMS: &'static str;

    /// The contact's id, where the request has one.
    fn id(&self) -> Option<&str>;
    /// Whether the features are given: then neither log nor much time is needed.
    fn has_features(&self) -> bool;
    /// The model in use.
    fn model(models: &Models) -> Result<Arc<Self::Model>, ApiError>;
    /// The answer.
    fn answer(self, model: &Self::Model, scene: &Scene<'_>) -> Result<Self::Answer, ApiError>;
    /// The word by which a batch counts the answer.
    fn label(answer: &Self::Answer) -> &'static str;
}

/// The name of a kind of model in metrics.
pub(crate) fn kind_of<A: Ask>() -> ModelKind {
    A::Model::KIND
}
