//! Trees as XGBoost has them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::model::{Aggregation, CategorySet, Tree, TreeEnsemble};

use super::ExportError;
use super::writer::{list, number, object, quoted};

/// Parent of the root.
const NO_PARENT: i64 = 2_147_483_647;

/// Where the starting margins go: a common one into the base score, others into trees of one leaf,
/// the first of each output. Both start the same sum.
pub(super) struct Margins {
    pub(super) base: Option<f32>,
    /// A leaf of each output, or nothing.
    leaves: Vec<f32>,
}

impl Margins {
    pub(super) fn new(base: Option<f32>, bases: &[f32]) -> Self {
        let leaves = if base.is_some() || bases.iter().all(|&base| base == 0.0) {
            Vec::new()
        } else {
            bases.into()
        };
        Self { base, leaves }
    }
}

/// The booster of an ensemble for each output: iteration by iteration one tree of each.
pub(super) fn booster(
    ensembles: &[&TreeEnsemble],
    margins: &Margins,
) -> Result<String, ExportError> {
    let features = ensembles.first().map_or(0, |ensemble| ensemble.n_features);
    let (mut trees, mut info, mut ends) = (Vec::new(), Vec::new(), vec!["0".to_string()]);
    if !margins.leaves.is_empty() {
        for (output, &leaf) in margins.leaves.iter().enumerate() {
            let mut tree = Tree::default();
            tree.push_leaf(f64::from(leaf), 0.0);
            trees.push(document(&tree, trees.len(), features, 1.0)?);
            info.push(output.to_string());
        }
        ends.push(trees.len().to_string());
    }
    let rounds = ensembles.iter().map(|ensemble| ensemble.trees.len()).max().unwrap_or(0);
    for round in 0..rounds {
        for (output, ensemble) in ensembles.iter().enumerate() {
            let Some(tree) = ensemble.trees.get(round) else { continue };
            let share = match ensemble.aggregation {
                Aggregation::Sum => 1.0,
                Aggregation::Mean => ensemble.trees.len() as f64,
            };
            trees.push(document(tree, trees.len(), features, share)?);
            info.push(output.to_string());
        }
        ends.push(trees.len().to_string());
    }
    let param = object([
        ("num_parallel_tree", quoted("1")),
        ("num_trees", quoted(&trees.len().to_string())),
    ]);
    let model = object([
        ("gbtree_model_param", param),
        ("iteration_indptr", list(ends)),
        ("tree_info", list(info)),
        ("trees", list(trees)),
    ]);
    Ok(object([("model", model), ("name", quoted("gbtree"))]))
}

/// How one of our splits is written.
struct Split {
    left: u32,
    right: u32,
    default_left: bool,
    threshold: f32,
    /// Codes that go right; empty at a split by number.
    codes: Vec<usize>,
}

impl Split {
    fn of(tree: &Tree, node: usize) -> Self {
        let (left, right) = (tree.left[node], tree.right[node]);
        let default_left = tree.default_left[node];
        let number = |left, right, default_left, threshold| Self {
            left,
            right,
            default_left,
            threshold,
            codes: Vec::new(),
        };
        let Some(set) = (tree.category_set[node] as usize).checked_sub(1) else {
            return number(left, right, default_left, tree.threshold[node]);
        };
        let codes = codes(&tree.category_sets[set]);
        // Listed categories go right at XGBoost, which has no empty lists: every code is below the
        // largest number.
        let threshold = if codes.is_empty() { f32::MAX } else { 0.0 };
        Self { codes, ..number(right, left, !default_left, threshold) }
    }
}

fn codes(set: &CategorySet) -> Vec<usize> {
    (0..64 * set.words.len()).filter(|&code| set.contains(code)).collect()
}

/// The nodes as XGBoost numbers them: a split's children side by side, as rows that do not go left
/// walk to `left + 1`. Gives the splits in that order, with the new numbers of their children, and
/// the old number of each node.
fn numbered(tree: &Tree) -> (Vec<Option<Split>>, Vec<usize>) {
    let mut order = vec![0];
    let mut splits = Vec::with_capacity(tree.len());
    while let Some(&node) = order.get(splits.len()) {
        splits.push((!tree.is_leaf(node)).then(|| {
            let split = Split::of(tree, node);
            let left = order.len() as u32;
            order.extend([split.left as usize, split.right as usize]);
            Split { left, right: left + 1, ..split }
        }));
    }
    (splits, order)
}

/// One tree; leaves are divided by `share`.
fn document(tree: &Tree, id: usize, features: usize, share: f64) -> Result<String, ExportError> {
    let (splits, order) = numbered(tree);
    let (splits, nodes) = (&splits[..], order.len());
    let mut parents = vec![NO_PARENT; nodes];
    let (mut values, mut codes) = (Vec::with_capacity(nodes), Vec::new());
    let (mut cat_nodes, mut segments, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for (node, split) in splits.iter().enumerate() {
        let Some(split) = split else {
            let leaf = (tree.leaf_value[order[node]] / share) as f32;
            if !leaf.is_finite() {
                let found =
                    format!("a leaf beyond what f32 holds (tree {id}, node {})", order[node]);
                return Err(ExportError::unsupported("leaf_value", found));
            }
            values.push(leaf);
            continue;
        };
        parents[split.left as usize] = node as i64;
        parents[split.right as usize] = node as i64;
        values.push(split.threshold);
        if !split.codes.is_empty() {
            cat_nodes.push(node.to_string());
            segments.push(codes.len().to_string());
            sizes.push(split.codes.len().to_string());
            codes.extend(split.codes.iter().map(ToString::to_string));
        }
    }
    let covers: Vec<f32> = order.iter().map(|&node| tree.cover[node] as f32).collect();
    if covers.iter().any(|cover| !cover.is_finite()) {
        return Err(ExportError::unsupported("cover", "a cover beyond what f32 holds"));
    }
    let of_nodes = |field: &dyn Fn(usize) -> String| list((0..nodes).map(field));
    let child = |child: Option<u32>| child.map_or(-1, i64::from).to_string();
    let flag = |flag: bool| u8::from(flag).to_string();
    let weight = |node: usize| if splits[node].is_none() { values[node] } else { 0.0 };
    let param = object([
        ("num_deleted", quoted("0")),
        ("num_feature", quoted(&features.to_string())),
        ("num_nodes", quoted(&nodes.to_string())),
        ("size_leaf_vector", quoted("1")),
    ]);
    Ok(object([
        ("base_weights", of_nodes(&|node| number(weight(node)))),
        ("categories", list(codes)),
        ("categories_nodes", list(cat_nodes)),
        ("categories_segments", list(segments)),
        ("categories_sizes", list(sizes)),
        (
            "default_left",
            of_nodes(&|node| flag(splits[node].as_ref().is_some_and(|s| s.default_left))),
        ),
        ("id", id.to_string()),
        ("left_children", of_nodes(&|node| child(splits[node].as_ref().map(|split| split.left)))),
        ("loss_changes", of_nodes(&|_| number(0.0))),
        ("parents", list(parents.iter().map(ToString::to_string))),
        ("right_children", of_nodes(&|node| child(splits[node].as_ref().map(|split| split.right)))),
        ("split_conditions", of_nodes(&|node| number(values[node]))),
        ("split_indices", of_nodes(&|node| tree.split_feature[order[node]].to_string())),
        (
            "split_type",
            of_nodes(&|node| flag(splits[node].as_ref().is_some_and(|s| !s.codes.is_empty()))),
        ),
        ("sum_hessian", list(covers.into_iter().map(number))),
        ("tree_param", param),
    ]))
}
