//! Steps that all tree learners share: writing a split down, parting rows, adding up covers.

use chatsignal_core::model::Tree;

use super::best_split::{Cut, Split};
use super::bins::{Bin, Binned, FeatureBins};

/// Turns leaf `node` into `split` with two new leaves, and returns their numbers.
pub(crate) fn write_split(
    tree: &mut Tree,
    node: usize,
    split: &Split,
    bins: &FeatureBins,
) -> (usize, usize) {
    let (left, right) = (tree.push_leaf(0.0, 0.0), tree.push_leaf(0.0, 0.0));
    tree.left[node] = left;
    tree.right[node] = right;
    tree.split_feature[node] = split.feature as u32;
    tree.default_left[node] = split.default_left;
    match &split.cut {
        Cut::Numeric { left, right } => tree.threshold[node] = bins.threshold(*left, *right),
        Cut::Categories(set) => {
            tree.category_sets.push(set.clone());
            tree.category_set[node] = tree.category_sets.len() as u32;
        }
    }
    (left as usize, right as usize)
}

/// Moves the rows that go left before the others, keeping the order of both; returns how many go.
pub(crate) fn partition<B: Bin>(
    rows: &mut [u32],
    spare: &mut Vec<u32>,
    binned: &Binned<B>,
    split: &Split,
) -> usize {
    let column = binned.column(split.feature);
    let default_left = split.default_left;
    match &split.cut {
        // The common case apart: one comparison a row.
        Cut::Numeric { left, .. } => partition_by(rows, spare, |row| {
            let bin = column[row].get();
            if bin == 0 { default_left } else { bin <= *left }
        }),
        Cut::Categories(_) => partition_by(rows, spare, |row| split.goes_left(column[row].get())),
    }
}

fn partition_by(
    rows: &mut [u32],
    spare: &mut Vec<u32>,
    goes_left: impl Fn(usize) -> bool,
) -> usize {
    spare.resize(spare.len().max(rows.len()), 0);
    let (mut kept, mut moved) = (0, 0);
    for i in 0..rows.len() {
        let row = rows[i];
        let left = goes_left(row as usize);
        // Both stores always happen: the branch would be a coin toss.
        rows[kept] = row;
        spare[moved] = row;
        kept += usize::from(left);
        moved += usize::from(!left);
    }
    rows[kept..].copy_from_slice(&spare[..moved]);
    kept
}

/// Adds up covers from the leaves to the root.
pub(crate) fn sum_covers(tree: &mut Tree) {
    for node in (0..tree.len()).rev() {
        if !tree.is_leaf(node) {
            let (left, right) = (tree.left[node] as usize, tree.right[node] as usize);
            tree.cover[node] = tree.cover[left] + tree.cover[right];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_keeps_the_order_of_both_sides() {
        let mut rows: Vec<u32> = (0..10).collect();
        let kept = partition_by(&mut rows, &mut Vec::new(), |row| row % 3 == 0);
        assert_eq!(kept, 4);
        assert_eq!(rows, [0, 3, 6, 9, 1, 2, 4, 5, 7, 8]);
    }
}
