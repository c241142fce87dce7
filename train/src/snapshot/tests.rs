//! The future changes no feature.

use std::sync::OnceLock;

use chatsignal_core::testing::{any_event, cases};
use proptest::prelude::*;

use super::*;
use crate::pipeline::PipelineConfig;
use crate::source::MemorySource;
use crate::synth::{Preset, Simulator};

/// A few simulated contacts.
fn contacts() -> &'static [(ContactId, Vec<Event>)] {
    static CONTACTS: OnceLock<Vec<(ContactId, Vec<Event>)>> = OnceLock::new();
    CONTACTS.get_or_init(|| {
        Simulator::new(Preset::Headline, 60, 3).contacts().map(|c| (c.id, c.events)).collect()
    })
}

fn rules(kind: ModelKind) -> LabelRules {
    let events = contacts().iter().flat_map(|(_, events)| events.clone());
    let survey = Survey::of(&MemorySource::new(events)).expect("memory reads");
    LabelRules::new(kind, &survey, &PipelineConfig::default())
}

fn snapshots(
    contact: ContactId,
    events: &[Event],
    candidates: Vec<Candidate>,
    kind: ModelKind,
) -> Vec<(RawFeatures, SliceKeys)> {
    let mut out = Vec::new();
    extract(contact, events, candidates, kind, None, &mut |row| out.push((row.raw, row.slices)));
    out
}

proptest! {
    #![proptest_config(cases(150))]

    /// Whatever becomes known after `at`, even of things that happened before it, the features and
    /// slices of every snapshot up to `at` stay the same in every bit.
    #[test]
    fn the_future_changes_no_feature(
        pick in 0usize..60,
        kind in prop::sample::select(ModelKind::TRAINED.to_vec()),
        share in 0.0f64..1.0,
        future in prop::collection::vec((any_event(), 1i64..100_000_000_000), 1..12),
    ) {
        let (contact, events) = &contacts()[pick];
        let all = rules(kind).candidates(events);
        let kept = (share * all.len() as f64) as usize;
        let candidates = all[..all.len().min(kept + 1)].to_vec();
        let Some(last) = candidates.last() else { return Ok(()) };
        let at = last.at;
        let mut extended = events.clone();
        extended.extend(future.into_iter().map(|(mut event, later)| {
            event.contact_id = *contact;
            event.available_at = at.plus_ms(later);
            event.normalized()
        }));
        extended.sort_by(Event::cmp_in_contact);
        let before = snapshots(*contact, events, candidates.clone(), kind);
        let after = snapshots(*contact, &extended, candidates, kind);
        prop_assert_eq!(before, after);
    }
}

#[test]
fn labels_look_only_ahead() {
    // Cutting the past off before a snapshot changes who is in the population, never a label that
    // is given.
    for kind in [ModelKind::Churn, ModelKind::Engagement] {
        let rules = rules(kind);
        for (_, events) in contacts() {
            let all = rules.candidates(events);
            let Some(middle) = all.get(all.len() / 2) else { continue };
            let tail: Vec<Event> = events
                .iter()
                .filter(|e| e.occurred_at > middle.at.plus_ms(-2 * rules.horizon_ms))
                .cloned()
                .collect();
            for candidate in rules.candidates(&tail) {
                let same = all.iter().find(|c| c.at == candidate.at);
                assert!(same.is_none_or(|same| same.positive == candidate.positive));
            }
        }
    }
}
