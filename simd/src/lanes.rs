//! What a level of instructions offers the kernel.

use crate::group::Group;
use crate::rank::Thresholds;

/// Proof that a level was detected, and its instructions on a number of rows at once.
pub(crate) trait Lanes: Copy {
    /// A byte for each row, in registers.
    type Bytes: Copy;
    /// A byte for each row, in memory.
    type Column: Copy + AsRef<[u8]> + AsMut<[u8]>;
    /// A column of one byte.
    fn column(byte: u8) -> Self::Column;
    /// All rows alike.
    fn splat(self, byte: u8) -> Self::Bytes;
    /// From memory.
    fn load(self, column: &Self::Column) -> Self::Bytes;
    /// To memory.
    fn store(self, bytes: Self::Bytes, column: &mut Self::Column);
    /// Byte by byte, around at 256.
    fn plus(self, a: Self::Bytes, b: Self::Bytes) -> Self::Bytes;
    /// `right` where the column's byte is at least `threshold`, else `left`.
    fn choose(
        self,
        column: &Self::Column,
        threshold: u8,
        left: Self::Bytes,
        right: Self::Bytes,
    ) -> Self::Bytes;
    /// Ranks of one value a row, for missing right and missing left.
    fn rank(
        self,
        thresholds: &Thresholds,
        values: &[f32],
        right: &mut Self::Column,
        left: &mut Self::Column,
    );
    /// Adds to each sum the leaf of its row, in f64 or in f32. Numbers are below 64.
    fn add_small<const F32: bool>(
        self,
        leaves: &[f64; 64],
        numbers: &Self::Column,
        sums: &mut [f64],
    );
    /// Runs [`crate::kernel::add`] with the level's instructions.
    fn add_group(self, group: &Group, rows: &[f32], sums: &mut [f64]);
}

/// A sum and a leaf, in f64 or in f32.
#[inline(always)]
pub(crate) fn plus<const F32: bool>(sum: f64, leaf: f64) -> f64 {
    if F32 { f64::from(sum as f32 + leaf as f32) } else { sum + leaf }
}
