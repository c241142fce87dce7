//! Chat exports and webhooks to explained scores, in a page or in Node: conversion between
//! JavaScript and the crates `ingest`, `core` and `scoring`.
//!
//! A module of its own, so that a page that only scores rows does not load it. Questions and
//! answers are the wire types of the HTTP service as JSON: an answer given here has the values that
//! the service gives for the same events and model. The log lies in the memory of the module and
//! nowhere else.
#![forbid(unsafe_code)]

mod answer;
mod contact;
mod fault;
mod features;
mod log;
mod model;
mod people;
mod read;
mod schema;
mod zone;

pub use contact::Contact;
pub use log::EventLog;
pub use model::AnswerModel;
pub use read::export_authors;
pub use schema::feature_schema;
pub use zone::ZoneSource;
