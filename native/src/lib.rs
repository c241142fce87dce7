//! Everything that touches the machine: store, files, clock, command line.
#![forbid(unsafe_code)]

pub mod cli;
pub mod import;
pub mod registry;
pub mod store;
pub mod timezone;
