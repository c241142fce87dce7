//! `cargo xtask docs`: writes the pages that are printed from the code.

use std::fs;

use anyhow::{Context, Result};

use crate::features_doc::features_markdown;
use crate::step::root;

/// Writes every page.
pub fn run() -> Result<()> {
    let path = root().join("docs/FEATURES.md");
    fs::write(&path, features_markdown()).with_context(|| format!("writing {}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}
