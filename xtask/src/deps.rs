//! `cargo xtask check-deps`: the table "who may import whom" of docs/ARCHITECTURE.md, held.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::step::cargo;

/// The crates of ours that each crate may use in its shipped code (not in its tests).
const MAY_USE: &[(&str, &[&str])] = &[
    ("chatsignal-core", &[]),
    ("chatsignal-ingest", &["chatsignal-core"]),
    ("chatsignal-interop", &["chatsignal-core"]),
    ("chatsignal-api", &["chatsignal-core"]),
    ("chatsignal-scoring", &["chatsignal-core", "chatsignal-api", "chatsignal-ingest"]),
    ("chatsignal-simd", &["chatsignal-core"]),
    ("chatsignal-train", &["chatsignal-core", "chatsignal-simd"]),
    ("chatsignal-wasm", &["chatsignal-core"]),
    ("chatsignal-wasm-advice", &["chatsignal-core"]),
    ("chatsignal-wasm-train", &["chatsignal-core", "chatsignal-ingest", "chatsignal-train"]),
    (
        "chatsignal-wasm-ingest",
        &["chatsignal-core", "chatsignal-api", "chatsignal-ingest", "chatsignal-scoring"],
    ),
    ("chatsignal-edge", &["chatsignal-core", "chatsignal-api", "chatsignal-ingest"]),
    (
        "chatsignal-native",
        &[
            "chatsignal-core",
            "chatsignal-api",
            "chatsignal-ingest",
            "chatsignal-interop",
            "chatsignal-scoring",
            "chatsignal-simd",
            "chatsignal-train",
        ],
    ),
];

/// Crates of others that a crate may use in its shipped code, where that is a closed list.
const MAY_USE_OTHERS: &[(&str, &[&str])] = &[
    // proptest: behind the feature `testing`, for generators that other crates' tests share
    ("chatsignal-core", &["libm", "serde", "xxhash-rust", "proptest"]),
    // utoipa: behind the feature `openapi`, for the description of the service
    ("chatsignal-api", &["serde", "utoipa"]),
    ("chatsignal-interop", &["serde", "serde_json"]),
    (
        "chatsignal-train",
        &[
            "gbdt",
            "linfa",
            "linfa-logistic",
            "ndarray",
            "rand_chacha",
            "rayon",
            "serde",
            "serde_json",
            "thiserror",
        ],
    ),
    ("chatsignal-scoring", &[]),
    ("chatsignal-simd", &[]),
    // serde: behind the feature of that name, for those who use the crate without the npm package
    ("chatsignal-wasm", &["wasm-bindgen", "lol_alloc", "serde", "serde-wasm-bindgen"]),
    ("chatsignal-wasm-advice", &["wasm-bindgen", "self_cell"]),
    ("chatsignal-wasm-train", &["serde_json", "wasm-bindgen"]),
    ("chatsignal-wasm-ingest", &["wasm-bindgen", "serde", "serde_json", "self_cell"]),
];

/// Most packages that the core may stand on, itself not counted.
const CORE_PACKAGES_MAX: usize = 15;

/// Checks the rules against `cargo metadata`.
pub fn run() -> Result<()> {
    let output = cargo(["metadata", "--format-version", "1", "--no-deps"]).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let mut faults = Vec::new();
    let used = shipped_dependencies(&metadata)?;
    for (package, allowed) in MAY_USE {
        let Some(dependencies) = used.get(*package) else {
            faults.push(format!("{package} is gone: mend the table in xtask/src/deps.rs"));
            continue;
        };
        for name in dependencies.iter().filter(|d| d.starts_with("chatsignal-")) {
            if !allowed.contains(&name.as_str()) {
                faults.push(format!("{package} must not use {name}"));
            }
        }
    }
    for (package, allowed) in MAY_USE_OTHERS {
        for name in used.get(*package).into_iter().flatten() {
            if !name.starts_with("chatsignal-") && !allowed.contains(&name.as_str()) {
                faults.push(format!("{package} must not use {name}"));
            }
        }
    }
    let core = core_packages()?;
    if core.len() > CORE_PACKAGES_MAX {
        faults.push(format!("the core stands on {} packages: {core:?}", core.len()));
    }
    if !faults.is_empty() {
        bail!("dependency rules broken:\n  {}", faults.join("\n  "));
    }
    println!("dependency rules hold; the core stands on {} packages", core.len());
    Ok(())
}

fn shipped_dependencies(metadata: &Value) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let packages = metadata["packages"].as_array().context("metadata without packages")?;
    let mut used = BTreeMap::new();
    for package in packages {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let shipped = dependencies
            .filter(|d| d["kind"].is_null())
            .filter_map(|d| d["name"].as_str().map(str::to_owned))
            .collect();
        used.insert(package["name"].as_str().unwrap_or_default().to_owned(), shipped);
    }
    Ok(used)
}

/// Names of all packages below the core with the features that ship.
fn core_packages() -> Result<BTreeSet<String>> {
    let output = cargo([
        "tree",
        "-p",
        "chatsignal-core",
        "--features",
        "serde",
        "-e",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ])
    .output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "chatsignal-core")
        .map(str::to_owned)
        .collect())
}
