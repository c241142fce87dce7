//! What makes a tree and an ensemble sound. After these checks, scoring and explaining can
//! neither panic nor loop nor give NaN.

use alloc::vec;

use super::dialect::{Accumulation, UNLISTED_CODE};
use super::error::{MODERATE, ModelError, is_moderate, rule};
use super::schema::FeatureSchema;
use super::tree::{Aggregation, LEAF, Tree, TreeEnsemble};
use crate::limits;

/// How far the covers of two children may be from their parent's, relative to the parent's.
/// Sums of hessians kept in f32, as other libraries do, stay well inside.
const COVER_TOLERANCE: f64 = 1e-3;

/// Largest size of a number in a sum of f32.
const F32_MAX: f64 = 1e30;

impl TreeEnsemble {
    /// Checks every tree and the ensemble's own fields.
    ///
    /// # Errors
    /// The first rule that is broken, with its place.
    pub fn check(&self) -> Result<(), ModelError> {
        let features = 1..=limits::FEATURES_MAX;
        rule(features.contains(&self.n_features), "n_features", "must be 1 to 4096")?;
        rule(self.trees.len() <= limits::TREES_MAX, "trees", "at most 10000 are allowed")?;
        rule(is_moderate(self.base_score), "base_score", MODERATE)?;
        self.dialect.check(self.n_features)?;
        for (number, tree) in self.trees.iter().enumerate() {
            tree.check(self.n_features).map_err(|error| error.in_tree(number))?;
            self.check_sets(tree).map_err(|error| error.in_tree(number))?;
        }
        if self.dialect.accumulation == Accumulation::F32 {
            self.check_f32()?;
        }
        Ok(())
    }

    /// Where numbers are read as codes, the code of the unlisted stays unlisted.
    fn check_sets(&self, tree: &Tree) -> Result<(), ModelError> {
        for node in 0..tree.len() {
            let set = tree.category_set[node] as usize;
            if set == 0 || !self.dialect.is_code(tree.split_feature[node] as usize) {
                continue;
            }
            if tree.category_sets[set - 1].contains(UNLISTED_CODE) {
                return Err(ModelError::new("category_sets", "code 4095 is reserved").at(set - 1));
            }
        }
        Ok(())
    }

    /// A sum in f32 takes f32 numbers whose sum is far from overflow.
    fn check_f32(&self) -> Result<(), ModelError> {
        let fits = |v: f64| f64::from(v as f32) == v && v.abs() <= F32_MAX;
        let error = "a sum in f32 takes f32 numbers of at most 1e30 in size";
        rule(self.aggregation == Aggregation::Sum, "aggregation", "a sum in f32 has no mean")?;
        rule(fits(self.base_score), "base_score", error)?;
        for (number, tree) in self.trees.iter().enumerate() {
            if let Some(node) = tree.leaf_value.iter().position(|&v| !fits(v)) {
                return Err(ModelError::new("leaf_value", error).at(node).in_tree(number));
            }
        }
        Ok(())
    }

    /// A categorical split must test a categorical feature.
    pub(super) fn check_kinds(&self, schema: &FeatureSchema) -> Result<(), ModelError> {
        for (number, tree) in self.trees.iter().enumerate() {
            for node in 0..tree.len() {
                let feature = tree.split_feature[node] as usize;
                let codes = schema.is_categorical(feature) || self.dialect.is_code(feature);
                if tree.category_set[node] != 0 && !codes {
                    let error = "a split by category needs a categorical feature";
                    return Err(ModelError::new("category_set", error).at(node).in_tree(number));
                }
            }
        }
        Ok(())
    }
}

impl Tree {
    /// Checks the tree against rows of `n_features` values.
    ///
    /// # Errors
    /// The first rule that is broken, with its node.
    pub fn check(&self, n_features: usize) -> Result<(), ModelError> {
        let nodes = self.len();
        rule(nodes > 0, "nodes", "a tree has at least one node")?;
        rule(nodes <= limits::TREE_NODES_MAX, "nodes", "at most 1048576 are allowed")?;
        self.check_lengths(nodes)?;
        for (number, set) in self.category_sets.iter().enumerate() {
            let words = set.words.len();
            if words == 0 || words > limits::CATEGORIES_MAX / 64 {
                return Err(ModelError::new("category_sets", "must hold 1 to 64 words").at(number));
            }
        }
        // Depth of each node; 0 = not yet reached from a parent (the root counts as depth 1).
        let mut depth = vec![0u16; nodes];
        depth[0] = 1;
        for node in 0..nodes {
            let fail = |field, rule| Err(ModelError::new(field, rule).at(node));
            if depth[node] == 0 {
                return fail("left", "a node other than the root must have a parent before it");
            }
            if !(self.cover[node] >= 0.0 && is_moderate(self.cover[node])) {
                return fail("cover", "must be a finite number, 0 or more, at most 1e100");
            }
            if self.is_leaf(node) {
                self.check_leaf(node)?;
                continue;
            }
            self.check_split(node, n_features)?;
            if usize::from(depth[node]) > limits::TREE_DEPTH_MAX {
                return fail(
                    "left",
                    "a tree is at most 512 splits deep: train with a smaller max_depth",
                );
            }
            for child in [self.left[node] as usize, self.right[node] as usize] {
                if child <= node || child >= nodes {
                    return fail("left/right", "a child must come after its parent in the tree");
                }
                if depth[child] != 0 {
                    return fail("left/right", "a node must have one parent only");
                }
                depth[child] = depth[node] + 1;
            }
            self.check_cover(node)?;
        }
        Ok(())
    }

    fn check_lengths(&self, nodes: usize) -> Result<(), ModelError> {
        let lengths = [
            ("split_feature", self.split_feature.len()),
            ("threshold", self.threshold.len()),
            ("category_set", self.category_set.len()),
            ("default_left", self.default_left.len()),
            ("right", self.right.len()),
            ("leaf_value", self.leaf_value.len()),
            ("cover", self.cover.len()),
        ];
        lengths
            .into_iter()
            .try_for_each(|(field, n)| rule(n == nodes, field, "must have one entry per node"))
    }

    fn check_leaf(&self, node: usize) -> Result<(), ModelError> {
        let fail = |field, rule| Err(ModelError::new(field, rule).at(node));
        if self.right[node] != LEAF {
            return fail("right", "a leaf has no child");
        }
        if !is_moderate(self.leaf_value[node]) {
            return fail("leaf_value", MODERATE);
        }
        let blank = self.split_feature[node] == 0
            && self.threshold[node].to_bits() == 0
            && self.category_set[node] == 0
            && !self.default_left[node];
        if blank { Ok(()) } else { fail("threshold", "a leaf's split fields must be 0") }
    }

    fn check_split(&self, node: usize, n_features: usize) -> Result<(), ModelError> {
        let fail = |field, rule| Err(ModelError::new(field, rule).at(node));
        if self.split_feature[node] as usize >= n_features {
            return fail("split_feature", "must be the number of a feature");
        }
        if self.leaf_value[node].to_bits() != 0 {
            return fail("leaf_value", "must be 0 at a split");
        }
        let set = self.category_set[node] as usize;
        if set > self.category_sets.len() {
            return fail("category_set", "must be the number of a category set");
        }
        let threshold = self.threshold[node];
        if set == 0 && (threshold.is_nan() || threshold == f32::NEG_INFINITY) {
            return fail("threshold", "must be a finite number or +infinity");
        }
        if set != 0 && self.threshold[node].to_bits() != 0 {
            return fail("threshold", "must be 0 at a categorical split");
        }
        Ok(())
    }

    /// TreeSHAP weighs the branches of a split by the covers of its children.
    fn check_cover(&self, node: usize) -> Result<(), ModelError> {
        let parent = self.cover[node];
        let children = self.cover[self.left[node] as usize] + self.cover[self.right[node] as usize];
        if children > 0.0 && (children - parent).abs() <= COVER_TOLERANCE * parent {
            return Ok(());
        }
        let error = "the children's must be above 0 and add up to their parent's (to 0.1 %)";
        Err(ModelError::new("cover", error).at(node))
    }
}
