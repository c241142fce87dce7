//! Churn risks.

use alloc::string::ToString;

use chatsignal_api::churn::ChurnPrediction;
use chatsignal_api::prediction::{Counterfactual, Origin};
use chatsignal_core::recommend;
use chatsignal_core::score::{ChurnPredictor, Explain, RiskLevel};

use crate::subject::Subject;

/// The churn risk of a customer and what to do about it.
#[must_use]
pub fn churn(
    predictor: &ChurnPredictor<'_>,
    subject: &Subject<'_>,
    explain: Explain,
    origin: Origin,
) -> ChurnPrediction {
    let features = predictor.features(&subject.state, subject.as_of);
    let risk = predictor.predict(&features, explain);
    let contributions = risk.reasons.as_ref().map_or(&[][..], |reasons| &reasons.contributions);
    let advice = recommend::retention(&features.values, contributions, subject.state.consent());
    ChurnPrediction::new(Some(subject.contact.to_string()), &risk, &advice, origin)
}

/// What would bring a customer to the next lower level of risk; none for the lowest.
#[must_use]
pub fn churn_counterfactual(
    predictor: &ChurnPredictor<'_>,
    subject: &Subject<'_>,
    level: RiskLevel,
) -> Option<Counterfactual> {
    let next = RiskLevel::ALL.get((level as usize).checked_sub(1)?)?;
    let features = predictor.features(&subject.state, subject.as_of);
    Counterfactual::new(next.as_str(), &predictor.what_would_lower(&features, *next))
}
