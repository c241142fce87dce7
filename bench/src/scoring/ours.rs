//! Our own sides.

use std::rc::Rc;

use anyhow::Result;
use chatsignal_core::explain::Explainer;
use chatsignal_core::model::{Accumulation, Model};
use chatsignal_simd::{Level, TreeScorer};
use rayon::prelude::*;

use super::model::Loaded;
use super::plan::Group;
use super::side::{Call, Side, Work};
use super::{FEATURES, name};

/// Our sides of one comparison.
///
/// # Errors
/// The pool of threads does not start.
pub fn ours<'a>(
    group: Group,
    model: &'a Loaded,
    rows: &'a [f32],
    threads: usize,
) -> Result<Vec<Side<'a>>> {
    let trees = &model.sums_f64;
    let mut sides = Vec::new();
    let mut add = |name: &str, library: &str, call: Call<'a>| {
        let rows = group.rows(library, model.large);
        let work = Work::Here(call);
        sides.push(Side { name: name.to_owned(), rows, probability: false, work });
    };
    let part = |library: &str| &rows[..group.rows(library, model.large) * FEATURES];
    match group {
        Group::Batch => {
            let pool = Rc::new(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?);
            for (name, scorer) in scorers(model) {
                let pool = Rc::clone(&pool);
                let rows = part("scorer");
                add(
                    name,
                    "scorer",
                    Box::new(move |out| batch(&scorer, rows, out, (threads > 1).then_some(&pool))),
                );
            }
            if threads == 1 {
                let rows = part("walk");
                add(
                    name::WALK,
                    "walk",
                    Box::new(move |out| one_by_one(rows, out, |r| trees.margin(r))),
                );
            }
        }
        Group::Single => {
            for (name, scorer) in scorers(model) {
                let rows = part("scorer");
                add(
                    name,
                    "scorer",
                    Box::new(move |out| one_by_one(rows, out, |r| scorer.margin(r))),
                );
            }
            let rows = part("walk");
            add(
                name::WALK,
                "walk",
                Box::new(move |out| one_by_one(rows, out, |r| trees.margin(r))),
            );
        }
        Group::Shap => {
            let explainer = Rc::new(Explainer::new(&model.model));
            let (batch, rows) = (Rc::clone(&explainer), part("explain_rows"));
            add(
                name::EXPLAIN_ROWS,
                "explain_rows",
                Box::new(move |out| {
                    out.resize(rows.len(), 0.0);
                    batch.explain_rows(rows, out);
                }),
            );
            let rows = part("explain");
            add(
                name::EXPLAIN,
                "explain",
                Box::new(move |out| {
                    out.clear();
                    for row in rows.chunks_exact(FEATURES) {
                        out.extend(explainer.explain(row).contributions);
                    }
                }),
            );
        }
        Group::Interactions => {
            let (explainer, rows) = (Explainer::new(&model.model), part("interactions"));
            add(
                name::INTERACTIONS,
                "interactions",
                Box::new(move |out| {
                    out.clear();
                    for row in rows.chunks_exact(FEATURES) {
                        out.extend(explainer.interactions(row).values);
                    }
                }),
            );
        }
    }
    Ok(sides)
}

/// Our scorers of a model: the best level of this machine with sums in f64 and, where the library
/// has them, in f32; and the portable one.
fn scorers(model: &Loaded) -> Vec<(&'static str, TreeScorer)> {
    let mut scorers = vec![(name::SCORER, TreeScorer::new(&model.sums_f64))];
    if let Model::Trees(trees) = &model.model
        && trees.dialect.accumulation == Accumulation::F32
    {
        scorers.push((name::SCORER_F32, TreeScorer::new(trees)));
    }
    let portable = TreeScorer::with_level(&model.sums_f64, Level::Portable);
    scorers.push((name::PORTABLE, portable));
    scorers
}

fn batch(
    scorer: &TreeScorer,
    rows: &[f32],
    out: &mut Vec<f64>,
    pool: Option<&Rc<rayon::ThreadPool>>,
) {
    const CHUNK: usize = 1_024;
    out.resize(rows.len() / FEATURES, 0.0);
    match pool {
        None => scorer.margins(rows, out),
        Some(pool) => pool.install(|| {
            let chunks = rows.par_chunks(CHUNK * FEATURES).zip(out.par_chunks_mut(CHUNK));
            chunks.for_each(|(rows, out)| scorer.margins(rows, out));
        }),
    }
}

fn one_by_one(rows: &[f32], out: &mut Vec<f64>, margin: impl Fn(&[f32]) -> f64) {
    out.clear();
    out.extend(rows.chunks_exact(FEATURES).map(|row| margin(std::hint::black_box(row))));
}
