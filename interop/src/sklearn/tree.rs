//! One tree of a document.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::limits;
use chatsignal_core::model::{CategorySet, Tree};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::ImportError;
use crate::arrange::{Order, add_up_covers};
use crate::column::{Column, Table};
use crate::threshold::{Thresholds, at_most};

/// Largest category code: HistGradientBoosting bins its inputs in bytes.
const CODE_MAX: usize = 255;

/// The arrays of a tree: one entry per node. A leaf has a `left` and `right` below 0.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dump {
    /// The output that it adds to; absent where the leaves hold a value for every class.
    pub(super) output: Option<usize>,
    left: Column<i32>,
    right: Column<i32>,
    feature: Column<i32>,
    threshold: Column<f64>,
    /// One number per node, or one per class.
    pub(super) value: Table,
    missing_go_to_left: Option<Column<Flag>>,
    cover: Option<Column<f64>>,
    /// The category codes that go left, at splits by category.
    category_left: Option<Column<Option<Vec<u16>>>>,
}

/// A truth value, or 0 and 1.
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Truth;
        impl Visitor<'_> for Truth {
            type Value = Flag;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("0, 1, true or false")
            }
            fn visit_bool<E>(self, truth: bool) -> Result<Flag, E> {
                Ok(Flag(truth))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Flag, E> {
                match number {
                    0 | 1 => Ok(Flag(number == 1)),
                    _ => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
                }
            }
        }
        deserializer.deserialize_any(Truth)
    }
}

/// A tree, its leaf values still to be filled in from the table.
pub(super) struct Shape {
    pub(super) tree: Tree,
    /// The values of the dump.
    values: Table,
    /// The node of the dump that each node was.
    old: Vec<u32>,
    /// Whether it had usable covers.
    pub(super) covered: bool,
}

impl Shape {
    /// The tree of one column of the values.
    pub(super) fn fill(&mut self, column: usize) {
        for node in 0..self.tree.len() {
            if self.tree.is_leaf(node) {
                self.tree.leaf_value[node] = self.values.get(self.old[node] as usize, column);
            }
        }
    }
}

impl Dump {
    /// The nodes in our order. `number` is that of the tree, for errors; `wide` takes in the
    /// thresholds of a model that compares in f64.
    pub(super) fn shape(
        self,
        number: usize,
        mut wide: Option<&mut Thresholds>,
    ) -> Result<Shape, ImportError> {
        let nodes = self.left.len();
        let path = |field: &str| in_tree(number, field);
        if !(1..=limits::TREE_NODES_MAX).contains(&nodes) {
            return Err(ImportError::malformed(path("left"), "must hold 1 to 1048576 nodes"));
        }
        for (field, length) in [
            ("right", self.right.len()),
            ("feature", self.feature.len()),
            ("threshold", self.threshold.len()),
            ("value", self.value.rows()),
            ("missing_go_to_left", self.missing_go_to_left.as_ref().map_or(nodes, Column::len)),
            ("cover", self.cover.as_ref().map_or(nodes, Column::len)),
            ("category_left", self.category_left.as_ref().map_or(nodes, Column::len)),
        ] {
            if length != nodes {
                return Err(ImportError::malformed(path(field), "must have one entry per node"));
            }
        }
        let order = Order::of(nodes, 0, |node| self.children(node)).map_err(|fault| {
            ImportError::malformed(path(&format!("left/right[{}]", fault.node)), fault.reason)
        })?;
        let mut tree = Tree::with_capacity(nodes);
        for &old in &order.old {
            let old = old as usize;
            let cover = self.cover.as_ref().and_then(|cover| cover.get(old)).copied();
            let node = tree.push_leaf(0.0, cover.unwrap_or(-1.0)) as usize;
            if let Some([left, right]) = self.children(old) {
                (tree.left[node], tree.right[node]) = (order.new[left], order.new[right]);
                self.split(old, node, &mut tree, wide.as_deref_mut()).map_err(
                    |(field, reason)| {
                        ImportError::malformed(path(&format!("{field}[{old}]")), reason)
                    },
                )?;
            }
        }
        let covered = add_up_covers(&mut tree);
        Ok(Shape { tree, values: self.value, old: order.old, covered })
    }

    /// The children of a split. One that is below 0 makes a leaf only with the other; else it is a
    /// number that no node has.
    fn children(&self, node: usize) -> Option<[usize; 2]> {
        let [left, right] = [&self.left, &self.right].map(|side| side.get(node).copied());
        let (left, right) = (left?, right?);
        (left >= 0 || right >= 0)
            .then(|| [left, right].map(|child| usize::try_from(child).unwrap_or(usize::MAX)))
    }

    /// The test at a split.
    fn split(
        &self,
        old: usize,
        node: usize,
        tree: &mut Tree,
        wide: Option<&mut Thresholds>,
    ) -> Result<(), (&'static str, &'static str)> {
        let feature = self.feature.get(old).and_then(|&j| u32::try_from(j).ok());
        tree.split_feature[node] = feature.ok_or(("feature", "must be 0 or more at a split"))?;
        let missing = self.missing_go_to_left.as_ref().and_then(|column| column.get(old));
        tree.default_left[node] = missing.is_some_and(|flag| flag.0);
        let codes = self.category_left.as_ref().and_then(|column| column.get(old)?.as_ref());
        let Some(codes) = codes else {
            let threshold = self.threshold.get(old).copied().unwrap_or(f64::NAN);
            tree.threshold[node] = match wide {
                Some(thresholds) => thresholds.at_most(tree.split_feature[node], threshold),
                None => at_most(threshold),
            };
            return Ok(());
        };
        let largest = codes.iter().max().copied().map_or(0, usize::from);
        if largest > CODE_MAX {
            return Err(("category_left", "category codes are at most 255"));
        }
        let mut set = CategorySet { words: alloc::vec![0; largest / 64 + 1] };
        codes.iter().for_each(|&code| set.insert(usize::from(code)));
        tree.category_sets.push(set);
        tree.category_set[node] = tree.category_sets.len() as u32;
        Ok(())
    }
}

/// A path in a document.
pub(super) fn in_tree(number: usize, field: &str) -> String {
    format!("trees[{number}].{field}")
}
