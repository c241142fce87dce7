//! Reasons of a score in words, and what would change it, as numbers.

use chatsignal_core::contact::Consent;
use chatsignal_core::score::{
    EngagementLevel, Explain, LeadOptions, Reasons, RiskLevel, Scored, Tier, WhatIf,
};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::Advisor;
use crate::kind::{Scoring, vector};

const PLAIN: &str = "[model_unavailable] this model has no reasons and levels here: it is a model of one's own \
     columns, or was trained on other features than this version has";

#[wasm_bindgen]
impl Advisor {
    /// The `top` heaviest reasons of the score of one row, heaviest first: of each the number of its
    /// feature and a sentence, by turns.
    ///
    /// # Errors
    /// Throws when the row has another length, or the model has no reasons here.
    pub fn reasons(&self, row: &[f32], top: usize) -> Result<Vec<String>, JsError> {
        let row = self.one(row)?;
        let explain = Explain::Top(top);
        let reasons: Option<Reasons> = match self.scoring() {
            Scoring::Lead(scorer) => {
                let options = LeadOptions { explain, ..LeadOptions::default() };
                scorer.score(&vector(row), &options).score().and_then(|score| score.reasons)
            }
            Scoring::Churn(predictor) => predictor.predict(&vector(row), explain).reasons,
            Scoring::Engagement(predictor) => {
                match predictor.predict(&vector(row), Consent::default(), explain) {
                    Scored::Score(score) => score.reasons,
                    Scored::Suppressed(_) => None,
                }
            }
            Scoring::Plain(..) => return Err(JsError::new(PLAIN)),
        };
        let factors = reasons.map_or_else(Vec::new, |reasons| reasons.factors);
        Ok(factors.into_iter().flat_map(|f| [f.index.to_string(), f.reason]).collect())
    }

    /// What would bring one row to a level (its number, 0 = lowest): 0 when it is there already, 1
    /// when it can be brought there, 2 when not; the value after it (the best found, when not; NaN
    /// when there already); and of each change the number of its feature and its new value.
    ///
    /// # Errors
    /// Throws when the row has another length, there is no such level, or the model has none.
    pub fn counterfactual(&self, row: &[f32], level: usize) -> Result<Vec<f64>, JsError> {
        let row = self.one(row)?;
        let no_level = || JsError::new("[invalid_parameter] there is no level of this number");
        let found = match self.scoring() {
            Scoring::Lead(scorer) => {
                let tier = Tier::ALL.get(level).ok_or_else(no_level)?;
                scorer.what_would_reach(&vector(row), *tier)
            }
            Scoring::Churn(predictor) => {
                let level = RiskLevel::ALL.get(level).ok_or_else(no_level)?;
                predictor.what_would_lower(&vector(row), *level)
            }
            Scoring::Engagement(predictor) => {
                let level = EngagementLevel::ALL.get(level).ok_or_else(no_level)?;
                predictor.what_would_reach(&vector(row), *level)
            }
            Scoring::Plain(..) => return Err(JsError::new(PLAIN)),
        };
        Ok(match found {
            WhatIf::Already => vec![0.0, f64::NAN],
            WhatIf::Changes { changes, value } => {
                let numbers = changes.into_iter().flat_map(|c| [c.index as f64, c.to]);
                [1.0, value].into_iter().chain(numbers).collect()
            }
            WhatIf::NotReachable { best } => vec![2.0, best],
        })
    }
}
