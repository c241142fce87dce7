//! The HTTP service: `chatsignal serve`.
//!
//! ```text
//! socket -> listener (caps, header deadline) -> middleware::edge (identity, hosts, origins, headers,
//! time limit, metrics) -> middleware::guard (key, scope, rate, bulkhead) -> routes -> predict
//! ```
//!
//! A request is refused as early as it can be: before its body is read where key, rate or load
//! say no. Every answer that is not a success is one of the codes of [`chatsignal_api::error`].

mod admission;
mod auth;
mod channels;
mod clock;
pub mod config;
mod contact_id;
mod dashboard;
mod database;
mod erasures;
mod error;
mod error_form;
mod event_stream;
mod extract;
mod idempotency;
mod identity;
mod ingest;
mod jobs;
#[cfg(test)]
mod kept_log;
mod listener;
mod live;
mod log_buffer;
mod log_lines;
mod metrics;
mod middleware;
mod models;
mod monitoring;
mod openapi;
mod predict;
mod rate;
mod router;
mod routes;
mod run;
mod settings;
mod stall;
mod state;
mod telemetry;
mod tenants;
mod trace;
mod writer;

pub use auth::Scope;
pub use config::Config;
pub use error::ServeError;
pub use openapi::document;
pub use router::router;
pub use run::{Server, serve, serve_with};
pub use state::AppState;
