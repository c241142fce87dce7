//! What stays the same about one simulated contact, and the probabilities that follow from it and
//! the state of the day. The simulator draws from these; the ground truth sums over them.

use chatsignal_core::event::MessageCategory;
use chatsignal_core::num;
use chatsignal_core::time::weekday_of_day;

use super::calendar::{COUNTRIES, Country};
use super::campaign::Content;
use super::people::{self, SimulatedPerson};
use super::preset::Params;
use super::rng::Draws;
use super::state::State;

/// Share of answers that are a tap on a link, which is no message: with and without buttons.
const LINK_SHARE: [f64; 2] = [0.25, 0.15];
/// Activity at weekends against weekdays.
const WEEKEND: f64 = 0.7;
/// Share of purchase days on which the customer buys without writing.
pub(super) const SILENT_PURCHASE: f64 = 0.25;

/// How a contact came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A lead that wrote after an ad, or on its own.
    Lead,
    /// A customer of before the log started.
    Existing,
    /// A customer who came with a first purchase.
    NewCustomer,
}

/// Fixed traits of one contact.
#[derive(Clone, Debug)]
pub(super) struct Traits {
    pub(super) person: SimulatedPerson,
    pub(super) country: &'static Country,
    pub(super) origin: Origin,
    /// UTC day of arrival.
    pub(super) arrival: i32,
    /// Whether the first answer to it comes late.
    pub(super) slow_response: bool,
    /// Pace at which it moves up as a lead.
    pub(super) pace: f64,
    /// Conversations a day of a neutral customer like this.
    pub(super) rate: f64,
    /// Share of its activity in each local hour.
    pub(super) hours: [f64; 24],
    /// Log-odds of answering, against the average contact.
    pub(super) reply_bias: f64,
    /// Whether read receipts are on.
    pub(super) receipts: bool,
    /// Median order, ten-thousandths of a euro.
    pub(super) order_e4: f64,
}

impl Traits {
    /// Draws a contact of a log that covers `days` days from `first_day`.
    pub(super) fn draw(
        draws: &mut Draws,
        params: &Params,
        index: u64,
        first_day: i32,
        days: i32,
    ) -> Self {
        let shares = COUNTRIES.each_ref().map(|c| c.share);
        let country = &COUNTRIES[draws.weighted(&shares)];
        let person = people::draw(draws, country, index);
        let origin = if draws.chance(params.lead_share) {
            Origin::Lead
        } else if draws.chance(params.existing_share) {
            Origin::Existing
        } else {
            Origin::NewCustomer
        };
        let span = if origin == Origin::Existing { 30 } else { days - 1 };
        let slow_response = draws.chance(0.4);
        let pace = draws.log_normal(1.0, params.pace_sd).min(3.0)
            * if slow_response { params.slow_response_pace } else { 1.0 };
        Self {
            person,
            country,
            origin,
            arrival: first_day + draws.below(span.max(1).unsigned_abs()) as i32,
            slow_response,
            pace,
            rate: draws.log_normal(1.0 / params.gap_days, params.gap_sd),
            hours: draw_hours(draws),
            reply_bias: params.reply_sd * draws.normal(),
            receipts: draws.chance(0.8),
            order_e4: draws.log_normal(400_000.0, 0.5),
        }
    }

    /// Probability that the contact is active (writes or buys) of its own accord on a day.
    pub(super) fn activity(&self, params: &Params, state: State, day: i32) -> f64 {
        let p = match state {
            State::Lead { interest, .. } => params.lead_activity[usize::from(interest)],
            State::Lost => params.lost_activity,
            State::Customer(mood) => -num::exp_m1(-self.rate * params.mood_activity[mood as usize]),
        };
        if weekday_of_day(day) >= 5 { WEEKEND * p } else { p }
    }

    /// Share of an active day's cases in which a customer buys without writing.
    pub(super) fn silent_share(&self, params: &Params, state: State) -> f64 {
        match state {
            State::Customer(mood) => params.purchase[mood as usize] * SILENT_PURCHASE,
            State::Lead { .. } | State::Lost => 0.0,
        }
    }

    /// Probability that a delivered send at a local hour is answered within the day.
    pub(super) fn reply(
        &self,
        params: &Params,
        state: State,
        hour: u8,
        content: &Content,
        sends_of_last_week: u32,
    ) -> f64 {
        let state = match state {
            State::Lead { interest, .. } => params.lead_reply[usize::from(interest)],
            State::Lost => params.lost_reply,
            State::Customer(mood) => params.mood_reply[mood as usize],
        };
        let peak = self.hours.iter().copied().fold(0.0, f64::max);
        let hour = params.hour_gain * (self.hours[usize::from(hour) % 24] / peak - 0.5);
        let mut margin = state + self.reply_bias + hour;
        margin -= params.fatigue * f64::from(sends_of_last_week);
        if content.language.primary() != self.person.language {
            margin -= params.wrong_language;
        }
        if content.category != MessageCategory::Marketing {
            margin += 0.2;
        }
        if content.has_media {
            margin += 0.2;
        }
        if content.has_buttons {
            margin += 0.3;
        }
        num::sigmoid(margin)
    }

    /// Probability that a send reaches the phone.
    pub(super) fn delivery(&self, state: State, category: MessageCategory) -> f64 {
        let limited = match category {
            MessageCategory::Marketing => 0.02 + 0.02 * (state.mood() as u8) as f64,
            _ => 0.0,
        };
        0.985 - limited
    }

    /// Share of the answers to a send that are messages (the others are taps on a link).
    pub(super) fn inbound_share(content: &Content) -> f64 {
        1.0 - LINK_SHARE[usize::from(content.has_buttons)]
    }
}

/// One or two peaks over the day, on a floor that is lower at night.
fn draw_hours(draws: &mut Draws) -> [f64; 24] {
    const PEAKS: [f64; 4] = [8.5, 12.5, 17.0, 20.5];
    let main = PEAKS[draws.weighted(&[0.25, 0.2, 0.2, 0.35])] + 0.8 * draws.normal();
    let second = PEAKS[draws.below(4) as usize] + 0.8 * draws.normal();
    let second_weight = if draws.chance(0.4) { 0.6 } else { 0.0 };
    let width = 1.2 + 0.8 * draws.uniform();
    let bump = |hour: f64, centre: f64| {
        let apart = (hour + 0.5 - centre).abs();
        let apart = if apart > 12.0 { 24.0 - apart } else { apart };
        num::exp(-apart * apart / (2.0 * width * width))
    };
    let mut hours = [0.0; 24];
    let mut total = 0.0;
    for (h, share) in hours.iter_mut().enumerate() {
        let floor = if (8..22).contains(&h) { 0.06 } else { 0.008 };
        *share = floor + bump(h as f64, main) + second_weight * bump(h as f64, second);
        total += *share;
    }
    hours.map(|share| share / total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::Preset;
    use crate::synth::rng::Stream;

    #[test]
    fn probabilities_are_probabilities_for_every_state() {
        let params = Preset::Headline.params();
        for index in 0..50 {
            let mut draws = Draws::new(1, index, Stream::Traits);
            let traits = Traits::draw(&mut draws, &params, index, 20_000, 400);
            assert!((traits.hours.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for i in 0..super::super::state::STATES {
                let state = State::from_index(i);
                for p in [
                    traits.activity(&params, state, 20_001),
                    traits.silent_share(&params, state),
                    traits.delivery(state, MessageCategory::Marketing),
                ] {
                    assert!((0.0..=1.0).contains(&p));
                }
            }
        }
    }
}
