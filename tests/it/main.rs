//! Integration tests: one binary, one module a subject.

mod registry;
mod registry_kill;
