//! Model files of other libraries: bytes in, a checked model out (and back). `no_std` with
//! `alloc`: the same readers run on the command line and in the browser.
//!
//! What a reader does not support it refuses by name; it never guesses. Every count and size is
//! held against the input before anything is reserved: memory stays below 8 times the file plus
//! 1 MiB.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod arrange;
mod checked;
mod column;
mod error;
mod foreign;
mod format;
mod imported;
mod json;
mod lightgbm;
mod name;
mod number;
mod onnx;
mod sklearn;
mod threshold;
mod ubj;
pub mod xgboost;

pub use error::ImportError;
pub use format::Format;
pub use imported::{BY_POSITION, Imported, Options, TreeChoice, is_by_position};

/// Largest model file that is read, bytes.
pub const MODEL_BYTES_MAX: usize = 256 << 20;

/// Reads a model file of another library.
///
/// # Errors
/// The format that is not known, the feature that is not supported, or the first thing that is
/// wrong, with its place.
pub fn import(bytes: &[u8], options: &Options) -> Result<Imported, ImportError> {
    if bytes.len() > MODEL_BYTES_MAX {
        return Err(ImportError::TooLarge { bytes: bytes.len() });
    }
    if let Some(refusal) = foreign::refusal(bytes) {
        return Err(refusal);
    }
    let format = options.format.or_else(|| Format::detect(bytes)).ok_or(ImportError::Unknown)?;
    if options.trees != TreeChoice::All && !format.has_iterations() {
        let found = alloc::format!("a choice among the trees of a file of {}", format.as_str());
        return Err(ImportError::unsupported("trees", found));
    }
    match format {
        Format::XgboostJson | Format::XgboostUbj => xgboost::read(bytes, format, options),
        Format::Lightgbm => lightgbm::read(bytes, options),
        Format::Sklearn => sklearn::read(bytes),
        Format::Onnx => onnx::read(bytes),
    }
}
