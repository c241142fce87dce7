//! Neighbouring trees that share the ranks of their features.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chatsignal_core::model::{
    Accumulation, ReadingRule, Tree, TreeEnsemble, TreeScorer as CoreScorer,
};

use crate::block::{self, Tests, Upper};
use crate::rank::{THRESHOLDS_MAX, Thresholds};

/// Most features of a group: each has two columns, and columns are numbered by a byte.
const FEATURES_MAX: usize = 128;

/// Neighbouring trees of an ensemble.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// In blocks.
    Blocks(Group),
    /// By the core's scorer.
    Rest(CoreScorer),
}

/// A feature of a group: its two columns are `2 i` (missing goes right) and `2 i + 1` (left).
#[derive(Clone, Debug)]
pub(crate) struct Feature {
    pub(crate) number: usize,
    pub(crate) rule: Option<ReadingRule>,
    pub(crate) thresholds: Thresholds,
}

/// Where a tree's blocks and leaves lie in its group.
#[derive(Clone, Debug)]
pub(crate) struct GroupTree {
    pub(crate) bottom: Range<usize>,
    pub(crate) upper: Range<usize>,
    pub(crate) leaves: Range<usize>,
}

/// Trees in blocks over common ranks.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) n_features: usize,
    pub(crate) accumulation: Accumulation,
    pub(crate) features: Vec<Feature>,
    pub(crate) trees: Vec<GroupTree>,
    pub(crate) bottom: Vec<Tests>,
    pub(crate) upper: Vec<Upper>,
    /// Leaf values, with room behind the last for a whole table.
    pub(crate) leaves: Vec<f64>,
}

/// Thresholds by feature, as bits that stand in the order of the numbers.
type Sets = BTreeMap<u32, BTreeSet<u32>>;

/// Cuts an ensemble into parts, in tree order.
pub(crate) fn parts(ensemble: &TreeEnsemble) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = 0..0;
    let finish = |rest: &Range<usize>| {
        (!rest.is_empty()).then(|| Part::Rest(CoreScorer::part(ensemble, rest.clone())))
    };
    for (trees, sets) in stretches(&ensemble.trees) {
        // Ranking a feature costs about as much as two trees by the core's scorer save.
        if sets.is_empty() || trees.len() * 2 < sets.len() {
            rest.end = trees.end;
            continue;
        }
        parts.extend(finish(&rest));
        rest = trees.end..trees.end;
        parts.push(Part::Blocks(Group::new(ensemble, trees, &sets)));
    }
    parts.extend(finish(&rest));
    parts
}

/// The longest stretches of trees that fit one group, and those of trees that fit none (without
/// thresholds).
fn stretches(trees: &[Tree]) -> Vec<(Range<usize>, Sets)> {
    let mut stretches = Vec::new();
    let mut start = 0;
    let mut sets = Sets::new();
    for (number, tree) in trees.iter().enumerate() {
        let own = thresholds(tree);
        if let Some(own) = &own
            && fit(&sets, own)
        {
            for (feature, own) in own {
                sets.entry(*feature).or_default().extend(own);
            }
            continue;
        }
        stretches.push((start..number, core::mem::take(&mut sets)));
        start = number;
        match own {
            Some(own) => sets = own,
            None => {
                stretches.push((number..number + 1, Sets::new()));
                start = number + 1;
            }
        }
    }
    stretches.push((start..trees.len(), sets));
    stretches.retain(|(trees, _)| !trees.is_empty());
    stretches
}

/// The thresholds of a tree that fits blocks.
fn thresholds(tree: &Tree) -> Option<Sets> {
    if tree.category_set.iter().any(|set| *set != 0) {
        return None;
    }
    block::cut(tree, |_| (0, 0))?;
    let mut sets = Sets::new();
    for node in (0..tree.len()).filter(|node| !tree.is_leaf(*node)) {
        sets.entry(tree.split_feature[node]).or_default().insert(ordered(tree.threshold[node]));
    }
    fit(&sets, &Sets::new()).then_some(sets)
}

/// Whether two trees, or a group and a tree, fit one group.
fn fit(a: &Sets, b: &Sets) -> bool {
    let features = a.len() + b.keys().filter(|feature| !a.contains_key(feature)).count();
    let fits = |feature: &u32, own: &BTreeSet<u32>| {
        let new = b.get(feature).map_or(0, |other| other.difference(own).count());
        own.len() + new <= THRESHOLDS_MAX
    };
    let alone = |(feature, own): (&u32, &BTreeSet<u32>)| {
        a.contains_key(feature) || own.len() <= THRESHOLDS_MAX
    };
    features <= FEATURES_MAX && a.iter().all(|(f, own)| fits(f, own)) && b.iter().all(alone)
}

/// Bits that stand in the order of the numbers; -0 is 0.
fn ordered(x: f32) -> u32 {
    let bits = (x + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

fn from_ordered(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 { bits & !(1 << 31) } else { !bits })
}

impl Group {
    fn new(ensemble: &TreeEnsemble, trees: Range<usize>, sets: &Sets) -> Self {
        let places: BTreeMap<u32, Vec<u32>> =
            sets.iter().map(|(f, set)| (*f, set.iter().copied().collect())).collect();
        let features: Vec<Feature> = places
            .iter()
            .map(|(number, sorted)| {
                let sorted: Vec<f32> = sorted.iter().copied().map(from_ordered).collect();
                let number = *number as usize;
                let rule = ensemble.dialect.rule(number);
                Feature { number, rule, thresholds: Thresholds::new(&sorted) }
            })
            .collect();
        let mut group = Self {
            n_features: ensemble.n_features,
            accumulation: ensemble.dialect.accumulation,
            features,
            trees: Vec::with_capacity(trees.len()),
            bottom: Vec::new(),
            upper: Vec::new(),
            leaves: Vec::new(),
        };
        for tree in &ensemble.trees[trees] {
            let test = |node: usize| {
                let number = tree.split_feature[node] as usize;
                let at = group.features.partition_point(|feature| feature.number < number);
                let sorted = &places[&tree.split_feature[node]];
                let place = sorted.partition_point(|t| *t < ordered(tree.threshold[node]));
                ((2 * at + usize::from(tree.default_left[node])) as u8, (place + 1) as u8)
            };
            let blocks = block::cut(tree, test).unwrap_or_default();
            let (bottom, upper) = (group.bottom.len(), group.upper.len());
            let leaves = group.leaves.len();
            group.bottom.extend(blocks.bottom);
            group.upper.extend(blocks.upper);
            group.leaves.extend(blocks.leaves);
            group.trees.push(GroupTree {
                bottom: bottom..group.bottom.len(),
                upper: upper..group.upper.len(),
                leaves: leaves..group.leaves.len(),
            });
        }
        group.leaves.resize(group.leaves.len() + block::LEAVES_MAX, 0.0);
        group
    }
}
