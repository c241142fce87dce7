//! The scorer against the plain walk.

use proptest::prelude::*;

use super::*;
use crate::model::tree::LEAF;
use crate::model::{CategorySet, Dialect, FeatureSchema, Tree};
use crate::testing::{
    cases,
    model::{Rng, ensemble, foreign, row, schema},
};

fn numeric(features: usize) -> FeatureSchema {
    let names: Vec<_> = (0..features).map(|j| std::format!("f{j}")).collect();
    FeatureSchema::numeric(names.iter().map(|n| n.as_str()))
}

/// Margins of the scorer and of the plain walk, as bits: one row, many, short ones.
fn check(rng: &mut Rng, ensemble: &TreeEnsemble, schema: &FeatureSchema, rows: usize) {
    assert_eq!(ensemble.check(), Ok(()));
    let scorer = TreeScorer::new(ensemble);
    let table: Vec<f32> = (0..rows).flat_map(|_| row(rng, schema)).collect();
    let mut margins = vec![f64::NAN; rows + 1];
    scorer.margins(&table, &mut margins);
    for (row, margin) in table.chunks(schema.len()).zip(&margins) {
        let plain = ensemble.margin(row);
        assert_eq!(plain.to_bits(), margin.to_bits(), "batch, row {row:?}");
        assert_eq!(plain.to_bits(), scorer.margin(row).to_bits(), "single, row {row:?}");
        let short = &row[..rng.below(row.len())];
        assert_eq!(ensemble.margin(short).to_bits(), scorer.margin(short).to_bits(), "{short:?}");
    }
    assert!(margins[rows].is_nan(), "no row, no margin");
    // Trees in two parts, one after the other.
    let (half, mut sums) = (rng.below(ensemble.trees.len() + 1), vec![scorer.start(); rows]);
    TreeScorer::part(ensemble, 0..half).add(&table, &mut sums);
    TreeScorer::part(ensemble, half..ensemble.trees.len()).add(&table, &mut sums);
    for (sum, margin) in sums.iter().zip(&margins) {
        assert_eq!(scorer.finish(*sum).to_bits(), margin.to_bits());
    }
}

proptest! {
    #![proptest_config(cases(64))]
    #[test]
    fn equals_the_plain_walk(seed: u64, features in 1usize..60, trees in 0usize..12,
                             depth in 0usize..10, rows in 0usize..150) {
        let rng = &mut Rng(seed);
        let schema = numeric(features);
        let ensemble = ensemble(rng, &schema, trees, depth);
        check(rng, &ensemble, &schema, rows);
    }

    #[test]
    fn equals_the_plain_walk_with_categories_and_dialects(
        seed: u64, features in 1usize..40, trees in 0usize..12, depth in 0usize..8,
        rows in 0usize..100,
    ) {
        let rng = &mut Rng(seed);
        let schema = schema(rng, features);
        let own = ensemble(rng, &schema, trees, depth);
        check(rng, &own, &schema, rows);
        let foreign = foreign(rng, own, &schema);
        check(rng, &foreign, &schema, rows);
    }
}

#[test]
fn every_size_equals_the_plain_walk() {
    for (depth, features) in [(0, 1), (2, 3), (5, 33), (8, 40), (11, 5), (13, 200), (5, 4_096)] {
        let rng = &mut Rng(7);
        let schema = numeric(features);
        let ensemble = ensemble(rng, &schema, if features > 500 { 60 } else { 3 }, depth);
        check(rng, &ensemble, &schema, 70);
    }
}

/// A chain: every right child splits again on the next threshold.
fn chain(splits: u32, threshold: impl Fn(u32) -> f32) -> Tree {
    let mut tree = Tree::default();
    for i in 0..splits {
        let node = tree.push_leaf(0.0, f64::from(splits - i + 1)) as usize;
        tree.push_leaf(f64::from(i) + 0.5, 1.0);
        (tree.threshold[node], tree.left[node], tree.right[node]) =
            (threshold(i), node as u32 + 1, node as u32 + 2);
        tree.default_left[node] = i % 3 == 1;
    }
    tree.push_leaf(-1.0, 1.0);
    tree
}

fn of(trees: Vec<Tree>, n_features: usize) -> TreeEnsemble {
    TreeEnsemble {
        trees,
        base_score: 0.5,
        aggregation: Aggregation::Sum,
        n_features,
        dialect: Dialect::default(),
    }
}

#[test]
fn infinite_thresholds_and_their_neighbours_are_kept_apart() {
    let thresholds = [f32::MIN, -0.0, f32::MIN_POSITIVE, 1.0, f32::MAX, f32::INFINITY];
    let ensemble = of([chain(6, |i| thresholds[i as usize])].into(), 1);
    assert_eq!(ensemble.check(), Ok(()));
    let scorer = TreeScorer::new(&ensemble);
    let near = thresholds.iter().flat_map(|x| [*x, x.next_up(), x.next_down()]);
    for x in near.chain([0.0, f32::NEG_INFINITY, f32::NAN, -f32::NAN, 1e-45]) {
        assert_eq!(scorer.margin(&[x]), ensemble.margin(&[x]), "{x}");
    }
}

#[test]
fn the_deepest_and_the_largest_trees_fit() {
    let deep = chain(64, |i| i as f32);
    let mut large = Tree::default();
    let levels = 16u32;
    // A full tree in breadth-first order: 131,071 nodes.
    for node in 0..(2u32 << levels) - 1 {
        let depth = (node + 1).ilog2();
        let at = large.push_leaf(f64::from(node), f64::from(1u32 << (levels - depth))) as usize;
        if depth < levels {
            (large.left[at], large.right[at]) = (2 * node + 1, 2 * node + 2);
            large.leaf_value[at] = 0.0;
            large.split_feature[at] = depth % 3;
            large.threshold[at] = (node % 13) as f32 - 6.0;
        }
    }
    assert!(large.left.contains(&LEAF));
    let ensemble = of([deep.clone(), large, deep].into(), 3);
    let rng = &mut Rng(3);
    check(rng, &ensemble, &numeric(3), 130);
}

#[test]
fn a_category_set_in_many_words_is_read_to_its_end() {
    let mut tree = chain(1, |_| 0.0);
    let mut set = CategorySet::default();
    [0, 63, 64, 4_000].into_iter().for_each(|code| set.insert(code));
    tree.category_sets.push(set);
    tree.category_set[0] = 1;
    let ensemble = of([tree].into(), 1);
    let scorer = TreeScorer::new(&ensemble);
    for x in [0.0, 1.0, 63.0, 64.0, 65.0, 3_999.0, 4_000.0, 4_095.0, 4_096.0, -1.0, 0.5, f32::NAN] {
        assert_eq!(scorer.margin(&[x]), ensemble.margin(&[x]), "{x}");
    }
}

#[test]
fn models_without_features_or_trees_score() {
    let mut tree = Tree::default();
    tree.push_leaf(1.0, 1.0);
    let scorer = TreeScorer::new(&of([tree].into(), 0));
    let mut out = [0.0; 3];
    scorer.margins(&[], &mut out);
    assert_eq!(out, [1.5; 3]);
    assert_eq!(scorer.margin(&[]), 1.5);
    assert_eq!(TreeScorer::new(&of(Vec::new(), 2)).margin(&[]), 0.5);
}

#[test]
fn memory_stays_within_the_stated_bound() {
    let small = chain(1, |_| 0.0);
    let scorer =
        TreeScorer::new(&of([&[chain(600, |_| 0.0)][..], &vec![small; 10_000]].concat(), 1));
    let bytes = 16 * scorer.packed.node_room();
    assert!(bytes <= 64 * (1_201 + 3 * 10_000) + 128 * 10_001, "{bytes}");
}
