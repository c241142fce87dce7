//! Rows a second of the plain walk, of the core's scorer and of each level of `simd`, on trees trained
//! by our own learner on simulated rows with structure and missing values. The sides take turns; the
//! figure is the best turn in CPU seconds.
//! `cargo bench -p chatsignal-bench --bench score`

use std::hint::black_box;

use chatsignal_bench::clock::timed;
use chatsignal_bench::table::wide;
use chatsignal_core::model::{Model, TreeEnsemble, TreeScorer};
use chatsignal_simd::Level;
use chatsignal_train::dataset::{Dataset, Task};
use chatsignal_train::learner::{Fit, GbmParams};

const TRAINING_ROWS: usize = 50_000;
const ROWS: usize = 20_000;
const TURNS: usize = 9;

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

/// A way to score all rows.
type Side<'a> = (String, Box<dyn Fn(&mut [f64]) + 'a>);

fn main() {
    let (data, rows) = tables();
    let width = data.schema.len();
    for (trees, depth) in [(100, 6), (500, 8)] {
        let ensemble = ensemble(&data, trees, depth);
        let leaves = ensemble.trees.iter().map(|tree| tree.len().div_ceil(2)).sum::<usize>();
        println!("{trees} trees of depth {depth}, {} leaves each", leaves / trees);
        let (core, layout) = timed(|| TreeScorer::new(&ensemble));
        let one_by_one = |margin: &dyn Fn(&[f32]) -> f64, out: &mut [f64]| {
            for (row, out) in rows.chunks_exact(width).zip(out) {
                *out = margin(black_box(row));
            }
        };
        let mut sides: Vec<Side<'_>> = vec![
            ("plain walk".into(), Box::new(|out| one_by_one(&|row| ensemble.margin(row), out))),
            (
                "core, one row a call".into(),
                Box::new(|out| one_by_one(&|row| core.margin(row), out)),
            ),
            ("core, batch".into(), Box::new(|out| core.margins(black_box(&rows), out))),
        ];
        let mut layouts = vec![("core", layout.cpu_s)];
        for (name, level) in [("AVX2", Level::Avx2), ("AVX-512", Level::Avx512)] {
            if level.is_available() {
                let make = || chatsignal_simd::TreeScorer::with_level(&ensemble, level);
                let (scorer, layout) = timed(make);
                layouts.push((name, layout.cpu_s));
                let rows = &rows;
                sides.push((
                    format!("{name}, batch"),
                    Box::new(move |out| scorer.margins(black_box(rows), out)),
                ));
            }
        }
        let mut best = vec![f64::INFINITY; sides.len()];
        let mut out = vec![0.0; ROWS];
        for _ in 0..TURNS {
            for ((_, side), best) in sides.iter().zip(&mut best) {
                *best = best.min(timed(|| side(black_box(&mut out))).1.cpu_s);
            }
        }
        for ((name, _), seconds) in sides.iter().zip(&best) {
            let (rate, ratio) = (ROWS as f64 / seconds / 1e6, best[0] / seconds);
            println!("{name:22} {rate:7.3} M rows/s {ratio:6.1} x the plain walk");
        }
        for (name, seconds) in layouts {
            println!("layout, {name:14} {:7.2} ms", seconds * 1e3);
        }
    }
}
