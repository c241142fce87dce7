//! From what went wrong to the answer: one code of the table, one body (RFC 9457).

use std::io;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::{ErrorCode, Problem};
use tokio::task::JoinError;

use super::config::ConfigErrors;
use crate::registry::RegistryError;
use crate::store::StoreError;

/// Most wrong fields that one answer names.
const FIELDS_MAX: usize = 50;
/// Longest pointer of an answer, characters.
const POINTER_CHARS_MAX: usize = 300;

/// An answer that is not a success. The inner cause is logged, not sent.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) problem: Box<Problem>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// An error with its fixed parts.
    pub(crate) fn new(code: ErrorCode) -> Self {
        Self { problem: Box::new(Problem::new(code)), headers: Vec::new() }
    }

    /// Says what happened this time.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.problem.detail = Some(detail.into());
        self
    }

    /// Names a wrong field. Names come from the caller: long ones are cut, and of many wrong
    /// fields the first are told.
    pub(crate) fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        if self.problem.errors.len() < FIELDS_MAX {
            let pointer = pointer.into().chars().take(POINTER_CHARS_MAX).collect::<String>();
            *self.problem = self.problem.at(pointer, detail);
        }
        self
    }

    /// Says when to try again, in whole seconds and at least one.
    pub(crate) fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Something is wrong on our side: the cause goes to the log only.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(ErrorCode::Internal)
    }

    /// A task of ours did not come to its end. The message of a panic may hold anything, so that the
    /// log gets none of it.
    pub(crate) fn task(fault: &JoinError) -> Self {
        tracing::error!(panicked = fault.is_panic(), task = %fault.id(), "a task did not end");
        Self::new(ErrorCode::Internal)
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), headers: Vec::new() }
    }
}

impl From<Box<Problem>> for ApiError {
    fn from(problem: Box<Problem>) -> Self {
        Self { problem, headers: Vec::new() }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoContact(_) | StoreError::NoTenant { .. } => {
                Self::new(ErrorCode::NotFound).detail("there is nothing under this id")
            }
            StoreError::Setting { name, rule } => {
                Self::new(ErrorCode::InvalidField).at(format!("/{name}"), rule)
            }
            StoreError::DiskFull => {
                tracing::error!("the disk is full");
                Self::new(ErrorCode::StorageFull)
            }
            error @ (StoreError::Busy
            | StoreError::ReadOnly
            | StoreError::NoDatabase { .. }
            | StoreError::Disk(_)) => {
                tracing::error!(%error, "the store is out of reach");
                Self::new(ErrorCode::StoreUnavailable).retry_after(Duration::from_secs(1))
            }
            error => Self::internal(error),
        }
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::NoVersion { .. } | RegistryError::NoFile { .. } => {
                Self::new(ErrorCode::NotFound).detail("there is no such version or file")
            }
            error => {
                tracing::error!(%error, "the registry of models");
                Self::new(ErrorCode::ModelUnavailable).retry_after(Duration::from_secs(1))
            }
        }
    }
}

/// The problem travels beside the answer, so that the outermost middleware can add instance and
/// request id before it is written.
#[derive(Clone, Debug)]
pub(crate) struct PendingProblem(pub(crate) Box<Problem>);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = status(&self.problem).into_response();
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        if self.problem.code == ErrorCode::Unauthorized {
            let challenge = HeaderValue::from_static("Bearer realm=\"chatsignal\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(PendingProblem(self.problem));
        response
    }
}

/// The status of a problem.
pub(crate) fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Why the service could not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The registry of models.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The address.
    #[error("{address}: can't be listened on ({cause})")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        cause: io::Error,
    },
    /// A public address without keys.
    #[error(
        "{address} can be reached from outside and there are no API keys: \
         make one with `chatsignal keys create --scope score`, or listen on 127.0.0.1"
    )]
    PublicWithoutKeys {
        /// The address.
        address: std::net::SocketAddr,
    },
    /// The collector of traces.
    #[error("otlp_endpoint: nothing can be sent ({0})")]
    Collector(#[from] reqwest::Error),
    /// The log filter.
    #[error("log: {0}")]
    Log(String),
    /// The system gave no threads or signals.
    #[error("the service can't run: {0}")]
    System(#[from] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::kept_log::KeptLog;

    #[test]
    fn the_message_of_a_panic_is_in_no_line() {
        let kept = KeptLog::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let error = tracing::subscriber::with_default(log, || {
            runtime.block_on(async {
                let task = tokio::task::spawn_blocking(|| panic!("name of a person"));
                ApiError::task(&task.await.expect_err("it panicked"))
            })
        });
        assert_eq!(error.problem.code, ErrorCode::Internal);
        let text = kept.text();
        assert!(text.contains("panicked=true"), "{text}");
        assert!(!text.contains("name of a person"), "{text}");
    }
}
