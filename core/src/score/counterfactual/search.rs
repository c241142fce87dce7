//! The search for the smallest set of moves.

use alloc::vec;
use alloc::vec::Vec;

use super::WhatIf;
use crate::artifact::{ModelArtifact, Predictor};
use crate::order::sort_by;

/// What one more changed feature costs, beside the length of its move (0 to 1).
const COST_PER_CHANGE: f64 = 0.25;
/// Moves of one feature that take part in pairs.
const PAIRED_PER_FEATURE: usize = 4;

/// One feature set to one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Move {
    pub(super) feature: usize,
    pub(super) to: f32,
    /// Length of the move, 0 to 1.
    pub(super) cost: f64,
}

/// What the score must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    AtLeast(f64),
    Below(f64),
}

impl Goal {
    pub(super) fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(floor) => value >= floor,
            Self::Below(ceiling) => value < ceiling,
        }
    }

    /// How good a value is; greater is nearer to the goal.
    fn merit(self, value: f64) -> f64 {
        match self {
            Self::AtLeast(_) => value,
            Self::Below(_) => -value,
        }
    }
}

/// One search: single moves, then pairs, then greedily up to [`WhatIf::CHANGES_MAX`] moves. With at
/// most 20 features of 16 values this scores at most some 6,000 rows.
pub(super) struct Search<'a> {
    predictor: &'a Predictor<&'a ModelArtifact>,
    start: &'a [f32],
    row: Vec<f32>,
    goal: Goal,
    moves: &'a [Move],
    best: f64,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        predictor: &'a Predictor<&'a ModelArtifact>,
        start: &'a [f32],
        goal: Goal,
        moves: &'a [Move],
    ) -> Self {
        let best = predictor.predict(start).value;
        Self { predictor, start, row: start.to_vec(), goal, moves, best }
    }

    /// The best value seen.
    pub(super) fn best(&self) -> f64 {
        self.best
    }

    /// The value after some moves.
    pub(super) fn value_of(&mut self, moves: &[Move]) -> f64 {
        self.row.copy_from_slice(self.start);
        for step in moves {
            if let Some(slot) = self.row.get_mut(step.feature) {
                *slot = step.to;
            }
        }
        let value = self.predictor.predict(&self.row).value;
        if self.goal.merit(value) > self.goal.merit(self.best) {
            self.best = value;
        }
        value
    }

    /// The cheapest moves found that meet the goal.
    pub(super) fn run(&mut self) -> Option<Vec<Move>> {
        let singles: Vec<(Move, f64)> =
            self.moves.iter().map(|step| (*step, self.value_of(&[*step]))).collect();
        let met = |(_, value): &&(Move, f64)| self.goal.is_met(*value);
        if let Some((step, _)) =
            singles.iter().filter(met).min_by(|a, b| a.0.cost.total_cmp(&b.0.cost))
        {
            return Some(vec![*step]);
        }
        let pair = self.pair(&singles);
        let greedy = self.greedy();
        match (pair, greedy) {
            (Some(pair), Some(greedy)) => {
                Some(if cost(&greedy) < cost(&pair) { greedy } else { pair })
            }
            (pair, greedy) => pair.or(greedy),
        }
    }

    /// The cheapest pair among the moves that gain most of each feature.
    fn pair(&mut self, singles: &[(Move, f64)]) -> Option<Vec<Move>> {
        let goal = self.goal;
        let shortlist: Vec<Move> = singles
            .chunk_by(|a, b| a.0.feature == b.0.feature)
            .flat_map(|of_feature| {
                let mut ranked = of_feature.to_vec();
                // Stable: of equal gain the nearer comes first.
                sort_by(&mut ranked, |a, b| goal.merit(b.1).total_cmp(&goal.merit(a.1)));
                ranked.into_iter().take(PAIRED_PER_FEATURE).map(|(step, _)| step)
            })
            .collect();
        let mut best: Option<Vec<Move>> = None;
        for (at, a) in shortlist.iter().enumerate() {
            for b in shortlist[at + 1..].iter().filter(|b| b.feature != a.feature) {
                let pair = vec![*a, *b];
                let cheaper = best.as_ref().is_none_or(|best| cost(&pair) < cost(best));
                if cheaper && self.goal.is_met(self.value_of(&pair)) {
                    best = Some(pair);
                }
            }
        }
        best.map(|pair| self.shrunk(pair))
    }

    /// Adds the move that gains most until the goal is met, then takes back what is not needed.
    fn greedy(&mut self) -> Option<Vec<Move>> {
        let mut chosen: Vec<Move> = Vec::new();
        let mut value = self.value_of(&[]);
        while !self.goal.is_met(value) {
            if chosen.len() == WhatIf::CHANGES_MAX {
                return None;
            }
            let (next, reached) = self.best_addition(&chosen)?;
            if self.goal.merit(reached) <= self.goal.merit(value) {
                return None;
            }
            chosen.push(next);
            value = reached;
        }
        Some(self.shrunk(chosen))
    }

    fn best_addition(&mut self, chosen: &[Move]) -> Option<(Move, f64)> {
        let mut best: Option<(Move, f64)> = None;
        for step in self.moves.iter().filter(|s| chosen.iter().all(|c| c.feature != s.feature)) {
            let mut moves = chosen.to_vec();
            moves.push(*step);
            let value = self.value_of(&moves);
            if best.is_none_or(|(_, other)| self.goal.merit(value) > self.goal.merit(other)) {
                best = Some((*step, value));
            }
        }
        best
    }

    /// Leaves out, or shortens, every move that can be without missing the goal, the longest first.
    fn shrunk(&mut self, mut chosen: Vec<Move>) -> Vec<Move> {
        sort_by(&mut chosen, |a, b| b.cost.total_cmp(&a.cost));
        for feature in chosen.iter().map(|step| step.feature).collect::<Vec<_>>() {
            let without: Vec<Move> =
                chosen.iter().copied().filter(|step| step.feature != feature).collect();
            if self.goal.is_met(self.value_of(&without)) {
                chosen = without;
                continue;
            }
            // Nearer values come first.
            for shorter in self.moves.iter().filter(|step| step.feature == feature) {
                let mut tried = without.clone();
                tried.push(*shorter);
                if self.goal.is_met(self.value_of(&tried)) {
                    chosen = tried;
                    break;
                }
            }
        }
        chosen
    }
}

fn cost(moves: &[Move]) -> f64 {
    moves.iter().map(|step| step.cost + COST_PER_CHANGE).sum()
}
