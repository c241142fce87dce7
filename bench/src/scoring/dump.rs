//! Reads the trees that `rivals/scoring/dump.py` wrote.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use chatsignal_core::model::{Aggregation, Dialect, Tree, TreeEnsemble};
use serde::Deserialize;

use super::FEATURES;

#[derive(Deserialize)]
struct Dump {
    base_score: f64,
    /// Leaves are f32 numbers (the text between may have moved them by a bit of f64).
    f32: bool,
    trees: Vec<Arrays>,
}

/// One tree; -1 is no child.
#[derive(Deserialize)]
struct Arrays {
    feature: Vec<u32>,
    threshold: Vec<f64>,
    default_left: Vec<bool>,
    left: Vec<i64>,
    right: Vec<i64>,
    leaf: Vec<f64>,
    cover: Vec<f64>,
}

/// An ensemble with sums in f64.
///
/// # Errors
/// A file that cannot be read, or trees that are not sound.
pub fn read(path: &Path) -> Result<TreeEnsemble> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let dump: Dump = serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
    let trees =
        dump.trees.into_iter().map(|arrays| tree(arrays, dump.f32)).collect::<Result<_>>()?;
    let ensemble = TreeEnsemble {
        trees,
        base_score: dump.base_score,
        aggregation: Aggregation::Sum,
        n_features: FEATURES,
        dialect: Dialect::default(),
    };
    ensemble.check().with_context(|| path.display().to_string())?;
    Ok(ensemble)
}

fn tree(arrays: Arrays, f32_leaves: bool) -> Result<Tree> {
    let nodes = arrays.left.len();
    let lengths = [arrays.feature.len(), arrays.threshold.len(), arrays.default_left.len()];
    let more = [arrays.right.len(), arrays.leaf.len(), arrays.cover.len()];
    ensure!(lengths.iter().chain(&more).all(|n| *n == nodes), "arrays of unequal length");
    let mut tree = Tree::with_capacity(nodes);
    for i in 0..nodes {
        let leaf = arrays.leaf[i];
        tree.push_leaf(if f32_leaves { f64::from(leaf as f32) } else { leaf }, arrays.cover[i]);
        if let (Ok(left), Ok(right)) = (arrays.left[i].try_into(), arrays.right[i].try_into()) {
            (tree.left[i], tree.right[i]) = (left, right);
            tree.split_feature[i] = arrays.feature[i];
            tree.threshold[i] = arrays.threshold[i] as f32;
            tree.default_left[i] = arrays.default_left[i];
        }
    }
    Ok(tree)
}
