//! A plan from features that a caller gives: what depends on the hour is computed for each hour,
//! the rest is taken as it was given.

use alloc::vec::Vec;

use super::engagement::{EngagementPredictor, PlanRequest};
use super::reason::Explain;
use super::send_time::{HourEstimate, SendTimePlan, plan};
use crate::artifact::ModelKind;
use crate::contact::Consent;
use crate::feature::{ENGAGEMENT_FEATURES, EngagementRaw, FeatureVector, SendCandidate, catalogue};
use crate::limits::SEND_SLOTS_MAX;
use crate::num;
use crate::time::{HOUR_MS, TimestampMs, UtcOffsetMin};

/// A plan and the features at its choice.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenPlan {
    /// The plan.
    pub plan: SendTimePlan,
    /// The features at the chosen hour; none where no hour is allowed.
    pub at_choice: Option<FeatureVector<ENGAGEMENT_FEATURES>>,
    /// Which features were given and computed nevertheless, for each hour.
    pub replaced: [bool; ENGAGEMENT_FEATURES],
}

impl EngagementPredictor<'_> {
    /// Plans one send to a contact whose features are `given` as of the decision. What the request
    /// says of the contact's amounts counts for the hour alone: [`EngagementRaw::default`] for a
    /// contact of whom nothing else is known.
    #[must_use]
    pub fn plan_given(
        &self,
        given: &[f32; ENGAGEMENT_FEATURES],
        request: &PlanRequest<'_>,
    ) -> GivenPlan {
        let decision_at = request.situation.decision_at;
        let by_hour = self.depends_on_hour(request.raw, decision_at);
        let slots = &request.slots[..request.slots.len().min(SEND_SLOTS_MAX)];
        let rows: Vec<[f32; ENGAGEMENT_FEATURES]> = slots
            .iter()
            .map(|slot| {
                let (send_at, utc_offset) = (slot.send_at, slot.utc_offset);
                let candidate = SendCandidate { send_at, utc_offset, ..request.message };
                let computed = self.features(request.raw, &candidate).values;
                let mut values = *given;
                for ((value, computed), by_hour) in values.iter_mut().zip(computed).zip(by_hour) {
                    if by_hour {
                        *value = computed;
                    }
                }
                wait(&mut values, send_at.since(decision_at));
                values
            })
            .collect();
        let predictions = self.predict_rows(&rows);
        let estimates: Vec<HourEstimate> = slots
            .iter()
            .zip(predictions)
            .map(|(slot, prediction)| HourEstimate {
                slot: *slot,
                probability: prediction.value,
                evidence: 0.0,
            })
            .collect();
        let plan =
            plan(&estimates, request.rules, &request.situation, request.policy, request.seed);
        let at_choice = plan.chosen.and_then(|at| rows.get(at)).map(|values| FeatureVector {
            values: *values,
            clipped: 0,
            foreign_currency: false,
        });
        let mut replaced = by_hour;
        for (replaced, given) in replaced.iter_mut().zip(given) {
            *replaced &= !given.is_nan();
        }
        GivenPlan { plan, at_choice, replaced }
    }

    /// The score at the choice of such a plan.
    #[must_use]
    pub fn score_given(
        &self,
        plan: &GivenPlan,
        consent: Consent,
        explain: Explain,
    ) -> Option<super::EngagementScore> {
        self.predict(plan.at_choice.as_ref()?, consent, explain).score()
    }

    /// Which features differ between the hours of a week for a contact of these amounts.
    fn depends_on_hour(
        &self,
        raw: &EngagementRaw,
        from: TimestampMs,
    ) -> [bool; ENGAGEMENT_FEATURES] {
        let row = |hour: i64| {
            let at = from.plus_ms(hour * HOUR_MS).min(TimestampMs::MAX);
            self.features(raw, &SendCandidate::at(at, UtcOffsetMin(0))).values
        };
        let first = row(0);
        let mut differs = [false; ENGAGEMENT_FEATURES];
        for hour in 1..7 * 24 {
            for ((differs, a), b) in differs.iter_mut().zip(first).zip(row(hour)) {
                *differs |= a.to_bits() != b.to_bits();
            }
        }
        differs
    }
}

/// Lets the time until the send pass in the features that count hours.
fn wait(values: &mut [f32; ENGAGEMENT_FEATURES], ms: i64) {
    let hours = (ms.max(0) as f64 / HOUR_MS as f64) as f32;
    for (value, spec) in values.iter_mut().zip(catalogue(ModelKind::Engagement)) {
        let (low, high) = spec.range;
        match spec.name {
            "hours_since_last_send" | "hours_since_last_inbound" => {
                *value = num::clamp(*value + hours, low, high);
            }
            "window_remaining_h" => *value = num::clamp(*value - hours, low, high),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::ContactState;

    #[test]
    fn a_contact_of_whom_nothing_is_known_has_the_amounts_of_an_empty_state() {
        let at = TimestampMs(1_700_000_000_000);
        assert_eq!(EngagementRaw::extract(&ContactState::new(), at), EngagementRaw::default());
    }
}
