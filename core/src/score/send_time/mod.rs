//! When to write to a contact: a plan over the hours of one day.
//!
//! Hard rules first (consent, quiet hours, opening hours, the 24-hour window, cool-downs, caps):
//! a blocked hour keeps its probability and says why it is blocked. Among the allowed hours a
//! policy chooses, and says with which probability it chose, so that the value of other policies
//! can be estimated from the log later. The caller gives instants and offsets; no time-zone
//! database is needed here.

mod policy;
mod posterior;
mod quiet;
mod rules;

use alloc::vec::Vec;

pub use policy::Policy;
pub use quiet::{LocalWindow, QuietHours};
pub use rules::{Block, FrequencyCap, SendRules, Situation};

use crate::limits::SEND_SLOTS_MAX;
use crate::order::sort_by;
use crate::time::{HOUR_MS, TimestampMs, UtcOffsetMin};
use posterior::Posterior;

/// One candidate instant. Its hour is the local hour of `send_at` at `utc_offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When the message would be sent.
    pub send_at: TimestampMs,
    /// The contact's offset from UTC then.
    pub utc_offset: UtcOffsetMin,
}

impl Slot {
    /// The 24 whole hours of local day `local_day` (days since 1970-01-01) under one offset. On the
    /// day of a clock change the caller builds the slots itself (23 or 25 of them).
    #[must_use]
    pub fn of_day(local_day: i32, utc_offset: UtcOffsetMin) -> [Self; 24] {
        let midnight = TimestampMs(i64::from(local_day) * 24 * HOUR_MS)
            .plus_ms(-i64::from(utc_offset.0) * 60_000);
        core::array::from_fn(|hour| Self {
            send_at: midnight.plus_ms(hour as i64 * HOUR_MS),
            utc_offset,
        })
    }

    /// The 24 whole hours that follow `now`, in order of time.
    #[must_use]
    pub fn next_24_hours(now: TimestampMs, utc_offset: UtcOffsetMin) -> [Self; 24] {
        let local = now.0.saturating_add(i64::from(utc_offset.0) * 60_000);
        let to_next = HOUR_MS - local.rem_euclid(HOUR_MS);
        core::array::from_fn(|hour| Self {
            send_at: now.plus_ms(to_next + hour as i64 * HOUR_MS),
            utc_offset,
        })
    }

    /// The local hour, 0 to 23.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.utc_offset.local_hour(self.send_at)
    }
}

/// What the model says about one slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourEstimate {
    /// The slot.
    pub slot: Slot,
    /// Probability of a reply, 0 to 1.
    pub probability: f64,
    /// How many of the contact's own past sends speak about this hour (with neighbouring hours
    /// counted in part); at least 0.
    pub evidence: f64,
}

/// One hour of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct HourPlan {
    /// Local hour, 0 to 23.
    pub hour: u8,
    /// When the message would be sent.
    pub send_at: TimestampMs,
    /// Probability of a reply, 0 to 1.
    pub probability: f64,
    /// Lower end of the 90 % interval of the probability.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Every rule that blocks the hour, in the order of [`Block::ALL`]; empty = allowed.
    pub blocked_by: Vec<Block>,
}

impl HourPlan {
    /// Whether no rule blocks the hour.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.blocked_by.is_empty()
    }
}

/// When to write.
#[derive(Clone, Debug, PartialEq)]
pub struct SendTimePlan {
    /// Every hour asked about, in order of time.
    pub hours: Vec<HourPlan>,
    /// Position in `hours` of the choice; none when every hour is blocked.
    pub chosen: Option<usize>,
    /// Positions of the next best allowed hours, best first, at most three.
    pub alternatives: Vec<usize>,
    /// Probability with which the policy made this choice; 1 for greedy, 0 without a choice.
    pub propensity: f64,
    /// How many sends to this contact the plan knows of.
    pub evidence_sends: u32,
    /// How much of the estimates is the contact's own: `e / (e + 20)` for `e` evidence sends.
    pub confidence: f64,
    /// Whether nothing is known about this contact's hours (no send and no inbound message), so
    /// that the plan is the tenant's.
    pub fallback_used: bool,
    /// Whether the 24-hour window is open at the chosen hour (at the decision, without a choice).
    pub window_open: bool,
    /// Whether only a template may be sent then: the window is closed.
    pub template_required: bool,
    /// Whether WhatsApp has limited marketing to this contact within the cool-down.
    pub marketing_limited: bool,
}

impl SendTimePlan {
    /// The chosen hour.
    #[must_use]
    pub fn optimal(&self) -> Option<&HourPlan> {
        self.hours.get(self.chosen?)
    }
}

/// Plans one send. `estimates` are in order of time; only the first
/// [`SEND_SLOTS_MAX`] are read. Equal probabilities go to the earlier
/// hour. `seed` matters to policies that draw.
#[must_use]
pub fn plan(
    estimates: &[HourEstimate],
    rules: &SendRules,
    situation: &Situation,
    policy: Policy,
    seed: u64,
) -> SendTimePlan {
    let estimates = &estimates[..estimates.len().min(SEND_SLOTS_MAX)];
    let posteriors: Vec<Posterior> = estimates.iter().map(Posterior::of).collect();
    let hours: Vec<HourPlan> = estimates
        .iter()
        .zip(&posteriors)
        .map(|(estimate, posterior)| {
            let (lower, upper) = posterior.interval();
            HourPlan {
                hour: estimate.slot.hour(),
                send_at: estimate.slot.send_at,
                probability: estimate.probability,
                lower,
                upper,
                blocked_by: rules.blocks(situation, estimate.slot),
            }
        })
        .collect();
    let mut ranked: Vec<usize> = (0..hours.len()).filter(|&at| hours[at].allowed()).collect();
    sort_by(&mut ranked, |&a, &b| hours[b].probability.total_cmp(&hours[a].probability));
    let choice = policy.choose(&ranked, &posteriors, seed);
    let at_choice = |chosen: usize| hours[chosen].send_at;
    let window_open =
        situation.window_open(choice.map_or(situation.decision_at, |c| at_choice(c.index)));
    let evidence = f64::from(situation.evidence_sends);
    SendTimePlan {
        alternatives: ranked
            .iter()
            .copied()
            .filter(|&at| Some(at) != choice.map(|c| c.index))
            .take(3)
            .collect(),
        chosen: choice.map(|c| c.index),
        propensity: choice.map_or(0.0, |c| c.propensity),
        evidence_sends: situation.evidence_sends,
        confidence: evidence / (evidence + posterior::PRIOR_SENDS),
        fallback_used: situation.evidence_sends == 0 && situation.evidence_inbound == 0,
        window_open,
        template_required: !window_open,
        marketing_limited: rules.cooling_down(situation, situation.decision_at),
        hours,
    }
}
