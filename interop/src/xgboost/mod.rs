//! XGBoost: `Booster.save_model` in JSON and UBJSON, versions 1.6 to 3.x.
//!
//! What it computes, and we do to the bit: rows are f32; a row goes left where `x < t`, right
//! where a category is listed; leaves (times the tree's weight, for DART) are added up in f32, in
//! order of the trees, from the margin of `base_score` on.

mod assemble;
mod categories;
mod choice;
mod export;
mod forest;
mod linear;
mod logf;
mod node;
mod objective;
mod schema;

pub use export::{ExportError, Exported, export};

use crate::{Format, ImportError, Imported, Options, json, ubj};

/// Reads a model.
pub(crate) fn read(
    bytes: &[u8],
    format: Format,
    options: &Options,
) -> Result<Imported, ImportError> {
    let document = match format {
        Format::XgboostUbj => ubj::from_slice(bytes).map_err(|error| {
            let at = error.at.unwrap_or_default();
            ImportError::malformed(alloc::format!("byte {at}"), error.reason)
        })?,
        _ => json::from_slice(bytes)?,
    };
    assemble::assemble(document, format, options, bytes.len())
}
