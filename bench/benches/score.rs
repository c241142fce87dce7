//! Rows a second of the plain walk and of the scorer, on ensembles of full trees.
//! `cargo bench -p chatsignal-bench --bench score`

use std::hint::black_box;

use chatsignal_core::model::tree::LEAF;
use chatsignal_core::model::{Aggregation, Dialect, Tree, TreeEnsemble, TreeScorer};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const FEATURES: usize = 24;
const ROWS: usize = 20_000;

fn grow(tree: &mut Tree, depth: u32, rng: &mut impl Rng) -> u32 {
    let node = tree.push_leaf(rng.random_range(-1.0..1.0), 1.0);
    if depth > 0 {
        let at = node as usize;
        tree.leaf_value[at] = 0.0;
        tree.split_feature[at] = rng.random_range(0..FEATURES as u32);
        tree.threshold[at] = rng.random_range(-1.0..1.0);
        tree.left[at] = grow(tree, depth - 1, rng);
        tree.right[at] = grow(tree, depth - 1, rng);
        assert_ne!(tree.right[at], LEAF);
    }
    node
}

fn bench(c: &mut Criterion) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let rows: Vec<f32> = (0..ROWS * FEATURES)
        .map(|_| if rng.random_bool(0.1) { f32::NAN } else { rng.random_range(-1.0..1.0) })
        .collect();
    for (trees, depth) in [(100, 6), (500, 8)] {
        let trees_grown = (0..trees)
            .map(|_| {
                let mut tree = Tree::default();
                grow(&mut tree, depth, &mut rng);
                tree
            })
            .collect();
        let ensemble = TreeEnsemble {
            trees: trees_grown,
            base_score: 0.0,
            aggregation: Aggregation::Sum,
            n_features: FEATURES,
            dialect: Dialect::default(),
        };
        let scorer = TreeScorer::new(&ensemble);
        let mut group = c.benchmark_group(format!("{trees}x{depth}"));
        group.sample_size(10).throughput(Throughput::Elements(ROWS as u64));
        let mut out = vec![0.0; ROWS];
        group.bench_function("scorer", |b| {
            b.iter(|| scorer.margins(black_box(&rows), black_box(&mut out)));
        });
        group.bench_function("plain walk", |b| {
            b.iter(|| {
                for (row, out) in rows.chunks_exact(FEATURES).zip(&mut out) {
                    *out = ensemble.margin(black_box(row));
                }
            });
        });
        group.throughput(Throughput::Elements(1));
        group.bench_function("scorer, single row", |b| {
            b.iter(|| scorer.margin(black_box(&rows[..FEATURES])));
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
