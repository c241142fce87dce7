//! Wire types: the only types that cross a network or process border.
//!
//! Requests of our own refuse unknown fields (a typo is an error). Times are RFC 3339 in UTC,
//! probabilities 0 to 1, scores 0 to 100, field names snake_case. The same types are printed by
//! `chatsignal score --format json` and answered by the service.
#![cfg_attr(not(feature = "openapi"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod audio;
pub mod batch;
pub mod checked;
pub mod churn;
pub mod contacts;
pub mod engagement;
pub mod engine;
pub mod error;
pub mod event;
pub mod explain;
mod feature_values;
pub mod features;
pub mod feedback;
pub mod health;
pub mod importance;
pub mod inference;
pub mod ingest;
pub mod job;
pub mod language;
pub mod lead;
pub mod libretranslate;
pub mod model;
pub mod monitoring;
mod object;
pub mod openai;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod prediction;
pub mod registry;
pub mod send_time;
pub mod sentiment;
pub mod settings;
pub mod stream;
pub mod text;
pub mod time;
pub mod translation;
pub mod voice;
