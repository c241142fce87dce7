//! Two rows side by side.

use core::ops::{Add, Div, Mul, Sub};

/// One number for each of two rows: as many f64 as the vector registers of every target hold. All
/// arithmetic is by row, so that a row's bits do not depend on the other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(16))]
pub(super) struct Pair(pub(super) [f64; 2]);

impl Pair {
    pub(super) const ZERO: Self = Self::both(0.0);
    pub(super) const ONE: Self = Self::both(1.0);

    /// The same number for both rows.
    pub(super) const fn both(number: f64) -> Self {
        Self([number; 2])
    }

    /// 1 for yes, 0 for no. Made by a mask: a conversion may become a jump.
    #[inline(always)]
    pub(super) fn bits(rows: [bool; 2]) -> Self {
        const ONE: u64 = 1.0f64.to_bits();
        Self(rows.map(|row| f64::from_bits(u64::from(row).wrapping_neg() & ONE)))
    }
}

macro_rules! by_row {
    ($($operator:ident $method:ident $symbol:tt),*) => {$(
        impl $operator for Pair {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self([self.0[0] $symbol other.0[0], self.0[1] $symbol other.0[1]])
            }
        }
    )*};
}

by_row!(Add add +, Sub sub -, Mul mul *, Div div /);
