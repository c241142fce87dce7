//! Counts by local day, for the windows that may hold more events than the logs keep.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::limits::DAY_BUCKETS_MAX;

/// What happened on one local day. Counters stay at their largest value rather than wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Day {
    /// Local day, as days since 1970-01-01.
    pub(crate) day: i32,
    pub(crate) inbound: u32,
    pub(crate) rich: u32,
    pub(crate) high_intent: u32,
    pub(crate) questions: u32,
    pub(crate) paid: u32,
    /// Refunded, cancelled or failed purchases.
    pub(crate) undone: u32,
    /// Inbound by local hour.
    pub(crate) hours: [u16; 24],
}

/// The days on which something happened, of the 366 up to the newest of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Days {
    days: VecDeque<Day>,
}

impl Days {
    /// The counts of a day; `None` when the day is too old to be kept.
    pub(super) fn at(&mut self, day: i32) -> Option<&mut Day> {
        let span = DAY_BUCKETS_MAX as i32;
        let newest = self.days.back().map_or(day, |last| last.day);
        if day <= newest.saturating_sub(span) {
            return None;
        }
        let mut at = self.days.len();
        if day <= newest {
            at = self.days.partition_point(|kept| kept.day < day);
        }
        if self.days.get(at).is_none_or(|kept| kept.day != day) {
            self.days.insert(at, Day { day, ..Day::default() });
            while self.days.front().is_some_and(|first| first.day <= day.saturating_sub(span)) {
                self.days.pop_front();
                at -= 1;
            }
        }
        self.days.get_mut(at)
    }

    pub(super) fn clear(&mut self) {
        self.days.clear();
    }

    /// Every day that is kept, in rising order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Day> {
        self.days.iter()
    }

    /// Days that could be kept together: in rising order, within the span.
    pub(super) fn from_items(days: Vec<Day>) -> Option<Self> {
        let rising = days.is_sorted_by(|a, b| a.day < b.day);
        let span = match (days.first(), days.last()) {
            (Some(first), Some(last)) => last.day.saturating_sub(first.day),
            _ => 0,
        };
        (rising && span < DAY_BUCKETS_MAX as i32).then(|| Self { days: days.into() })
    }

    /// The days after `day`, from the newest back.
    pub(crate) fn after(&self, day: i32) -> impl Iterator<Item = &Day> {
        self.days.iter().rev().take_while(move |kept| kept.day > day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_kept_in_every_order_of_arrival() {
        let mut expected: Option<Days> = None;
        for order in [[0, 100, 365, 366], [366, 365, 100, 0], [100, 366, 0, 365]] {
            let mut days = Days::default();
            for day in order {
                if let Some(counts) = days.at(day) {
                    counts.inbound += 1;
                }
            }
            assert!(days.after(-1).map(|d| d.day).eq([366, 365, 100]));
            assert!(days.after(100).map(|d| d.day).eq([366, 365]));
            assert_eq!(expected.get_or_insert_with(|| days.clone()), &days);
        }
    }
}
