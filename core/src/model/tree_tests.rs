//! Rules of trees and of the values that run through them.

use alloc::vec;

use proptest::prelude::*;

use super::tree::{LEAF, category_code};
use super::*;
use crate::limits;
use crate::testing::cases;
use crate::testing::model::{Rng, ensemble, logistic, row, schema};

/// x0 < 0.5 (missing right) ? 1 : (x1 in {0, 65} (missing left) ? 2 : 3).
fn example() -> Tree {
    let mut tree = Tree::default();
    tree.push_leaf(0.0, 10.0);
    tree.push_leaf(1.0, 4.0);
    tree.push_leaf(0.0, 6.0);
    tree.push_leaf(2.0, 2.0);
    tree.push_leaf(3.0, 4.0);
    (tree.threshold[0], tree.left[0], tree.right[0]) = (0.5, 1, 2);
    (tree.split_feature[2], tree.left[2], tree.right[2]) = (1, 3, 4);
    (tree.default_left[2], tree.category_set[2]) = (true, 1);
    let mut set = CategorySet::default();
    set.insert(0);
    set.insert(65);
    tree.category_sets.push(set);
    tree
}

fn value(row: [f32; 2]) -> f64 {
    let tree = example();
    tree.leaf_value[tree.leaf(&row)]
}

#[test]
fn numeric_splits_send_less_left_and_missing_by_default() {
    assert_eq!(example().check(2), Ok(()));
    assert_eq!(value([0.5f32.next_down(), 0.0]), 1.0);
    assert_eq!(value([0.5, 0.0]), 2.0);
    assert_eq!(value([f32::NEG_INFINITY, 0.0]), 1.0);
    assert_eq!(value([f32::INFINITY, 0.0]), 2.0);
    assert_eq!(value([f32::NAN, 0.0]), 2.0);
    assert_eq!(value([-0.0, 0.0]), value([0.0, 0.0]));
}

#[test]
fn categorical_splits_send_listed_codes_left_and_odd_values_by_default() {
    for (x, expected) in [(0.0, 2.0), (65.0, 2.0), (1.0, 3.0), (64.0, 3.0), (4095.0, 3.0)] {
        assert_eq!(value([1.0, x]), expected, "{x}");
    }
    for missing in [f32::NAN, -1.0, 0.5, 4096.0, 1e30, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(category_code(missing), None);
        assert_eq!(value([1.0, missing]), 2.0, "{missing}");
    }
    assert_eq!(category_code(-0.0), Some(0));
}

#[test]
fn malformed_trees_are_refused_with_their_place() {
    let refused = |change: &dyn Fn(&mut Tree)| {
        let mut tree = example();
        change(&mut tree);
        tree.check(2).map_err(|error| (error.field, error.index)).unwrap_err()
    };
    assert_eq!(refused(&|t| *t = Tree::default()), ("nodes", None));
    assert_eq!(refused(&|t| t.cover.truncate(3)), ("cover", None));
    assert_eq!(refused(&|t| t.right[2] = 0), ("left/right", Some(2)));
    assert_eq!(refused(&|t| t.right[2] = 2), ("left/right", Some(2)));
    assert_eq!(refused(&|t| t.right[2] = 9), ("left/right", Some(2)));
    assert_eq!(refused(&|t| t.right[2] = LEAF), ("left/right", Some(2)));
    assert_eq!(refused(&|t| t.right[2] = 3), ("left/right", Some(2)));
    assert_eq!(refused(&|t| t.right[1] = 4), ("right", Some(1)));
    assert_eq!(refused(&|t| t.split_feature[2] = 2), ("split_feature", Some(2)));
    assert_eq!(refused(&|t| t.threshold[0] = f32::NAN), ("threshold", Some(0)));
    assert_eq!(refused(&|t| t.threshold[0] = f32::NEG_INFINITY), ("threshold", Some(0)));
    assert_eq!(refused(&|t| t.threshold[2] = -0.0), ("threshold", Some(2)));
    assert_eq!(refused(&|t| t.default_left[1] = true), ("threshold", Some(1)));
    assert_eq!(refused(&|t| t.category_set[2] = 2), ("category_set", Some(2)));
    assert_eq!(refused(&|t| t.category_sets[0].words.clear()), ("category_sets", Some(0)));
    assert_eq!(refused(&|t| t.leaf_value[3] = f64::NAN), ("leaf_value", Some(3)));
    assert_eq!(refused(&|t| t.leaf_value[3] = 1e101), ("leaf_value", Some(3)));
    assert_eq!(refused(&|t| t.leaf_value[0] = 1.0), ("leaf_value", Some(0)));
    assert_eq!(refused(&|t| t.cover[0] = -1.0), ("cover", Some(0)));
    assert_eq!(refused(&|t| t.cover[3] = f64::NAN), ("cover", Some(2)));
    assert_eq!(refused(&|t| t.cover[3] = 3.0), ("cover", Some(2)));
    let nothing = |t: &mut Tree| t.cover = vec![10.0, 10.0, 0.0, 0.0, 0.0];
    assert_eq!(refused(&nothing), ("cover", Some(2)));
    assert_eq!(
        refused(&|t| {
            t.push_leaf(1.0, 1.0);
        }),
        ("left", Some(5))
    );
}

#[test]
fn a_chain_beyond_the_depth_limit_is_refused() {
    let mut tree = Tree::default();
    let splits = limits::TREE_DEPTH_MAX as u32 + 1;
    for _ in 0..splits {
        let node = tree.push_leaf(0.0, 0.0);
        (tree.left[node as usize], tree.right[node as usize]) = (node + 1, splits * 2 - node);
    }
    for leaf in 0..=splits {
        tree.push_leaf(1.0, if leaf == 0 { 1.0 } else { 0.0 });
    }
    (0..splits as usize).for_each(|node| tree.cover[node] = 1.0);
    let error = tree.check(1).unwrap_err();
    assert_eq!((error.field, error.index), ("left", Some(limits::TREE_DEPTH_MAX)));
}

#[test]
fn a_category_split_needs_a_categorical_feature() {
    let trees = TreeEnsemble {
        trees: vec![example()],
        base_score: 0.0,
        aggregation: Aggregation::Sum,
        n_features: 2,
        dialect: Dialect::default(),
    };
    let error = Model::Trees(trees).check(&FeatureSchema::numeric(["a", "b"])).unwrap_err();
    assert_eq!((error.tree, error.index, error.field), (Some(0), Some(2), "category_set"));
}

proptest! {
    #![proptest_config(cases(128))]

    /// Every row reaches a leaf of each tree: the margin is a sum of leaf values, never NaN.
    #[test]
    fn margins_lie_between_the_extremes_of_the_leaves(seed: u64, features in 1usize..9) {
        let rng = &mut Rng(seed);
        let schema = schema(rng, features);
        let trees = ensemble(rng, &schema, 4, 8);
        let row = row(rng, &schema);
        let leaf = |pick: fn(f64, f64) -> f64| {
            let extreme = |t: &Tree| {
                let leaves = (0..t.len()).filter(|&n| t.is_leaf(n)).map(|n| t.leaf_value[n]);
                leaves.reduce(pick).unwrap_or(0.0)
            };
            let sum: f64 = trees.trees.iter().map(extreme).sum();
            trees.base_score + sum * if trees.aggregation == Aggregation::Mean { 0.25 } else { 1.0 }
        };
        let margin = trees.margin(&row);
        prop_assert!(leaf(f64::min) - 1e-9 <= margin && margin <= leaf(f64::max) + 1e-9);
    }

    #[test]
    fn a_short_row_is_missing_at_its_end(seed: u64, features in 1usize..9, cut in 0usize..9) {
        let rng = &mut Rng(seed);
        let schema = schema(rng, features);
        let models = [Model::Trees(ensemble(rng, &schema, 3, 5)), Model::Logistic(logistic(rng, &schema))];
        let mut row = row(rng, &schema);
        let cut = cut.min(features);
        row[cut..].fill(f32::NAN);
        for model in models {
            prop_assert_eq!(model.margin(&row).to_bits(), model.margin(&row[..cut]).to_bits());
        }
    }

    #[test]
    fn a_logistic_margin_is_finite_on_any_row(seed: u64, row in prop::collection::vec(any::<f32>(), 6)) {
        let rng = &mut Rng(seed);
        let schema = schema(rng, 6);
        prop_assert!(logistic(rng, &schema).margin(&row).is_finite());
    }
}
