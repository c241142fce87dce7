//! The fast path of a tree ensemble: the same margins as the plain walk
//! ([`TreeEnsemble::margin`]), bit for bit, for every checked ensemble.
//!
//! A row is first turned into *slots* ([`slots`]): whole numbers that stand in the order of the
//! values, with missing values already sent to the side that a split wants, so that a step of the
//! walk is one comparison. Small trees of numeric splits are *packed* ([`packed`]): 8 bytes a node,
//! no branch in a step, no bounds check. All others are *long* ([`long`]): categorical splits, more
//! nodes, more slots. Rows are scored in blocks, trees outside, some rows side by side; a single
//! row walks some trees side by side.
//!
//! Memory: a packed tree takes 16 bytes a node, rounded up to the next size in
//! [`packed::SIZES`]; a long one 24 bytes a node and the bits of its category sets. Together at most
//! 64 bytes a node and 128 bytes a tree.

mod long;
mod packed;
mod slots;
#[cfg(test)]
mod tests;

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::dialect::Accumulation;
use super::tree::{Aggregation, TreeEnsemble};
use long::Long;
use packed::{Packed, PackedTree};
use slots::Slots;

/// Rows of a block: their slots stay in the first-level cache while the trees pass by.
const BLOCK: usize = 64;
/// Rows that are walked side by side: as many as there are registers to hold their places.
const LANES: usize = if cfg!(target_family = "wasm") { 8 } else { 16 };
/// Slots of a narrow and of a wide packed row; longer rows are for long trees.
const NARROW: usize = 64;
const WIDE: usize = 512;

/// What turns the rows of one ensemble into margins: [`TreeScorer`], or another with the same bits.
pub trait RowScorer {
    /// Lays out a checked ensemble.
    fn of(ensemble: &TreeEnsemble) -> Self;
    /// Margin of one row; values beyond the end of a shorter row count as missing.
    fn margin(&self, row: &[f32]) -> f64;
    /// Margins of many rows: `rows` holds `n_features` values a row, row after row; `out` takes one
    /// margin a row. Scores as many rows as both hold.
    fn margins(&self, rows: &[f32], out: &mut [f64]);
}

/// A tree ensemble laid out for speed. Build it once, score many rows.
#[derive(Clone, Debug)]
pub struct TreeScorer {
    slots: Slots,
    packed: Packed,
    long: Long,
    /// The trees in order, in stretches of one kind.
    stretches: Vec<Stretch>,
    n_features: usize,
    base_score: f64,
    divisor: Option<f64>,
    accumulation: Accumulation,
}

/// Neighbouring trees of one kind.
#[derive(Clone, Debug)]
enum Stretch {
    Packed(Vec<PackedTree>),
    /// First nodes.
    Long(Vec<usize>),
}

impl TreeScorer {
    /// Lays out a checked ensemble.
    #[must_use]
    pub fn new(ensemble: &TreeEnsemble) -> Self {
        Self::part(ensemble, 0..ensemble.trees.len())
    }

    /// Lays out neighbouring trees of a checked ensemble, for [`TreeScorer::add`].
    #[must_use]
    pub fn part(ensemble: &TreeEnsemble, trees: Range<usize>) -> Self {
        let trees = ensemble.trees.get(trees).unwrap_or_default();
        let mut scorer = Self {
            packed: Packed::default(),
            long: Long::default(),
            stretches: Vec::new(),
            n_features: ensemble.n_features,
            base_score: ensemble.base_score,
            divisor: match ensemble.aggregation {
                Aggregation::Sum => None,
                Aggregation::Mean => Some(ensemble.trees.len().max(1) as f64),
            },
            accumulation: ensemble.dialect.accumulation,
            slots: Slots::new(trees, &ensemble.dialect),
        };
        let fits = scorer.slots.len() <= WIDE;
        for tree in trees {
            let packed = fits.then(|| scorer.packed.push(tree, &scorer.slots)).flatten();
            match (packed, scorer.stretches.last_mut()) {
                (Some(tree), Some(Stretch::Packed(trees))) => trees.push(tree),
                (Some(tree), _) => scorer.stretches.push(Stretch::Packed([tree].into())),
                (None, last) => {
                    let start = scorer.long.push(tree, &scorer.slots);
                    match last {
                        Some(Stretch::Long(trees)) => trees.push(start),
                        _ => scorer.stretches.push(Stretch::Long([start].into())),
                    }
                }
            }
        }
        scorer
    }

    /// Number of features of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Margin of one row; values beyond the end of a shorter row count as missing.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        let mut sum = self.start();
        self.add_one(row, &mut sum);
        self.finish(sum)
    }

    /// Margins of many rows: `rows` holds `n_features` values a row, row after row; `out` takes one
    /// margin a row. Scores as many rows as both hold.
    #[inline]
    pub fn margins(&self, rows: &[f32], out: &mut [f64]) {
        let count = rows_held(rows, self.n_features, out.len());
        let out = &mut out[..count];
        out.fill(self.start());
        self.add(rows, out);
        out.iter_mut().for_each(|sum| *sum = self.finish(*sum));
    }

    /// Adds the leaves that the rows reach, in tree order and in the ensemble's arithmetic, to
    /// `sums`, one a row: between [`TreeScorer::start`] and [`TreeScorer::finish`].
    #[inline]
    pub fn add(&self, rows: &[f32], sums: &mut [f64]) {
        // Few rows behind the last full lanes cost less one by one.
        let rest = sums.len() % LANES;
        let alone = if rest <= LANES / 2 { rest } else { 0 };
        let (sums, last) = sums.split_at_mut(sums.len() - alone);
        match self.slots.len() {
            len if len <= NARROW => self.add_sized::<NARROW>(rows, sums),
            len if len <= WIDE => self.add_sized::<WIDE>(rows, sums),
            _ => self.add_long(rows, sums),
        }
        for (i, sum) in last.iter_mut().enumerate() {
            self.add_one(nth_row(rows, self.n_features, sums.len() + i), sum);
        }
    }

    /// What a sum starts from.
    #[must_use]
    pub fn start(&self) -> f64 {
        match self.accumulation {
            Accumulation::F64 => 0.0,
            Accumulation::F32 => f64::from(self.base_score as f32),
        }
    }

    /// From the sum over all trees to the margin.
    #[must_use]
    pub fn finish(&self, sum: f64) -> f64 {
        match (self.accumulation, self.divisor) {
            (Accumulation::F32, _) => sum,
            (Accumulation::F64, None) => self.base_score + sum,
            (Accumulation::F64, Some(trees)) => self.base_score + sum / trees,
        }
    }

    fn add_one(&self, row: &[f32], sum: &mut f64) {
        match self.slots.len() {
            len if len <= NARROW => self.add_row(row, &mut [0; NARROW], sum),
            len if len <= WIDE => self.add_row(row, &mut [0; WIDE], sum),
            len => self.add_long_row(row, &mut vec![0; len], sum),
        }
    }

    fn add_row<const S: usize>(&self, row: &[f32], values: &mut [i32; S], sum: &mut f64) {
        self.slots.fill(row, values);
        for stretch in &self.stretches {
            match stretch {
                Stretch::Packed(trees) => {
                    self.packed.add_row(trees, values, sum, self.accumulation);
                }
                Stretch::Long(trees) => self.add_row_to_long(trees, values, sum),
            }
        }
    }

    fn add_long_row(&self, row: &[f32], values: &mut [i32], sum: &mut f64) {
        self.slots.fill(row, values);
        for stretch in &self.stretches {
            let Stretch::Long(trees) = stretch else { continue };
            self.add_row_to_long(trees, values, sum);
        }
    }

    fn add_row_to_long(&self, trees: &[usize], values: &[i32], sum: &mut f64) {
        for &tree in trees {
            let leaf = self.long.leaves(tree, [values]);
            plus_all(core::array::from_mut(sum), &leaf, self.accumulation);
        }
    }

    fn add_sized<const S: usize>(&self, rows: &[f32], sums: &mut [f64]) {
        let mut values = vec![[0i32; S]; sums.len().min(BLOCK).next_multiple_of(LANES)];
        let mut block = [0.0; BLOCK];
        for (number, sums) in sums.chunks_mut(BLOCK).enumerate() {
            for (i, values) in values[..sums.len()].iter_mut().enumerate() {
                self.slots.fill(nth_row(rows, self.n_features, number * BLOCK + i), values);
            }
            block[..sums.len()].copy_from_slice(sums);
            // Lanes behind the last row walk what is left in their slots; nobody reads their sums.
            let (values, _) = values[..sums.len().next_multiple_of(LANES)].as_chunks::<LANES>();
            let (groups, _) = block.as_chunks_mut::<LANES>();
            for stretch in &self.stretches {
                match stretch {
                    Stretch::Packed(trees) => {
                        for tree in trees {
                            self.packed.add(tree, values, groups, self.accumulation);
                        }
                    }
                    Stretch::Long(trees) => {
                        for &tree in trees {
                            for (rows, sums) in values.iter().zip(&mut *groups) {
                                let rows = rows.each_ref().map(|row| &row[..]);
                                let leaves = self.long.leaves(tree, rows);
                                plus_all(sums, &leaves, self.accumulation);
                            }
                        }
                    }
                }
            }
            sums.copy_from_slice(&block[..sums.len()]);
        }
    }

    /// Rows of more slots than the packed ones have.
    fn add_long(&self, rows: &[f32], sums: &mut [f64]) {
        let width = self.slots.len();
        let mut values = vec![0i32; LANES * width];
        let mut group = [0.0; LANES];
        for (number, sums) in sums.chunks_mut(LANES).enumerate() {
            for (i, values) in values.chunks_mut(width).take(sums.len()).enumerate() {
                self.slots.fill(nth_row(rows, self.n_features, number * LANES + i), values);
            }
            group[..sums.len()].copy_from_slice(sums);
            let rows: [&[i32]; LANES] =
                core::array::from_fn(|i| &values[i * width..(i + 1) * width]);
            for stretch in &self.stretches {
                let Stretch::Long(trees) = stretch else { continue };
                for &tree in trees {
                    plus_all(&mut group, &self.long.leaves(tree, rows), self.accumulation);
                }
            }
            sums.copy_from_slice(&group[..sums.len()]);
        }
    }
}

impl RowScorer for TreeScorer {
    fn of(ensemble: &TreeEnsemble) -> Self {
        Self::new(ensemble)
    }

    fn margin(&self, row: &[f32]) -> f64 {
        self.margin(row)
    }

    #[inline]
    fn margins(&self, rows: &[f32], out: &mut [f64]) {
        self.margins(rows, out);
    }
}

/// How many rows of `n_features` values there are to score into `room` places. Rows of no feature
/// are as many as asked for.
#[must_use]
pub fn rows_held(rows: &[f32], n_features: usize, room: usize) -> usize {
    rows.len().checked_div(n_features).map_or(room, |rows| rows.min(room))
}

#[inline]
fn nth_row(rows: &[f32], n_features: usize, i: usize) -> &[f32] {
    rows.get(i * n_features..(i + 1) * n_features).unwrap_or_default()
}

/// Adds a leaf to each sum in the arithmetic of the ensemble: in f32, f64 holds an f32 number.
#[inline(always)]
fn plus_all<const R: usize>(sums: &mut [f64; R], leaves: &[f64; R], accumulation: Accumulation) {
    match accumulation {
        Accumulation::F64 => sums.iter_mut().zip(leaves).for_each(|(sum, leaf)| *sum += leaf),
        Accumulation::F32 => {
            for (sum, leaf) in sums.iter_mut().zip(leaves) {
                *sum = f64::from(*sum as f32 + *leaf as f32);
            }
        }
    }
}
