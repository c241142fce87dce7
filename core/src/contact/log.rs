//! Bounded logs of one contact. Which items they keep depends on the set of items alone, never on
//! the order of their arrival: the largest (or smallest) keys of a set are the same however it was
//! enumerated, and an item that was dropped could never have come back.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::record::{Key, Stamped};

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Insert {
    /// It was not there, and is kept.
    New,
    /// It is there already.
    Duplicate,
    /// It is older than everything in a full log.
    TooOld,
}

/// The `CAP` items of the largest keys, in rising order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Newest<T, const CAP: usize> {
    items: VecDeque<T>,
    /// Whether an item was ever dropped.
    overflowed: bool,
}

impl<T, const CAP: usize> Default for Newest<T, CAP> {
    fn default() -> Self {
        Self { items: VecDeque::new(), overflowed: false }
    }
}

impl<T: Stamped, const CAP: usize> Newest<T, CAP> {
    pub(super) fn insert(&mut self, item: T) -> Insert {
        let key = item.stamp().key();
        let mut at = self.items.len();
        // Events mostly come in order: the end is looked at first.
        if self.items.back().is_some_and(|last| last.stamp().key() >= key) {
            at = self.items.partition_point(|kept| kept.stamp().key() < key);
            if self.items.get(at).is_some_and(|kept| kept.stamp().key() == key) {
                return Insert::Duplicate;
            }
        }
        if self.items.len() == CAP {
            self.overflowed = true;
            if at == 0 {
                return Insert::TooOld;
            }
            self.items.pop_front();
            at -= 1;
        }
        self.items.insert(at, item);
        Insert::New
    }

    pub(super) fn clear(&mut self) {
        self.items.clear();
        self.overflowed = false;
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.items.iter()
    }

    /// Whether an item was ever dropped.
    pub(super) fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// A log of items that it could hold: in rising order, full if one was ever dropped.
    pub(super) fn from_parts(items: Vec<T>, overflowed: bool) -> Option<Self> {
        let sound = is_rising(&items) && items.len() <= CAP && (!overflowed || items.len() == CAP);
        sound.then(|| Self { items: items.into(), overflowed })
    }

    /// The instant since which nothing is missing; `None` when nothing ever was dropped.
    pub(crate) fn complete_since(&self) -> Option<i64> {
        self.items.front().filter(|_| self.overflowed).map(|first| first.stamp().at)
    }
}

/// The `CAP` items of the smallest keys, in rising order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Oldest<T, const CAP: usize> {
    items: Vec<T>,
}

impl<T, const CAP: usize> Default for Oldest<T, CAP> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T: Stamped, const CAP: usize> Oldest<T, CAP> {
    pub(super) fn insert(&mut self, item: &T)
    where
        T: Copy,
    {
        let key: Key = item.stamp().key();
        if self.items.len() == CAP && self.items.last().is_some_and(|l| l.stamp().key() <= key) {
            return;
        }
        let at = self.items.partition_point(|kept| kept.stamp().key() < key);
        if self.items.get(at).is_some_and(|kept| kept.stamp().key() == key) {
            return;
        }
        if self.items.len() == CAP {
            self.items.pop();
        }
        self.items.insert(at, *item);
    }

    pub(super) fn clear(&mut self) {
        self.items.clear();
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.items.iter()
    }

    /// A log of items that it could hold.
    pub(super) fn from_items(items: Vec<T>) -> Option<Self> {
        (is_rising(&items) && items.len() <= CAP).then_some(Self { items })
    }

    /// The instant until which nothing is missing; `None` when the log is not full.
    pub(crate) fn complete_until(&self) -> Option<i64> {
        self.items.last().filter(|_| self.items.len() == CAP).map(|last| last.stamp().at)
    }
}

fn is_rising<T: Stamped>(items: &[T]) -> bool {
    items.is_sorted_by(|a, b| a.stamp().key() < b.stamp().key())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::record::Stamp;
    use crate::id::EventId;

    impl Stamped for Stamp {
        fn stamp(&self) -> &Stamp {
            self
        }
    }

    fn stamp(at: i64) -> Stamp {
        Stamp { at, rank: 0, id: EventId([0; 16]), day: 0, hour: 0 }
    }

    #[test]
    fn the_newest_stay_in_every_order_of_arrival() {
        let mut expected: Option<Newest<Stamp, 3>> = None;
        for order in [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [3, 5, 1, 4, 2], [2, 3, 4, 5, 1]] {
            let mut log = Newest::<Stamp, 3>::default();
            for at in order {
                log.insert(stamp(at));
            }
            assert_eq!(log.complete_since(), Some(3));
            assert_eq!(log.insert(stamp(4)), Insert::Duplicate);
            assert_eq!(log.insert(stamp(1)), Insert::TooOld);
            assert_eq!(expected.get_or_insert_with(|| log.clone()), &log);
        }
    }

    #[test]
    fn the_oldest_stay_in_every_order_of_arrival() {
        for order in [[1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3]] {
            let mut log = Oldest::<Stamp, 2>::default();
            for at in order.into_iter().chain(order) {
                log.insert(&stamp(at));
            }
            assert!(log.iter().map(|s| s.at).eq([1, 2]));
            assert_eq!(log.complete_until(), Some(2));
        }
    }
}
