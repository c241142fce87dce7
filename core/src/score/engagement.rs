//! Probability of a reply to one send, and the best hour for it.

use alloc::vec::Vec;

use super::level::{Cutoffs, EngagementLevel, baseline, lift};
use super::reason::Explain;
use super::result::{EngagementScore, Scored, confidence};
use super::scorer::{Scorer, ScorerError};
use super::send_time::{HourEstimate, Policy, SendRules, SendTimePlan, Situation, Slot, plan};
use crate::artifact::{ModelArtifact, ModelKind};
use crate::contact::{Consent, ContactState};
use crate::event::MessageCategory;
use crate::feature::{ENGAGEMENT_FEATURES, EngagementRaw, FeatureVector, SendCandidate};
use crate::limits::SEND_SLOTS_MAX;
use crate::time::TimestampMs;

/// Predicts engagement by one model.
#[derive(Clone, Debug)]
pub struct EngagementPredictor<'a>(pub(super) Scorer<'a>);

impl<'a> EngagementPredictor<'a> {
    /// Takes an engagement model.
    ///
    /// # Errors
    /// When it is of another kind or was trained on other features.
    pub fn new(artifact: &'a ModelArtifact) -> Result<Self, ScorerError> {
        Scorer::new(artifact, ModelKind::Engagement).map(Self)
    }

    /// The same scorer with a team's own cut-offs between levels; without them the model's stay.
    ///
    /// # Errors
    /// When they are for another kind of model.
    pub fn with_cutoffs(self, cutoffs: Option<&Cutoffs>) -> Result<Self, ScorerError> {
        self.0.with_cutoffs(cutoffs).map(Self)
    }

    /// The level of a probability of a reply, 0 to 1.
    #[must_use]
    pub fn level_of(&self, probability: f64) -> EngagementLevel {
        EngagementLevel::of(lift(self.0.artifact, probability), &self.0.cutoffs)
    }

    /// The lowest probability of a level; the lowest level has none. It is infinite without a base
    /// rate, where every probability is of the lowest level.
    #[must_use]
    pub fn floor_of(&self, level: EngagementLevel) -> Option<f64> {
        let (lift, baseline) = (level.floor(&self.0.cutoffs)?, baseline(self.0.artifact));
        if baseline <= 0.0 {
            return Some(f64::INFINITY);
        }
        // Levels are cut by probability over base rate: the product may round to either side.
        let mut floor = lift * baseline;
        while floor / baseline < lift {
            floor = floor.next_up();
        }
        while floor.next_down() / baseline >= lift {
            floor = floor.next_down();
        }
        Some(floor)
    }

    /// The features of a candidate send to a contact.
    #[must_use]
    pub fn features(
        &self,
        raw: &EngagementRaw,
        candidate: &SendCandidate,
    ) -> FeatureVector<ENGAGEMENT_FEATURES> {
        raw.features(candidate, self.0.context)
    }

    /// The probability of a reply to a candidate send, alone. Consent is the caller's to ask.
    #[must_use]
    pub fn probability(&self, raw: &EngagementRaw, candidate: &SendCandidate) -> f64 {
        self.0.predictor.predict(&raw.vector(candidate, self.0.context)).value
    }

    /// The probability of a reply by features; suppressed when the contact objected to profiling.
    #[must_use]
    pub fn predict(
        &self,
        features: &FeatureVector<ENGAGEMENT_FEATURES>,
        consent: Consent,
        explain: Explain,
    ) -> Scored<EngagementScore> {
        if let Some(why) = consent.suppression() {
            return Scored::Suppressed(why);
        }
        let answer = self.0.answer(features, explain);
        let probability = answer.prediction.value;
        let present = ENGAGEMENT_FEATURES - answer.missing.len();
        Scored::Score(EngagementScore {
            probability,
            level: self.level_of(probability),
            baseline: baseline(self.0.artifact),
            lift: lift(self.0.artifact, probability),
            confidence: confidence(self.0.artifact.state, present, ENGAGEMENT_FEATURES, 0.0),
            reasons: answer.reasons,
            missing_features: answer.missing,
            warnings: answer.warnings,
        })
    }

    /// Plans one send over `slots` (in order of time); `message` is the send, its instant and
    /// offset are taken from each slot.
    #[must_use]
    pub fn plan(&self, request: &PlanRequest<'_>) -> Scored<SendTimePlan> {
        if let Some(why) = request.situation.consent.suppression() {
            return Scored::Suppressed(why);
        }
        // The plan reads no more slots than this.
        let slots = &request.slots[..request.slots.len().min(SEND_SLOTS_MAX)];
        let mut rows = Vec::with_capacity(slots.len() * ENGAGEMENT_FEATURES);
        for slot in slots {
            let (send_at, utc_offset) = (slot.send_at, slot.utc_offset);
            let candidate = SendCandidate { send_at, utc_offset, ..request.message };
            rows.extend(request.raw.vector(&candidate, self.0.context));
        }
        let estimates: Vec<HourEstimate> = slots
            .iter()
            .zip(self.0.predictor.predict_rows(&rows))
            .map(|(slot, prediction)| HourEstimate {
                slot: *slot,
                probability: prediction.value,
                evidence: near(&request.raw.sends_by_hour, slot.hour()),
            })
            .collect();
        Scored::Score(plan(
            &estimates,
            request.rules,
            &request.situation,
            request.policy,
            request.seed,
        ))
    }
}

/// What to plan.
#[derive(Clone, Copy, Debug)]
pub struct PlanRequest<'a> {
    /// Amounts of the contact at the decision.
    pub raw: &'a EngagementRaw,
    /// The message; its instant and offset are those of each slot.
    pub message: SendCandidate,
    /// Candidate instants in order of time.
    pub slots: &'a [Slot],
    /// The tenant's rules.
    pub rules: &'a SendRules,
    /// The contact's facts.
    pub situation: Situation,
    /// How to choose.
    pub policy: Policy,
    /// Seed of a policy that draws.
    pub seed: u64,
}

impl Situation {
    /// The facts that a contact's state and amounts hold, for a template of `category`. Country
    /// and margin of the clock are the caller's to add.
    #[must_use]
    pub fn of_contact(
        state: &ContactState,
        raw: &EngagementRaw,
        category: MessageCategory,
        decision_at: TimestampMs,
    ) -> Self {
        let total =
            |by_hour: &[u32; 24]| by_hour.iter().fold(0u32, |sum, n| sum.saturating_add(*n));
        Self {
            consent: state.consent(),
            category,
            last_inbound_at: raw.last_inbound_at,
            last_limited_at: state.last_marketing_limit_at(),
            last_send_at: raw.last_send_at,
            sends_7d: u16::try_from(raw.sends_7d).unwrap_or(u16::MAX),
            evidence_sends: total(&raw.sends_by_hour),
            evidence_inbound: total(&raw.inbound_by_hour),
            ..Self::unknown(decision_at)
        }
    }
}

/// Sends at hours h-1, h and h+1, weighted 1/4, 1/2, 1/4 as in the features.
fn near(by_hour: &[u32; 24], hour: u8) -> f64 {
    let at = |shift: usize| f64::from(by_hour[(usize::from(hour) + shift) % 24]);
    0.25 * at(23) + 0.5 * at(0) + 0.25 * at(1)
}
