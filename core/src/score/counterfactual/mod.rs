//! What would have led to another result: the smallest change of features that a business can act
//! on, verified by scoring again.
//!
//! The answer is about the model: it says which values would have given another score, not that
//! reaching them will make the contact behave so. Features that hang together (messages and active
//! days) are moved one by one.

mod grid;
mod search;

use alloc::vec::Vec;

use super::churn::ChurnPredictor;
use super::engagement::EngagementPredictor;
use super::lead::LeadScorer;
use super::level::{EngagementLevel, RiskLevel, Tier};
use super::scorer::Scorer;
use crate::feature::{
    CHURN_FEATURES, ENGAGEMENT_FEATURES, FeatureVector, LEAD_FEATURES, catalogue,
};
use crate::order::sort_by;
use search::{Goal, Search};

/// One feature with another value.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Position of the feature in the catalogue.
    pub index: usize,
    /// Name of the feature.
    pub feature: &'static str,
    /// Its label for people.
    pub label: &'static str,
    /// Its value; none when missing.
    pub from: Option<f64>,
    /// The value that it would need.
    pub to: f64,
    /// What the business can do about it.
    pub how: &'static str,
}

/// What would have led to the result asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum WhatIf {
    /// It is so already.
    Already,
    /// These changes together, and the score that they give.
    Changes {
        /// The changes, in the order of the catalogue; at most [`WhatIf::CHANGES_MAX`].
        changes: Vec<Change>,
        /// Score or probability after them.
        value: f64,
    },
    /// No change of the features that a business can act on, within their ranges, was found.
    NotReachable {
        /// The best score or probability that was found on the way.
        best: f64,
    },
}

impl WhatIf {
    /// Most features changed at once.
    pub const CHANGES_MAX: usize = 5;
}

impl LeadScorer<'_> {
    /// What would bring a lead to `tier` or above.
    #[must_use]
    pub fn what_would_reach(&self, features: &FeatureVector<LEAD_FEATURES>, tier: Tier) -> WhatIf {
        match tier.floor(&self.0.cutoffs) {
            Some(floor) => what_if(&self.0, &features.values, Goal::AtLeast(floor)),
            None => WhatIf::Already,
        }
    }
}

impl ChurnPredictor<'_> {
    /// What would bring a customer to `level` or below.
    #[must_use]
    pub fn what_would_lower(
        &self,
        features: &FeatureVector<CHURN_FEATURES>,
        level: RiskLevel,
    ) -> WhatIf {
        let above = RiskLevel::ALL.get(level as usize + 1);
        match above.and_then(|above| above.floor(&self.0.cutoffs)) {
            Some(ceiling) => what_if(&self.0, &features.values, Goal::Below(ceiling)),
            None => WhatIf::Already,
        }
    }
}

impl EngagementPredictor<'_> {
    /// What would bring a send to `level` or above.
    #[must_use]
    pub fn what_would_reach(
        &self,
        features: &FeatureVector<ENGAGEMENT_FEATURES>,
        level: EngagementLevel,
    ) -> WhatIf {
        let Some(floor) = self.floor_of(level) else { return WhatIf::Already };
        if floor.is_infinite() {
            // Without a base rate every send is of the lowest level.
            let best = self.0.predictor.predict(&features.values).value;
            return WhatIf::NotReachable { best };
        }
        what_if(&self.0, &features.values, Goal::AtLeast(floor))
    }
}

fn what_if(scorer: &Scorer<'_>, row: &[f32], goal: Goal) -> WhatIf {
    let artifact = scorer.artifact;
    if goal.is_met(scorer.predictor.predict(row).value) {
        return WhatIf::Already;
    }
    let moves = grid::moves(artifact, row);
    let mut search = Search::new(&scorer.predictor, row, goal, &moves);
    let Some(chosen) = search.run() else {
        return WhatIf::NotReachable { best: search.best() };
    };
    let specs = catalogue(artifact.kind);
    let mut changes: Vec<Change> = chosen
        .iter()
        .filter_map(|step| {
            let spec = specs.get(step.feature)?;
            let from = row.get(step.feature).copied().filter(|value| !value.is_nan());
            Some(Change {
                index: step.feature,
                feature: spec.name,
                label: spec.label,
                from: from.map(f64::from),
                to: f64::from(step.to),
                how: spec.actionable?.how,
            })
        })
        .collect();
    sort_by(&mut changes, |a, b| a.index.cmp(&b.index));
    WhatIf::Changes { changes, value: search.value_of(&chosen) }
}
