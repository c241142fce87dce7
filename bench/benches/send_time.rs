//! All 24 hours for one contact: features, prediction, rules and choice.
//! `cargo bench -p chatsignal-bench --bench send_time`

use std::hint::black_box;

use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState, Outputs};
use chatsignal_core::contact::ContactState;
use chatsignal_core::feature::{EngagementRaw, FeatureContext, SendCandidate, schema};
use chatsignal_core::model::{
    Accumulation, Calibration, LogisticModel, Model, Postprocessor, StandardScaler,
};
use chatsignal_core::score::send_time::{Policy, SendRules, Situation, Slot};
use chatsignal_core::score::{Cutoffs, EngagementPredictor, PlanRequest};
use chatsignal_train::synth::{Preset, Simulator};
use criterion::{Criterion, criterion_group, criterion_main};

fn model() -> ModelArtifact {
    let schema = schema(ModelKind::Engagement);
    let n = schema.len();
    let logistic = LogisticModel {
        scaler: StandardScaler { mean: vec![0.1; n], scale: vec![0.5; n] },
        coefficients: (0..n).map(|j| 0.3 - 0.02 * j as f64).collect(),
        categorical: Vec::new(),
        intercept: -1.5,
        accumulation: Accumulation::F64,
    };
    ModelArtifact {
        kind: ModelKind::Engagement,
        state: ModelState::Ready,
        trained_through: Default::default(),
        schema,
        model: Model::Logistic(logistic),
        outputs: Outputs::default(),
        postprocessor: Postprocessor::Sigmoid,
        calibration: Calibration::Platt { a: 1.1, b: 0.1 },
        context: Some(FeatureContext::default()),
        interval: None,
        cutoffs: Cutoffs::default_of(ModelKind::Engagement).to_vec(),
        horizon_days: 0,
        base_rate: 0.2,
        metadata_json: String::new(),
    }
}

fn bench(c: &mut Criterion) {
    let simulator = Simulator::new(Preset::Headline, 50, 1);
    let events =
        simulator.contacts().map(|contact| contact.events).max_by_key(Vec::len).expect("a contact");
    let mut state = ContactState::new();
    for event in &events {
        state.apply(event);
    }
    let now = state.known_through().expect("events");
    let offset = state.utc_offset().expect("events");
    let model = model();
    let predictor = EngagementPredictor::new(&model).expect("fits the catalogue");
    let raw = EngagementRaw::extract(&state, now);
    let slots = Slot::next_24_hours(now, offset);
    let rules = SendRules::default();
    let category = chatsignal_core::event::MessageCategory::Utility;
    let situation = Situation::of_contact(&state, &raw, category, now);
    for policy in [Policy::Greedy, Policy::Epsilon { epsilon: 0.1 }, Policy::Thompson] {
        let request = PlanRequest {
            raw: &raw,
            message: SendCandidate::at(now, offset),
            slots: &slots,
            rules: &rules,
            situation,
            policy,
            seed: 1,
        };
        c.bench_function(&format!("24 hours, {}", policy.as_str()), |b| {
            b.iter(|| predictor.plan(black_box(&request)));
        });
    }
    c.bench_function(&format!("amounts of a contact of {} events", events.len()), |b| {
        b.iter(|| EngagementRaw::extract(black_box(&state), now));
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
