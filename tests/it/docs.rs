//! Pages that are printed from the code are what the code prints.

use std::fs;
use std::path::Path;

#[path = "../../xtask/src/features_doc.rs"]
mod features_doc;

#[test]
fn the_feature_page_is_what_the_catalogues_print() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FEATURES.md");
    let page = fs::read_to_string(path).expect("docs/FEATURES.md");
    assert!(
        page == features_doc::features_markdown(),
        "docs/FEATURES.md differs from the catalogues: run `cargo xtask docs`"
    );
}
