//! 128 rows: two registers of 64 bytes, so that a test's threshold is loaded once for both.
#![expect(unsafe_code, reason = "instructions that were detected, on arrays")]

use std::arch::x86_64::*;

use crate::group::Group;
use crate::kernel;
use crate::lanes::Lanes;
use crate::rank::Thresholds;

/// Proof that AVX-512 F and BW were detected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(crate) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        has.then_some(Self(()))
    }
}

/// 128 bytes on a boundary of 64.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Column([u8; 128]);

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

impl Lanes for Avx512 {
    type Bytes = [__m512i; 2];
    type Column = Column;

    fn column(byte: u8) -> Column {
        Column([byte; 128])
    }

    #[inline(always)]
    fn splat(self, byte: u8) -> [__m512i; 2] {
        // SAFETY: `self` proves that the instruction exists.
        [unsafe { _mm512_set1_epi8(byte as i8) }; 2]
    }

    #[inline(always)]
    fn load(self, column: &Column) -> [__m512i; 2] {
        let at = column.0.as_ptr();
        // SAFETY: `self` proves that the instruction exists; both halves lie in the column, which
        // is aligned.
        unsafe { [_mm512_load_si512(at.cast()), _mm512_load_si512(at.add(64).cast())] }
    }

    #[inline(always)]
    fn store(self, bytes: [__m512i; 2], column: &mut Column) {
        let at = column.0.as_mut_ptr();
        // SAFETY: as in `load`.
        unsafe {
            _mm512_store_si512(at.cast(), bytes[0]);
            _mm512_store_si512(at.add(64).cast(), bytes[1]);
        }
    }

    #[inline(always)]
    fn plus(self, a: [__m512i; 2], b: [__m512i; 2]) -> [__m512i; 2] {
        // SAFETY: `self` proves that the instruction exists.
        unsafe { [_mm512_add_epi8(a[0], b[0]), _mm512_add_epi8(a[1], b[1])] }
    }

    #[inline(always)]
    fn choose(
        self,
        column: &Column,
        threshold: u8,
        left: [__m512i; 2],
        right: [__m512i; 2],
    ) -> [__m512i; 2] {
        let [low, high] = self.load(column);
        // SAFETY: `self` proves that the instructions exist.
        unsafe {
            let threshold = _mm512_set1_epi8(threshold as i8);
            [
                _mm512_mask_mov_epi8(left[0], _mm512_cmpge_epu8_mask(low, threshold), right[0]),
                _mm512_mask_mov_epi8(left[1], _mm512_cmpge_epu8_mask(high, threshold), right[1]),
            ]
        }
    }

    /// The search of [`Thresholds`] for 16 values at once, all levels in registers.
    #[inline(always)]
    fn rank(self, thresholds: &Thresholds, values: &[f32], right: &mut Column, left: &mut Column) {
        let levels = &thresholds.levels[..];
        let table = |at: usize| -> __m512 {
            let table: &[f32; 16] = levels[at..].first_chunk().unwrap_or(&[f32::INFINITY; 16]);
            // SAFETY: `self` proves that the instruction exists; the array has 16 values.
            unsafe { _mm512_loadu_ps(table.as_ptr()) }
        };
        let top = table(0);
        let fifth = table(15);
        let sixth: [__m512; 2] = std::array::from_fn(|i| table(31 + 16 * i));
        let seventh: [__m512; 4] = std::array::from_fn(|i| table(63 + 16 * i));
        let eighth: [__m512; 8] = std::array::from_fn(|i| table(127 + 16 * i));
        let (values, _) = values.as_chunks::<16>();
        let (right, _) = right.0.as_chunks_mut::<16>();
        let (left, _) = left.0.as_chunks_mut::<16>();
        for ((values, right), left) in values.iter().zip(right).zip(left) {
            // SAFETY: `self` proves that the instructions exist; loads and stores are on arrays of
            // their size.
            unsafe {
                let x = _mm512_loadu_ps(values.as_ptr());
                let step = |path: __m512i, threshold: __m512| {
                    let goes_right = _mm512_cmp_ps_mask::<_CMP_LE_OQ>(threshold, x);
                    let path = _mm512_add_epi32(path, path);
                    _mm512_mask_or_epi32(path, goes_right, path, _mm512_set1_epi32(1))
                };
                let mut path = _mm512_setzero_si512();
                for level in 0..4 {
                    let at = _mm512_add_epi32(path, _mm512_set1_epi32((1 << level) - 1));
                    path = step(path, _mm512_permutexvar_ps(at, top));
                }
                path = step(path, _mm512_permutexvar_ps(path, fifth));
                path = step(path, _mm512_permutex2var_ps(sixth[0], path, sixth[1]));
                let odd = _mm512_test_epi32_mask(path, _mm512_set1_epi32(32));
                let low = _mm512_permutex2var_ps(seventh[0], path, seventh[1]);
                let high = _mm512_permutex2var_ps(seventh[2], path, seventh[3]);
                path = step(path, _mm512_mask_mov_ps(low, odd, high));
                let odd = _mm512_test_epi32_mask(path, _mm512_set1_epi32(32));
                let upper = _mm512_test_epi32_mask(path, _mm512_set1_epi32(64));
                let part = |i: usize| {
                    let low = _mm512_permutex2var_ps(eighth[i], path, eighth[i + 1]);
                    let high = _mm512_permutex2var_ps(eighth[i + 2], path, eighth[i + 3]);
                    _mm512_mask_mov_ps(low, odd, high)
                };
                path = step(path, _mm512_mask_mov_ps(part(0), upper, part(4)));
                let count = _mm512_set1_epi32(i32::from(thresholds.count));
                let rank = _mm512_min_epu32(path, count);
                let missing = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(x, x);
                let to_right = _mm512_cvtepi32_epi8(_mm512_mask_mov_epi32(rank, missing, count));
                let to_left = _mm512_cvtepi32_epi8(_mm512_maskz_mov_epi32(!missing, rank));
                _mm_storeu_si128(right.as_mut_ptr().cast(), to_right);
                _mm_storeu_si128(left.as_mut_ptr().cast(), to_left);
            }
        }
    }

    /// The 64 leaves in registers, eight rows at once.
    #[inline(always)]
    fn add_small<const F32: bool>(self, leaves: &[f64; 64], numbers: &Column, sums: &mut [f64]) {
        let (numbers, _) = numbers.0.as_chunks::<8>();
        let (sums, _) = sums.as_chunks_mut::<8>();
        // SAFETY: `self` proves that the instructions exist; loads and stores are on arrays of
        // their size.
        unsafe {
            let table: [__m512d; 8] =
                std::array::from_fn(|i| _mm512_loadu_pd(leaves[8 * i..8 * i + 8].as_ptr()));
            for (numbers, sums) in numbers.iter().zip(sums) {
                let at = _mm512_cvtepu8_epi64(_mm_loadl_epi64(numbers.as_ptr().cast()));
                let odd = _mm512_test_epi64_mask(at, _mm512_set1_epi64(16));
                let upper = _mm512_test_epi64_mask(at, _mm512_set1_epi64(32));
                let part = |i: usize| {
                    let low = _mm512_permutex2var_pd(table[i], at, table[i + 1]);
                    let high = _mm512_permutex2var_pd(table[i + 2], at, table[i + 3]);
                    _mm512_mask_mov_pd(low, odd, high)
                };
                let leaf = _mm512_mask_mov_pd(part(0), upper, part(4));
                let sum = _mm512_loadu_pd(sums.as_ptr());
                let sum = if F32 {
                    let sum = _mm256_add_ps(_mm512_cvtpd_ps(sum), _mm512_cvtpd_ps(leaf));
                    _mm512_cvtps_pd(sum)
                } else {
                    _mm512_add_pd(sum, leaf)
                };
                _mm512_storeu_pd(sums.as_mut_ptr(), sum);
            }
        }
    }

    fn add_group(self, group: &Group, rows: &[f32], sums: &mut [f64]) {
        #[target_feature(enable = "avx512f,avx512bw")]
        fn add(lanes: Avx512, group: &Group, rows: &[f32], sums: &mut [f64]) {
            kernel::add(lanes, group, rows, sums);
        }
        // SAFETY: `self` proves that the instructions exist.
        unsafe { add(self, group, rows, sums) }
    }
}
