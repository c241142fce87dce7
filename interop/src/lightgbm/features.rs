//! The inputs: their names and how the trees read each of them.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::model::{
    CategorySet, FeatureKind, FeatureMeta, FeatureSchema, Reading, ReadingRule, Tree,
};

use super::categories::Categories;
use super::header::Header;
use crate::ImportError;
use crate::threshold::Thresholds;

/// How the splits on a feature read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Use {
    /// No split tests it.
    #[default]
    None,
    /// As a number that cannot be missing: NaN counts as 0.
    NoMissing,
    /// As a number; 0 and NaN are missing.
    ZeroMissing,
    /// As a number; NaN is missing.
    Nan,
    /// As a category code.
    Code,
}

impl Use {
    fn rule(self) -> Option<ReadingRule> {
        match self {
            Self::None | Self::NoMissing | Self::Nan => None,
            Self::ZeroMissing => Some(ReadingRule::ZeroMissing),
            Self::Code => Some(ReadingRule::CodeTowardZero),
        }
    }
}

/// What the trees make of each feature.
#[derive(Debug)]
pub(super) struct Features {
    uses: Vec<Use>,
    /// One more than the largest code that a set lists.
    codes: Vec<usize>,
    /// The thresholds of its splits.
    pub(super) thresholds: Thresholds,
}

impl Features {
    pub(super) fn new(n_features: usize) -> Self {
        Self {
            uses: vec![Use::None; n_features],
            codes: vec![0; n_features],
            thresholds: Thresholds::default(),
        }
    }

    /// Notes a split on feature `j`; false when there is no such feature.
    pub(super) fn is_used_as(&mut self, j: usize, reading: Use) -> Result<bool, ImportError> {
        let Some(known) = self.uses.get_mut(j) else { return Ok(false) };
        // A row is read once for all trees: a reading has to be that of every split.
        if *known != Use::None && known.rule() != reading.rule() {
            let found = format!("feature {j} as {known:?} in one split and {reading:?} in another");
            return Err(ImportError::unsupported("decision_type", found));
        }
        *known = reading;
        Ok(true)
    }

    /// Notes the codes of a set of feature `j`.
    pub(super) fn has_codes(&mut self, j: usize, upper: usize, set: &CategorySet) {
        let codes = (0..upper).rev().find(|&code| set.contains(code)).map_or(0, |code| code + 1);
        self.codes[j] = self.codes[j].max(codes);
    }

    /// How many codes the splits of feature `j` know.
    pub(super) fn codes(&self, j: usize) -> usize {
        self.codes[j]
    }

    /// Whether a split reads feature `j` as a category.
    pub(super) fn is_code(&self, j: usize) -> bool {
        self.uses[j] == Use::Code
    }

    /// The readings that the trees of one output need.
    pub(super) fn readings(&self, trees: &[Tree]) -> Vec<Reading> {
        let mut tested = vec![false; self.uses.len()];
        for tree in trees {
            let splits = (0..tree.len()).filter(|&node| !tree.is_leaf(node));
            splits.for_each(|node| tested[tree.split_feature[node] as usize] = true);
        }
        let rules = self.uses.iter().enumerate().filter(|(j, _)| tested[*j]);
        let mut readings: Vec<Reading> = rules
            .filter_map(|(j, used)| Some(Reading { feature: j as u32, rule: used.rule()? }))
            .collect();
        readings.shrink_to_fit();
        readings
    }

    /// The schema, and whether the file gives names. LightGBM's default names are none.
    pub(super) fn schema(
        &self,
        header: &Header<'_>,
        categories: Categories,
    ) -> Result<(FeatureSchema, bool), ImportError> {
        let given = header.names.filter(|field| {
            let default = |(j, name): (usize, &str)| name == format!("Column_{j}");
            !field.text.split_ascii_whitespace().enumerate().all(default)
        });
        let names: Vec<String> = match given {
            Some(field) => field.values(header.n_features)?.collect::<Result<_, _>>()?,
            None => (0..header.n_features).map(|j| format!("f{j}")).collect(),
        };
        let kind = FeatureKind::Numeric;
        let mut features: Vec<FeatureMeta> =
            names.into_iter().map(|name| FeatureMeta { name, kind: kind.clone() }).collect();
        for (j, categories) in categories.lists {
            features[j].kind = FeatureKind::Categorical { categories };
        }
        Ok((FeatureSchema { features }, given.is_some()))
    }
}
