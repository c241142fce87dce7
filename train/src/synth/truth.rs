//! The true probabilities of one simulated contact, by the chain's own sums.

use std::sync::Arc;

use chatsignal_core::event::MessageCategory;
use chatsignal_core::id::MessageId;
use chatsignal_core::time::{DAY_MS, TimestampMs};

use super::campaign::{Content, PlannedSend, SUNSET_DAYS};
use super::life::{DAY_S, utc_minute};
use super::preset::Params;
use super::state::{Chain, STATES, State};
use super::traits::Traits;

/// True odds of the highest rung that an open lead reaches after a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LeadOdds {
    /// Closed or silent.
    pub none: f64,
    /// A message before the lead closes, but no higher rung.
    pub reply: f64,
    /// Qualified.
    pub qualified: f64,
    /// Proposal.
    pub proposal: f64,
    /// Won.
    pub won: f64,
}

impl LeadOdds {
    /// Expected outcome when the rungs (none, reply, qualified, proposal, won) are worth `values`.
    #[must_use]
    pub fn expected(&self, values: [f64; 5]) -> f64 {
        let odds = [self.none, self.reply, self.qualified, self.proposal, self.won];
        odds.iter().zip(values).map(|(p, value)| p * value).sum()
    }
}

/// A send that was delivered.
#[derive(Clone, Debug)]
pub(super) struct SendTruth {
    pub(super) message_id: MessageId,
    pub(super) day: i32,
    /// Second of the UTC day.
    pub(super) second: i64,
    pub(super) hour: u8,
    pub(super) content: Content,
    pub(super) recent: u32,
    /// Whether the contact had started a conversation that day before the send.
    pub(super) already_wrote: bool,
}

/// What the simulator knows about one contact: its latent states and the laws it lives by.
///
/// Probabilities are exact at midnights UTC; any other instant counts as the midnight before it.
/// They are conditional on the latent state, the traits, and the business's plan of campaigns, so
/// no model that sees behaviour alone can do better on average.
#[derive(Clone, Debug)]
pub struct ContactTruth {
    pub(super) params: Arc<Params>,
    pub(super) traits: Traits,
    pub(super) chain: Chain,
    /// State of each day from the arrival on.
    pub(super) states: Vec<u8>,
    pub(super) campaigns: Vec<PlannedSend>,
    pub(super) notices: Vec<PlannedSend>,
    /// By message id.
    pub(super) sends: Vec<SendTruth>,
    pub(super) opted_out: Option<i32>,
    /// Days on which the contact wrote or bought, in order.
    pub(super) active_days: Vec<i32>,
}

/// Probability of no sign, by state and by whether marketing is off.
type Quiet = [[f64; 2]; STATES];

/// What breaks the quiet.
#[derive(Clone, Copy, PartialEq)]
enum Signs {
    /// A message or a purchase.
    OfLife,
    /// A message of an open lead, or its next rung.
    OfInterest,
}

impl Signs {
    /// Whether a move of the chain is itself a sign. A won lead has bought.
    fn shown_by_move(self, from: State, to: State) -> bool {
        let won = matches!((from, to), (State::Lead { .. }, State::Customer(_)));
        won || self == Self::OfInterest && rung_of(to) > rung_of(from)
    }
}

impl ContactTruth {
    /// The latent state at an instant: that of the day that ended last. `None` before the contact
    /// has lived a day, and after the log's end.
    #[must_use]
    pub fn state_at(&self, at: TimestampMs) -> Option<State> {
        let lived = day_of(at) - 1 - self.traits.arrival;
        let index = self.states.get(usize::try_from(lived).ok()?)?;
        Some(State::from_index(usize::from(*index)))
    }

    /// Probability that the contact neither writes nor buys in the `horizon_days` after `at`.
    #[must_use]
    pub fn churn(&self, at: TimestampMs, horizon_days: u32) -> Option<f64> {
        let state = self.state_at(at)?;
        let day = day_of(at);
        let quiet = self.quiet(day, horizon_days, Signs::OfLife);
        Some(quiet[state.index()][usize::from(self.opted_out.is_some_and(|off| off < day))])
    }

    /// Odds of the highest rung that an open lead reaches in the `horizon_days` after `at`; `None`
    /// for anybody else.
    #[must_use]
    pub fn lead(&self, at: TimestampMs, horizon_days: u32) -> Option<LeadOdds> {
        let state @ State::Lead { rung, .. } = self.state_at(at)? else { return None };
        let day = day_of(at);
        let off = usize::from(self.opted_out.is_some_and(|off| off < day));
        let quiet = self.quiet(day, horizon_days, Signs::OfInterest);
        // Probability of a step to rung k or beyond; steps already made do not count again.
        let reach = |k: u8| if rung < k { self.reach(state, k, horizon_days) } else { 0.0 };
        let won = reach(3);
        let proposal = reach(2).max(won);
        let qualified = reach(1).max(proposal);
        let none = quiet[state.index()][off];
        Some(LeadOdds {
            none,
            reply: (1.0 - qualified - none).max(0.0),
            qualified: qualified - proposal,
            proposal: proposal - won,
            won,
        })
    }

    /// Probability that a delivered send is answered within 24 hours (by a message, a tap or a
    /// link), as it was sent; `None` for a message that is not one of the sends.
    #[must_use]
    pub fn engagement(&self, message: MessageId) -> Option<f64> {
        let send = self.find(message)?;
        let state = self.state_of_day(send.day)?;
        let reply = self.reply(state, send.hour, send);
        let own = self.own_accord(state, send.day, send.second, Some(send.already_wrote));
        Some(1.0 - (1.0 - reply) * (1.0 - own))
    }

    /// The same, had the send gone out at another local hour of that day (on the hour), before
    /// anything of the day is known.
    #[must_use]
    pub fn engagement_at_hour(&self, message: MessageId, hour: u8) -> Option<f64> {
        let send = self.find(message)?;
        let state = self.state_of_day(send.day)?;
        let second = utc_minute(&self.traits, send.day, hour, 0) * 60;
        let own = self.own_accord(state, send.day, second, None);
        Some(1.0 - (1.0 - self.reply(state, hour, send)) * (1.0 - own))
    }

    fn find(&self, message: MessageId) -> Option<&SendTruth> {
        let i = self.sends.binary_search_by_key(&message, |send| send.message_id).ok()?;
        self.sends.get(i)
    }

    fn state_of_day(&self, day: i32) -> Option<State> {
        let lived = usize::try_from(day - self.traits.arrival).ok()?;
        Some(State::from_index(usize::from(*self.states.get(lived)?)))
    }

    fn reply(&self, state: State, hour: u8, send: &SendTruth) -> f64 {
        self.traits.reply(&self.params, state, hour, &send.content, send.recent)
    }

    /// Probability that the contact starts a conversation of its own accord in the 24 hours after
    /// a second of a day, given whether it already has that day (`None`: unknown).
    fn own_accord(&self, state: State, day: i32, second: i64, wrote: Option<bool>) -> f64 {
        let before = self.share_before(day, second);
        let today = self.writes(state, day);
        let today = match wrote {
            Some(true) => 0.0,
            Some(false) => today * (1.0 - before) / (1.0 - today * before),
            None => today * (1.0 - before),
        };
        let before = self.share_before(day + 1, second);
        let tomorrow: f64 = self
            .chain
            .next(state.index())
            .iter()
            .map(|&(to, p)| p * self.writes(State::from_index(to), day + 1) * before)
            .sum();
        1.0 - (1.0 - today) * (1.0 - tomorrow)
    }

    /// Probability of a conversation on a day (purchases without one left out).
    fn writes(&self, state: State, day: i32) -> f64 {
        self.traits.activity(&self.params, state, day)
            * (1.0 - self.traits.silent_share(&self.params, state))
    }

    /// Share of the contact's activity before a second of the UTC day.
    fn share_before(&self, day: i32, second: i64) -> f64 {
        let midnight = utc_minute(&self.traits, day, 0, 0);
        let minutes = second.clamp(0, DAY_S) / 60;
        let of_hour = |minute: i64| {
            let local = (minute - midnight).rem_euclid(1_440) / 60;
            self.traits.hours[local as usize % 24] / 60.0
        };
        (0..minutes).map(of_hour).sum()
    }

    /// The send of a day, as far as it is known at the start of day `known` that it will be made
    /// if the contact stays silent.
    fn planned(&self, day: i32, known: i32) -> Option<&PlannedSend> {
        let notice = self.notices.iter().find(|n| n.day == day && n.known_from < known);
        notice.or_else(|| {
            let seen = self.active_days.partition_point(|active| *active < known);
            let last = self.active_days[..seen].last().copied().unwrap_or(self.traits.arrival);
            if day - last > SUNSET_DAYS {
                return None;
            }
            let i = self.campaigns.binary_search_by_key(&day, |send| send.day).ok()?;
            self.campaigns.get(i)
        })
    }

    /// Probability of no sign in `days` days from the start of `day`, by the state of the day
    /// before (backward induction).
    fn quiet(&self, day: i32, days: u32, signs: Signs) -> Quiet {
        let mut later: Quiet = [[1.0; 2]; STATES];
        for ahead in (0..horizon(days) as i32).rev() {
            let today = day + ahead;
            let send = self.planned(today, day);
            // Quiet on the day itself and after it, by the state of the day.
            let mut from_here: Quiet = [[0.0; 2]; STATES];
            for (i, row) in from_here.iter_mut().enumerate() {
                let state = State::from_index(i);
                if signs == Signs::OfInterest && state == State::Lost {
                    // Nothing counts once the lead is closed.
                    *row = [1.0; 2];
                    continue;
                }
                let silent = 1.0 - self.traits.activity(&self.params, state, today);
                for (off, value) in row.iter_mut().enumerate() {
                    *value = silent * self.quiet_after_send(state, off, send, &later[i]);
                }
            }
            let mut before: Quiet = [[0.0; 2]; STATES];
            for (i, row) in before.iter_mut().enumerate() {
                let state = State::from_index(i);
                for &(to, p) in self.chain.next(i) {
                    let next = State::from_index(to);
                    if !signs.shown_by_move(state, next) {
                        row[0] += p * from_here[to][0];
                        row[1] += p * from_here[to][1];
                    }
                }
            }
            later = before;
        }
        later
    }

    /// Folds the send of a day, if there is one, into the probability of quiet after it.
    fn quiet_after_send(
        &self,
        state: State,
        off: usize,
        send: Option<&PlannedSend>,
        later: &[f64; 2],
    ) -> f64 {
        let Some(send) = send else { return later[off] };
        let marketing = send.content.category == MessageCategory::Marketing;
        if marketing && off == 1 {
            return later[1];
        }
        let delivered = self.traits.delivery(state, send.content.category);
        let reply = self.traits.reply(&self.params, state, send.hour, &send.content, send.recent);
        let wrote = delivered * reply * Traits::inbound_share(&send.content);
        let leaves = if marketing && off == 0 {
            delivered * (1.0 - reply) * self.params.opt_out[state.mood() as usize]
        } else {
            0.0
        };
        leaves * later[1] + (1.0 - wrote - leaves) * later[off]
    }

    /// Probability of a step to rung `k` or beyond within `days` days.
    fn reach(&self, from: State, k: u8, days: u32) -> f64 {
        let mut later = [0.0; STATES];
        for _ in 0..horizon(days) {
            let mut before = [0.0; STATES];
            for (i, value) in before.iter_mut().enumerate() {
                if rung_of(State::from_index(i)) >= k {
                    continue;
                }
                for &(to, p) in self.chain.next(i) {
                    let there = rung_of(State::from_index(to)) >= k;
                    *value += p * if there { 1.0 } else { later[to] };
                }
            }
            later = before;
        }
        later[from.index()]
    }
}

/// A horizon, at most ten years.
fn horizon(days: u32) -> u32 {
    days.min(3_660)
}

fn day_of(at: TimestampMs) -> i32 {
    i32::try_from(at.0.div_euclid(DAY_MS)).unwrap_or(i32::MAX)
}

/// Rung that a state stands on: 0 to 2 for open leads, 3 for customers, 0 for lost leads.
fn rung_of(state: State) -> u8 {
    match state {
        State::Lead { rung, .. } => rung,
        State::Lost => 0,
        State::Customer(_) => 3,
    }
}
