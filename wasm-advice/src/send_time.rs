//! When to write to a contact whose features are given.

use chatsignal_core::contact::Consent;
use chatsignal_core::event::MessageCategory;
use chatsignal_core::feature::{EngagementRaw, SendCandidate};
use chatsignal_core::score::PlanRequest;
use chatsignal_core::score::send_time::{
    Block, LocalWindow, Policy, QuietHours, SendRules, Situation, Slot,
};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::Advisor;
use crate::kind::{Scoring, vector};

/// A send to plan, as numbers.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct SendQuestion {
    decision_at: TimestampMs,
    message: SendCandidate,
    rules: SendRules,
    consent: Consent,
    policy: Policy,
    seed: u64,
}

#[wasm_bindgen]
impl SendQuestion {
    /// A marketing template without buttons and media, decided upon at an instant (milliseconds
    /// since 1970).
    ///
    /// # Errors
    /// Throws when the instant is none.
    #[wasm_bindgen(constructor)]
    pub fn new(decision_at_ms: f64) -> Result<Self, JsError> {
        let decision_at = instant(decision_at_ms)?;
        Ok(Self {
            decision_at,
            message: SendCandidate {
                category: Some(MessageCategory::Marketing),
                ..SendCandidate::at(decision_at, UtcOffsetMin(0))
            },
            rules: SendRules::default(),
            consent: Consent::default(),
            policy: Policy::Greedy,
            seed: 0,
        })
    }

    /// What is sent: `marketing`, `utility`, `authentication` or `service`, characters of its text
    /// (negative when not known), whether it carries media and offers buttons.
    ///
    /// # Errors
    /// Throws when there is no such category.
    pub fn message(
        &mut self,
        category: &str,
        chars: i32,
        has_media: bool,
        has_buttons: bool,
    ) -> Result<(), JsError> {
        let unknown = || JsError::new("[invalid_field] there is no such category of messages");
        let category = MessageCategory::from_name(category).ok_or_else(unknown)?;
        let chars = u32::try_from(chars).ok();
        let category = Some(category);
        self.message = SendCandidate { category, chars, has_media, has_buttons, ..self.message };
        Ok(())
    }

    /// Quiet hours in minutes after midnight of the contact's local time; none when both are equal.
    pub fn quiet(&mut self, from: u16, until: u16) {
        let window = LocalWindow { from: from.min(1440), until: until.min(1440) };
        self.rules.quiet = (from != until).then(|| QuietHours::quiet(window));
    }

    /// What the contact has said.
    pub fn consent(&mut self, opted_out: bool, objected: bool, block_suspected: bool) {
        self.consent = Consent { opted_out, objected, block_suspected };
    }

    /// How the hour is chosen: `greedy`, `epsilon` (with its share of exploration) or `thompson`,
    /// and the seed of those that draw.
    ///
    /// # Errors
    /// Throws when there is no such policy.
    pub fn policy(&mut self, name: &str, epsilon: f64, seed: u64) -> Result<(), JsError> {
        self.policy = match name {
            "greedy" => Policy::Greedy,
            "epsilon" if (0.0..=1.0).contains(&epsilon) => Policy::Epsilon { epsilon },
            "thompson" => Policy::Thompson,
            _ => return Err(JsError::new("[invalid_field] there is no such policy")),
        };
        self.seed = seed;
        Ok(())
    }
}

#[wasm_bindgen]
impl Advisor {
    /// Plans a send over candidate instants, rising (milliseconds since 1970), each with its offset
    /// of local time in minutes: position of the choice (-1 = every hour is blocked), propensity,
    /// confidence, whether the plan is the tenant's, whether the 24-hour window is open at the
    /// choice, whether marketing is limited, number of alternatives and their positions; then for
    /// each instant local hour, probability, both ends of its 90 % interval, and one bit for each
    /// rule that blocks it, in the order of `blockNames`.
    ///
    /// # Errors
    /// Throws when the model is of another kind, the row has another length, or an instant is none.
    #[wasm_bindgen(js_name = sendTimePlan)]
    pub fn send_time_plan(
        &self,
        row: &[f32],
        question: &SendQuestion,
        send_at_ms: &[f64],
        offsets_min: &[i16],
    ) -> Result<Vec<f64>, JsError> {
        let row = self.one(row)?;
        let Scoring::Engagement(predictor) = self.scoring() else {
            return Err(JsError::new("[model_unavailable] a plan needs an engagement model"));
        };
        let slots = send_at_ms
            .iter()
            .zip(offsets_min)
            .map(|(ms, offset)| Ok(Slot { send_at: instant(*ms)?, utc_offset: valid(*offset)? }))
            .collect::<Result<Vec<Slot>, JsError>>()?;
        let SendQuestion { decision_at, message, rules, consent, policy, seed } = question;
        let category = message.category.unwrap_or(MessageCategory::Marketing);
        let request = PlanRequest {
            raw: &EngagementRaw::default(),
            message: *message,
            slots: &slots,
            rules,
            situation: Situation {
                category,
                consent: *consent,
                ..Situation::unknown(*decision_at)
            },
            policy: *policy,
            seed: *seed,
        };
        let plan = predictor.plan_given(&vector(row).values, &request).plan;
        let flag = |flag: bool| f64::from(u8::from(flag));
        let mut out = vec![
            plan.chosen.map_or(-1.0, |at| at as f64),
            plan.propensity,
            plan.confidence,
            flag(plan.fallback_used),
            flag(plan.window_open),
            flag(plan.marketing_limited),
            plan.alternatives.len() as f64,
        ];
        out.extend(plan.alternatives.iter().map(|at| *at as f64));
        for hour in &plan.hours {
            let blocked =
                hour.blocked_by.iter().fold(0u32, |bits, block| bits | 1 << *block as u32);
            out.extend([
                f64::from(hour.hour),
                hour.probability,
                hour.lower,
                hour.upper,
                f64::from(blocked),
            ]);
        }
        Ok(out)
    }
}

/// Names of the rules that block an hour, in the order in which reasons are told.
#[wasm_bindgen(js_name = blockNames)]
#[must_use]
pub fn block_names() -> Vec<String> {
    Block::ALL.iter().map(|block| block.as_str().into()).collect()
}

fn instant(ms: f64) -> Result<TimestampMs, JsError> {
    let at = TimestampMs(ms as i64);
    if ms.is_finite() && at.is_valid() {
        return Ok(at);
    }
    Err(JsError::new("[invalid_field] an instant is in milliseconds since 1970, at most 2200"))
}

fn valid(minutes: i16) -> Result<UtcOffsetMin, JsError> {
    let offset = UtcOffsetMin(minutes);
    if offset.is_valid() {
        return Ok(offset);
    }
    Err(JsError::new("[invalid_field] an offset from UTC is between -1080 and 1080 minutes"))
}
