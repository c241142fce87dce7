//! `cargo xtask docs`: writes the pages that are printed from the code.

use std::fs;

use anyhow::{Context, Result};

use crate::catalogue_ts::catalogue_typescript;
use crate::features_doc::features_markdown;
use crate::scoring_doc::scoring_markdown;
use crate::step::root;

/// Writes every page.
pub fn run() -> Result<()> {
    let pages = [
        ("docs/FEATURES.md", features_markdown()),
        ("docs/SCORING.md", scoring_markdown()),
        ("wasm/js/src/catalogue.ts", catalogue_typescript()),
    ];
    for (name, page) in pages {
        let path = root().join(name);
        fs::write(&path, page).with_context(|| format!("writing {}", path.display()))?;
        println!("wrote {}", path.display());
    }
    Ok(())
}
