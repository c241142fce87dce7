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

/// The allocator of the program: with glibc's a score by HTTP takes a tenth more of the processor
/// (docs/DESIGN.md).
pub use mimalloc::MiMalloc as Allocator;
