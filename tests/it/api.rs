//! The JSON of every answer, as a snapshot: a change here is a change of the interface.

use chatsignal_api::batch::{Batch, Item, Summary};
use chatsignal_api::churn::{ChurnPrediction, ChurnRequest};
use chatsignal_api::engagement::{EngagementPrediction, EngagementRequest};
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::lead::{LeadPrediction, LeadRequest};
use chatsignal_api::model::{ComputedOn, ModelRef};
use chatsignal_api::prediction::{Counterfactual, Origin};
use chatsignal_api::send_time::{OptimalTime, OptimalTimeRequest};
use chatsignal_api::time::Instant;
use chatsignal_core::contact::{Consent, ContactState};
use chatsignal_core::feature::{EngagementRaw, FeatureVector, SendCandidate};
use chatsignal_core::recommend;
use chatsignal_core::score::send_time::{Policy, SendRules, Situation, Slot};
use chatsignal_core::score::{
    ChurnPredictor, EngagementPredictor, Explain, LeadOptions, LeadScorer, PlanRequest, Scored,
    Suppression, Tier,
};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_tests::models;
use insta::assert_json_snapshot;

fn origin(name: &str) -> Origin {
    Origin {
        as_of: Instant(TimestampMs(1_795_420_800_000)),
        computed_on: ComputedOn::Native,
        model: ModelRef {
            name: name.to_owned(),
            version: "3".to_owned(),
            alias: Some("champion".to_owned()),
            state: "ready".to_owned(),
            trained_through: Instant(TimestampMs(1_790_000_000_000)),
            feature_set: format!("{name}/1"),
            feature_set_hash: "x64:0123456789abcdef".to_owned(),
        },
        request_id: None,
    }
}

fn vector<const N: usize>(values: &[(usize, f32)]) -> FeatureVector<N> {
    let mut row = [0.0; N];
    values.iter().for_each(|(at, value)| row[*at] = *value);
    FeatureVector { values: row, clipped: 0, foreign_currency: false }
}

fn lead_prediction() -> LeadPrediction {
    let model = models::lead();
    let scorer = LeadScorer::new(&model).expect("fits the catalogue");
    let features = vector(&[(0, f32::NAN), (6, 20.0), (8, 6.0)]);
    let options = LeadOptions { previous: Some(40.0), ..LeadOptions::default() };
    let scored = scorer.score(&features, &options);
    let action = recommend::next_action(Tier::Warm, &features.values, &[], Consent::default());
    let mut answer =
        LeadPrediction::new(Some("L1".into()), &scored, action.as_ref(), origin("lead"));
    answer.counterfactual =
        Counterfactual::new("hot", &scorer.what_would_reach(&features, Tier::Hot));
    answer
}

#[test]
fn lead() {
    assert_json_snapshot!(lead_prediction());
    let suppressed = Scored::Suppressed(Suppression::Objected);
    assert_json_snapshot!(LeadPrediction::new(None, &suppressed, None, origin("lead")));
}

#[test]
fn churn() {
    let model = models::churn();
    let predictor = ChurnPredictor::new(&model).expect("fits the catalogue");
    let features = vector(&[(0, 40.0), (27, 52.0)]);
    let risk = predictor.predict(&features, Explain::Top(2));
    let contributions = &risk.reasons.as_ref().expect("asked for").contributions;
    let advice = recommend::retention(&features.values, contributions, Consent::default());
    assert_json_snapshot!(ChurnPrediction::new(Some("C1".into()), &risk, &advice, origin("churn")));
}

#[test]
fn engagement_and_send_time() {
    let model = models::engagement();
    let predictor = EngagementPredictor::new(&model).expect("fits the catalogue");
    let at = TimestampMs(1_795_420_800_000);
    let raw = EngagementRaw::extract(&ContactState::new(), at);
    let message = SendCandidate::at(at, UtcOffsetMin(-180));
    let features = predictor.features(&raw, &message);
    let scored = predictor.predict(&features, Consent::default(), Explain::Top(1));
    let advice = vec!["Send between 18:00 and 20:00".to_owned()];
    let answer =
        EngagementPrediction::new(Some("K1".into()), &scored, advice, origin("engagement"));
    assert_json_snapshot!(answer);
    let slots = &Slot::next_24_hours(at, UtcOffsetMin(-180))[12..16];
    let request = PlanRequest {
        raw: &raw,
        message,
        slots,
        rules: &SendRules::default(),
        situation: Situation::unknown(at),
        policy: Policy::Greedy,
        seed: 0,
    };
    let plan = predictor.plan(&request).score().expect("not suppressed");
    let contact = Some("K1".into());
    let at_choice = scored.score();
    let answer =
        OptimalTime::new(contact, &plan, at_choice.as_ref(), Policy::Greedy, origin("engagement"));
    assert_json_snapshot!(answer);
}

#[test]
fn batches_and_errors() {
    let problem = Problem::new(ErrorCode::FeatureOutOfRange)
        .detail("one feature is out of range")
        .at("/features/lead_reply_rate_30d", "1.7 not in [0,1]");
    let batch = Batch::<LeadPrediction> {
        results: vec![Item { index: 0, id: Some("L1".into()), result: None, error: Some(problem) }],
        summary: Summary { count: 1, failed: 1, ..Summary::default() },
    };
    assert_json_snapshot!(batch);
    let codes: Vec<_> =
        ErrorCode::ALL.iter().map(|code| (code.as_str(), code.status(), code.title())).collect();
    assert_json_snapshot!(codes);
}

#[test]
fn answers_are_read_back_as_they_were_written() {
    let answer = lead_prediction();
    let json = serde_json::to_string(&answer).expect("writes");
    assert_eq!(serde_json::from_str::<LeadPrediction>(&json).expect("reads"), answer);
}

#[test]
fn requests_take_the_old_names_and_refuse_unknown_ones() {
    let old = r#"{"lead_data":{"inbound_msgs_30d":3,"open_wait_hours":null}}"#;
    let request: LeadRequest = serde_json::from_str(old).expect("an alias");
    let features = request.features.expect("features");
    assert_eq!(features.get("inbound_msgs_30d"), Some(Some(3.0)));
    assert_eq!(features.get("open_wait_hours"), Some(None));
    let churn = r#"{"customer_data":{},"horizon_days":60}"#;
    serde_json::from_str::<ChurnRequest>(churn).expect("an alias");
    let engagement = r#"{"contact_data":{},"message":{"has_buttons":true}}"#;
    serde_json::from_str::<EngagementRequest>(engagement).expect("an alias");
    let typo = serde_json::from_str::<LeadRequest>(r#"{"laed_id":"L1"}"#);
    assert!(typo.is_err_and(|error| error.to_string().contains("laed_id")));
    let time = r#"{"contact_id":"K1","policy":"epsilon","epsilon":0.2,"seed":42,
                   "quiet_hours":{"start":"21:00","end":"08:00"},"hours_to_test":[9,10]}"#;
    let request: OptimalTimeRequest = serde_json::from_str(time).expect("as documented");
    assert_eq!(request.policy(), Policy::Epsilon { epsilon: 0.2 });
}
