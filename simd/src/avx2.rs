//! 64 rows: two registers of 32 bytes.
#![expect(unsafe_code, reason = "instructions that were detected, on arrays")]

use std::arch::x86_64::*;

use crate::group::Group;
use crate::kernel;
use crate::lanes::{Lanes, plus};
use crate::rank::Thresholds;

/// Proof that AVX2 was detected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

/// 64 bytes on a boundary of 32.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(crate) struct Column([u8; 64]);

impl AsRef<[u8]> for Column {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsMut<[u8]> for Column {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Lanes for Avx2 {
    type Bytes = [__m256i; 2];
    type Column = Column;

    fn column(byte: u8) -> Column {
        Column([byte; 64])
    }

    #[inline(always)]
    fn splat(self, byte: u8) -> [__m256i; 2] {
        // SAFETY: `self` proves that the instruction exists.
        [unsafe { _mm256_set1_epi8(byte as i8) }; 2]
    }

    #[inline(always)]
    fn load(self, column: &Column) -> [__m256i; 2] {
        let at = column.0.as_ptr();
        // SAFETY: `self` proves that the instruction exists; both halves lie in the column, which
        // is aligned.
        unsafe { [_mm256_load_si256(at.cast()), _mm256_load_si256(at.add(32).cast())] }
    }

    #[inline(always)]
    fn store(self, bytes: [__m256i; 2], column: &mut Column) {
        let at = column.0.as_mut_ptr();
        // SAFETY: as in `load`.
        unsafe {
            _mm256_store_si256(at.cast(), bytes[0]);
            _mm256_store_si256(at.add(32).cast(), bytes[1]);
        }
    }

    #[inline(always)]
    fn plus(self, a: [__m256i; 2], b: [__m256i; 2]) -> [__m256i; 2] {
        // SAFETY: `self` proves that the instruction exists.
        unsafe { [_mm256_add_epi8(a[0], b[0]), _mm256_add_epi8(a[1], b[1])] }
    }

    #[inline(always)]
    fn choose(
        self,
        column: &Column,
        threshold: u8,
        left: [__m256i; 2],
        right: [__m256i; 2],
    ) -> [__m256i; 2] {
        let bytes = self.load(column);
        // SAFETY: `self` proves that the instructions exist.
        unsafe {
            let threshold = _mm256_set1_epi8(threshold as i8);
            // There is no comparison of unsigned bytes: a >= t where max(a, t) = a.
            let at_least = |a| _mm256_cmpeq_epi8(_mm256_max_epu8(a, threshold), a);
            [
                _mm256_blendv_epi8(left[0], right[0], at_least(bytes[0])),
                _mm256_blendv_epi8(left[1], right[1], at_least(bytes[1])),
            ]
        }
    }

    /// The search of [`Thresholds`] for 8 values at once, the first five levels in registers.
    #[inline(always)]
    fn rank(self, thresholds: &Thresholds, values: &[f32], right: &mut Column, left: &mut Column) {
        let levels = &thresholds.levels;
        let (values, _) = values.as_chunks::<8>();
        let (right, _) = right.0.as_chunks_mut::<8>();
        let (left, _) = left.0.as_chunks_mut::<8>();
        // SAFETY: `self` proves that the instructions exist; loads and stores are on arrays of
        // their size, and the gathers of level 5, 6 and 7 read at most the 32, 64 and 128 values
        // from places 31, 63 and 127 of the 256.
        unsafe {
            let table = |at: usize| _mm256_loadu_ps(levels[at..at + 8].as_ptr());
            let (top, fourth) = (table(0), table(7));
            let fifth = [table(15), table(23)];
            let one = _mm256_set1_epi32(1);
            let count = _mm256_set1_epi32(i32::from(thresholds.count));
            for ((values, right), left) in values.iter().zip(right).zip(left) {
                let x = _mm256_loadu_ps(values.as_ptr());
                let step = |path: __m256i, threshold: __m256| {
                    // All ones, -1, where the threshold is not above.
                    let below = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_LE_OQ>(threshold, x));
                    _mm256_sub_epi32(_mm256_add_epi32(path, path), below)
                };
                let mut path = step(_mm256_setzero_si256(), _mm256_set1_ps(levels[0]));
                path = step(path, _mm256_permutevar8x32_ps(top, _mm256_add_epi32(path, one)));
                let third = _mm256_add_epi32(path, _mm256_set1_epi32(3));
                path = step(path, _mm256_permutevar8x32_ps(top, third));
                path = step(path, _mm256_permutevar8x32_ps(fourth, path));
                let (low, high) = (
                    _mm256_permutevar8x32_ps(fifth[0], path),
                    _mm256_permutevar8x32_ps(fifth[1], path),
                );
                let odd = _mm256_castsi256_ps(_mm256_slli_epi32::<28>(path));
                path = step(path, _mm256_blendv_ps(low, high, odd));
                path = step(path, _mm256_i32gather_ps::<4>(levels[31..].as_ptr(), path));
                path = step(path, _mm256_i32gather_ps::<4>(levels[63..].as_ptr(), path));
                path = step(path, _mm256_i32gather_ps::<4>(levels[127..].as_ptr(), path));
                // +infinity is not below the filling either.
                let rank = _mm256_min_epu32(path, count);
                let missing = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_UNORD_Q>(x, x));
                let to_right = _mm256_blendv_epi8(rank, count, missing);
                let to_left = _mm256_andnot_si256(missing, rank);
                let words = _mm256_packus_epi32(to_right, to_left);
                // Of each half: four ranks for missing right, then four for missing left.
                let bytes = _mm256_packus_epi16(words, words);
                let halves = [_mm256_castsi256_si128(bytes), _mm256_extracti128_si256::<1>(bytes)];
                let ordered = _mm_unpacklo_epi32(halves[0], halves[1]);
                _mm_storel_epi64(right.as_mut_ptr().cast(), ordered);
                _mm_storeh_pd(left.as_mut_ptr().cast(), _mm_castsi128_pd(ordered));
            }
        }
    }

    #[inline(always)]
    fn add_small<const F32: bool>(self, leaves: &[f64; 64], numbers: &Column, sums: &mut [f64]) {
        for (sum, number) in sums.iter_mut().zip(numbers.0) {
            *sum = plus::<F32>(*sum, leaves[usize::from(number & 63)]);
        }
    }

    fn add_group(self, group: &Group, rows: &[f32], sums: &mut [f64]) {
        #[target_feature(enable = "avx2")]
        fn add(lanes: Avx2, group: &Group, rows: &[f32], sums: &mut [f64]) {
            kernel::add(lanes, group, rows, sums);
        }
        // SAFETY: `self` proves that the instructions exist.
        unsafe { add(self, group, rows, sums) }
    }
}
