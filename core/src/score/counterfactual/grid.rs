//! The values to try: for trees the two sides of the model's own thresholds, for logistic
//! regression half standard deviations.

use alloc::vec::Vec;

use super::search::Move;
use crate::artifact::ModelArtifact;
use crate::feature::{Direction, FeatureSpec, catalogue};
use crate::model::{LogisticModel, Model, TreeEnsemble};
use crate::num;
use crate::order::sort_by;

/// Most values tried of one feature.
const MOVES_MAX: usize = 16;

/// Every move of every feature that a business can act on, in the order of the catalogue, nearer
/// values first.
pub(super) fn moves(artifact: &ModelArtifact, row: &[f32]) -> Vec<Move> {
    let mut all = Vec::new();
    for (feature, spec) in catalogue(artifact.kind).iter().enumerate() {
        let raise = match spec.actionable.map(|actionable| actionable.direction) {
            Some(Direction::Raise) => true,
            Some(Direction::Lower) => false,
            Some(Direction::Either) | None => continue,
        };
        let from = row.get(feature).copied().unwrap_or(f32::NAN);
        let steps = match &artifact.model {
            Model::Trees(trees) => beside_thresholds(trees, feature, from, raise),
            Model::Logistic(logistic) => half_deviations(logistic, feature, from, raise),
        };
        let steps: Vec<f32> = steps
            .into_iter()
            .map(|to| whole_where_counted(spec, to, raise))
            .filter(|to| (spec.range.0..=spec.range.1).contains(to) && *to != from)
            .collect();
        all.extend(spread(feature, &steps));
    }
    all
}

/// At most [`MOVES_MAX`] of the steps, evenly, the farthest always; the cost of a step is the share
/// of the feature's steps that it takes.
fn spread(feature: usize, steps: &[f32]) -> Vec<Move> {
    let count = steps.len().min(MOVES_MAX);
    let mut moves: Vec<Move> = (1..=count)
        .map(|k| (k * steps.len()).div_ceil(count) - 1)
        .map(|at| Move { feature, to: steps[at], cost: (at + 1) as f64 / steps.len() as f64 })
        .collect();
    moves.dedup_by(|later, earlier| later.to == earlier.to);
    moves
}

/// A count moves to a whole number that lies on the same side of the threshold.
fn whole_where_counted(spec: &FeatureSpec, to: f32, raise: bool) -> f32 {
    if spec.unit != "count" {
        return to;
    }
    let floor = num::floor(f64::from(to)) as f32;
    if raise && floor < to { floor + 1.0 } else { floor }
}

/// The thresholds above `from` (a value at a threshold lies above it), or the numbers just below
/// the thresholds up to it; from a missing value, all of them.
fn beside_thresholds(trees: &TreeEnsemble, feature: usize, from: f32, raise: bool) -> Vec<f32> {
    let mut thresholds: Vec<f32> = Vec::new();
    for tree in &trees.trees {
        for node in 0..tree.len() {
            let numeric = !tree.is_leaf(node) && tree.category_set[node] == 0;
            if numeric && tree.split_feature[node] as usize == feature {
                thresholds.push(tree.threshold[node]);
            }
        }
    }
    sort_by(&mut thresholds, f32::total_cmp);
    thresholds.dedup();
    let missing = from.is_nan();
    if raise {
        thresholds.retain(|t| missing || *t > from);
        thresholds
    } else {
        thresholds.retain(|t| missing || *t <= from);
        thresholds.iter().rev().map(|t| t.next_down()).collect()
    }
}

/// Eight steps of half a standard deviation; from the mean where the value is missing.
fn half_deviations(logistic: &LogisticModel, feature: usize, from: f32, raise: bool) -> Vec<f32> {
    let scaler = &logistic.scaler;
    let (Some(mean), Some(scale)) = (scaler.mean.get(feature), scaler.scale.get(feature)) else {
        return Vec::new();
    };
    let start = if from.is_nan() { *mean } else { f64::from(from) };
    let sign = if raise { 0.5 } else { -0.5 };
    (1..=8).map(|k| (start + sign * f64::from(k) * scale) as f32).collect()
}
