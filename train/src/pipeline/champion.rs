//! The serving model against the challenger, on rows that neither has learnt from.

use chatsignal_core::artifact::{ModelArtifact, ModelKind};

use crate::bootstrap::Clusters;
use crate::evaluation::{Outcomes, gains};
use crate::promote::{self, Contest, Decision};
use crate::slice::slices;
use crate::snapshot::Snapshot;

use super::PromotionMode;
use super::held_out::{HeldOutRow, unit_scale};
use super::values::values;

/// Fewest held-out rows after the champion's data that make a fair contest.
const LATER_ROWS_MIN: usize = 100;

/// What the contest needs.
pub(super) struct Arena<'a> {
    pub(super) kind: ModelKind,
    pub(super) rows: &'a [Snapshot],
    pub(super) held_out: &'a [HeldOutRow],
    /// Calibrated probabilities of the challenger on the held-out rows.
    pub(super) probability: &'a [f64],
    pub(super) outcomes: &'a Outcomes,
    pub(super) bootstrap_rounds: usize,
    pub(super) seed: u64,
}

/// Decides whether the challenger replaces the champion.
pub(super) fn contest(
    arena: &Arena<'_>,
    champion: Option<&ModelArtifact>,
    mode: PromotionMode,
) -> Decision {
    let Some(champion) = champion else { return promote::first(mode) };
    let schema = chatsignal_core::feature::schema(arena.kind);
    let Some(context) = champion.context.as_ref().filter(|_| champion.schema == schema) else {
        return promote::unlike(mode);
    };
    let all: Vec<usize> = (0..arena.held_out.len()).collect();
    let snapshot = |i: usize| &arena.rows[arena.held_out[i].row];
    let later: Vec<usize> =
        all.iter().copied().filter(|&i| snapshot(i).at > champion.trained_through).collect();
    let both = |rows: &[usize]| {
        let positives: f64 = rows.iter().map(|&i| arena.outcomes.positive[i]).sum();
        positives > 0.0 && positives < rows.len() as f64
    };
    let fair = later.len() >= LATER_ROWS_MIN && both(&later);
    let chosen = if fair { later } else { all };
    let mut theirs = values(champion, context, chosen.iter().map(|&i| snapshot(i)));
    theirs.iter_mut().for_each(|p| *p *= unit_scale(arena.kind));
    let pick = |values: &[f64]| chosen.iter().map(|&i| values[i]).collect::<Vec<_>>();
    let outcomes = Outcomes {
        outcome: pick(&arena.outcomes.outcome),
        positive: pick(&arena.outcomes.positive),
        value: pick(&arena.outcomes.value),
    };
    let ours = pick(arena.probability);
    let contacts: Vec<_> = chosen.iter().map(|&i| snapshot(i).contact).collect();
    let clusters = Clusters::new(&contacts, arena.bootstrap_rounds, arena.seed);
    let [_, gain] = gains(&clusters, &outcomes, &ours, &theirs);
    let keys: Vec<_> = chosen.iter().map(|&i| snapshot(i).slices.clone()).collect();
    let of = |p: &[f64]| slices(&keys, &outcomes.outcome, &outcomes.positive, p);
    promote::decide(mode, &Contest { gain, ours: &of(&ours), theirs: &of(&theirs), fair })
}
