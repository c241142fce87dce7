//! Stable sorting. The same order everywhere; where code is loaded over a network (WebAssembly) by
//! one small routine for all types, since the sorts of the standard library are made anew for each.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::mem::swap;

/// Sorts; equal items keep their order.
pub(crate) fn sort_by<T: Clone>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    if cfg!(target_family = "wasm") {
        let order = order_of(items.len(), &mut |a, b| compare(&items[a], &items[b]));
        let sorted: Vec<T> = order.iter().map(|&at| items[at].clone()).collect();
        items.clone_from_slice(&sorted);
    } else {
        items.sort_by(compare);
    }
}

/// The positions `0..count` in order: a merge sort, stable.
fn order_of(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut from: Vec<usize> = (0..count).collect();
    let mut to = from.clone();
    let mut run = 1;
    while run < count {
        for start in (0..count).step_by(2 * run) {
            let (middle, end) = ((start + run).min(count), (start + 2 * run).min(count));
            let (mut left, mut right) = (start, middle);
            for slot in &mut to[start..end] {
                let from_left = left < middle
                    && (right >= end || compare(from[left], from[right]) != Ordering::Greater);
                let taken = if from_left { &mut left } else { &mut right };
                *slot = from[*taken];
                *taken += 1;
            }
        }
        swap(&mut from, &mut to);
        run *= 2;
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_small_sort_orders_as_the_standard_one(items in prop::collection::vec(0u8..20, 0..70)) {
            let mut expected: Vec<usize> = (0..items.len()).collect();
            expected.sort_by_key(|&at| items[at]);
            let order = order_of(items.len(), &mut |a, b| items[a].cmp(&items[b]));
            prop_assert_eq!(order, expected);
        }
    }
}
