//! Additivity, and equality with Shapley values by brute force.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::model::{Aggregation, Dialect, FeatureSchema, Tree, TreeEnsemble};
use crate::testing::model::{Rng, ensemble, foreign, logistic, row, schema};
use crate::testing::{cases, tree_shap};

/// Margin of a row when only the features of `known` are, by the covers (EXPVALUE of Lundberg,
/// Erion and Lee 2018).
fn expected(ensemble: &TreeEnsemble, row: &[f32], known: u32) -> f64 {
    fn visit(tree: &Tree, node: usize, row: &[f32], known: u32) -> f64 {
        if tree.is_leaf(node) {
            return tree.leaf_value[node];
        }
        let (left, right) = (tree.left[node] as usize, tree.right[node] as usize);
        if known >> tree.split_feature[node] & 1 == 1 {
            let next = if tree.goes_left(node, row) { left } else { right };
            return visit(tree, next, row, known);
        }
        let (a, b) = (tree.cover[left], tree.cover[right]);
        (a * visit(tree, left, row, known) + b * visit(tree, right, row, known)) / (a + b)
    }
    let sum: f64 = ensemble.trees.iter().map(|tree| visit(tree, 0, row, known)).sum();
    match ensemble.aggregation {
        Aggregation::Sum => ensemble.base_score + sum,
        Aggregation::Mean => ensemble.base_score + sum / ensemble.trees.len() as f64,
    }
}

fn factorial(k: u32) -> f64 {
    (1..=k).fold(1.0, |product, i| product * f64::from(i))
}

/// Margins by set of known features.
fn games(ensemble: &TreeEnsemble, row: &[f32]) -> Vec<f64> {
    (0..1 << ensemble.n_features).map(|known| expected(ensemble, row, known)).collect()
}

/// Half the Shapley interaction index by its definition, over all subsets.
fn brute_force_interaction(games: &[f64], n: u32, i: u32, j: u32) -> f64 {
    let without = (0..1u32 << n).filter(|known| known >> i & 1 == 0 && known >> j & 1 == 0);
    without.fold(0.0, |sum, known| {
        let size = known.count_ones();
        let weight = factorial(size) * factorial(n - size - 2) / (2.0 * factorial(n - 1));
        let game = |more: u32| games[(known | more) as usize];
        sum + weight * (game(1 << i | 1 << j) - game(1 << i) - game(1 << j) + game(0))
    })
}

/// Shapley values by their definition, over all subsets.
fn brute_force(ensemble: &TreeEnsemble, row: &[f32]) -> Vec<f64> {
    let n = ensemble.n_features as u32;
    let values = games(ensemble, row);
    let one = |j: u32| {
        let without = (0..1u32 << n).filter(|known| known >> j & 1 == 0);
        without.fold(0.0, |sum, known| {
            let size = known.count_ones();
            let weight = factorial(size) * factorial(n - size - 1) / factorial(n);
            sum + weight * (values[(known | 1 << j) as usize] - values[known as usize])
        })
    };
    (0..n).map(one).collect()
}

fn scale(explanation: &Explanation) -> f64 {
    explanation.contributions.iter().fold(1.0 + explanation.base_value.abs(), |m, c| m.max(c.abs()))
}

fn assert_adds_up(model: &Model, row: &[f32]) {
    let explanation = contributions(model, row);
    let margin = match model {
        Model::Trees(trees) => trees.margin_f64(row),
        Model::Logistic(logistic) => logistic.margin_f64(row),
    };
    let error = (explanation.margin() - margin).abs();
    let tolerance = 1e-9 * scale(&explanation).max(margin.abs());
    assert!(error <= tolerance, "{} for a margin of {margin}", explanation.margin());
}

fn random(seed: u64, features: usize, trees: usize, depth: usize) -> (Rng, FeatureSchema, Model) {
    let mut rng = Rng(seed);
    let schema = schema(&mut rng, features);
    let trees = ensemble(&mut rng, &schema, trees, depth);
    trees.check().unwrap();
    (rng, schema, Model::Trees(trees))
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn trees_equal_brute_force(seed: u64, features in 1usize..=8, depth in 0usize..7) {
        let (mut rng, schema, model) = random(seed, features, 3, depth);
        let Model::Trees(trees) = &model else { unreachable!() };
        let row = row(&mut rng, &schema);
        let explanation = contributions(&model, &row);
        prop_assert!((explanation.base_value - expected(trees, &row, 0)).abs() < 1e-12);
        for (ours, exact) in explanation.contributions.iter().zip(brute_force(trees, &row)) {
            prop_assert!((ours - exact).abs() < 1e-11, "{ours} for {exact}");
        }
    }

    #[test]
    fn trees_add_up(seed: u64, features in 1usize..30, trees in 0usize..5, depth in 0usize..=12) {
        let (mut rng, schema, model) = random(seed, features, trees, depth);
        for _ in 0..3 {
            assert_adds_up(&model, &row(&mut rng, &schema));
        }
    }

    #[test]
    fn trees_of_another_dialect_add_up(seed: u64, features in 1usize..9, depth in 0usize..=8) {
        let (mut rng, schema, model) = random(seed, features, 4, depth);
        let Model::Trees(trees) = model else { unreachable!() };
        let trees = foreign(&mut rng, trees, &schema);
        trees.check().unwrap();
        let model = Model::Trees(trees);
        for _ in 0..3 {
            assert_adds_up(&model, &row(&mut rng, &schema));
        }
    }

    #[test]
    fn trees_equal_the_classical_recursion(
        seed: u64, features in 1usize..30, trees in 0usize..5, depth in 0usize..=8, own: bool,
    ) {
        let (mut rng, schema, model) = random(seed, features, trees, depth);
        let Model::Trees(mut trees) = model else { unreachable!() };
        if !own {
            trees = foreign(&mut rng, trees, &schema);
        }
        let row = row(&mut rng, &schema);
        let classical = tree_shap::contributions(&trees, &row);
        let ours = contributions(&Model::Trees(trees), &row);
        for (ours, theirs) in ours.contributions.iter().zip(&classical) {
            prop_assert!((ours - theirs).abs() < 1e-9, "{ours} for {theirs}");
        }
    }

    /// Numbers of rows that fill pairs and blocks, and that do not.
    #[test]
    fn a_batch_has_the_bits_of_single_rows(
        seed: u64, features in 1usize..20, depth in 0usize..=10, rows in 0usize..70, own: bool,
    ) {
        let (mut rng, schema, model) = random(seed, features, 3, depth);
        let Model::Trees(mut trees) = model else { unreachable!() };
        if !own {
            trees = foreign(&mut rng, trees, &schema);
        }
        let explainer = Explainer::new(&Model::Trees(trees));
        let table: Vec<f32> = (0..rows).flat_map(|_| row(&mut rng, &schema)).collect();
        let mut out = vec![f64::NAN; table.len() + 1];
        explainer.explain_rows(&table, &mut out);
        for (row, batch) in table.chunks(features).zip(out.chunks(features)) {
            let single = explainer.explain(row).contributions;
            prop_assert!(single.iter().zip(batch).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
        prop_assert!(out[table.len()].is_nan(), "what lies behind the rows is left alone");
    }

    #[test]
    fn interactions_equal_brute_force(seed: u64, features in 1usize..=6, depth in 0usize..7) {
        let (mut rng, schema, model) = random(seed, features, 3, depth);
        let Model::Trees(trees) = &model else { unreachable!() };
        let row = row(&mut rng, &schema);
        let ours = Explainer::new(&model).interactions(&row);
        let games = games(trees, &row);
        let contributions = brute_force(trees, &row);
        for (i, contribution) in contributions.iter().enumerate() {
            let mut main = *contribution;
            for j in (0..features).filter(|j| *j != i) {
                let exact = brute_force_interaction(&games, features as u32, i as u32, j as u32);
                let error = (ours.get(i, j) - exact).abs();
                prop_assert!(error < 1e-11, "{} for {exact}", ours.get(i, j));
                main -= exact;
            }
            prop_assert!((ours.get(i, i) - main).abs() < 1e-10, "{} for {main}", ours.get(i, i));
        }
    }

    #[test]
    fn rows_of_interactions_are_contributions(
        seed: u64, features in 1usize..20, depth in 0usize..=12,
    ) {
        let (mut rng, schema, model) = random(seed, features, 3, depth);
        let row = row(&mut rng, &schema);
        let explanation = contributions(&model, &row);
        let ours = Explainer::new(&model).interactions(&row);
        prop_assert_eq!(ours.base_value.to_bits(), explanation.base_value.to_bits());
        for (i, contribution) in explanation.contributions.iter().enumerate() {
            let sum = (0..features).fold(0.0, |sum, j| sum + ours.get(i, j));
            prop_assert!((sum - contribution).abs() < 1e-9);
            prop_assert!((0..features).all(|j| ours.get(i, j) == ours.get(j, i)));
        }
    }

    #[test]
    fn top_equals_a_stable_sort(
        contributions in proptest::collection::vec(-3i8..=3, 0..40), k in 0usize..45,
    ) {
        let contributions: Vec<f64> = contributions.into_iter().map(f64::from).collect();
        let mut sorted: Vec<Contribution> = (contributions.iter().enumerate())
            .map(|(feature, &contribution)| Contribution { feature, contribution })
            .filter(|c| c.contribution != 0.0)
            .collect();
        sorted.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        sorted.truncate(k);
        prop_assert_eq!(Explanation { base_value: 0.0, contributions }.top(k), sorted);
    }

    #[test]
    fn logistic_adds_up(seed: u64, features in 1usize..30) {
        let rng = &mut Rng(seed);
        let schema = schema(rng, features);
        let model = Model::Logistic(logistic(rng, &schema));
        model.check(&schema).unwrap();
        assert_adds_up(&model, &row(rng, &schema));
    }
}

proptest! {
    #![proptest_config(cases(64))]
    #[test]
    fn rules_in_parts_have_the_bits_of_whole_ones(
        seed: u64, features in 1usize..40, trees in 0usize..3, depth in 0usize..=12,
        rows in 1usize..5,
    ) {
        let (mut rng, schema, model) = random(seed, features, trees, depth);
        let Model::Trees(mut ensemble) = model else { unreachable!() };
        ensemble.trees.push(chain(&mut rng, features));
        ensemble.trees.push(chain(&mut rng, features.min(8)));
        let explainer = TreeExplainer::new(&ensemble);
        let table: Vec<f32> = (0..rows).flat_map(|_| row(&mut rng, &schema)).collect();
        let [mut whole, mut parts] = [vec![0.0; table.len()], vec![0.0; table.len()]];
        explainer.walk_rows(false, &table, &mut whole);
        explainer.walk_rows(true, &table, &mut parts);
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&whole), bits(&parts));
    }
}

/// A path through so many features.
fn chain(rng: &mut Rng, features: usize) -> Tree {
    let mut tree = Tree::default();
    for feature in 0..features {
        let node = tree.push_leaf(0.0, (features - feature + 1) as f64) as usize;
        tree.push_leaf(rng.between(-1.0, 1.0), 1.0);
        tree.split_feature[node] = feature as u32;
        tree.threshold[node] = rng.between(-1.0, 1.0) as f32;
        (tree.left[node], tree.right[node]) = (node as u32 + 1, node as u32 + 2);
    }
    tree.push_leaf(rng.between(-1.0, 1.0), 1.0);
    tree
}

/// A chain as deep as trees may be, each split on a feature of its own.
#[test]
fn the_deepest_tree_adds_up() {
    let depth = crate::limits::TREE_DEPTH_MAX;
    let mut tree = Tree::default();
    for level in 0..depth {
        let cover = 1000.0 - level as f64;
        let node = tree.push_leaf(0.0, cover) as usize;
        tree.split_feature[node] = level as u32;
        tree.left[node] = node as u32 + 1;
        tree.right[node] = (2 * depth - level) as u32;
    }
    tree.push_leaf(7.0, 1000.0 - depth as f64);
    for level in (0..depth).rev() {
        tree.push_leaf(level as f64, 1.0);
    }
    let trees = TreeEnsemble {
        trees: [tree].into(),
        base_score: 0.5,
        aggregation: Aggregation::Sum,
        n_features: depth,
        dialect: Dialect::default(),
    };
    trees.check().unwrap();
    let model = Model::Trees(trees);
    for turn in [0, 1, 63, 64, depth - 1, depth] {
        let mut row = vec![-1.0; depth];
        row.iter_mut().skip(turn).for_each(|x| *x = 1.0);
        assert_adds_up(&model, &row);
    }
}

/// A row that follows a chain to its end: the features share the output equally.
#[test]
fn equal_features_of_a_deep_path_share_equally() {
    for depth in [64, 65, 100, 300] {
        let mut tree = Tree::default();
        let cover = |level: usize| (0..level).fold(1.0, |cover, _| cover / 2.0);
        for level in 0..depth {
            let node = tree.push_leaf(0.0, cover(level)) as usize;
            tree.split_feature[node] = level as u32;
            tree.left[node] = node as u32 + 1;
            tree.right[node] = (2 * depth - level) as u32;
        }
        tree.push_leaf(1.0, cover(depth));
        (0..depth).rev().for_each(|level| {
            tree.push_leaf(0.0, cover(level + 1));
        });
        let trees = TreeEnsemble {
            trees: [tree].into(),
            base_score: 0.0,
            aggregation: Aggregation::Sum,
            n_features: depth,
            dialect: Dialect::default(),
        };
        trees.check().unwrap();
        let expected = (1.0 - cover(depth)) / depth as f64;
        let explainer = Explainer::new(&Model::Trees(trees));
        let row = vec![-1.0; depth];
        for share in explainer.explain(&row).contributions {
            assert!((share - expected).abs() < 1e-12, "{depth}: {share} for {expected}");
        }
        let interactions = explainer.interactions(&row);
        let first = interactions.get(0, 1);
        for j in 1..depth {
            assert!((interactions.get(0, j) - first).abs() < 1e-12, "{depth}: {j}");
        }
    }
}

#[test]
fn a_feature_without_a_split_gets_nothing() {
    let (mut rng, schema, mut model) = random(3, 4, 5, 6);
    let Model::Trees(trees) = &mut model else { unreachable!() };
    trees.n_features = 6;
    let mut row = row(&mut rng, &schema);
    row.extend([f32::NAN, 1e30]);
    let explanation = contributions(&model, &row);
    assert_eq!(explanation.contributions[4..], [0.0, 0.0]);
    assert!(explanation.contributions[..4].iter().any(|c| *c != 0.0));
}

#[test]
fn top_is_by_size_then_by_feature() {
    let explanation = Explanation { base_value: 0.0, contributions: vec![0.1, -0.5, 0.0, 0.5] };
    let features = |k| explanation.top(k).iter().map(|c| c.feature).collect::<Vec<_>>();
    assert_eq!(features(9), [1, 3, 0]);
    assert_eq!(features(1), [1]);
    assert_eq!(features(0), [0usize; 0]);
}
