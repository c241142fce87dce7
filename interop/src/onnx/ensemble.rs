//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor`.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::limits;
use chatsignal_core::model::{Aggregation, Tree};

use super::graph::{Node, shortened};
use crate::ImportError;
use crate::arrange::{Budget, Order, add_up_covers, pruned};
use crate::threshold::at_most;

/// The attributes that both kinds have.
const COMMON: [&str; 11] = [
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_values",
    "nodes_modes",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
    "nodes_hitrates",
    "base_values",
    "post_transform",
];

/// What a node compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Leaf,
    /// `x <= value`.
    AtMost,
    /// `x < value`.
    Below,
    /// `x >= value`.
    AtLeast,
    /// `x > value`.
    Above,
}

/// One node of the lists.
#[derive(Clone, Copy, Debug)]
struct Row {
    tree: u32,
    id: u32,
    feature: u32,
    value: f32,
    yes: u32,
    no: u32,
    hitrate: f32,
    mode: Mode,
    missing_is_true: bool,
    /// Whether it is the first one of its tree in the lists.
    first: bool,
}

/// What a leaf adds to an output.
#[derive(Clone, Copy, Debug)]
struct Weight {
    tree: u32,
    output: u32,
    id: u32,
    weight: f32,
}

/// The trees of every output.
#[derive(Debug)]
pub(super) struct Ensemble {
    pub(super) outputs: Vec<Vec<Tree>>,
    /// One number per output, or fewer, as the file has them.
    pub(super) base: Vec<f64>,
    pub(super) aggregation: Aggregation,
    /// Whether an output has a weight of its own.
    pub(super) weighted: Vec<bool>,
    /// Whether the last output has a weight at every leaf of some tree, and so whatever the row.
    pub(super) last_always: bool,
    /// The largest number of a feature.
    pub(super) last_feature: usize,
    /// Whether hit rates served as covers.
    pub(super) covered: bool,
}

impl Ensemble {
    /// Reads a node. `weights` is the first word of the attributes of the leaves' weights; further
    /// attributes are in `others`.
    pub(super) fn read(
        node: &Node<'_>,
        weights: &str,
        outputs: usize,
        others: &[&str],
        bytes: usize,
    ) -> Result<Self, ImportError> {
        let lists =
            ["treeids", "nodeids", "ids", "weights"].map(|list| format!("{weights}_{list}"));
        let mut known: Vec<&str> = COMMON.to_vec();
        known.extend(lists.iter().map(|list| list.as_str()));
        known.extend(others);
        node.only(&known)?;
        let aggregation = match node.text("aggregate_function")? {
            None | Some("SUM") => Aggregation::Sum,
            Some("AVERAGE") => Aggregation::Mean,
            Some(other) => {
                return Err(ImportError::unsupported("aggregate_function", shortened(other)));
            }
        };
        let mut base = Vec::new();
        for value in node.floats("base_values")? {
            if base.len() == outputs {
                return Err(node.fault("base_values", "more than there are outputs"));
            }
            base.push(f64::from(value?));
        }
        let mut rows = rows(node)?;
        rows.sort_unstable_by_key(|row| (row.tree, row.id));
        let mut weights = self::weights(node, &lists, outputs)?;
        weights.sort_unstable_by_key(|weight| (weight.tree, weight.output, weight.id));
        let splits = rows.iter().filter(|row| row.mode != Mode::Leaf);
        let mut ensemble = Self {
            outputs: (0..outputs).map(|_| Vec::new()).collect(),
            base,
            aggregation,
            weighted: vec![false; outputs],
            last_always: false,
            last_feature: splits.map(|row| row.feature as usize).max().unwrap_or(0),
            covered: true,
        };
        // The order of a tree, its shape and what pruning needs: below 64 bytes a node.
        let trees = rows.chunk_by(|a, b| a.tree == b.tree);
        let largest = trees.map(<[Row]>::len).max().unwrap_or(0);
        let used = size_of_val(&rows[..]) + size_of_val(&weights[..]) + 64 * largest;
        let mut budget = Budget::beside(bytes, used);
        ensemble
            .reserve(&rows, &weights, &mut budget)
            .then_some(())
            .ok_or_else(|| too_many(node))?;
        let mut weights = &weights[..];
        for tree in rows.chunk_by(|a, b| a.tree == b.tree) {
            let number = tree[0].tree;
            let end = weights.partition_point(|weight| weight.tree <= number);
            let (own, rest) = weights.split_at(end);
            weights = rest;
            ensemble.push(node, tree, own, &mut budget)?;
        }
        if weights.is_empty() { Ok(ensemble) } else { Err(node.fault(&lists[0], "no such tree")) }
    }

    /// Makes room for the trees of every output; false when that is too much.
    fn reserve(&mut self, rows: &[Row], weights: &[Weight], budget: &mut Budget) -> bool {
        let all = rows.chunk_by(|a, b| a.tree == b.tree).count();
        let mut counts = vec![0; self.outputs.len()];
        match self.aggregation {
            Aggregation::Mean => counts.fill(all),
            Aggregation::Sum => weights
                .chunk_by(|a, b| (a.tree, a.output) == (b.tree, b.output))
                .for_each(|own| counts[own[0].output as usize] += 1),
        }
        self.outputs.iter_mut().zip(counts).all(|(trees, count)| {
            let fits = budget.takes_bytes(count * size_of::<Tree>());
            if fits {
                trees.reserve_exact(count);
            }
            fits
        })
    }

    /// Adds one tree to the outputs to which it has something to say.
    fn push(
        &mut self,
        node: &Node<'_>,
        rows: &[Row],
        weights: &[Weight],
        budget: &mut Budget,
    ) -> Result<(), ImportError> {
        let number = rows[0].tree;
        let (order, mut tree) = shape(node, rows)?;
        let hitrates = tree.cover[0];
        let near = |sum: f64| (sum - hitrates).abs() <= 1e-3 * hitrates;
        if !(add_up_covers(&mut tree) && near(tree.cover[0])) {
            tree.cover.fill(-1.0);
            self.covered &= add_up_covers(&mut tree);
        }
        let several = self.outputs.len() > 1;
        let mut taken = |tree: Tree| {
            let fits = budget.takes_nodes(&tree);
            fits.then_some(tree).ok_or_else(|| too_many(node))
        };
        let mut filled = Vec::new();
        for own in weights.chunk_by(|a, b| a.output == b.output) {
            for weight in own {
                let at = rows.binary_search_by_key(&weight.id, |row| row.id).ok();
                let Some(at) = at.filter(|&at| rows[at].mode == Mode::Leaf) else {
                    let place = format!("weights of tree {number}, node {}", weight.id);
                    return Err(node.fault(&place, "no such leaf"));
                };
                tree.leaf_value[order.new[at] as usize] += f64::from(weight.weight);
            }
            let output = own[0].output as usize;
            if output + 1 == self.outputs.len() {
                let leaves = rows.iter().filter(|row| row.mode == Mode::Leaf).count();
                self.last_always |= own.chunk_by(|a, b| a.id == b.id).count() == leaves;
            }
            let small = if several { pruned(&tree) } else { core::mem::take(&mut tree) };
            filled.push((output, taken(small)?));
            tree.leaf_value.fill(0.0);
        }
        for (output, tree) in filled {
            self.weighted[output] = true;
            self.outputs[output].push(tree);
        }
        // A mean counts the trees that say nothing, too.
        if self.aggregation == Aggregation::Mean {
            let spoken: Vec<usize> = weights
                .chunk_by(|a, b| a.output == b.output)
                .map(|own| own[0].output as usize)
                .collect();
            for (output, trees) in self.outputs.iter_mut().enumerate() {
                if spoken.binary_search(&output).is_err() {
                    let mut nothing = Tree::with_capacity(1);
                    nothing.push_leaf(0.0, 1.0);
                    trees.push(taken(nothing)?);
                }
            }
        }
        Ok(())
    }
}

/// More than the memory that a file of this size may take.
fn too_many(node: &Node<'_>) -> ImportError {
    node.fault("nodes_treeids", "too many trees or classes for a file of this size")
}

/// The nodes of one tree in our order, leaves without values.
fn shape(node: &Node<'_>, rows: &[Row]) -> Result<(Order, Tree), ImportError> {
    let number = rows[0].tree;
    let place = |id: u32, attribute: &str| format!("{attribute} of tree {number}, node {id}");
    if rows.len() > limits::TREE_NODES_MAX {
        return Err(node.fault("nodes_nodeids", "a tree of more than 1048576 nodes"));
    }
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(node.fault(&place(pair[0].id, "nodes_nodeids"), "is there twice"));
    }
    // Nodes that are not there get a number that no node has.
    let find = |id: u32| rows.binary_search_by_key(&id, |row| row.id).unwrap_or(usize::MAX);
    let children = |at: usize| {
        let row = rows[at];
        match row.mode {
            Mode::Leaf => None,
            Mode::AtMost | Mode::Below => Some([find(row.yes), find(row.no)]),
            Mode::AtLeast | Mode::Above => Some([find(row.no), find(row.yes)]),
        }
    };
    let mut root = vec![true; rows.len()];
    for child in (0..rows.len()).filter_map(children).flatten() {
        if let Some(is_root) = root.get_mut(child) {
            *is_root = false;
        }
    }
    let root = root.iter().position(|is_root| *is_root).ok_or_else(|| {
        node.fault(&place(rows[0].id, "nodes_nodeids"), "every node has a parent: a cycle")
    })?;
    // Which node is the root is not said; onnxruntime takes the first one of the lists.
    if !rows[root].first {
        let found = format!("a root that is not the first node of tree {number}");
        return Err(ImportError::unsupported("nodes_nodeids", found));
    }
    let order = Order::of(rows.len(), root, children).map_err(|fault| {
        node.fault(&place(rows[fault.node].id, "nodes_truenodeids"), fault.reason)
    })?;
    let mut tree = Tree::with_capacity(rows.len());
    for &old in &order.old {
        let row = rows[old as usize];
        let at = tree.push_leaf(0.0, f64::from(row.hitrate)) as usize;
        let Some([left, right]) = children(old as usize) else { continue };
        (tree.left[at], tree.right[at]) = (order.new[left], order.new[right]);
        tree.split_feature[at] = row.feature;
        if row.value.is_nan() {
            return Err(node.fault(&place(row.id, "nodes_values"), "must be a number"));
        }
        let strict = matches!(row.mode, Mode::Below | Mode::AtLeast);
        tree.threshold[at] = if strict { row.value } else { at_most(f64::from(row.value)) };
        let true_is_left = matches!(row.mode, Mode::AtMost | Mode::Below);
        // A comparison with NaN is false.
        tree.default_left[at] = row.missing_is_true == true_is_left;
    }
    Ok((order, tree))
}

/// The lists of nodes.
fn rows(node: &Node<'_>) -> Result<Vec<Row>, ImportError> {
    let count = node.texts("nodes_modes")?.count();
    let integers = |name: &'static str| -> Result<_, ImportError> {
        let list = node.integers(name)?;
        if list.clone().count() != count {
            return Err(node.fault(name, "must have one entry for each of nodes_modes"));
        }
        Ok(list.map(move |value| {
            u32::try_from(value?).map_err(|_| node.fault(name, "a number below 0 or too large"))
        }))
    };
    let or_zeros = |name: &'static str| -> Result<bool, ImportError> {
        match (node.floats(name)?.count(), node.integers(name)?.count()) {
            (0, 0) => Ok(false),
            (n, m) if n + m == count => Ok(true),
            _ => Err(node.fault(name, "must have one entry for each of nodes_modes")),
        }
    };
    let (mut trees, mut ids) = (integers("nodes_treeids")?, integers("nodes_nodeids")?);
    let (mut yes, mut no) = (integers("nodes_truenodeids")?, integers("nodes_falsenodeids")?);
    let mut features = integers("nodes_featureids")?;
    let mut values = node.floats("nodes_values")?;
    let mut hitrates = node.floats("nodes_hitrates")?;
    let mut missing = node.integers("nodes_missing_value_tracks_true")?;
    let (has_values, has_hitrates) = (or_zeros("nodes_values")?, or_zeros("nodes_hitrates")?);
    let has_missing = or_zeros("nodes_missing_value_tracks_true")?;
    if !has_values && count > 0 {
        return Err(node.fault("nodes_values", "must have one entry for each of nodes_modes"));
    }
    let short = || node.fault("nodes_modes", "a list that is too short");
    let mut rows: Vec<Row> = Vec::with_capacity(count);
    for mode in node.texts("nodes_modes")? {
        let tree = trees.next().ok_or_else(short)??;
        rows.push(Row {
            tree,
            first: rows.last().is_none_or(|last| last.tree != tree),
            id: ids.next().ok_or_else(short)??,
            feature: features.next().ok_or_else(short)??,
            value: values.next().ok_or_else(short)??,
            yes: yes.next().ok_or_else(short)??,
            no: no.next().ok_or_else(short)??,
            hitrate: if has_hitrates { hitrates.next().ok_or_else(short)?? } else { -1.0 },
            mode: self::mode(mode?)?,
            missing_is_true: has_missing && missing.next().ok_or_else(short)?? != 0,
        });
    }
    if rows.is_empty() { Err(node.fault("nodes_modes", "must not be empty")) } else { Ok(rows) }
}

fn mode(name: &str) -> Result<Mode, ImportError> {
    match name {
        "LEAF" => Ok(Mode::Leaf),
        "BRANCH_LEQ" => Ok(Mode::AtMost),
        "BRANCH_LT" => Ok(Mode::Below),
        "BRANCH_GTE" => Ok(Mode::AtLeast),
        "BRANCH_GT" => Ok(Mode::Above),
        other => Err(ImportError::unsupported("nodes_modes", shortened(other))),
    }
}

/// The lists of weights.
fn weights(
    node: &Node<'_>,
    lists: &[String; 4],
    outputs: usize,
) -> Result<Vec<Weight>, ImportError> {
    let [trees, ids, targets, weights] = lists;
    let count = node.floats(weights)?.count();
    let list = |name| -> Result<_, ImportError> {
        let list = node.integers(name)?;
        if list.clone().count() != count {
            return Err(node.fault(name, "must have one entry for each weight"));
        }
        Ok(list.map(move |value| {
            u32::try_from(value?).map_err(|_| node.fault(name, "a number below 0 or too large"))
        }))
    };
    let entries = node.floats(weights)?.zip(list(trees)?).zip(list(ids)?).zip(list(targets)?);
    let mut all = Vec::with_capacity(count);
    for (((weight, tree), id), output) in entries {
        let (weight, tree, id, output) = (weight?, tree?, id?, output?);
        if output as usize >= outputs {
            return Err(node.fault(targets, "no such output"));
        }
        if !weight.is_finite() {
            return Err(node.fault(weights, "must be finite"));
        }
        all.push(Weight { tree, output, id, weight });
    }
    Ok(all)
}
