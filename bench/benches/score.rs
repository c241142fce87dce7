//! Rows a second of the plain walk, of the core's scorer and of each level of `simd`, on trees trained
//! by our own learner on simulated rows with structure and missing values.
//! `cargo bench -p chatsignal-bench --bench score`

use std::hint::black_box;

use chatsignal_bench::table::wide;
use chatsignal_core::model::{Model, TreeEnsemble, TreeScorer};
use chatsignal_simd::Level;
use chatsignal_train::dataset::{Dataset, Task};
use chatsignal_train::learner::{Fit, GbmParams};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const TRAINING_ROWS: usize = 50_000;
const ROWS: usize = 20_000;

/// Rows to learn from and rows to score, 24 features each, every eleventh value missing.
fn tables() -> (Dataset, Vec<f32>) {
    let mut data = wide(TRAINING_ROWS + ROWS);
    data.x.iter_mut().step_by(11).for_each(|x| *x = f32::NAN);
    let width = data.schema.len();
    let rows = data.x.split_off(TRAINING_ROWS * width);
    data.y.truncate(TRAINING_ROWS);
    (data, rows)
}

fn ensemble(data: &Dataset, trees: usize, depth: usize) -> TreeEnsemble {
    let params = GbmParams { n_estimators: trees, max_depth: depth, ..GbmParams::default() };
    let fitted = params.check().and_then(|valid| valid.fit(data, &Fit::new(Task::Binary, 1)));
    match fitted.expect("it trains").model {
        Model::Trees(trees) => trees,
        Model::Logistic(_) => unreachable!("boosting gives trees"),
    }
}

fn bench(c: &mut Criterion) {
    let (data, rows) = tables();
    let width = data.schema.len();
    for (trees, depth) in [(100, 6), (500, 8)] {
        let ensemble = ensemble(&data, trees, depth);
        let leaves = ensemble.trees.iter().map(|tree| tree.len().div_ceil(2)).sum::<usize>();
        println!("{trees} trees of depth {depth}: {:.0} leaves each", leaves as f64 / trees as f64);
        let mut group = c.benchmark_group(format!("{trees}x{depth}"));
        group.sample_size(10).throughput(Throughput::Elements(ROWS as u64));
        let mut out = vec![0.0; ROWS];
        group.bench_function("plain walk", |b| {
            b.iter(|| {
                for (row, out) in rows.chunks_exact(width).zip(&mut out) {
                    *out = ensemble.margin(black_box(row));
                }
            });
        });
        for level in Level::ALL.into_iter().filter(|level| level.is_available()) {
            let scorer = chatsignal_simd::TreeScorer::with_level(&ensemble, level);
            group.bench_function(format!("{level:?}"), |b| {
                b.iter(|| scorer.margins(black_box(&rows), black_box(&mut out)));
            });
        }
        let scorer = TreeScorer::new(&ensemble);
        group.throughput(Throughput::Elements(1));
        let mut next = rows.chunks_exact(width).cycle();
        group.bench_function("single row", |b| {
            b.iter(|| next.next().map(|row| scorer.margin(black_box(row))));
        });
        group.bench_function("layout", |b| b.iter(|| TreeScorer::new(black_box(&ensemble))));
        group.bench_function("layout of the best level", |b| {
            b.iter(|| chatsignal_simd::TreeScorer::new(black_box(&ensemble)));
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
