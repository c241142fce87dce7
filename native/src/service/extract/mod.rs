//! What routes take from a request.

pub(crate) mod body;
mod checked;
mod fields;
mod form;
mod items;
mod json;
mod model_file;
mod multipart;
mod path;
pub(crate) mod query;
mod trickle;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

pub(crate) use checked::{CheckedJson, CheckedJsonOrForm, CheckedUpload};
pub(crate) use fields::Fields;
pub(crate) use items::items;
pub(crate) use json::{RawJson, read_json};
pub(crate) use model_file::ModelFile;
pub(crate) use path::{ChannelPath, ContactPath, JobPath, ModelPath, PagePath, VersionPath};
pub(crate) use query::{NoQuery, Query};

use super::admission::Place;
use super::auth::Caller;
use super::error::ApiError;
use super::identity::RequestId;
use super::middleware::guard::Passed;

/// Takes what a middleware put among the extensions.
macro_rules! from_extension {
    ($name:ty, $extension:ty, $pick:expr) => {
        impl<S: Sync> FromRequestParts<S> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
                let found = parts.extensions.get::<$extension>().map($pick);
                found.ok_or_else(|| ApiError::internal(concat!(stringify!($name), " is not there")))
            }
        }
    };
}

from_extension!(Caller, Passed, |passed| passed.caller.clone());
from_extension!(Place, Passed, |passed| passed.place.clone());
from_extension!(RequestId, RequestId, |id| *id);
