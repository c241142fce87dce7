//! Explanations a second, beside the classical recursion of TreeSHAP (the algorithm of XGBoost,
//! LightGBM and shap), on ensembles of full trees.
//! `cargo bench -p chatsignal-bench --bench explain`

use std::hint::black_box;

use chatsignal_core::explain::Explainer;
use chatsignal_core::model::{Aggregation, Dialect, Model, Tree, TreeEnsemble};
use chatsignal_core::testing::tree_shap;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const FEATURES: usize = 24;
const ROWS: usize = 256;

fn grow(tree: &mut Tree, depth: u32, cover: f64, rng: &mut impl Rng) -> u32 {
    let node = tree.push_leaf(rng.random_range(-1.0..1.0), cover);
    if depth > 0 {
        let at = node as usize;
        let left = cover * rng.random_range(0.1..0.9);
        tree.leaf_value[at] = 0.0;
        tree.split_feature[at] = rng.random_range(0..FEATURES as u32);
        tree.threshold[at] = rng.random_range(-1.0..1.0);
        tree.left[at] = grow(tree, depth - 1, left, rng);
        tree.right[at] = grow(tree, depth - 1, cover - left, rng);
    }
    node
}

fn bench(c: &mut Criterion) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let rows: Vec<f32> = (0..ROWS * FEATURES)
        .map(|_| if rng.random_bool(0.1) { f32::NAN } else { rng.random_range(-1.0..1.0) })
        .collect();
    for (trees, depth) in [(100, 6), (500, 8), (100, 12)] {
        let grown = (0..trees).map(|_| {
            let mut tree = Tree::default();
            grow(&mut tree, depth, 10_000.0, &mut rng);
            tree
        });
        let ensemble = TreeEnsemble {
            trees: grown.collect(),
            base_score: 0.0,
            aggregation: Aggregation::Sum,
            n_features: FEATURES,
            dialect: Dialect::default(),
        };
        ensemble.check().expect("sound");
        let model = Model::Trees(ensemble.clone());
        let explainer = Explainer::new(&model);
        let row = &rows[..FEATURES];
        let mut out = vec![0.0; rows.len()];
        let mut group = c.benchmark_group(format!("{trees}x{depth}"));
        group.sample_size(10).throughput(Throughput::Elements(1));
        group.bench_function("prepare", |b| b.iter(|| Explainer::new(black_box(&model))));
        group.bench_function("single row", |b| b.iter(|| explainer.explain(black_box(row))));
        group.bench_function("interactions", |b| {
            b.iter(|| explainer.interactions(black_box(row)));
        });
        group.bench_function("classical recursion", |b| {
            b.iter(|| tree_shap::contributions(&ensemble, black_box(row)));
        });
        group.throughput(Throughput::Elements(ROWS as u64));
        group.bench_function("batch", |b| {
            b.iter(|| explainer.explain_rows(black_box(&rows), black_box(&mut out)));
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
