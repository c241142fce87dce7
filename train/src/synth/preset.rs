//! The two worlds that can be simulated, as numbers.

use super::state::{INTERESTS, MOODS, RUNGS};

/// Which world to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Behaviour shows the latent state clearly, and the state nearly decides the outcome: the
    /// world in which a lead R2 of 0.80-0.90 on the graded target can honestly be reached.
    Headline,
    /// Base rates and signal as in real CRMs: few wins, moods that show late, chance in between.
    Realistic,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 2] = [Self::Headline, Self::Realistic];

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            Self::Realistic => "realistic",
        }
    }

    /// Reads the name on the command line.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == name)
    }

    /// The numbers of this world.
    #[must_use]
    pub fn params(self) -> Params {
        match self {
            Self::Headline => HEADLINE,
            Self::Realistic => REALISTIC,
        }
    }
}

/// Every number of a simulated world. Probabilities named "daily" are per day.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// How much of a latent state's mark on behaviour is wiped out, 0 (plain to see) to 1 (not
    /// visible at all): each mark is pulled towards the average by this share.
    pub noise: f64,
    /// Share of contacts that start as leads; the others come as customers.
    pub lead_share: f64,
    /// Share of the customers that are there when the log starts.
    pub existing_share: f64,
    /// Interest of a new lead: relative weight of each level.
    pub interest_share: [f64; INTERESTS],
    /// Daily probability that a lead writes, by interest.
    pub lead_activity: [f64; INTERESTS],
    /// Daily probability of the next rung (qualified, proposal, won), by rung and interest.
    pub advance: [[f64; INTERESTS]; RUNGS],
    /// Daily probability that the lead is closed as lost, by rung and interest.
    pub lost: [[f64; INTERESTS]; RUNGS],
    /// Daily probability that interest falls by one level, by rung and interest.
    pub cool: [[f64; INTERESTS]; RUNGS],
    /// Daily probability that interest rises by one level.
    pub warm: [f64; INTERESTS],
    /// Spread (sd of the logarithm) of the pace at which leads move up.
    pub pace_sd: f64,
    /// Pace of a lead whose first answer came late, against one answered at once.
    pub slow_response_pace: f64,
    /// Daily probability that a lost lead writes again.
    pub lost_activity: f64,
    /// Daily change of a customer's mood (rows: from happy, neutral, unhappy, dormant).
    pub mood: [[f64; MOODS]; MOODS],
    /// Days between two contacts of a neutral customer (median over customers).
    pub gap_days: f64,
    /// Spread (sd of the logarithm) of that rate over customers.
    pub gap_sd: f64,
    /// Activity by mood, against a neutral customer's.
    pub mood_activity: [f64; MOODS],
    /// Share of a customer's active days with a purchase, by mood.
    pub purchase: [f64; MOODS],
    /// Share of a customer's conversations that ask for support, by mood.
    pub support: [f64; MOODS],
    /// Share of purchases that are refunded, by mood.
    pub refund: [f64; MOODS],
    /// Log-odds of an answer to a send, by interest of a lead.
    pub lead_reply: [f64; INTERESTS],
    /// Log-odds of an answer to a send once the lead is lost.
    pub lost_reply: f64,
    /// Log-odds of an answer to a send, by mood of a customer.
    pub mood_reply: [f64; MOODS],
    /// Spread (sd) over contacts of those log-odds.
    pub reply_sd: f64,
    /// Log-odds between the best and the worst hour of a contact.
    pub hour_gain: f64,
    /// Log-odds lost by each send of the last seven days.
    pub fatigue: f64,
    /// Log-odds lost by a message that is not in the contact's language.
    pub wrong_language: f64,
    /// Probability that an unanswered marketing message ends in an opt-out, by mood (leads count
    /// as neutral, lost leads as dormant).
    pub opt_out: [f64; MOODS],
    /// Spread (sd) of the sentiment of one message around the mood's.
    pub sentiment_sd: f64,
}

const HEADLINE: Params = Params {
    noise: 0.0,
    lead_share: 0.6,
    existing_share: 0.5,
    interest_share: [0.22, 0.20, 0.20, 0.18, 0.20],
    lead_activity: [0.01, 0.12, 0.28, 0.42, 0.55],
    advance: [
        [0.0, 0.001, 0.09, 0.11, 0.13],
        [0.0, 0.0, 0.001, 0.11, 0.14],
        [0.0, 0.0, 0.0, 0.002, 0.14],
    ],
    lost: [
        [0.03, 0.03, 0.0005, 0.0005, 0.0005],
        [0.75, 0.75, 0.75, 0.0005, 0.0005],
        [0.75, 0.75, 0.75, 0.75, 0.0005],
    ],
    cool: [
        [0.0, 0.002, 0.0005, 0.0005, 0.0005],
        [0.0, 0.05, 0.1, 0.0005, 0.0005],
        [0.0, 0.05, 0.1, 0.1, 0.0005],
    ],
    warm: [0.001, 0.001, 0.0005, 0.0005, 0.0],
    pace_sd: 0.1,
    slow_response_pace: 0.85,
    lost_activity: 0.0005,
    mood: [
        [0.0, 0.015, 0.008, 0.0003],
        [0.015, 0.0, 0.022, 0.0006],
        [0.004, 0.006, 0.0, 0.07],
        [0.0, 0.0008, 0.0, 0.0],
    ],
    gap_days: 11.0,
    gap_sd: 0.45,
    mood_activity: [1.3, 1.0, 3.0, 0.002],
    purchase: [0.45, 0.35, 0.05, 0.1],
    support: [0.10, 0.20, 0.90, 0.2],
    refund: [0.02, 0.05, 0.50, 0.1],
    lead_reply: [-3.4, -2.4, -1.6, -1.0, -0.6],
    lost_reply: -4.2,
    mood_reply: [-0.8, -1.4, -2.4, -4.2],
    reply_sd: 1.1,
    hour_gain: 3.6,
    fatigue: 0.15,
    wrong_language: 0.5,
    opt_out: [0.001, 0.003, 0.05, 0.004],
    sentiment_sd: 0.16,
};

const REALISTIC: Params = Params {
    noise: 0.3,
    lead_share: 0.6,
    existing_share: 0.5,
    interest_share: [0.32, 0.29, 0.20, 0.13, 0.06],
    lead_activity: [0.03, 0.06, 0.10, 0.15, 0.20],
    advance: [
        [0.002, 0.006, 0.015, 0.03, 0.05],
        [0.002, 0.006, 0.015, 0.03, 0.05],
        [0.001, 0.003, 0.008, 0.022, 0.045],
    ],
    lost: [
        [0.02, 0.015, 0.012, 0.008, 0.006],
        [0.03, 0.02, 0.015, 0.010, 0.006],
        [0.04, 0.03, 0.020, 0.015, 0.010],
    ],
    cool: [
        [0.0, 0.015, 0.015, 0.015, 0.015],
        [0.0, 0.015, 0.015, 0.015, 0.015],
        [0.0, 0.015, 0.015, 0.015, 0.015],
    ],
    warm: [0.01, 0.008, 0.006, 0.005, 0.0],
    pace_sd: 0.4,
    slow_response_pace: 0.6,
    lost_activity: 0.002,
    mood: [
        [0.0, 0.012, 0.004, 0.001],
        [0.010, 0.0, 0.008, 0.003],
        [0.008, 0.012, 0.0, 0.015],
        [0.0, 0.003, 0.0, 0.0],
    ],
    gap_days: 11.0,
    gap_sd: 0.6,
    mood_activity: [1.2, 1.0, 1.1, 0.05],
    purchase: [0.35, 0.30, 0.15, 0.2],
    support: [0.15, 0.20, 0.45, 0.2],
    refund: [0.03, 0.05, 0.15, 0.05],
    lead_reply: [-3.4, -2.9, -2.4, -2.0, -1.6],
    lost_reply: -4.2,
    mood_reply: [-1.6, -2.2, -3.0, -4.2],
    reply_sd: 0.4,
    hour_gain: 1.2,
    fatigue: 0.15,
    wrong_language: 0.4,
    opt_out: [0.001, 0.003, 0.012, 0.006],
    sentiment_sd: 0.4,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_every_world_is_a_probability() {
        for preset in Preset::ALL {
            assert_eq!(Preset::from_name(preset.as_str()), Some(preset));
            let p = preset.params();
            for rung in 0..RUNGS {
                for z in 0..INTERESTS {
                    // The pace can raise the chance of the next rung threefold at most.
                    let row =
                        [3.0 * p.advance[rung][z], p.lost[rung][z], p.cool[rung][z], p.warm[z]];
                    assert!(row.iter().all(|x| *x >= 0.0) && row.iter().sum::<f64>() < 1.0);
                }
            }
            assert!(p.mood.iter().all(|row| row.iter().sum::<f64>() < 1.0));
            assert!((0.0..=1.0).contains(&p.noise));
        }
    }
}
