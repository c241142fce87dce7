//! Holds the simulator to its word: the same bytes, valid logs, true probabilities that are true.

use std::collections::BTreeSet;

use chatsignal_core::event::{Event, EventKind, LeadStep, MessageStatus, PurchaseStatus, Source};
use chatsignal_core::time::{DAY_MS, HOUR_MS, TimestampMs};

use super::*;

fn some(preset: Preset) -> Simulator {
    Simulator::new(preset, 500, 11)
}

/// Mean of the true probabilities against the frequency of what happened, in standard errors
/// (clusters of one contact, so that the error is honest).
struct Check {
    contacts: Vec<(f64, f64)>,
    sums: (f64, f64, f64),
}

impl Check {
    fn new() -> Self {
        Self { contacts: Vec::new(), sums: (0.0, 0.0, 0.0) }
    }

    fn contact(&mut self, rows: &[(f64, f64)]) {
        let difference: f64 = rows.iter().map(|(p, y)| y - p).sum();
        self.contacts.push((difference, rows.len() as f64));
        for (p, y) in rows {
            self.sums.0 += p;
            self.sums.1 += y;
            self.sums.2 += 1.0;
        }
    }

    fn assert(&self, what: &str) {
        let total: f64 = self.contacts.iter().map(|c| c.0).sum();
        let spread = chatsignal_core::num::sqrt(self.contacts.iter().map(|c| c.0 * c.0).sum());
        let z = total / spread.max(1e-9);
        let (p, y, n) = self.sums;
        assert!(n > 300.0, "{what}: only {n} rows");
        assert!(z.abs() < 3.5, "{what}: truth {:.4}, happened {:.4}, z {z:.1}", p / n, y / n);
    }
}

fn inbound_or_purchase(event: &Event) -> bool {
    event.kind.is_inbound()
        || matches!(event.kind, EventKind::Purchase { status: PurchaseStatus::Paid, .. })
}

/// Mondays at midnight from the contact's arrival to a horizon before the end.
fn snapshots(simulator: &Simulator, horizon: i64) -> impl Iterator<Item = TimestampMs> {
    let (start, end) = (simulator.start(), simulator.end().plus_ms(-horizon * DAY_MS));
    (1..).map(move |week: i64| start.plus_ms(7 * week * DAY_MS)).take_while(move |t| *t <= end)
}

#[test]
fn same_seed_same_bytes_and_other_seed_other_bytes() {
    for preset in Preset::ALL {
        let events = |seed| -> Vec<Event> {
            Simulator::new(preset, 20, seed).contacts().flat_map(|c| c.events).collect()
        };
        assert_eq!(events(1), events(1));
        assert_ne!(events(1), events(2));
    }
}

#[test]
fn more_contacts_do_not_change_the_first_ones() {
    let few: Vec<Event> =
        some(Preset::Headline).contacts().take(10).flat_map(|c| c.events).collect();
    let more = Simulator::new(Preset::Headline, 5_000, 11);
    assert_eq!(few, more.contacts().take(10).flat_map(|c| c.events).collect::<Vec<_>>());
}

#[test]
fn logs_are_sorted_valid_and_of_the_simulator() {
    for preset in Preset::ALL {
        let simulator = some(preset);
        let mut ids = BTreeSet::new();
        let mut kinds = BTreeSet::new();
        let mut offsets = BTreeSet::new();
        for contact in simulator.contacts() {
            assert!(contact.events.is_sorted_by(|a, b| a.cmp_in_contact(b).is_lt()));
            assert!(!contact.events.is_empty());
            for event in &contact.events {
                assert_eq!(event.source, Source::Simulator);
                assert_eq!(event.contact_id, contact.id);
                assert!(event.occurred_at <= event.available_at);
                assert!(event.available_at < simulator.end());
                assert!(event.occurred_at >= simulator.start().plus_ms(-HOUR_MS));
                assert!(ids.insert(event.event_id), "event ids are unique");
                kinds.insert(event.kind.type_name());
                offsets.insert(event.utc_offset.0);
            }
        }
        for kind in [
            "message.inbound",
            "message.outbound",
            "message.status",
            "interaction",
            "acquisition",
            "consent",
            "conversation",
            "csat",
            "enrichment",
            "lead",
            "purchase",
        ] {
            assert!(kinds.contains(kind), "{kind} missing in {}", preset.as_str());
        }
        assert!([330, 345, 60, 120].iter().all(|offset| offsets.contains(offset)));
    }
}

#[test]
fn true_churn_is_true() {
    for preset in Preset::ALL {
        let simulator = some(preset);
        for horizon in [30, 60] {
            let mut check = Check::new();
            for contact in simulator.contacts() {
                let happened = |t: TimestampMs| {
                    let until = t.plus_ms(horizon * DAY_MS);
                    !contact.events.iter().any(|e| {
                        e.occurred_at > t && e.occurred_at <= until && inbound_or_purchase(e)
                    })
                };
                let rows: Vec<(f64, f64)> = snapshots(&simulator, horizon)
                    .filter_map(|t| Some((contact.truth.churn(t, horizon as u32)?, t)))
                    .map(|(p, t)| (p, f64::from(u8::from(happened(t)))))
                    .collect();
                check.contact(&rows);
            }
            check.assert(preset.as_str());
        }
    }
}

#[test]
fn true_lead_odds_are_true() {
    let values = [0.0, 15.0, 40.0, 70.0, 100.0];
    for preset in Preset::ALL {
        let simulator = some(preset);
        let (mut won, mut none, mut value) = (Check::new(), Check::new(), Check::new());
        for contact in simulator.contacts() {
            let mut rows: [Vec<(f64, f64)>; 3] = Default::default();
            for t in snapshots(&simulator, 90) {
                let Some(odds) = contact.truth.lead(t, 90) else { continue };
                let sum = odds.expected([1.0; 5]);
                assert!((sum - 1.0).abs() < 1e-9, "odds add up to {sum}");
                let later = contact
                    .events
                    .iter()
                    .filter(|e| e.occurred_at > t && e.occurred_at <= t.plus_ms(90 * DAY_MS));
                let rung = later
                    .map(|e| match e.kind {
                        EventKind::Lead(LeadStep::Won(_)) => 4,
                        EventKind::Lead(LeadStep::Proposal) => 3,
                        EventKind::Lead(LeadStep::Qualified) => 2,
                        EventKind::Lead(LeadStep::Engaged) => 1,
                        _ => 0,
                    })
                    .max()
                    .unwrap_or(0);
                let flag = |yes| f64::from(u8::from(yes));
                rows[0].push((odds.won, flag(rung == 4)));
                rows[1].push((odds.none, flag(rung == 0)));
                rows[2].push((odds.expected(values), values[rung]));
            }
            won.contact(&rows[0]);
            none.contact(&rows[1]);
            value.contact(&rows[2]);
        }
        won.assert("won");
        none.assert("none");
        value.assert("value");
    }
}

#[test]
fn true_engagement_is_true() {
    for preset in Preset::ALL {
        let mut check = Check::new();
        for contact in some(preset).contacts() {
            let mut rows = Vec::new();
            for status in &contact.events {
                let EventKind::MessageStatus {
                    message_id, status: MessageStatus::Delivered, ..
                } = status.kind
                else {
                    continue;
                };
                let Some(p) = contact.truth.engagement(message_id) else { continue };
                let until = status.occurred_at.plus_ms(DAY_MS);
                if until >= some(preset).end() {
                    continue;
                }
                let answered = contact.events.iter().any(|e| {
                    let click = matches!(e.kind, EventKind::Interaction { .. });
                    (e.kind.is_inbound() || click)
                        && e.occurred_at > status.occurred_at
                        && e.occurred_at <= until
                });
                rows.push((p, f64::from(u8::from(answered))));
            }
            check.contact(&rows);
        }
        check.assert(preset.as_str());
    }
}

#[test]
fn truth_answers_only_what_it_knows() {
    let simulator = some(Preset::Headline);
    let contact = simulator.contacts().next();
    let contact = contact.as_ref();
    assert_eq!(contact.and_then(|c| c.truth.churn(TimestampMs(0), 30)), None);
    assert_eq!(
        contact.and_then(|c| c.truth.engagement(chatsignal_core::id::MessageId([0; 16]))),
        None
    );
}

#[test]
fn a_log_can_end_today() {
    let now = TimestampMs(1_795_650_000_000);
    let simulator = Simulator::until(Preset::Headline, 100, 11, now);
    let end = simulator.end();
    assert!(end <= now && now.0 - end.0 < DAY_MS, "{end:?}");
    let last = simulator.contacts().flat_map(|c| c.events).map(|event| event.available_at).max();
    assert!(last.is_some_and(|last| last <= end && end.0 - last.0 < DAY_MS), "{last:?}");
    let usual = Simulator::new(Preset::Headline, 100, 11);
    let same = Simulator::until(Preset::Headline, 100, 11, usual.end());
    assert!(usual.contacts().zip(same.contacts()).all(|(a, b)| a.events == b.events));
}
