//! The sums of a group, the same on every level.

use chatsignal_core::model::Accumulation;

use crate::block::{BLOCKS_MAX, LEAVES_MAX, Tests};
use crate::group::{Group, GroupTree};
use crate::lanes::{Lanes, plus};

/// Rows whose columns are made at once: they stay in the first-level cache while the trees pass by.
const ROWS: usize = 256;
/// Columns are numbered by a byte.
const COLUMNS: usize = 256;
/// Outcomes: the number of each leaf, then one for each block; rounded up for the mask.
const OUTCOMES: usize = 512;
const _: () = assert!(LEAVES_MAX + BLOCKS_MAX <= OUTCOMES);

/// Adds the leaves that rows reach in the trees of a group, in tree order. Every level calls it from
/// a function that has the level's instructions, into which all of it is inlined.
#[inline(always)]
pub(crate) fn add<L: Lanes>(lanes: L, group: &Group, rows: &[f32], sums: &mut [f64]) {
    match group.accumulation {
        Accumulation::F64 => add_in::<L, false>(lanes, group, rows, sums),
        Accumulation::F32 => add_in::<L, true>(lanes, group, rows, sums),
    }
}

#[inline(always)]
fn add_in<L: Lanes, const F32: bool>(lanes: L, group: &Group, rows: &[f32], sums: &mut [f64]) {
    let width = L::column(0).as_ref().len();
    let mut blocks = vec![[L::column(0); COLUMNS]; ROWS / width];
    let mut outcomes = Box::new([L::column(0); OUTCOMES]);
    for (number, outcome) in (0..=u8::MAX).zip(outcomes.iter_mut()) {
        *outcome = L::column(number);
    }
    let mut padded = [0.0; ROWS];
    let stretches = sums.chunks_mut(ROWS).zip(rows.chunks(ROWS * group.n_features));
    for (sums, rows) in stretches {
        let count = sums.len();
        let blocks = &mut blocks[..count.div_ceil(width)];
        fill(lanes, group, rows, blocks);
        padded[..count].copy_from_slice(sums);
        for tree in &group.trees {
            for (columns, sums) in blocks.iter().zip(padded.chunks_exact_mut(width)) {
                add_tree::<L, F32>(lanes, group, tree, columns, &mut outcomes, sums);
            }
        }
        sums.copy_from_slice(&padded[..count]);
    }
}

/// The ranks of rows.
#[inline(always)]
fn fill<L: Lanes>(lanes: L, group: &Group, rows: &[f32], blocks: &mut [[L::Column; COLUMNS]]) {
    let mut values = [f32::NAN; ROWS];
    let width = L::column(0).as_ref().len();
    for (i, feature) in group.features.iter().enumerate() {
        for (value, row) in values.iter_mut().zip(rows.chunks_exact(group.n_features)) {
            *value = row[feature.number];
        }
        if let Some(rule) = feature.rule {
            values.iter_mut().for_each(|value| *value = rule.read(*value));
        }
        for (values, columns) in values.chunks_exact(width).zip(&mut *blocks) {
            let (pairs, _) = columns.as_chunks_mut::<2>();
            let [right, left] = &mut pairs[i & (COLUMNS / 2 - 1)];
            lanes.rank(&feature.thresholds, values, right, left);
        }
    }
}

#[inline(always)]
fn add_tree<L: Lanes, const F32: bool>(
    lanes: L,
    group: &Group,
    tree: &GroupTree,
    columns: &[L::Column; COLUMNS],
    outcomes: &mut [L::Column; OUTCOMES],
    sums: &mut [f64],
) {
    let eight: [L::Bytes; 8] = std::array::from_fn(|i| lanes.splat(i as u8));
    let mut at = LEAVES_MAX;
    for (first, tests) in group.bottom[tree.bottom.clone()].iter().enumerate() {
        let leaf = lanes.plus(run(lanes, tests, columns, eight), lanes.splat(8 * first as u8));
        lanes.store(leaf, &mut outcomes[at & (OUTCOMES - 1)]);
        at += 1;
    }
    for upper in &group.upper[tree.upper.clone()] {
        let exits: [L::Bytes; 8] = std::array::from_fn(|i| {
            lanes.load(&outcomes[usize::from(upper.exits[i]) & (OUTCOMES - 1)])
        });
        let leaf = run(lanes, &upper.tests, columns, exits);
        lanes.store(leaf, &mut outcomes[at & (OUTCOMES - 1)]);
        at += 1;
    }
    let numbers = &outcomes[(at - 1) & (OUTCOMES - 1)];
    let leaves = &group.leaves[tree.leaves.start..];
    if tree.leaves.len() <= 64 {
        if let Some(leaves) = leaves.first_chunk() {
            lanes.add_small::<F32>(leaves, numbers, sums);
        }
    } else if let Some(leaves) = leaves.first_chunk::<LEAVES_MAX>() {
        for (sum, number) in sums.iter_mut().zip(numbers.as_ref()) {
            *sum = plus::<F32>(*sum, leaves[usize::from(*number)]);
        }
    }
}

/// Where rows leave a block.
#[inline(always)]
fn run<L: Lanes>(
    lanes: L,
    tests: &Tests,
    columns: &[L::Column; COLUMNS],
    exits: [L::Bytes; 8],
) -> L::Bytes {
    let test = |i: usize, left: L::Bytes, right: L::Bytes| {
        let column = &columns[usize::from(tests.columns[i])];
        lanes.choose(column, tests.thresholds[i], left, right)
    };
    let left = test(1, test(3, exits[0], exits[1]), test(4, exits[2], exits[3]));
    let right = test(2, test(5, exits[4], exits[5]), test(6, exits[6], exits[7]));
    test(0, left, right)
}
