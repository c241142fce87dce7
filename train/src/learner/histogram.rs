//! Sums of gradients by bin.
//!
//! Gradients are rounded once per tree to integers and summed as integers: sums are exact, so
//! that neither the order of rows, nor the number of threads, nor subtracting one histogram from
//! another changes a bit. Leaf values do not come from these sums but from the f64 gradients.

use std::ops::{AddAssign, Sub, SubAssign};

use rayon::prelude::*;

use super::bins::{Bin, Binned};

/// Most rows that trees are grown from: hessian and count of a sum share 64 bits.
pub(crate) const ROWS_MAX: usize = (1 << 24) - 1;

/// Rows below which a histogram is built by one thread.
const PARALLEL_ROWS: usize = 16_384;

/// A sum over rows: gradient, and hessian with the count of rows in its low bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) g: i64,
    pub(crate) hn: i64,
}

impl AddAssign for Cell {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        self.g += other.g;
        self.hn += other.hn;
    }
}

impl SubAssign for Cell {
    fn sub_assign(&mut self, other: Self) {
        self.g -= other.g;
        self.hn -= other.hn;
    }
}

impl Sub for Cell {
    type Output = Self;
    fn sub(mut self, other: Self) -> Self {
        self -= other;
        self
    }
}

impl Cell {
    /// Whether no row is in it.
    #[inline(always)]
    pub(crate) fn is_empty(self) -> bool {
        self.hn == 0
    }
}

/// One row's rounded gradient and hessian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    g: i32,
    h: u32,
}

/// What turns [`Cell`]s into numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    g: f64,
    h: f64,
    count_bits: u32,
}

impl Scale {
    /// Gradient of a sum.
    #[inline(always)]
    pub(crate) fn gradient(&self, cell: Cell) -> f64 {
        cell.g as f64 * self.g
    }

    /// Hessian of a sum.
    #[inline(always)]
    pub(crate) fn hessian(&self, cell: Cell) -> f64 {
        (cell.hn >> self.count_bits) as f64 * self.h
    }

    /// Rows of a sum.
    #[inline(always)]
    pub(crate) fn rows(&self, cell: Cell) -> usize {
        (cell.hn & ((1 << self.count_bits) - 1)) as usize
    }

    /// One row as a sum.
    #[inline(always)]
    pub(crate) fn cell(&self, pair: Pair) -> Cell {
        Cell { g: i64::from(pair.g), hn: (i64::from(pair.h) << self.count_bits) | 1 }
    }
}

/// Rounds gradients and hessians (at least 0) of all rows to integers: 30 bits against the largest
/// gradient, and as many for the hessian as leave room for a sum of all rows and their count.
pub(crate) fn quantize(gradients: &[(f64, f64)], pairs: &mut Vec<Pair>) -> Scale {
    let count_bits = usize::BITS - gradients.len().leading_zeros();
    let hessian_bits = (62 - 2 * count_bits as i32).min(30);
    let (mut g_max, mut h_max) = (0.0f64, 0.0f64);
    for &(g, h) in gradients {
        g_max = g_max.max(g.abs());
        h_max = h_max.max(h);
    }
    let (g_up, h_up) = (power_of_two(g_max, 30), power_of_two(h_max, hessian_bits));
    pairs.clear();
    pairs.extend(gradients.iter().map(|&(g, h)| Pair {
        g: round(g * g_up) as i32,
        // Never 0: a row that is there must show.
        h: (round(h * h_up) as u32).max(1),
    }));
    Scale { g: 1.0 / g_up, h: 1.0 / h_up, count_bits }
}

/// The power of two that brings `max` just below `2^bits`; 1 for 0.
fn power_of_two(max: f64, bits: i32) -> f64 {
    if max <= 0.0 {
        return 1.0;
    }
    // Both factors are normal numbers: |max| is from 1e-30 or so to 1e43.
    let exponent = ((max.to_bits() >> 52) & 0x7ff) as i32 - 1022;
    f64::from_bits(((1023 + (bits - exponent).clamp(-1000, 1000)) as u64) << 52)
}

/// Nearest integer of a number below 2^31, without a library call: adding 1.5 * 2^52 leaves it in
/// the low bits of the mantissa.
#[inline(always)]
fn round(x: f64) -> i64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    (x + SHIFT).to_bits() as i64 - SHIFT.to_bits() as i64
}

/// Bins row by row, in words of 64 bits that hold 8 (or 4) features each.
#[derive(Clone, Debug)]
pub(crate) struct RowBlocks {
    /// Words, `rows` a block.
    words: Vec<u64>,
    rows: usize,
    /// Features of a word.
    lanes: usize,
    /// Cells of a feature.
    stride: usize,
    /// Bins of each feature, with the one of missing.
    used: Vec<usize>,
}

impl RowBlocks {
    pub(crate) fn new<B: Bin>(binned: &Binned<B>) -> Self {
        let lanes = 64 / B::BITS;
        let mut used: Vec<usize> = binned.features.iter().map(|f| f.len() + 1).collect();
        let width = used.len();
        let stride = if B::BITS == 8 { 256 } else { used.iter().copied().max().unwrap_or(1) };
        let rows = binned.rows;
        let mut words = vec![0; rows * width.div_ceil(lanes)];
        words.par_chunks_mut(rows.max(1)).enumerate().for_each(|(block, words)| {
            let features = block * lanes..width.min((block + 1) * lanes);
            for (lane, feature) in features.enumerate() {
                for (word, bin) in words.iter_mut().zip(binned.column(feature)) {
                    *word |= (bin.get() as u64) << (lane * B::BITS);
                }
            }
        });
        // Lanes without a feature count every row as missing; they are cleared like the others.
        used.resize(width.next_multiple_of(lanes), 1);
        Self { words, rows, lanes, stride, used }
    }

    /// Cells of the histograms of all features.
    pub(crate) fn cells(&self) -> usize {
        self.used.len() * self.stride
    }

    /// A feature's part of the histograms: missing, then its bins.
    pub(crate) fn feature<'h>(&self, cells: &'h [Cell], feature: usize) -> &'h [Cell] {
        &cells[feature * self.stride..][..self.used[feature]]
    }

    /// Adds up the histograms of the features in the blocks named, over `rows` with their `pairs`.
    pub(crate) fn build(
        &self,
        cells: &mut [Cell],
        blocks: &[bool],
        rows: &[u32],
        pairs: &[Pair],
        scale: Scale,
    ) {
        self.clear(cells);
        let parts = (rows.len() / PARALLEL_ROWS).min(rayon::current_num_threads());
        if parts < 2 {
            return self.add(cells, blocks, rows, pairs, scale);
        }
        let part = rows.len().div_ceil(parts);
        let sums = rows.par_chunks(part).zip(pairs.par_chunks(part)).map(|(rows, pairs)| {
            let mut sum = vec![Cell::default(); cells.len()];
            self.add(&mut sum, blocks, rows, pairs, scale);
            sum
        });
        for sum in sums.collect::<Vec<_>>() {
            self.for_each_used(cells, &sum, |cell, sum| *cell += sum);
        }
    }

    /// Takes `part` from `whole`, cell by cell.
    pub(crate) fn subtract(&self, whole: &mut [Cell], part: &[Cell]) {
        self.for_each_used(whole, part, |whole, part| *whole -= part);
    }

    fn for_each_used(&self, a: &mut [Cell], b: &[Cell], change: impl Fn(&mut Cell, Cell)) {
        let chunks = a.chunks_exact_mut(self.stride).zip(b.chunks_exact(self.stride));
        for ((a, b), &used) in chunks.zip(&self.used) {
            a[..used].iter_mut().zip(&b[..used]).for_each(|(a, b)| change(a, *b));
        }
    }

    fn clear(&self, cells: &mut [Cell]) {
        for (cells, &used) in cells.chunks_exact_mut(self.stride).zip(&self.used) {
            cells[..used].fill(Cell::default());
        }
    }

    fn add(&self, cells: &mut [Cell], blocks: &[bool], rows: &[u32], pairs: &[Pair], scale: Scale) {
        let words = self.words.chunks_exact(self.rows.max(1));
        let cells = cells.chunks_exact_mut(self.lanes * self.stride);
        for ((words, cells), _) in words.zip(cells).zip(blocks).filter(|(_, wanted)| **wanted) {
            match <&mut [Cell; 2048]>::try_from(&mut *cells) {
                Ok(cells) if self.lanes == 8 => add_bytes(cells, words, rows, pairs, scale),
                _ => add_words(cells, self.stride, words, rows, pairs, scale),
            }
        }
    }

    /// Features of a block.
    pub(crate) fn lanes(&self) -> usize {
        self.lanes
    }
}

fn add_bytes(cells: &mut [Cell; 2048], words: &[u64], rows: &[u32], pairs: &[Pair], scale: Scale) {
    for (&row, &pair) in rows.iter().zip(pairs) {
        let (word, cell) = (words[row as usize], scale.cell(pair));
        for (lane, bin) in word.to_le_bytes().into_iter().enumerate() {
            cells[lane * 256 + usize::from(bin)] += cell;
        }
    }
}

fn add_words(
    cells: &mut [Cell],
    stride: usize,
    words: &[u64],
    rows: &[u32],
    pairs: &[Pair],
    scale: Scale,
) {
    for (&row, &pair) in rows.iter().zip(pairs) {
        let (word, cell) = (words[row as usize], scale.cell(pair));
        for lane in 0..4 {
            cells[lane * stride + (word >> (16 * lane)) as usize % 65_536] += cell;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_30_bits_and_rows() {
        let gradients = [(0.3, 0.21), (-0.7, 0.05), (0.0, 0.0), (1e-12, 0.25)];
        let mut pairs = Vec::new();
        let scale = quantize(&gradients, &mut pairs);
        let mut sum = Cell::default();
        pairs.iter().for_each(|&p| sum += scale.cell(p));
        assert!((scale.gradient(sum) + 0.4).abs() < 1e-8);
        assert!((scale.hessian(sum) - 0.51).abs() < 1e-8);
        assert_eq!(scale.rows(sum), 4);
        assert!(!scale.cell(pairs[2]).is_empty());
    }

    #[test]
    fn sizes_far_apart_do_not_overflow() {
        for size in [1e-30, 1.0, 1e42] {
            let mut pairs = Vec::new();
            let scale = quantize(&[(size, size), (-size / 3.0, size)], &mut pairs);
            let g = scale.gradient(scale.cell(pairs[1])) / size;
            assert!((g + 1.0 / 3.0).abs() < 1e-8, "{g}");
        }
    }

    #[test]
    fn most_rows_of_greatest_hessian_fit() {
        let count_bits = usize::BITS - ROWS_MAX.leading_zeros();
        let hessian_bits = 62 - 2 * count_bits;
        let sum = (ROWS_MAX as u128) * (((1u128 << hessian_bits) << count_bits) + 1);
        assert!(sum < i64::MAX as u128 && hessian_bits >= 14);
    }
}
