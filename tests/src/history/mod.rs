//! The plain recompute: every raw amount from the sorted events, written from the catalogue's
//! definitions alone, slow and simple. The incremental fold must equal it in every bit.

mod features;
mod joins;

use chatsignal_core::event::{Event, EventKind};
use chatsignal_core::time::{DAY_MS, TimestampMs, UtcOffsetMin};

/// The events of one contact known at one instant, sorted, each once.
#[derive(Clone, Debug)]
pub struct ContactHistory {
    events: Vec<Event>,
    as_of: i64,
    today: i32,
}

impl ContactHistory {
    /// The events of a contact that were available at `as_of`.
    #[must_use]
    pub fn new(events: &[Event], as_of: TimestampMs) -> Self {
        let mut events: Vec<Event> =
            events.iter().filter(|e| e.available_at <= as_of).cloned().collect();
        events.sort_by(Event::cmp_in_contact);
        events.dedup_by(|a, b| a.event_id == b.event_id);
        let offset = events
            .iter()
            .rfind(|e| {
                !matches!(
                    e.kind,
                    EventKind::Quality { .. }
                        | EventKind::Enrichment { .. }
                        | EventKind::Alias { .. }
                )
            })
            .map_or(UtcOffsetMin(0), |e| e.utc_offset);
        let today = offset.local_day(as_of);
        Self { events, as_of: as_of.0, today }
    }

    fn within(&self, day: i32, days: i32) -> bool {
        day > self.today - days
    }

    fn settled(&self, at: i64) -> bool {
        self.as_of - at >= DAY_MS
    }

    fn since(&self, at: i64) -> i64 {
        self.as_of - at
    }
}

fn day(event: &Event) -> i32 {
    event.utc_offset.local_day(event.occurred_at)
}

fn at(event: &Event) -> i64 {
    event.occurred_at.0
}

/// The last `cap` of a list, and whether something was cut off.
fn newest<T: Clone>(items: &[T], cap: usize) -> (Vec<T>, bool) {
    let cut = items.len().saturating_sub(cap);
    (items[cut..].to_vec(), cut > 0)
}

/// The ceil(n/2)-th smallest.
fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort();
    let position = values.len().div_ceil(2);
    if position == 0 { None } else { Some(values[position - 1]) }
}
