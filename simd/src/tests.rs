//! Every level against the plain walk.

use chatsignal_core::model::{Aggregation, Dialect, FeatureSchema, Tree, TreeEnsemble};
use chatsignal_core::testing::cases;
use chatsignal_core::testing::model::{Rng, ensemble, foreign, row, schema};
use proptest::prelude::*;

use crate::{Level, TreeScorer};

fn numeric(features: usize) -> FeatureSchema {
    let names: Vec<_> = (0..features).map(|j| format!("f{j}")).collect();
    FeatureSchema::numeric(names.iter().map(|n| n.as_str()))
}

/// Checks batches on every level of this machine; returns on which ones the trees were in blocks.
fn check(
    rng: &mut Rng,
    ensemble: &TreeEnsemble,
    schema: &FeatureSchema,
    rows: usize,
) -> Vec<Level> {
    assert_eq!(ensemble.check(), Ok(()));
    let table: Vec<f32> = (0..rows).flat_map(|_| row(rng, schema)).collect();
    let plain: Vec<f64> = table.chunks(schema.len()).map(|row| ensemble.margin(row)).collect();
    let mut levels = Vec::new();
    for level in Level::ALL.into_iter().filter(|level| level.is_available()) {
        let scorer = TreeScorer::with_level(ensemble, level);
        levels.push(scorer.level());
        let mut margins = vec![f64::NAN; rows + 1];
        scorer.margins(&table, &mut margins);
        for (i, plain) in plain.iter().enumerate() {
            assert_eq!(margins[i].to_bits(), plain.to_bits(), "{level:?}, row {i} of {rows}");
        }
        assert!(margins[rows].is_nan(), "no row, no margin");
    }
    levels
}

/// The levels that have blocks, where the machine has them.
fn with_blocks() -> Vec<Level> {
    let mut levels: Vec<_> = Level::ALL.into_iter().filter(|level| level.is_available()).collect();
    levels[0] = Level::Portable;
    levels
}

proptest! {
    #![proptest_config(cases(48))]
    #[test]
    fn equals_the_plain_walk(seed: u64, features in 1usize..30, trees in 15usize..40,
                             depth in 1usize..9, rows in 0usize..600) {
        let rng = &mut Rng(seed);
        let schema = numeric(features);
        let ensemble = ensemble(rng, &schema, trees, depth);
        prop_assert_eq!(check(rng, &ensemble, &schema, rows), with_blocks());
    }

    #[test]
    fn equals_the_plain_walk_with_categories_and_dialects(
        seed: u64, features in 1usize..40, trees in 0usize..30, depth in 0usize..8,
        rows in 0usize..300,
    ) {
        let rng = &mut Rng(seed);
        // Some trees without categorical splits stand between those with.
        let (mixed, plain) = (schema(rng, features), numeric(features));
        let mut own = ensemble(rng, &mixed, trees, depth);
        own.trees.extend(ensemble(rng, &plain, trees, depth).trees);
        own.trees.extend(ensemble(rng, &mixed, 1, depth).trees);
        own.trees.extend(ensemble(rng, &plain, 30, depth).trees);
        check(rng, &own, &mixed, rows);
        let foreign = foreign(rng, own, &mixed);
        check(rng, &foreign, &mixed, rows);
    }

    #[test]
    fn many_thresholds_are_cut_into_groups(seed: u64, steps in 3u32..200, rows in 0usize..300) {
        let rng = &mut Rng(seed);
        let schema = numeric(3);
        let mut ensemble = ensemble(rng, &schema, 120, 6);
        for tree in &mut ensemble.trees {
            for node in (0..tree.len()).filter(|&node| !tree.is_leaf(node)).collect::<Vec<_>>() {
                tree.threshold[node] = rng.below(steps as usize) as f32 / 8.0 - 4.0;
            }
        }
        check(rng, &ensemble, &schema, rows);
    }
}

#[test]
fn every_shape_equals_the_plain_walk() {
    for (depth, features, trees) in [(1, 1, 20), (6, 200, 150), (8, 24, 40), (9, 5, 20), (14, 4, 6)]
    {
        let rng = &mut Rng(depth as u64);
        let schema = numeric(features);
        let ensemble = ensemble(rng, &schema, trees, depth);
        check(rng, &ensemble, &schema, 333);
    }
}

/// A full tree of 256 leaves, and a chain as deep as a tree may be.
#[test]
fn full_trees_and_chains_are_in_blocks() {
    let mut full = Tree::default();
    for node in 0..511u32 {
        let depth = (node + 1).ilog2();
        let at = full.push_leaf(f64::from(node), f64::from(256u32 >> depth)) as usize;
        if depth < 8 {
            (full.left[at], full.right[at]) = (2 * node + 1, 2 * node + 2);
            (full.leaf_value[at], full.split_feature[at]) = (0.0, depth % 3);
            (full.threshold[at], full.default_left[at]) = ((node % 13) as f32 / 4.0, node % 2 == 0);
        }
    }
    let mut chain = Tree::default();
    for i in 0..64u32 {
        let node = chain.push_leaf(0.0, f64::from(65 - i)) as usize;
        chain.push_leaf(f64::from(i) + 0.5, 1.0);
        (chain.left[node], chain.right[node]) = (node as u32 + 1, node as u32 + 2);
        chain.threshold[node] = if i == 63 { f32::INFINITY } else { i as f32 / 8.0 - 3.0 };
        chain.default_left[node] = i == 40;
    }
    chain.push_leaf(-1.0, 1.0);
    let ensemble = TreeEnsemble {
        trees: [vec![full; 4], vec![chain; 4]].concat(),
        base_score: 0.5,
        aggregation: Aggregation::Mean,
        n_features: 3,
        dialect: Dialect::default(),
    };
    let rng = &mut Rng(5);
    assert_eq!(check(rng, &ensemble, &numeric(3), 500), with_blocks());
}
