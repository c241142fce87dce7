//! Churn labels: silence in the horizon after a weekly snapshot of an active customer.

use chatsignal_core::event::{ConsentKind, Event, EventKind};
use chatsignal_core::time::TimestampMs;

use super::{Candidate, LabelRules, is_activity};

/// Weekly snapshots of the contact while it was active in the horizon before.
///
/// Churned = neither an inbound message nor a paid purchase in `(at, at + horizon]`.
#[must_use]
pub fn churn_candidates(events: &[Event], rules: &LabelRules) -> Vec<Candidate> {
    let times = |keep: &dyn Fn(&Event) -> bool| -> Vec<(TimestampMs, TimestampMs)> {
        events.iter().filter(|e| keep(e)).map(|e| (e.occurred_at, e.available_at)).collect()
    };
    let activity = times(&is_activity);
    let opt_outs = if rules.opt_out_is_churn { times(&is_opt_out) } else { Vec::new() };
    let Some(first) = activity.first() else { return Vec::new() };
    let mut out = Vec::new();
    for at in rules.weeks(first.0) {
        let before = at.plus_ms(-rules.horizon_ms);
        let active = between(&activity, before, at).iter().any(|(_, known)| *known <= at);
        let opted_out = opt_outs.iter().any(|(_, known)| *known <= at);
        if !active || opted_out {
            continue;
        }
        let end = at.plus_ms(rules.horizon_ms);
        let churned =
            between(&activity, at, end).is_empty() || !between(&opt_outs, at, end).is_empty();
        let target = if churned { 1.0 } else { 0.0 };
        out.push(Candidate { at, target, positive: churned, outcome: churned.into(), send: None });
    }
    out
}

fn is_opt_out(event: &Event) -> bool {
    matches!(event.kind, EventKind::Consent(ConsentKind::OptOut | ConsentKind::Objected))
}

/// The entries with `after < time <= until`; `times` is sorted.
fn between(
    times: &[(TimestampMs, TimestampMs)],
    after: TimestampMs,
    until: TimestampMs,
) -> &[(TimestampMs, TimestampMs)] {
    let low = times.partition_point(|(at, _)| *at <= after);
    let high = times.partition_point(|(at, _)| *at <= until);
    &times[low..high.max(low)]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{day, event, inbound, purchase};
    use super::super::{LabelRules, Survey};
    use super::*;
    use crate::pipeline::{ChurnConfig, PipelineConfig};
    use chatsignal_core::artifact::ModelKind;

    fn rules(opt_out_is_churn: bool) -> LabelRules {
        let survey = Survey { from: day(0.0), until: day(200.0), ..Survey::default() };
        let churn = ChurnConfig { horizon_days: Some(30), opt_out_is_churn };
        let config = PipelineConfig { warmup_days: 0, churn, ..PipelineConfig::default() };
        LabelRules::new(ModelKind::Churn, &survey, &config)
    }

    #[test]
    fn population_label_and_censoring() {
        let log = [purchase(10.0, 5), inbound(50.0, None), purchase(175.0, 5)];
        let rows = churn_candidates(&log, &rules(false));
        let seen: Vec<(i64, bool)> =
            rows.iter().map(|r| (r.at.0 / 86_400_000, r.positive)).collect();
        // Active until day 40 and from day 50 to 80; day 11 and 18 are silent for 30 days.
        let expected =
            [(11, true), (18, true), (25, false), (32, false), (39, false), (53, true), (60, true)];
        assert_eq!(seen, [&expected[..], &[(67, true), (74, true)]].concat());
        // Day 175 is active, but its horizon is not over: no row after day 170.
        assert!(rows.iter().all(|r| r.at <= day(170.0)));
    }

    #[test]
    fn opt_out_as_churn_leaves_the_population() {
        let opt_out = event(40.0, EventKind::Consent(ConsentKind::OptOut));
        let log = [purchase(10.0, 5), inbound(30.0, None), opt_out, inbound(60.0, None)];
        let rows = churn_candidates(&log, &rules(true));
        assert!(rows.iter().all(|r| r.at < day(40.0)));
        assert!(rows.iter().filter(|r| r.at > day(10.0)).all(|r| r.positive));
        assert!(churn_candidates(&log, &rules(false)).iter().any(|r| r.at > day(40.0)));
    }
}
