//! Everything that touches the machine: store, files, clock, command line.
#![forbid(unsafe_code)]

pub mod cli;
pub mod demo;
pub mod fit;
pub mod import;
pub mod memory;
pub mod monitoring;
pub mod registry;
pub mod scoring;
#[cfg(feature = "service")]
pub mod service;
pub mod shadow;
pub mod source;
pub mod store;
pub mod table;
pub mod timezone;
pub mod training;

/// The allocator of the program. A request allocates some fifty times: with glibc's that took a sixth of
/// the service's processor time.
pub use mimalloc::MiMalloc as Allocator;
