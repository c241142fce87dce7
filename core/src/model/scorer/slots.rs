//! What a walk reads instead of the row: two whole numbers for each feature that a tree tests.
//!
//! A number becomes its *key*: the bits of the f32, turned so that keys compare as the numbers do
//! (-0 and 0 have one key). A category code is itself. A missing value lies beyond all keys: above
//! them in the first slot of the pair (it goes right), below them in the second (it goes left), so
//! that a step needs no test for it.

use alloc::vec::Vec;

use crate::model::dialect::{Dialect, ReadingRule};
use crate::model::tree::{Tree, category_code};

/// A missing value that goes left; also the key that nothing is below.
pub(super) const MISSING_LEFT: i32 = i32::MIN;
/// A missing value that goes right.
pub(super) const MISSING_RIGHT: i32 = i32::MAX;

/// The key of a number that is not NaN.
pub(super) fn key(x: f32) -> i32 {
    // The sum makes -0 to 0.
    let bits = (x + 0.0).to_bits() as i32;
    bits ^ ((bits >> 31) as u32 >> 1) as i32
}

/// A feature that trees test, with the rule that reads it.
#[derive(Clone, Copy, Debug)]
struct Source {
    feature: u32,
    rule: Option<ReadingRule>,
}

/// The slots that the trees of an ensemble read: pairs for the features tested as numbers, then
/// pairs for those tested as categories (a feature may be both).
#[derive(Clone, Debug)]
pub(super) struct Slots {
    numbers: Vec<Source>,
    codes: Vec<Source>,
    /// Whether the numbers are the leading features of a row, taken as they are.
    is_plain: bool,
}

impl Slots {
    /// The slots of some trees.
    pub(super) fn new(trees: &[Tree], dialect: &Dialect) -> Self {
        let mut tested = [Vec::new(), Vec::new()];
        for tree in trees {
            for node in (0..tree.len()).filter(|&node| !tree.is_leaf(node)) {
                let feature = tree.split_feature[node];
                let list = &mut tested[usize::from(tree.category_set[node] != 0)];
                if list.len() <= feature as usize {
                    list.resize(feature as usize + 1, false);
                }
                list[feature as usize] = true;
            }
        }
        let [numbers, codes] = tested.map(|list| {
            let features = (0u32..).zip(list).filter(|(_, tested)| *tested);
            features
                .map(|(feature, _)| Source { feature, rule: dialect.rule(feature as usize) })
                .collect::<Vec<_>>()
        });
        let is_plain =
            (0u32..).zip(&numbers).all(|(i, source)| source.feature == i && source.rule.is_none());
        Self { numbers, codes, is_plain }
    }

    pub(super) fn len(&self) -> usize {
        2 * (self.numbers.len() + self.codes.len())
    }

    /// The slot that a split reads.
    pub(super) fn of(&self, tree: &Tree, node: usize) -> u16 {
        let (sources, before) = match tree.category_set[node] {
            0 => (&self.numbers, 0),
            _ => (&self.codes, self.numbers.len()),
        };
        let at = sources.partition_point(|source| source.feature < tree.split_feature[node]);
        (2 * (before + at)) as u16 + u16::from(tree.default_left[node])
    }

    /// Fills the slots from a row; `values` has room for all.
    #[inline]
    pub(super) fn fill(&self, row: &[f32], values: &mut [i32]) {
        let (pairs, _) = values.as_chunks_mut::<2>();
        let count = self.numbers.len().min(pairs.len());
        let (numbers, codes) = pairs.split_at_mut(count);
        if self.is_plain && row.len() >= count {
            numbers.iter_mut().zip(row).for_each(|(pair, x)| *pair = number(*x));
        } else {
            for (pair, source) in numbers.iter_mut().zip(&self.numbers) {
                *pair = number(source.read(row));
            }
        }
        for (pair, source) in codes.iter_mut().zip(&self.codes) {
            *pair = match category_code(source.read(row)) {
                Some(code) => [code as i32; 2],
                None => [MISSING_RIGHT, MISSING_LEFT],
            };
        }
    }
}

impl Source {
    fn read(&self, row: &[f32]) -> f32 {
        let x = row.get(self.feature as usize).copied().unwrap_or(f32::NAN);
        self.rule.map_or(x, |rule| rule.read(x))
    }
}

#[inline(always)]
fn number(x: f32) -> [i32; 2] {
    if x.is_nan() { [MISSING_RIGHT, MISSING_LEFT] } else { [key(x); 2] }
}
