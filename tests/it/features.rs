//! Properties of the fold and the features, on realistic and adversarial logs.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::{Applied, ContactState};
use chatsignal_core::event::{Currency, Event, MessageCategory, Money};
use chatsignal_core::feature::{
    BatchPlan, ChurnRaw, ContextBuilder, EngagementRaw, FeatureBatch, FeatureContext, LeadRaw,
    OpeningHours, SendCandidate, catalogue,
};
use chatsignal_core::id::ContactId;
use chatsignal_core::testing::cases;
use chatsignal_core::time::{DAY_MS, TimestampMs, UtcOffsetMin};
use chatsignal_tests::corpus::{Dice, contact_log};
use chatsignal_tests::history::ContactHistory;
use proptest::prelude::*;

/// A log of a few events, of a usual number, or of more than every cap holds.
fn log() -> impl Strategy<Value = Vec<Event>> {
    let length = prop_oneof![4 => 0usize..40, 4 => 40usize..200, 1 => 1_000usize..2_600];
    (any::<u64>(), length).prop_map(|(seed, length)| contact_log(seed, length))
}

fn short_log() -> impl Strategy<Value = Vec<Event>> {
    (any::<u64>(), 0usize..250).prop_map(|(seed, length)| contact_log(seed, length))
}

fn fold(events: &[Event]) -> ContactState {
    let mut state = ContactState::new();
    for event in events {
        assert_ne!(state.apply(event), Applied::Invalid);
    }
    state
}

fn each_once(events: &[Event]) -> Vec<Event> {
    let mut once: Vec<Event> = Vec::new();
    for event in events {
        if once.iter().all(|known| known.event_id != event.event_id) {
            once.push(event.clone());
        }
    }
    once
}

fn end(events: &[Event], extra_ms: i64) -> TimestampMs {
    let newest = events.iter().map(|event| event.available_at).max().unwrap_or_default();
    newest.plus_ms(extra_ms).min(TimestampMs::MAX)
}

/// All amounts at an instant.
fn raws(state: &ContactState, as_of: TimestampMs) -> (LeadRaw, ChurnRaw, EngagementRaw) {
    (
        LeadRaw::extract(state, as_of),
        ChurnRaw::extract(state, as_of),
        EngagementRaw::extract(state, as_of),
    )
}

fn candidate(at: TimestampMs, dice: &mut Dice) -> SendCandidate {
    SendCandidate {
        category: dice.chance(50).then_some(MessageCategory::Utility),
        chars: dice.chance(70).then(|| dice.pick(&[0, 100, u32::MAX])),
        has_media: dice.chance(30),
        has_buttons: dice.chance(30),
        ..SendCandidate::at(at, UtcOffsetMin(dice.pick(&[0, 330, -1080, 1080])))
    }
}

/// A context fitted on another contact, with everything set.
fn context(dice: &mut Dice) -> FeatureContext {
    let mut builder = ContextBuilder::new();
    builder.set_opening_hours(OpeningHours::new([(540, 1_080); 7]).expect("valid"));
    let events = contact_log(dice.draw(), 100);
    let at = end(&events, DAY_MS);
    let (lead, churn, engagement) = raws(&fold(&events), at);
    builder.observe_lead(&lead);
    builder.observe_churn(&churn);
    builder.observe_engagement(&engagement, &candidate(at, dice), true);
    let currency = Currency::new("EUR").expect("a currency");
    builder.observe_order(Money { e4: 1 + i64::from(dice.below(1_000_000)), currency });
    builder.finish()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// The features of every contact of whom something is known, by the row path.
fn rows(
    logs: &[Vec<Event>],
    as_of: TimestampMs,
    context: &FeatureContext,
    send: &SendCandidate,
) -> Vec<[Vec<u32>; 3]> {
    let states = logs.iter().map(|log| ContactState::at(log, as_of));
    states
        .filter(|state| state.known_through().is_some())
        .map(|state| {
            let utc_offset = state.utc_offset().unwrap_or(send.utc_offset);
            let send = SendCandidate { utc_offset, ..*send };
            let (lead, churn, engagement) = raws(&state, as_of);
            [
                bits(&lead.vector(context)),
                bits(&churn.vector(context)),
                bits(&engagement.vector(&send, context)),
            ]
        })
        .collect()
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn the_fold_equals_the_plain_recompute(events in log(), later in 0i64..100) {
        let once = each_once(&events);
        let as_of = end(&once, later * DAY_MS / 3);
        let history = ContactHistory::new(&once, as_of);
        let (lead, churn, engagement) = raws(&fold(&once), as_of);
        prop_assert_eq!(lead, history.lead());
        prop_assert_eq!(churn, history.churn());
        prop_assert_eq!(engagement, history.engagement());
    }

    #[test]
    fn columns_equal_rows(
        logs in prop::collection::vec(log(), 0..5),
        seed in any::<u64>(),
        later in -20i64..20,
    ) {
        let mut dice = Dice(seed);
        let context = context(&mut dice);
        let all: Vec<Event> = logs.iter().flatten().cloned().collect();
        let as_of = end(&all, later * DAY_MS);
        let send = candidate(as_of, &mut dice);
        let plan = BatchPlan {
            as_of,
            lead: Some(&context),
            churn: Some(&context),
            engagement: Some((&context, send)),
        };
        let contacts = logs.iter().zip(0u8..).map(|(log, i)| (ContactId([i; 16]), &log[..]));
        let batch = FeatureBatch::of(&plan, contacts);
        let expected = rows(&logs, as_of, &context, &send);
        prop_assert_eq!(batch.len(), expected.len());
        for (at, expected) in expected.iter().enumerate() {
            for (kind, expected) in ModelKind::TRAINED.into_iter().zip(expected) {
                prop_assert_eq!(&bits(&batch.row(kind, at).collect::<Vec<_>>()), expected);
            }
        }
        let one = FeatureBatch::of(
            &BatchPlan { churn: Some(&context), ..BatchPlan::at(as_of) },
            batch.contacts.iter().map(|id| (*id, &logs[usize::from(id.0[0])][..])),
        );
        prop_assert_eq!(&one.contacts, &batch.contacts);
        for (alone, together) in one.churn.iter().zip(&batch.churn) {
            prop_assert_eq!(bits(alone), bits(together));
        }
        prop_assert!(one.lead.is_empty() && one.engagement.is_empty());
    }

    #[test]
    fn a_cleared_state_is_a_new_one(before in log(), events in log()) {
        let mut state = fold(&before);
        state.clear();
        prop_assert!(state == ContactState::new());
        for event in &events {
            state.apply(event);
        }
        prop_assert!(state == fold(&events));
    }

    #[test]
    fn an_earlier_instant_is_a_refold(events in short_log(), cut in 0usize..250) {
        let once = each_once(&events);
        let as_of = once.get(cut).map_or(end(&once, 0), |event| event.available_at);
        let history = ContactHistory::new(&once, as_of);
        let state = ContactState::at(&once, as_of);
        prop_assert!(state.known_through().is_none_or(|known| known <= as_of));
        prop_assert_eq!(raws(&state, as_of), (history.lead(), history.churn(), history.engagement()));
    }

    #[test]
    fn the_future_changes_nothing(
        events in short_log(),
        seed in any::<u64>(),
        cut in 0usize..250,
    ) {
        let once = each_once(&events);
        let as_of = once.get(cut).map_or(end(&once, 0), |event| event.available_at);
        let known: Vec<Event> =
            once.iter().filter(|event| event.available_at <= as_of).cloned().collect();
        let mut all = once.clone();
        // Whatever happens, it becomes known after the instant, even if it is dated before it.
        all.extend(contact_log(seed, 50).into_iter().map(|event| Event {
            available_at: event.available_at.max(as_of.plus_ms(1)).min(TimestampMs::MAX),
            ..event
        }));
        all.retain(|event| event.available_at > as_of || known.contains(event));
        prop_assert_eq!(ContactState::at(&all, as_of), fold(&known));
    }

    #[test]
    fn order_changes_nothing(events in log(), seed in any::<u64>()) {
        let once = each_once(&events);
        let mut shuffled = once.clone();
        Dice(seed).shuffle(&mut shuffled);
        prop_assert!(fold(&once) == fold(&shuffled));
    }

    #[test]
    fn repetition_changes_nothing(events in short_log(), seed in any::<u64>()) {
        let once = each_once(&events);
        let mut repeated: Vec<Event> = once.iter().chain(&once).cloned().collect();
        Dice(seed).shuffle(&mut repeated);
        prop_assert!(fold(&once) == fold(&repeated));
        let mut state = fold(&once);
        for event in &once {
            state.apply(event);
        }
        prop_assert!(fold(&once) == state);
    }

    #[test]
    fn every_value_is_in_its_range(events in log(), seed in any::<u64>(), later in 0i64..2_000) {
        let as_of = end(&events, later * DAY_MS);
        let state = fold(&events);
        let mut dice = Dice(seed);
        let context = context(&mut dice);
        let (lead, churn, engagement) = raws(&state, as_of);
        for _ in 0..4 {
            let ahead = i64::from(dice.below(48)) * DAY_MS / 24;
            let send = candidate(as_of.plus_ms(ahead), &mut dice);
            let all: [(ModelKind, Vec<f32>, u64); 3] = [
                (ModelKind::Lead, lead.vector(&context).to_vec(), lead.features(&context).clipped),
                (
                    ModelKind::Churn,
                    churn.vector(&context).to_vec(),
                    churn.features(&context).clipped,
                ),
                (
                    ModelKind::Engagement,
                    engagement.vector(&send, &context).to_vec(),
                    engagement.features(&send, &context).clipped,
                ),
            ];
            for (kind, values, clipped) in all {
                for (i, (spec, value)) in catalogue(kind).iter().zip(&values).enumerate() {
                    let (low, high) = spec.range;
                    let missing = spec.missing == chatsignal_core::feature::Missing::Nan;
                    prop_assert!(
                        (low..=high).contains(value) || (value.is_nan() && missing),
                        "{} = {value}", spec.name
                    );
                    prop_assert!(clipped >> i & 1 == 0 || *value == low || *value == high);
                }
            }
        }
    }

    #[test]
    fn any_event_at_all_is_taken(
        events in prop::collection::vec(chatsignal_core::testing::any_event(), 0..60),
        as_of in any::<i64>(),
    ) {
        let state = fold(&events);
        let context = FeatureContext::default();
        let (lead, churn, engagement) = raws(&state, TimestampMs(as_of));
        let send = SendCandidate::at(TimestampMs(as_of), UtcOffsetMin(i16::MAX));
        let twice = raws(&state, TimestampMs(as_of));
        prop_assert_eq!(bits(&lead.vector(&context)), bits(&twice.0.vector(&context)));
        prop_assert_eq!(bits(&churn.vector(&context)), bits(&twice.1.vector(&context)));
        prop_assert!(engagement.vector(&send, &context).iter().all(|value| !value.is_nan()));
    }
}
