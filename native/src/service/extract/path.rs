//! Parts of the path. What is not of the form that a part has is not there: 404.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use chatsignal_api::error::ErrorCode;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::id::ContactId;

use crate::service::contact_id;
use crate::service::error::ApiError;

/// `{model}`: one of the kinds that score contacts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ModelPath(pub(crate) ModelKind);

/// `{version}`: the text of a version.
#[derive(Clone, Debug)]
pub(crate) struct VersionPath(pub(crate) String);

/// `{job_id}`: the identity of a job.
#[derive(Clone, Debug)]
pub(crate) struct JobPath(pub(crate) String);

/// `{contact_id}`: one of our ids. The id that a source gave may be a phone number, which has no
/// business in a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContactPath(pub(crate) ContactId);

/// `{channel_id}`: what `chatsignal channels create` gave.
#[derive(Clone, Debug)]
pub(crate) struct ChannelPath(pub(crate) String);

/// `{name}` of a page about the service.
#[derive(Clone, Debug)]
pub(crate) struct PagePath(pub(crate) String);

/// Longest text of a version.
const VERSION_CHARS_MAX: usize = 32;

async fn part(parts: &mut Parts, name: &str) -> Option<String> {
    let found = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    found.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

fn none(what: &str) -> ApiError {
    ApiError::new(ErrorCode::NotFound).detail(what)
}

impl<S: Sync> FromRequestParts<S> for ModelPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let kind = part(parts, "model").await.and_then(|name| ModelKind::from_name(&name));
        let kind = kind.filter(|kind| ModelKind::TRAINED.contains(kind));
        kind.map(Self).ok_or_else(|| none("models are lead, churn and engagement"))
    }
}

impl<S: Sync> FromRequestParts<S> for VersionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let text = part(parts, "version").await.filter(|text| text.len() <= VERSION_CHARS_MAX);
        text.map(Self).ok_or_else(|| none("there is no such version"))
    }
}

impl<S: Sync> FromRequestParts<S> for ChannelPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let id = part(parts, "channel_id").await;
        id.map(Self).ok_or_else(|| none("there is no such channel"))
    }
}

impl<S: Sync> FromRequestParts<S> for PagePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let name = part(parts, "name").await;
        name.map(Self).ok_or_else(|| none("there is no such page"))
    }
}

impl<S: Sync> FromRequestParts<S> for JobPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let id = part(parts, "job_id").await.filter(|id| crate::store::jobs::is_id(id));
        id.map(Self).ok_or_else(|| none("there is no such job"))
    }
}

impl<S: Sync> FromRequestParts<S> for ContactPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let id = part(parts, "contact_id").await.and_then(|text| text.parse().ok());
        let id = id.filter(|id| *id != ContactId::BUSINESS);
        id.map(Self).ok_or_else(contact_id::not_found)
    }
}
