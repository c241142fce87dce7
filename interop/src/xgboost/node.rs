//! A tree of the document, and its nodes in our order.

use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::limits;
use chatsignal_core::model::{ModelError, Tree};
use serde::Deserialize;

use crate::ImportError;
use crate::number::{List, Num};

/// Left child of a leaf in the file.
const NONE: i32 = -1;
/// A node that no walk from the root reaches.
const UNREACHED: u32 = u32::MAX;

/// A tree as the file has it: one entry per node, those of deleted nodes included.
#[derive(Deserialize)]
pub(super) struct RawTree {
    id: Option<Num<u32>>,
    #[serde(default)]
    tree_param: TreeParam,
    left_children: List<i32>,
    right_children: List<i32>,
    split_indices: List<u32>,
    /// The threshold at a split, the value at a leaf.
    split_conditions: List<f32>,
    default_left: List<u8>,
    /// Cover. Trees of several outputs have none before 3.2.
    #[serde(default)]
    sum_hessian: List<f32>,
    /// 1 at splits by category.
    #[serde(default)]
    split_type: List<u8>,
    #[serde(default)]
    categories: List<i32>,
    #[serde(default)]
    categories_nodes: List<u32>,
    #[serde(default)]
    categories_segments: List<u32>,
    #[serde(default)]
    categories_sizes: List<u32>,
    /// Values of the leaves of a tree of several outputs, before 3.2: of every node.
    base_weights: Option<List<f32>>,
    /// The same, since 3.2: of the leaves alone, in their order.
    leaf_weights: Option<List<f32>>,
}

#[derive(Default, Deserialize)]
struct TreeParam {
    num_nodes: Option<Num<u32>>,
    size_leaf_vector: Option<Num<u32>>,
}

/// A tree of ours but for its category sets, which take more memory than the file has bytes for
/// and so are filled in later, within a budget.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Place of the tree in the model.
    pub(super) id: usize,
    /// The tree. At a split by category, `category_set` is the number of its codes.
    pub(super) tree: Tree,
    /// Codes of all sets, one set after the other.
    pub(super) codes: Vec<u16>,
    /// Where each set ends in `codes`.
    pub(super) ends: Vec<u32>,
    /// Values of the leaves of a tree of several outputs: all of the first leaf (in order of
    /// nodes), then of the second, ...; empty for a tree of one output.
    pub(super) leaf_outputs: Vec<f32>,
    /// How many outputs the tree has.
    pub(super) outputs: usize,
}

/// A broken rule at a node.
fn fault(field: &'static str, rule: &'static str) -> ModelError {
    ModelError::new(field, rule)
}

impl RawTree {
    /// Turns the tree into ours. `number` is its place in the list of trees.
    pub(super) fn parse(self, number: usize) -> Result<Parsed, ImportError> {
        let id = self.id.map_or(number, |id| id.0 as usize);
        self.convert(id).map_err(|error| match error {
            ImportError::Rule(error) => ImportError::Rule(error.in_tree(number)),
            other => other,
        })
    }

    fn convert(mut self, id: usize) -> Result<Parsed, ImportError> {
        let nodes = self.check_lengths()?;
        let order = self.order()?;
        let outputs = self.tree_param.size_leaf_vector.map_or(1, |size| size.0.max(1) as usize);
        let leaf_outputs = if outputs > 1 { self.leaf_outputs(&order, outputs)? } else { vec![] };
        let (sets, codes, ends) = self.category_sets(nodes)?;
        let mut place = vec![UNREACHED; nodes];
        (0..).zip(&order).for_each(|(at, &node)| place[node as usize] = at);
        let mut tree = Tree::with_capacity(order.len());
        for &node in &order {
            let node = node as usize;
            let cover = self.sum_hessian.0.get(node).map_or(0.0, |&cover| f64::from(cover));
            let (left, right) = (self.left_children.0[node], self.right_children.0[node]);
            if left == NONE {
                let value = if outputs > 1 { 0.0 } else { self.split_conditions.0[node] };
                tree.push_leaf(f64::from(value), cover);
                continue;
            }
            let at = tree.push_leaf(0.0, cover) as usize;
            let set = sets.get(node).copied().unwrap_or(0);
            let listed = self.split_type.0.get(node).is_some_and(|&kind| kind != 0);
            if listed != (set != 0) {
                let rule = "a split by category, and no other, has a list of categories";
                return Err(fault("split_type", rule).at(node).into());
            }
            // XGBoost sends the listed categories right, we send them left.
            let children = if listed { (right, left) } else { (left, right) };
            tree.left[at] = place[children.0 as usize];
            tree.right[at] = place[children.1 as usize];
            tree.default_left[at] = (self.default_left.0[node] != 0) != listed;
            tree.split_feature[at] = self.split_indices.0[node];
            tree.category_set[at] = set;
            tree.threshold[at] = if listed { 0.0 } else { self.split_conditions.0[node] };
        }
        Ok(Parsed { id, tree, codes, ends, leaf_outputs, outputs })
    }

    /// Every array has one entry per node; the number of nodes.
    fn check_lengths(&self) -> Result<usize, ModelError> {
        let nodes = self.left_children.0.len();
        let said = self.tree_param.num_nodes.map_or(nodes, |said| said.0 as usize);
        if nodes == 0 || nodes > limits::TREE_NODES_MAX || said != nodes {
            return Err(fault("num_nodes", "must be 1 to 1048576, and as many as left_children"));
        }
        let optional = |length: usize| if length == 0 { nodes } else { length };
        let lengths = [
            ("right_children", self.right_children.0.len()),
            ("split_indices", self.split_indices.0.len()),
            ("split_conditions", self.split_conditions.0.len()),
            ("default_left", self.default_left.0.len()),
            ("sum_hessian", optional(self.sum_hessian.0.len())),
            ("split_type", optional(self.split_type.0.len())),
        ];
        match lengths.iter().find(|(_, length)| *length != nodes) {
            None => Ok(nodes),
            Some((field, _)) => Err(fault(field, "must have one entry per node")),
        }
    }

    /// The nodes that the root reaches, children after their parent: by number where the file has
    /// them so, else level by level. What is not reached was deleted.
    fn order(&self) -> Result<Vec<u32>, ModelError> {
        let (left, right) = (&self.left_children.0, &self.right_children.0);
        let mut reached = vec![false; left.len()];
        let mut order = Vec::with_capacity(left.len());
        order.push(0u32);
        reached[0] = true;
        let mut rising = true;
        let mut at = 0;
        while let Some(&node) = order.get(at) {
            at += 1;
            let here = node as usize;
            // A leaf of several outputs has its own number on the right.
            if left[here] == NONE {
                continue;
            }
            // XGBoost itself never looks at the right child's number: it walks to `left + 1`.
            if left[here].checked_add(1) != Some(right[here]) {
                let rule = "must be the left one + 1: XGBoost itself looks nowhere else";
                return Err(fault("right_children", rule).at(here));
            }
            for child in [left[here], right[here]] {
                let inside = usize::try_from(child).ok().filter(|&child| child < left.len());
                let Some(child) = inside else {
                    let rule = "a child must be a node of the tree";
                    return Err(fault("left_children/right_children", rule).at(here));
                };
                if reached[child] {
                    let rule = "a node must have one parent only";
                    return Err(fault("left_children/right_children", rule).at(here));
                }
                reached[child] = true;
                rising &= child > here;
                order.push(child as u32);
            }
        }
        if rising {
            order.sort_unstable();
        }
        Ok(order)
    }

    /// For every node the number of its set, counted from 1 (nothing where there is none at all),
    /// and the sets.
    #[expect(clippy::type_complexity, reason = "three lists that belong together once")]
    fn category_sets(
        &mut self,
        nodes: usize,
    ) -> Result<(Vec<u32>, Vec<u16>, Vec<u32>), ImportError> {
        let count = self.categories_nodes.0.len();
        if count != self.categories_segments.0.len() || count != self.categories_sizes.0.len() {
            let rule = "must have one entry for each of categories_nodes";
            return Err(fault("categories_segments/categories_sizes", rule).into());
        }
        if count == 0 && self.categories.0.is_empty() {
            return Ok((Vec::new(), Vec::new(), Vec::new()));
        }
        let mut sets = vec![0u32; nodes];
        let mut ends = Vec::with_capacity(count);
        let mut end = 0usize;
        for at in 0..count {
            let node = self.categories_nodes.0[at] as usize;
            let begin = self.categories_segments.0[at] as usize;
            let size = self.categories_sizes.0[at] as usize;
            if size == 0 || begin != end || size > self.categories.0.len() - end {
                let rule = "the lists must follow each other in categories, none empty";
                return Err(fault("categories_segments", rule).at(at).into());
            }
            end += size;
            match sets.get_mut(node) {
                Some(set) if *set == 0 => *set = at as u32 + 1,
                _ => {
                    let rule = "must be numbers of nodes, each once";
                    return Err(fault("categories_nodes", rule).at(at).into());
                }
            }
            ends.push(end as u32);
        }
        if end != self.categories.0.len() {
            return Err(fault("categories", "every one must belong to a list").into());
        }
        // The largest code stands for every category that no set lists.
        let known = 0..limits::CATEGORIES_MAX as i32 - 1;
        if let Some(code) = self.categories.0.iter().find(|code| !known.contains(*code)) {
            let found = alloc::format!("category {code} (codes 0 to 4094 are)");
            return Err(ImportError::unsupported("categories", found));
        }
        let codes = core::mem::take(&mut self.categories).0;
        Ok((sets, codes.into_iter().map(|code| code as u16).collect(), ends))
    }

    /// The values of all leaves, leaf by leaf in the order of our nodes.
    fn leaf_outputs(&self, order: &[u32], outputs: usize) -> Result<Vec<f32>, ModelError> {
        let by_leaf = self.leaf_weights.as_ref();
        let (field, values) = match (by_leaf, &self.base_weights) {
            (Some(weights), _) => ("leaf_weights", &weights.0),
            (None, Some(weights)) => ("base_weights", &weights.0),
            (None, None) => return Err(fault("leaf_weights", "is missing")),
        };
        let mut out = Vec::with_capacity(values.len());
        for &node in order {
            let node = node as usize;
            if self.left_children.0[node] != NONE {
                continue;
            }
            let leaf = match by_leaf {
                Some(_) => usize::try_from(self.right_children.0[node]).ok(),
                None => Some(node),
            };
            let begin = leaf.and_then(|leaf| leaf.checked_mul(outputs));
            let of_leaf = begin.and_then(|begin| values.get(begin..begin.checked_add(outputs)?));
            // Leaves that share their values would take more than the file has.
            let fits = out.len() + outputs <= values.len();
            let Some(of_leaf) = of_leaf.filter(|_| fits) else {
                return Err(fault(field, "must hold one value of each output per leaf").at(node));
            };
            out.extend_from_slice(of_leaf);
        }
        Ok(out)
    }
}
