//! Pages that are printed from the code are what the code prints.

use std::fs;
use std::path::Path;

#[path = "../../xtask/src/catalogue_ts.rs"]
mod catalogue_ts;
#[path = "../../xtask/src/features_doc.rs"]
mod features_doc;
#[path = "../../xtask/src/scoring_doc.rs"]
mod scoring_doc;

fn assert_printed(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let page = fs::read_to_string(path).expect(name);
    assert!(page == printed, "{name} differs from the code: run `cargo xtask docs`");
}

#[test]
fn the_feature_page_is_what_the_catalogues_print() {
    assert_printed("docs/FEATURES.md", &features_doc::features_markdown());
}

#[test]
fn the_scoring_page_is_what_the_rules_print() {
    assert_printed("docs/SCORING.md", &scoring_doc::scoring_markdown());
}

#[test]
fn the_catalogue_of_the_npm_package_is_what_the_catalogues_print() {
    assert_printed("wasm/js/src/catalogue.ts", &catalogue_ts::catalogue_typescript());
}
