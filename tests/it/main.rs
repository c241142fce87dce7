//! Integration tests: one binary, one module a subject.

mod api;
mod api_engines;
mod artifact_compat;
mod cdnow;
mod cli;
mod demo;
mod deploy;
mod docs;
mod experiment;
mod explanations;
mod export_to_score;
mod feature_oracle;
mod features;
mod features_cli;
mod fit;
mod import;
mod import_kill;
mod import_sql;
mod ingest;
mod interop;
mod registry;
mod registry_kill;
mod score;
mod service;
mod store_faults;

#[global_allocator]
static ALLOCATOR: chatsignal_tests::peak::Counting = chatsignal_tests::peak::Counting;
