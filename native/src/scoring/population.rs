//! Whom a model speaks about: the contacts of the kind that it was trained on.

use chatsignal_core::event::{Event, EventKind, LeadStep};
use chatsignal_core::time::{DAY_MS, TimestampMs};
use chatsignal_train::label::{is_activity, is_paid};

fn known(events: &[Event], as_of: TimestampMs) -> impl DoubleEndedIterator<Item = &Event> {
    events.iter().filter(move |event| event.available_at <= as_of)
}

/// Whether the contact is an open lead: the newest step of the lead does not close it; without
/// steps, nothing was bought yet and there is a sign of interest.
#[must_use]
pub fn is_open_lead(events: &[Event], as_of: TimestampMs) -> bool {
    let newest_step = known(events, as_of).rev().find_map(|event| match event.kind {
        EventKind::Lead(step) => Some(step),
        _ => None,
    });
    match newest_step {
        Some(step) => !matches!(step, LeadStep::Won(_) | LeadStep::Lost),
        None => {
            known(events, as_of).any(|event| event.kind.is_inbound())
                && !known(events, as_of).any(is_paid)
        }
    }
}

/// Whether the contact wrote or paid within the horizon before `as_of`: those who did not are lost
/// already, and the model was not trained on them.
#[must_use]
pub fn is_active_customer(events: &[Event], as_of: TimestampMs, horizon_days: u32) -> bool {
    let since = as_of.plus_ms(-i64::from(horizon_days) * DAY_MS);
    known(events, as_of).any(|event| event.occurred_at > since && is_activity(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::contact::ContactState;
    use chatsignal_core::testing::{any_event, cases};
    use chatsignal_scoring::{is_active_state, is_open_lead_state};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn a_state_says_the_same_as_its_events(
            mut events in prop::collection::vec(any_event(), 0..20),
            pick in any::<prop::sample::Index>(),
            days in 1u32..400,
        ) {
            events.sort_by(Event::cmp_in_contact);
            events.dedup_by_key(|event| event.order_key());
            let instants: Vec<_> = events.iter().map(|event| event.available_at).collect();
            let as_of = if instants.is_empty() { TimestampMs(0) } else { *pick.get(&instants) };
            let state = ContactState::at(&events, as_of);
            prop_assert_eq!(is_open_lead_state(&state), is_open_lead(&events, as_of));
            prop_assert_eq!(
                is_active_state(&state, as_of, days),
                is_active_customer(&events, as_of, days)
            );
        }
    }
}
