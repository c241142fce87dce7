//! Training tables whose context has not seen the labels of their own rows.
//!
//! The tenant's rates of engagement by hour, weekday and format are means of the label. Were they
//! fitted on the very rows that the model then learns from, they would carry each row's own
//! outcome (and that of its campaign, which shares the hour) into the features: the model would
//! trust them in training and be let down afterwards. So every block of days gets its features
//! from a context fitted on the other blocks (cross-fitting; Micci-Barreca's target statistics,
//! 2001, out of fold). The contexts of the other kinds hold no labels.

use std::collections::BTreeMap;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::FeatureContext;
use chatsignal_core::time::DAY_MS;

use super::learn::dataset;
use crate::dataset::Dataset;
use crate::snapshot::Snapshot;

/// Blocks of days, each left out once.
const BLOCKS: usize = 5;

/// The table that a model learns from. `context` is the one fitted on all `rows`, `fit` fits one
/// on some of them.
pub(super) fn training_table(
    kind: ModelKind,
    rows: &[&Snapshot],
    context: &FeatureContext,
    fit: &dyn Fn(&[&Snapshot]) -> FeatureContext,
) -> Dataset {
    let mut table = dataset(kind, rows, context);
    if kind != ModelKind::Engagement {
        return table;
    }
    let blocks = blocks(rows);
    let width = table.schema.len();
    for block in 0..BLOCKS {
        let part = |own: bool| -> Vec<usize> {
            (0..rows.len()).filter(|&i| (blocks[i] == block) == own).collect()
        };
        let (inside, outside) = (part(true), part(false));
        if inside.is_empty() || outside.is_empty() {
            continue;
        }
        let pick = |part: &[usize]| part.iter().map(|&i| rows[i]).collect::<Vec<_>>();
        let own = dataset(kind, &pick(&inside), &fit(&pick(&outside)));
        for (j, &i) in inside.iter().enumerate() {
            table.x[i * width..(i + 1) * width].copy_from_slice(own.row(j));
        }
    }
    table
}

/// Block of each row: whole days in order of time, about as many rows in each.
fn blocks(rows: &[&Snapshot]) -> Vec<usize> {
    let day = |row: &Snapshot| row.at.0.div_euclid(DAY_MS);
    let mut block_of_day: BTreeMap<i64, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *block_of_day.entry(day(row)).or_default() += 1);
    let mut before = 0;
    for count in block_of_day.values_mut() {
        let block = before * BLOCKS / rows.len();
        before += *count;
        *count = block;
    }
    rows.iter().map(|row| block_of_day[&day(row)]).collect()
}
