//! The latent state of a contact: a Markov chain in steps of one UTC day.

use super::preset::Params;

/// Levels of a lead's interest.
pub const INTERESTS: usize = 5;
/// Rungs that an open lead can stand on: new, qualified, proposal.
pub const RUNGS: usize = 3;
/// Moods of a customer.
pub const MOODS: usize = 4;
/// Number of states.
pub(super) const STATES: usize = RUNGS * INTERESTS + 1 + MOODS;

/// A customer's mood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Content.
    Happy = 0,
    /// Neither.
    Neutral = 1,
    /// Complaining, on the way out unless won back.
    Unhappy = 2,
    /// Gone quiet.
    Dormant = 3,
}

/// What a contact is on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// An open lead on a rung (0 new, 1 qualified, 2 proposal) with a level of interest (0 to 4).
    Lead {
        /// Rung reached so far.
        rung: u8,
        /// Interest.
        interest: u8,
    },
    /// A lead that was closed as lost.
    Lost,
    /// A customer.
    Customer(Mood),
}

const LOST: usize = RUNGS * INTERESTS;

impl State {
    /// Position in the chain's tables.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Lead { rung, interest } => usize::from(rung) * INTERESTS + usize::from(interest),
            Self::Lost => LOST,
            Self::Customer(mood) => LOST + 1 + mood as usize,
        }
    }

    /// The state at a position.
    pub(super) fn from_index(index: usize) -> Self {
        match index {
            i if i < LOST => {
                Self::Lead { rung: (i / INTERESTS) as u8, interest: (i % INTERESTS) as u8 }
            }
            LOST => Self::Lost,
            i => Self::Customer(match i - LOST - 1 {
                0 => Mood::Happy,
                1 => Mood::Neutral,
                2 => Mood::Unhappy,
                _ => Mood::Dormant,
            }),
        }
    }

    /// The mood by whose rates a contact of this state is treated.
    pub(super) fn mood(self) -> Mood {
        match self {
            Self::Lead { .. } => Mood::Neutral,
            Self::Lost => Mood::Dormant,
            Self::Customer(mood) => mood,
        }
    }
}

/// Daily transition probabilities of one contact.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    next: Vec<Vec<(usize, f64)>>,
}

impl Chain {
    /// The chain of a contact whose leads move up at `pace` (1 = the preset's own).
    pub(super) fn new(params: &Params, pace: f64) -> Self {
        let next = (0..STATES)
            .map(|i| {
                let mut row = Self::moves(params, pace, State::from_index(i));
                let moved: f64 = row.iter().map(|(_, p)| p).sum();
                row.push((i, 1.0 - moved));
                row
            })
            .collect();
        Self { next }
    }

    fn moves(params: &Params, pace: f64, state: State) -> Vec<(usize, f64)> {
        let mut row = Vec::with_capacity(5);
        let mut add = |to: State, p: f64| {
            if p > 0.0 {
                row.push((to.index(), p));
            }
        };
        match state {
            State::Lead { rung, interest } => {
                let (r, z) = (usize::from(rung), usize::from(interest));
                let up = if r + 1 < RUNGS {
                    State::Lead { rung: rung + 1, interest }
                } else {
                    State::Customer(Mood::Happy)
                };
                add(up, params.advance[r][z] * pace);
                add(State::Lost, params.lost[r][z]);
                if interest > 0 {
                    add(State::Lead { rung, interest: interest - 1 }, params.cool[r][z]);
                }
                if z + 1 < INTERESTS {
                    add(State::Lead { rung, interest: interest + 1 }, params.warm[z]);
                }
            }
            State::Lost => {}
            State::Customer(from) => {
                for to in [Mood::Happy, Mood::Neutral, Mood::Unhappy, Mood::Dormant] {
                    if to != from {
                        add(State::Customer(to), params.mood[from as usize][to as usize]);
                    }
                }
            }
        }
        row
    }

    /// Where a contact in state `i` may be tomorrow, with probabilities that add up to 1.
    pub(super) fn next(&self, i: usize) -> &[(usize, f64)] {
        &self.next[i]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::Preset;

    #[test]
    fn positions_round_trip_and_rows_add_up() {
        for preset in Preset::ALL {
            let chain = Chain::new(&preset.params(), 1.3);
            for i in 0..STATES {
                assert_eq!(State::from_index(i).index(), i);
                assert!(chain.next(i).iter().all(|&(to, p)| to < STATES && p >= 0.0));
                assert!((chain.next(i).iter().map(|x| x.1).sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }
}
