//! Lead labels: the highest rung in the horizon after a weekly snapshot of an open lead.

use chatsignal_core::event::{Event, EventKind, LeadStep};
use chatsignal_core::time::TimestampMs;

use super::{Candidate, LabelRules, has_objected, is_paid};

/// Outcome index of a won lead.
const WON: u8 = 4;

/// A step of the lead as labels see it.
#[derive(Clone, Copy)]
struct Step {
    at: TimestampMs,
    known: TimestampMs,
    /// 0 created, 1 engaged, 2 qualified, 3 proposal, 4 won.
    rung: u8,
    closes: bool,
}

/// Weekly snapshots of the contact while it is an open lead.
///
/// Old open leads are losers by construction, so snapshots thin out with the age of the lead: every
/// week for four weeks, every second week to twelve, every fourth to twenty-six, then every twelfth.
#[must_use]
pub fn lead_candidates(events: &[Event], rules: &LabelRules) -> Vec<Candidate> {
    let steps: Vec<Step> = events.iter().filter_map(|e| step(e, rules.lead_steps)).collect();
    let Some(first) = steps.iter().map(|s| s.known).min() else { return Vec::new() };
    if has_objected(events) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut opened = None;
    let mut age_weeks = 0u32;
    for at in rules.weeks(first) {
        let Some(start) = open_since(&steps, at, rules.lead_steps) else { continue };
        age_weeks = if opened == Some(start) { age_weeks + 1 } else { 0 };
        opened = Some(start);
        if is_sampled(age_weeks) {
            let outcome = outcome(&steps, at, at.plus_ms(rules.horizon_ms));
            out.push(Candidate {
                at,
                target: rules.rungs[usize::from(outcome)],
                positive: outcome == WON,
                outcome,
                send: None,
            });
        }
    }
    out
}

fn is_sampled(age_weeks: u32) -> bool {
    let stride = match age_weeks {
        0..=3 => 1,
        4..=11 => 2,
        12..=25 => 4,
        _ => 12,
    };
    age_weeks.is_multiple_of(stride)
}

fn step(event: &Event, lead_steps: bool) -> Option<Step> {
    let (rung, closes) = match &event.kind {
        EventKind::Lead(step) if lead_steps => match step {
            LeadStep::Created => (0, false),
            LeadStep::Engaged => (1, false),
            LeadStep::Qualified => (2, false),
            LeadStep::Proposal => (3, false),
            LeadStep::Won(_) => (WON, true),
            LeadStep::Lost => (0, true),
        },
        _ if lead_steps => return None,
        _ if is_paid(event) => (WON, true),
        kind if kind.is_inbound() => (1, false),
        EventKind::Acquisition { .. } => (0, false),
        _ => return None,
    };
    Some(Step { at: event.occurred_at, known: event.available_at, rung, closes })
}

/// Since when the lead is open at `at`, by what is known then; `None` when there is no open lead,
/// or when it was closed already and we did not know yet (such a row has no honest label).
///
/// With steps of leads a step after a close opens a new lead; without them a customer who has
/// bought is no lead again.
fn open_since(steps: &[Step], at: TimestampMs, reopens: bool) -> Option<TimestampMs> {
    let mut open = None;
    for step in steps.iter().take_while(|s| s.at <= at) {
        if step.closes {
            if step.known > at || !reopens {
                return None;
            }
            open = None;
        } else if step.known <= at {
            open = open.or(Some(step.at));
        }
    }
    open
}

/// The highest rung in `(at, until]`, up to the first close.
fn outcome(steps: &[Step], at: TimestampMs, until: TimestampMs) -> u8 {
    let mut best = 0;
    for step in steps.iter().filter(|s| s.at > at && s.at <= until) {
        best = best.max(step.rung);
        if step.closes {
            break;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::testing::{day, event, inbound, purchase};
    use super::super::{LabelRules, Survey};
    use super::*;
    use crate::pipeline::PipelineConfig;
    use chatsignal_core::artifact::ModelKind;

    fn rules(lead_steps: bool) -> LabelRules {
        let survey = Survey { from: day(0.0), until: day(500.0), lead_steps, ..Survey::default() };
        LabelRules::new(ModelKind::Lead, &survey, &PipelineConfig::default())
    }

    fn lead(at: f64, step: LeadStep) -> Event {
        event(at, EventKind::Lead(step))
    }

    #[test]
    fn the_highest_rung_after_the_snapshot_counts() {
        let log = [
            lead(40.0, LeadStep::Created),
            lead(41.0, LeadStep::Qualified),
            lead(70.0, LeadStep::Proposal),
            lead(150.0, LeadStep::Won(None)),
            lead(151.0, LeadStep::Created),
        ];
        let rows = lead_candidates(&log, &rules(true));
        // The first Monday after day 40 is day 46: qualified lies before it, won after day 136.
        assert_eq!((rows[0].at, rows[0].target), (day(46.0), 70.0));
        let late = rows.iter().find(|r| r.at > day(70.0)).expect("still open");
        assert_eq!((late.target, late.positive), (100.0, true));
        // After the win a new lead begins, which goes nowhere.
        assert!(rows.iter().any(|r| r.at == day(151.0 + 7.0).min(day(158.0)) && r.target == 0.0));
        assert!(rows.iter().all(|r| r.at <= day(410.0)));
    }

    #[test]
    fn snapshots_thin_out_with_age() {
        let rows = lead_candidates(&[lead(31.0, LeadStep::Created)], &rules(true));
        let weeks: Vec<i64> =
            rows.iter().map(|r| r.at.since(rows[0].at) / (7 * 86_400_000)).collect();
        assert_eq!(weeks, [0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 36, 48]);
    }

    #[test]
    fn without_steps_the_first_purchase_is_the_win() {
        let log =
            [inbound(35.0, None), inbound(60.0, None), purchase(65.0, 100), inbound(80.0, None)];
        let rows = lead_candidates(&log, &rules(false));
        assert_eq!(rows.len(), 4, "{rows:?}");
        assert!(rows.iter().all(|r| r.positive && r.at < day(65.0)));
    }

    #[test]
    fn a_close_that_was_not_known_yet_gives_no_row() {
        let mut won = lead(50.0, LeadStep::Won(None));
        won.available_at = day(70.0);
        let rows = lead_candidates(&[lead(33.0, LeadStep::Created), won], &rules(true));
        assert_eq!(rows.iter().map(|r| r.at).collect::<Vec<_>>(), [day(39.0), day(46.0)]);
    }
}
