//! The tree scorer for many rows in AVX-512 or AVX2, chosen when a scorer is made; elsewhere the
//! core's own. The margins have the bits of the plain walk on every level.
//!
//! A value becomes a byte: its *rank* among the thresholds of its feature ([`rank`]). A tree becomes
//! *blocks* of three levels ([`block`]), all of whose splits are compared for 64 rows in one
//! instruction; which leaf a row reaches comes out as a byte too. Trees whose features have at most
//! 255 thresholds together share their ranks ([`group`]). What does not fit (categorical splits,
//! more than 256 leaves) is the core scorer's, in its place among the trees. So are single rows and
//! short batches.
//!
//! The one crate with `unsafe`: instructions of a level that has been detected, and their loads and
//! stores on arrays.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only levels read it"))]
mod block;
#[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only levels read it"))]
mod group;
#[cfg(target_arch = "x86_64")]
mod kernel;
#[cfg(target_arch = "x86_64")]
mod lanes;
#[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only levels read it"))]
mod rank;
#[cfg(test)]
mod tests;

use chatsignal_core::artifact::Predictor as CorePredictor;
use chatsignal_core::model::scorer::rows_held;
use chatsignal_core::model::{RowScorer, TreeEnsemble, TreeScorer as CoreScorer};

use group::Part;

/// A prepared artifact whose batches run on the best level of this machine.
pub type Predictor<A> = CorePredictor<A, TreeScorer>;

/// Rows of a batch below which ranks do not pay.
const ROWS_MIN: usize = 48;
/// Rows of the widest block of lanes.
const LANES_MAX: usize = 128;

/// A set of instructions, from the poorest to the richest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The core's scorer.
    Portable,
    /// 32 rows an instruction.
    Avx2,
    /// 64 rows an instruction (AVX-512 F and BW).
    Avx512,
}

impl Level {
    /// Every level.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Whether this machine has it.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::Avx512::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// The best level of this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().rfind(|level| level.is_available()).unwrap_or(Self::Portable)
    }
}

/// A tree ensemble laid out for many rows. Beside the core scorer's layout it takes at most 64
/// bytes for each node and 1 KB for each feature of a group.
#[derive(Clone, Debug)]
pub struct TreeScorer {
    whole: CoreScorer,
    parts: Vec<Part>,
    level: Level,
}

impl TreeScorer {
    /// Lays out a checked ensemble for the best level of this machine.
    #[must_use]
    pub fn new(ensemble: &TreeEnsemble) -> Self {
        Self::with_level(ensemble, Level::best())
    }

    /// Lays out a checked ensemble for a level, or for the portable one where the machine lacks it.
    #[must_use]
    pub fn with_level(ensemble: &TreeEnsemble, level: Level) -> Self {
        let level = if level.is_available() { level } else { Level::Portable };
        let parts = match level {
            Level::Portable => Vec::new(),
            Level::Avx2 | Level::Avx512 => group::parts(ensemble),
        };
        // Where no tree is in blocks the whole serves as well.
        let pays = parts.iter().any(|part| matches!(part, Part::Blocks(_)));
        Self {
            whole: CoreScorer::new(ensemble),
            parts: if pays { parts } else { Vec::new() },
            level: if pays { level } else { Level::Portable },
        }
    }

    /// The level in use: the portable one where no other pays for the ensemble.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Margin of one row; values beyond the end of a shorter row count as missing.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        self.whole.margin(row)
    }

    /// Margins of many rows: `rows` holds `n_features` values a row, row after row; `out` takes one
    /// margin a row. Scores as many rows as both hold.
    pub fn margins(&self, rows: &[f32], out: &mut [f64]) {
        let width = self.whole.n_features();
        let count = rows_held(rows, width, out.len());
        let rest = count % LANES_MAX;
        let wide = match self.level {
            Level::Portable => 0,
            _ if rest < ROWS_MIN => count - rest,
            _ => count,
        };
        let (rows, rest) = rows.split_at(wide * width);
        let (sums, out) = out.split_at_mut(wide);
        self.whole.margins(rest, &mut out[..count - wide]);
        if wide == 0 {
            return;
        }
        sums.fill(self.whole.start());
        for part in &self.parts {
            match part {
                Part::Blocks(group) => self.add(group, rows, sums),
                Part::Rest(scorer) => scorer.add(rows, sums),
            }
        }
        sums.iter_mut().for_each(|sum| *sum = self.whole.finish(*sum));
    }

    #[cfg(target_arch = "x86_64")]
    fn add(&self, group: &group::Group, rows: &[f32], sums: &mut [f64]) {
        use lanes::Lanes;

        if self.level == Level::Avx512
            && let Some(lanes) = avx512::Avx512::detect()
        {
            lanes.add_group(group, rows, sums);
        } else if let Some(lanes) = avx2::Avx2::detect() {
            lanes.add_group(group, rows, sums);
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn add(&self, _: &group::Group, _: &[f32], _: &mut [f64]) {}
}

impl RowScorer for TreeScorer {
    fn of(ensemble: &TreeEnsemble) -> Self {
        Self::new(ensemble)
    }

    fn margin(&self, row: &[f32]) -> f64 {
        self.margin(row)
    }

    fn margins(&self, rows: &[f32], out: &mut [f64]) {
        self.margins(rows, out);
    }
}
