//! From a value to a byte.
//!
//! The rank of a value is the number of thresholds that are not above it. `x < t` holds exactly
//! where the rank is at most `t`'s place among the thresholds. A missing value has rank 0 where it
//! goes left (below every threshold) and the greatest rank where it goes right.
//!
//! The rank is the path of a search tree, in which a step to the right is a 1. The levels search the
//! same tree, each with its own instructions.

/// Most thresholds that a byte tells apart.
pub(crate) const THRESHOLDS_MAX: usize = 255;
/// Steps of the search.
const LEVELS: usize = 8;

/// The thresholds of one feature, as a search tree in level order: the middle one, the middles of
/// the two halves, and so on; behind the last threshold stands +infinity.
#[derive(Clone, Debug)]
pub(crate) struct Thresholds {
    pub(crate) levels: Box<[f32; THRESHOLDS_MAX + 1]>,
    /// How many there are.
    pub(crate) count: u8,
}

impl Thresholds {
    /// Takes at most [`THRESHOLDS_MAX`] thresholds in rising order.
    pub(crate) fn new(sorted: &[f32]) -> Self {
        let mut levels = Box::new([f32::INFINITY; THRESHOLDS_MAX + 1]);
        let mut at = 0;
        for level in 0..LEVELS {
            let step = (THRESHOLDS_MAX + 1) >> level;
            for i in 0..1 << level {
                levels[at] = sorted.get(i * step + step / 2 - 1).copied().unwrap_or(f32::INFINITY);
                at += 1;
            }
        }
        Self { levels, count: sorted.len() as u8 }
    }
}
