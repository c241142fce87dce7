//! Model files that a command names, and tables for them.

use std::fs;
use std::path::Path;

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_interop::is_by_position;

use super::exit::Exit;
use crate::table::{Matcher, TableError, TableReader};

/// Reads a model file.
pub(crate) fn read(path: &Path) -> anyhow::Result<ModelArtifact> {
    let model = path.display();
    let bytes = fs::read(path)
        .map_err(|error| Exit::NotFound.error(format!("{model}: can't be read ({error})")))?;
    ModelArtifact::decode(&bytes).map_err(|error| Exit::BadData.error(format!("{model}: {error}")))
}

/// Opens a table of rows for a model: columns by name, or in order where the model has no names.
pub(crate) fn open_table(
    path: &Path,
    artifact: &ModelArtifact,
) -> Result<(TableReader, Matcher), TableError> {
    if is_by_position(artifact) {
        let reader = TableReader::open_in_order(path)?;
        let matcher = Matcher::in_order(&reader, &artifact.schema, artifact.rounding())?;
        return Ok((reader, matcher));
    }
    let reader = TableReader::open(path)?;
    let matcher = Matcher::new(&reader, &artifact.schema, artifact.rounding())?;
    Ok((reader, matcher))
}
