//! One tree of the file.
//!
//! LightGBM numbers splits and leaves apart; here the splits come first, in their order, and the
//! leaves behind them. A split's children always have larger numbers, as LightGBM writes them.

use alloc::format;
use alloc::vec::Vec;

use chatsignal_core::limits;
use chatsignal_core::model::dialect::{UNLISTED_CODE, ZERO_THRESHOLD};
use chatsignal_core::model::{CategorySet, Tree};

use super::features::{Features, Use};
use super::header::{missing, quoted};
use super::lines::{Field, Line};
use crate::ImportError;
use crate::arrange::add_up_covers;
use crate::threshold::{Thresholds, at_most};

/// The fields of a tree that matter to a prediction or an explanation.
const FIELDS: [&str; 12] = [
    "num_leaves",
    "num_cat",
    "split_feature",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
    "leaf_count",
    "leaf_weight",
    "cat_boundaries",
    "cat_threshold",
];

/// Fields of a tree that change no prediction.
const OTHERS: [&str; 6] = [
    "split_gain",
    "internal_value",
    "internal_weight",
    "internal_count",
    "leaf_parent",
    "shrinkage",
];

/// Bits of `decision_type`.
const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;

/// The lines of one tree.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    fields: [Option<Field<'a>>; FIELDS.len()],
}

impl<'a> Block<'a> {
    /// Takes in a line of the tree.
    pub(super) fn take(&mut self, line: Line<'a>) -> Result<(), ImportError> {
        let field = line.field();
        if let Some(at) = FIELDS.iter().position(|key| *key == field.key) {
            let twice = self.fields[at].replace(field).is_some();
            return if twice { Err(field.fault("is there twice")) } else { Ok(()) };
        }
        match field.key {
            "is_linear" if field.text != "0" => Err(ImportError::unsupported(
                "is_linear",
                format!("a linear tree (line {}; linear_tree=true)", field.line),
            )),
            // Of linear trees; `is_linear` says whether they are in use.
            "is_linear" | "leaf_const" | "num_features" | "leaf_features" | "leaf_coeff" => Ok(()),
            key if OTHERS.contains(&key) => Ok(()),
            key => Err(ImportError::unsupported(
                quoted(key),
                format!("a field that is new (line {})", field.line),
            )),
        }
    }

    fn get(&self, key: &str) -> Result<Field<'a>, ImportError> {
        self.find(key).ok_or_else(|| missing(key))
    }

    fn find(&self, key: &str) -> Option<Field<'a>> {
        self.fields[FIELDS.iter().position(|known| *known == key)?]
    }

    /// The tree. `features` learns how each feature is read; the second value is false when the
    /// covers had to be made up.
    pub(super) fn build(&self, features: &mut Features) -> Result<(Tree, bool), ImportError> {
        let field = self.get("num_leaves")?;
        let leaves: usize = field.value()?;
        if leaves == 0 || leaves > limits::TREE_NODES_MAX / 2 {
            return Err(field.fault("must be 1 to 524288"));
        }
        // `values` counts before anything is reserved.
        let values = self.get("leaf_value")?.values::<f64>(leaves)?;
        let splits = leaves - 1;
        let mut tree = Tree::with_capacity(splits + leaves);
        for _ in 0..splits {
            tree.push_leaf(0.0, 0.0);
        }
        for (leaf, value) in values.enumerate() {
            let value = value?;
            if !value.is_finite() {
                return Err(self.get("leaf_value")?.fault_at(leaf, "must be finite"));
            }
            tree.push_leaf(value, 0.0);
        }
        if splits > 0 {
            self.children(&mut tree, splits)?;
            self.tests(&mut tree, splits, features)?;
        }
        let known = self.covers(&mut tree, splits)?;
        Ok((tree, known))
    }

    /// Children: a number of 0 or more is a split, `-1 - k` is leaf `k`.
    fn children(&self, tree: &mut Tree, splits: usize) -> Result<(), ImportError> {
        let number = |field: Field<'_>, at: usize, child: i64| match usize::try_from(child) {
            Ok(split) if split >= splits => Err(field.fault_at(at, "no such split")),
            Ok(split) if split <= at => {
                Err(field.fault_at(at, "a split must come before those below it"))
            }
            Ok(split) => Ok(split as u32),
            Err(_) if child < -1 - splits as i64 => Err(field.fault_at(at, "no such leaf")),
            Err(_) => Ok((splits as i64 - 1 - child) as u32),
        };
        for key in ["left_child", "right_child"] {
            let field = self.get(key)?;
            let side = if key == "left_child" { &mut tree.left } else { &mut tree.right };
            for (at, child) in field.values(splits)?.enumerate() {
                side[at] = number(field, at, child?)?;
            }
        }
        Ok(())
    }

    /// The tests at the splits.
    fn tests(
        &self,
        tree: &mut Tree,
        splits: usize,
        features: &mut Features,
    ) -> Result<(), ImportError> {
        tree.category_sets = self.category_sets(splits)?;
        let (threshold, feature) = (self.get("threshold")?, self.get("split_feature")?);
        let decision = self.get("decision_type")?;
        let tests = feature
            .values::<u32>(splits)?
            .zip(threshold.values::<f64>(splits)?)
            .zip(decision.values::<u8>(splits)?);
        for (at, ((j, t), bits)) in tests.enumerate() {
            let (j, t, bits) = (j?, t?, bits?);
            let reading = match (bits & CATEGORICAL, bits >> 2) {
                (CATEGORICAL, 0..=2) => Use::Code,
                (_, 0) => Use::NoMissing,
                (_, 1) => Use::ZeroMissing,
                (_, 2) => Use::Nan,
                _ => return Err(decision.fault_at(at, "an unknown type of missing values")),
            };
            tree.split_feature[at] = j;
            if !features.is_used_as(j as usize, reading)? {
                return Err(feature.fault_at(at, "must be at most max_feature_idx"));
            }
            if reading == Use::Code {
                let set = t as usize;
                if set >= tree.category_sets.len() || set as f64 != t {
                    return Err(threshold.fault_at(at, "must be the number of a category set"));
                }
                tree.category_set[at] = set as u32 + 1;
                let codes = tree.category_sets[set].words.len() * 64;
                features.has_codes(j as usize, codes, &tree.category_sets[set]);
                continue;
            }
            if t.is_nan() || t == f64::NEG_INFINITY {
                return Err(threshold.fault_at(at, "must be a number"));
            }
            tree.threshold[at] = at_most_of_lightgbm(&mut features.thresholds, j, t);
            tree.default_left[at] = match reading {
                // NaN counts as 0.
                Use::NoMissing => 0.0 <= t,
                _ => bits & DEFAULT_LEFT != 0,
            };
        }
        Ok(())
    }

    /// The category sets: words of 32 bits, those of set `k` from boundary `k` to `k + 1`.
    fn category_sets(&self, splits: usize) -> Result<Vec<CategorySet>, ImportError> {
        let Some(field) = self.find("num_cat") else { return Ok(Vec::new()) };
        let count: usize = field.value()?;
        if count == 0 {
            return Ok(Vec::new());
        }
        if count > splits {
            return Err(field.fault("must be at most the number of splits"));
        }
        let (boundaries, words) = (self.get("cat_boundaries")?, self.get("cat_threshold")?);
        let mut ends = boundaries.values::<usize>(count + 1)?.enumerate();
        let mut last = match ends.next() {
            Some((_, first)) => first?,
            None => 0,
        };
        if last != 0 {
            return Err(boundaries.fault_at(0, "must be 0"));
        }
        let total = words.text.split_ascii_whitespace().count();
        let mut values = words.values::<u32>(total)?.enumerate();
        let mut sets = Vec::with_capacity(count);
        for (at, end) in ends {
            let end = end?;
            if end < last || end > total {
                return Err(boundaries.fault_at(at, "must rise up to the length of cat_threshold"));
            }
            sets.push(category_set(words, &mut values, end - last)?);
            last = end;
        }
        if last != total {
            return Err(boundaries.fault_at(count, "must be the length of cat_threshold"));
        }
        Ok(sets)
    }

    /// Covers: counts of rows at the leaves, where there are none the weights, else equal shares. A
    /// split's is the sum of its children's. False for equal shares.
    fn covers(&self, tree: &mut Tree, splits: usize) -> Result<bool, ImportError> {
        for key in ["leaf_count", "leaf_weight"] {
            let Some(field) = self.find(key).filter(|field| !field.text.is_empty()) else {
                continue;
            };
            for (leaf, value) in field.values::<f64>(splits + 1)?.enumerate() {
                tree.cover[splits + leaf] = value?;
            }
            if add_up_covers(tree) {
                return Ok(true);
            }
        }
        Ok(add_up_covers(tree))
    }
}

/// The next `count` words as one set.
fn category_set(
    field: Field<'_>,
    words: &mut impl Iterator<Item = (usize, Result<u32, ImportError>)>,
    count: usize,
) -> Result<CategorySet, ImportError> {
    let mut set = CategorySet { words: Vec::with_capacity(count.div_ceil(2).clamp(1, 64)) };
    for (number, (at, word)) in words.take(count).enumerate() {
        let word = word?;
        if word == 0 {
            continue;
        }
        let largest = 32 * number + 31 - word.leading_zeros() as usize;
        if largest >= UNLISTED_CODE {
            let found = format!("category code {largest} (line {}, word {at})", field.line);
            return Err(ImportError::unsupported("cat_threshold", found));
        }
        if set.words.len() <= number / 2 {
            set.words.resize(number / 2 + 1, 0);
        }
        set.words[number / 2] |= u64::from(word) << (32 * (number % 2));
    }
    if set.words.is_empty() {
        set.words.push(0);
    }
    Ok(set)
}

/// The threshold of `x <= t` as LightGBM predicts on a table of numbers: what is at most
/// `ZERO_THRESHOLD` in size is set to 0 before a tree sees it.
fn at_most_of_lightgbm(thresholds: &mut Thresholds, feature: u32, t: f64) -> f32 {
    let zero = f64::from(ZERO_THRESHOLD);
    if (0.0..zero).contains(&t) {
        at_most(zero)
    } else if (-zero..0.0).contains(&t) {
        -ZERO_THRESHOLD
    } else {
        thresholds.at_most(feature, t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_zero_counts_as_zero() {
        let tiny = ZERO_THRESHOLD;
        for t in [0.0, 5e-36, f64::from(tiny), -5e-36, -f64::from(tiny), 2e-35, -2e-35, 1.0] {
            for x in [0.0, -0.0, tiny, -tiny, 1e-36, -1e-36, tiny.next_up(), -tiny.next_up()] {
                let seen = if x.abs() <= tiny { 0.0 } else { x };
                let threshold = at_most_of_lightgbm(&mut Thresholds::default(), 0, t);
                assert_eq!(x < threshold, f64::from(seen) <= t, "{x:e} <= {t:e}");
            }
        }
    }
}
