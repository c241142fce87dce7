//! SIMULATED contacts as requests.

use chatsignal_api::lead::LeadPrediction;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::{FeatureVector, LEAD_FEATURES, catalogue};
use chatsignal_core::recommend;
use chatsignal_core::score::{Explain, LeadOptions, LeadScorer, Scored};
use chatsignal_core::time::TimestampMs;
use chatsignal_native::registry::Served;
use chatsignal_native::scoring::{self, Subject};
use chatsignal_train::synth::{Preset, Simulator};
use serde_json::{Map, Value};

/// Feature rows of simulated contacts as they were known at the end of the simulated time.
#[must_use]
pub fn lead_rows(scorer: &LeadScorer<'_>, count: usize) -> Vec<FeatureVector<LEAD_FEATURES>> {
    let simulator = Simulator::new(Preset::Realistic, count as u32, 11);
    let end = simulator.end();
    let rows = simulator.contacts().filter_map(|mut contact| {
        contact.events.sort_by(chatsignal_core::event::Event::cmp_in_contact);
        let id = contact.events.first()?.contact_id;
        let subject = Subject::new(id, &contact.events, end);
        Some(scorer.features(&subject.state, subject.as_of))
    });
    rows.collect()
}

/// The answer about one row, as a route gives it.
#[must_use]
pub fn lead_answer(
    scorer: &LeadScorer<'_>,
    served: &Served,
    row: &FeatureVector<LEAD_FEATURES>,
    explain: Explain,
) -> LeadPrediction {
    let options = LeadOptions { explain, ..LeadOptions::default() };
    let scored = scorer.score(row, &options);
    let action = match &scored {
        Scored::Score(score) => {
            let reasons = score.reasons.as_ref();
            let contributions = reasons.map_or(&[][..], |reasons| &reasons.contributions);
            recommend::next_action(score.tier, &row.values, contributions, options.consent)
        }
        Scored::Suppressed(_) => None,
    };
    let origin = scoring::origin(served, TimestampMs(0));
    LeadPrediction::new(None, &scored, action.as_ref(), origin)
}

/// A row as the body of `lead-scoring/predict`.
#[must_use]
pub fn lead_body(row: &FeatureVector<LEAD_FEATURES>) -> Value {
    let mut features = Map::new();
    for (spec, value) in catalogue(ModelKind::Lead).iter().zip(row.values) {
        // As a client prints it: the shortest decimal that reads back as the same value.
        let value = value.to_string().parse::<f64>().ok().filter(|value| value.is_finite());
        features.insert(spec.name.to_owned(), value.into());
    }
    serde_json::json!({ "lead_id": "L-1042", "features": features })
}
