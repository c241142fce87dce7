//! The classical recursion of TreeSHAP (Lundberg, Erion and Lee 2018, algorithm 2), which other
//! libraries run: what the fast one is measured and tested against.

use alloc::vec;
use alloc::vec::Vec;

use crate::model::{Aggregation, Tree, TreeEnsemble};

/// A feature of the path to the current node.
#[derive(Clone, Copy, Debug)]
struct Element {
    feature: usize,
    /// Share of cover that follows the path when the feature is unknown.
    zero: f64,
    /// 1 if the row follows the path, else 0.
    one: f64,
    /// Weight of the subsets that have as many features as there are elements before this one.
    weight: f64,
}

/// The way to a node: zero and one of the last branch, and its feature.
type Edge = (f64, f64, usize);

/// Contributions of one row, by feature.
#[must_use]
pub fn contributions(ensemble: &TreeEnsemble, row: &[f32]) -> Vec<f64> {
    let row = &*ensemble.dialect.read(row);
    let mut out = vec![0.0; ensemble.n_features];
    for tree in &ensemble.trees {
        visit(tree, row, 0, &[], (1.0, 1.0, usize::MAX), &mut out);
    }
    if ensemble.aggregation == Aggregation::Mean {
        out.iter_mut().for_each(|c| *c /= ensemble.trees.len().max(1) as f64);
    }
    out
}

fn visit(tree: &Tree, row: &[f32], node: usize, path: &[Element], edge: Edge, out: &mut [f64]) {
    let mut path = path.to_vec();
    extend(&mut path, edge);
    if tree.is_leaf(node) {
        for at in 1..path.len() {
            let Element { feature, zero, one, .. } = path[at];
            out[feature] += unwound_sum(&path, at) * (one - zero) * tree.leaf_value[node];
        }
        return;
    }
    let feature = tree.split_feature[node] as usize;
    let (left, right) = (tree.left[node] as usize, tree.right[node] as usize);
    let (mut zero, mut one) = (1.0, 1.0);
    if let Some(at) = path.iter().position(|element| element.feature == feature) {
        (zero, one) = (path[at].zero, path[at].one);
        unwind(&mut path, at);
    }
    let covers = tree.cover[left] + tree.cover[right];
    let goes_left = tree.goes_left(node, row);
    for (child, taken) in [(left, goes_left), (right, !goes_left)] {
        let zero = zero * tree.cover[child] / covers;
        let one = if taken { one } else { 0.0 };
        // Neither the row nor any cover: every subset gives it the weight 0.
        if zero != 0.0 || one != 0.0 {
            visit(tree, row, child, &path, (zero, one, feature), out);
        }
    }
}

fn extend(path: &mut Vec<Element>, (zero, one, feature): Edge) {
    let len = path.len();
    let weight = if len == 0 { 1.0 } else { 0.0 };
    path.push(Element { feature, zero, one, weight });
    let size = (len + 1) as f64;
    for i in (0..len).rev() {
        path[i + 1].weight += one * path[i].weight * (i + 1) as f64 / size;
        path[i].weight *= zero * (len - i) as f64 / size;
    }
}

/// The weights of a path without one of its elements, by `each(place, weight)`, last first.
fn unwound(path: &[Element], at: usize, mut each: impl FnMut(usize, f64)) {
    let last = path.len() - 1;
    let size = (last + 1) as f64;
    let Element { zero, one, .. } = path[at];
    let mut next = path[last].weight;
    for i in (0..last).rev() {
        let weight = if one == 0.0 {
            path[i].weight * size / (zero * (last - i) as f64)
        } else {
            next * size / ((i + 1) as f64 * one)
        };
        next = path[i].weight - weight * zero * (last - i) as f64 / size;
        each(i, weight);
    }
}

fn unwound_sum(path: &[Element], at: usize) -> f64 {
    let mut sum = 0.0;
    unwound(path, at, |_, weight| sum += weight);
    sum
}

/// Takes one element out again.
fn unwind(path: &mut Vec<Element>, at: usize) {
    let mut weights = vec![0.0; path.len() - 1];
    unwound(path, at, |i, weight| weights[i] = weight);
    path.remove(at);
    path.iter_mut().zip(weights).for_each(|(element, weight)| element.weight = weight);
}
