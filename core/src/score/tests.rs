//! The scorers as a whole: golden scores, ranges, consent.

use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::send_time::{Block, Policy, SendRules, Situation, Slot};
use super::*;
use crate::artifact::{ConformalInterval, ModelArtifact, ModelKind, ModelState, Outputs};
use crate::contact::{Consent, ContactState};
use crate::event::{Currency, MessageCategory};
use crate::feature::{
    ENGAGEMENT_FEATURES, EngagementRaw, FeatureContext, FeatureVector, SendCandidate, catalogue,
    schema,
};
use crate::model::{
    Accumulation, Aggregation, Calibration, Dialect, LogisticModel, Model, Postprocessor,
    StandardScaler, Tree, TreeEnsemble,
};
use crate::testing::cases;
use crate::time::{HOUR_MS, TimestampMs, UtcOffsetMin};

const FREE: Consent = Consent { opted_out: false, objected: false, block_suspected: false };
const OBJECTED: Consent = Consent { opted_out: true, objected: true, block_suspected: false };

fn artifact(kind: ModelKind, model: Model, postprocessor: Postprocessor) -> ModelArtifact {
    let artifact = ModelArtifact {
        kind,
        state: ModelState::Ready,
        trained_through: TimestampMs(1_700_000_000_000),
        schema: schema(kind),
        model,
        outputs: Outputs::default(),
        postprocessor,
        calibration: Calibration::None,
        context: Some(FeatureContext::default()),
        interval: None,
        cutoffs: Cutoffs::default_of(kind).to_vec(),
        horizon_days: if kind == ModelKind::Churn { 90 } else { 0 },
        base_rate: 0.2,
        metadata_json: "{}".into(),
    };
    assert_eq!(artifact.check(), Ok(()));
    artifact
}

/// Trees with one split each: `(feature, threshold, left, right)`, covers 1 and 1.
fn stumps(kind: ModelKind, base: f64, splits: &[(&str, f32, f64, f64)]) -> Model {
    let trees = splits.iter().map(|(name, threshold, left, right)| {
        let mut tree = Tree::default();
        tree.push_leaf(0.0, 2.0);
        (tree.left[0], tree.right[0]) = (tree.push_leaf(*left, 1.0), tree.push_leaf(*right, 1.0));
        tree.split_feature[0] = position(kind, name).expect("in the catalogue") as u32;
        tree.threshold[0] = *threshold;
        tree
    });
    Model::Trees(TreeEnsemble {
        trees: trees.collect(),
        base_score: base,
        aggregation: Aggregation::Sum,
        n_features: catalogue(kind).len(),
        dialect: Dialect::default(),
    })
}

pub(super) fn lead_model() -> ModelArtifact {
    let splits = [
        ("inbound_msgs_30d", 5.0, -10.0, 10.0),
        ("high_intent_actions_30d", 2.0, -10.0, 20.0),
        ("open_wait_hours", 4.0, 5.0, -15.0),
        ("from_paid_ad", 0.5, 0.0, 8.0),
    ];
    let model = stumps(ModelKind::Lead, 40.0, &splits);
    artifact(ModelKind::Lead, model, Postprocessor::ClipHundred)
}

pub(super) fn churn_model() -> ModelArtifact {
    let splits = [
        ("days_since_last_inbound", 30.0, -1.0, 1.0),
        ("open_conversation_age_h", 24.0, -0.5, 1.5),
    ];
    let model = stumps(ModelKind::Churn, 0.0, &splits);
    artifact(ModelKind::Churn, model, Postprocessor::Sigmoid)
}

pub(super) fn engagement_model() -> ModelArtifact {
    let n = catalogue(ModelKind::Engagement).len();
    let mut coefficients = vec![0.0; n];
    for (name, effect) in [("hour_sin", -0.6), ("has_buttons", 0.4), ("sends_7d", -0.2)] {
        coefficients[position(ModelKind::Engagement, name).expect("in the catalogue")] = effect;
    }
    let scaler = StandardScaler { mean: vec![0.0; n], scale: vec![1.0; n] };
    let logistic = LogisticModel {
        scaler,
        coefficients,
        categorical: Vec::new(),
        intercept: -1.4,
        accumulation: Accumulation::F64,
    };
    artifact(ModelKind::Engagement, Model::Logistic(logistic), Postprocessor::Sigmoid)
}

pub(super) fn features<const N: usize>(
    kind: ModelKind,
    values: &[(&str, f32)],
) -> FeatureVector<N> {
    let mut row = [0.0; N];
    for (name, value) in values {
        row[position(kind, name).expect("in the catalogue")] = *value;
    }
    FeatureVector { values: row, clipped: 0, foreign_currency: false }
}

/// By hand: 40 + 10 + 20 + 5 + 0 = 75 points; base value 40 + 0 + 5 - 5 + 4 = 44.
#[test]
fn a_lead_is_scored_as_by_hand() {
    let model = lead_model();
    let scorer = LeadScorer::new(&model).expect("fits the catalogue");
    let values = [("inbound_msgs_30d", 6.0), ("high_intent_actions_30d", 3.0)];
    let options =
        LeadOptions { previous: Some(60.0), explain: Explain::Full, ..LeadOptions::default() };
    let score =
        scorer.score(&features(ModelKind::Lead, &values), &options).score().expect("scored");
    assert_eq!((score.value, score.tier), (75.0, Tier::Hot));
    assert_eq!(score.trend.map(|trend| trend.direction), Some(TrendDirection::Up));
    let reasons = score.reasons.expect("asked for");
    assert_eq!((reasons.base_value, reasons.margin), (44.0, 75.0));
    assert_eq!(reasons.space, ContributionSpace::Score);
    assert_eq!(reasons.factors.len(), 24);
    let first = &reasons.factors[0];
    assert_eq!((first.feature, first.contribution), ("high_intent_actions_30d", 15.0));
    assert_eq!(first.direction, Direction::Positive);
    assert_eq!(first.reason, "Took 3 button, list, order or product actions in 30 days");
}

#[test]
fn intervals_stay_on_the_scale_and_narrow_ones_give_confidence() {
    let mut model = lead_model();
    let score = |model: &ModelArtifact| {
        let scorer = LeadScorer::new(model).expect("fits the catalogue");
        scorer.score(&features(ModelKind::Lead, &[]), &LeadOptions::default()).score()
    };
    model.interval = Some(ConformalInterval { coverage: 0.9, lower: 50.0, upper: 10.0 });
    let wide = score(&model).expect("scored");
    assert_eq!(wide.value, 25.0);
    assert_eq!(wide.interval, Some((0.0, 35.0)));
    model.interval = Some(ConformalInterval { coverage: 0.9, lower: 5.0, upper: 5.0 });
    assert!(score(&model).expect("scored").confidence > wide.confidence);
    model.state = ModelState::Prior;
    let prior = score(&model).expect("scored");
    assert!(prior.confidence < wide.confidence && prior.warnings == [Warning::PriorModel]);
}

#[test]
fn churn_risk_and_value_at_risk_are_as_by_hand() {
    let mut model = churn_model();
    let eur = Currency::new("EUR").expect("a currency");
    model.context.as_mut().expect("a context").order = Some((eur, 200_000));
    let predictor = ChurnPredictor::new(&model).expect("fits the catalogue");
    let values = [("days_since_last_inbound", 40.0), ("revenue_365d", 3.0)];
    let risk = predictor.predict(&features(ModelKind::Churn, &values), Explain::default());
    // sigmoid(1 - 0.5) = 0.622459; 3 median orders of 20 euros.
    assert!((risk.probability - 0.622_459_331_201_854_6).abs() < 1e-15);
    assert_eq!((risk.level, risk.horizon_days), (RiskLevel::High, 90));
    assert_eq!(risk.expected_value_at_risk, Some(risk.probability * 60.0));
    let reasons = risk.reasons.expect("asked for");
    assert_eq!(reasons.space, ContributionSpace::LogOdds);
    assert_eq!(reasons.factors[0].reason, "Last wrote 40 days ago");
}

#[test]
fn objection_suppresses_lead_and_engagement() {
    let model = lead_model();
    let options = LeadOptions { consent: OBJECTED, ..LeadOptions::default() };
    let scorer = LeadScorer::new(&model).expect("fits the catalogue");
    let answer = scorer.score(&features(ModelKind::Lead, &[]), &options);
    assert_eq!(answer, Scored::Suppressed(Suppression::Objected));
    let model = engagement_model();
    let predictor = EngagementPredictor::new(&model).expect("fits the catalogue");
    let row = features(ModelKind::Engagement, &[]);
    let suppressed = Scored::Suppressed(Suppression::Objected);
    assert_eq!(predictor.predict(&row, OBJECTED, Explain::None), suppressed);
    assert!(matches!(plan(&predictor, OBJECTED), Scored::Suppressed(_)));
}

fn plan(predictor: &EngagementPredictor<'_>, consent: Consent) -> Scored<send_time::SendTimePlan> {
    let raw = EngagementRaw::extract(&ContactState::new(), TimestampMs(1_700_000_000_000));
    let slots = Slot::of_day(20_780, UtcOffsetMin(60));
    let decision_at = slots[0].send_at;
    predictor.plan(&PlanRequest {
        raw: &raw,
        message: SendCandidate::at(decision_at, UtcOffsetMin(60)),
        slots: &slots,
        rules: &SendRules::default(),
        situation: Situation { consent, ..Situation::unknown(decision_at) },
        policy: Policy::Greedy,
        seed: 0,
    })
}

#[test]
fn the_best_allowed_hour_is_chosen() {
    let model = engagement_model();
    let predictor = EngagementPredictor::new(&model).expect("fits the catalogue");
    let plan = plan(&predictor, FREE).score().expect("not suppressed");
    // -sin is greatest at 18; quiet hours are before 9 and from 20.
    let best = plan.optimal().expect("hours are allowed");
    assert_eq!((best.hour, plan.propensity), (18, 1.0));
    assert_eq!(best.send_at, Slot::of_day(20_780, UtcOffsetMin(60))[18].send_at);
    let alternatives: Vec<u8> = plan.alternatives.iter().map(|at| plan.hours[*at].hour).collect();
    assert_eq!(alternatives, [17, 19, 16]);
    assert!(plan.hours.iter().all(|h| h.lower < h.probability && h.probability < h.upper));
    assert_eq!(plan.hours[3].blocked_by, [Block::QuietHours]);
    assert!(plan.fallback_used && plan.template_required && !plan.window_open);
}

#[test]
fn advice_names_the_better_hours_and_buttons_first_what_gains_most() {
    let model = engagement_model();
    let predictor = EngagementPredictor::new(&model).expect("fits the catalogue");
    let plan = plan(&predictor, FREE).score().expect("not suppressed");
    let raw = EngagementRaw::extract(&ContactState::new(), TimestampMs(1_700_000_000_000));
    let slot = Slot::of_day(20_780, UtcOffsetMin(60))[9];
    let candidate = SendCandidate::at(slot.send_at, slot.utc_offset);
    let texts: Vec<_> = crate::recommend::send_advice(&predictor, &raw, &candidate, Some(&plan))
        .into_iter()
        .map(|advice| advice.text())
        .collect();
    let expected = [
        "Send between 17:00 and 20:00 (31 % instead of 14 %)",
        "Offer quick-reply buttons (19 % instead of 14 %)",
    ];
    assert_eq!(texts, expected);
    let buttons = SendCandidate { has_buttons: true, ..candidate };
    assert_eq!(crate::recommend::send_advice(&predictor, &raw, &buttons, None), []);
}

#[test]
fn wrong_models_are_refused() {
    let lead = lead_model();
    let wrong = ChurnPredictor::new(&lead).err();
    let kinds = ScorerError::WrongKind { expected: ModelKind::Churn, found: ModelKind::Lead };
    assert_eq!(wrong, Some(kinds));
    let mut other = lead.clone();
    other.schema.features.swap(0, 1);
    assert!(matches!(LeadScorer::new(&other), Err(ScorerError::WrongFeatures { .. })));
    let mut other = lead.clone();
    other.context = None;
    assert_eq!(LeadScorer::new(&other).err(), Some(ScorerError::NoContext));
    let mut other = lead;
    other.cutoffs = vec![1.0, 2.0, 3.0];
    assert_eq!(LeadScorer::new(&other).err(), Some(ScorerError::Cutoffs));
}

/// From 25 points, messages (+20) and actions (+30) together make 75; no single change does.
#[test]
fn a_cold_lead_is_told_what_would_make_it_hot() {
    let model = lead_model();
    let scorer = LeadScorer::new(&model).expect("fits the catalogue");
    let row = features(ModelKind::Lead, &[]);
    let WhatIf::Changes { changes, value } = scorer.what_would_reach(&row, Tier::Hot) else {
        panic!("two changes reach it")
    };
    let found: Vec<_> = changes.iter().map(|c| (c.feature, c.from, c.to)).collect();
    let expected =
        [("inbound_msgs_30d", Some(0.0), 5.0), ("high_intent_actions_30d", Some(0.0), 2.0)];
    assert_eq!((found.as_slice(), value), (&expected[..], 75.0));
    assert!(changes.iter().all(|change| !change.how.is_empty()));
    let WhatIf::Changes { changes, .. } = scorer.what_would_reach(&row, Tier::Warm) else {
        panic!("one change reaches it")
    };
    assert_eq!(changes.len(), 1);
    assert_eq!(scorer.what_would_reach(&row, Tier::Cold), WhatIf::Already);
    assert_eq!(scorer.what_would_reach(&row, Tier::Unqualified), WhatIf::Already);
}

#[test]
fn what_cannot_be_reached_is_said() {
    let mut model = lead_model();
    model.cutoffs = vec![99.0, 50.0, 25.0];
    let scorer = LeadScorer::new(&model).expect("fits the catalogue");
    let best = scorer.what_would_reach(&features(ModelKind::Lead, &[]), Tier::Hot);
    assert_eq!(best, WhatIf::NotReachable { best: 75.0 });
}

#[test]
fn a_waiting_customer_is_kept_by_resolving_the_conversation() {
    let model = churn_model();
    let predictor = ChurnPredictor::new(&model).expect("fits the catalogue");
    let values = [("days_since_last_inbound", 2.0), ("open_conversation_age_h", 40.0)];
    let row = features(ModelKind::Churn, &values);
    let WhatIf::Changes { changes, value } = predictor.what_would_lower(&row, RiskLevel::Low)
    else {
        panic!("one change is enough")
    };
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].feature, "open_conversation_age_h");
    assert!(changes[0].to < 24.0 && value < 0.25);
    assert_eq!(predictor.what_would_lower(&row, RiskLevel::Critical), WhatIf::Already);
}

/// Any model that passes its check, brought onto the catalogue of its kind.
fn any_model(kind: ModelKind, seed: u64) -> Option<ModelArtifact> {
    let mut rng = crate::testing::model::Rng(seed);
    let mut model = crate::testing::model::artifact(seed);
    let schema = schema(kind);
    model.model = if rng.below(2) == 0 {
        Model::Trees(crate::testing::model::ensemble(&mut rng, &schema, 5, 4))
    } else {
        Model::Logistic(crate::testing::model::logistic(&mut rng, &schema))
    };
    model.kind = kind;
    model.schema = schema;
    model.context = Some(FeatureContext::default());
    model.cutoffs = Cutoffs::default_of(kind).to_vec();
    model.check().is_ok().then_some(model)
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn scores_stay_in_range_and_are_never_nan(
        seed: u64,
        row in proptest::array::uniform24(proptest::num::f32::ANY),
    ) {
        let Some(model) = any_model(ModelKind::Lead, seed) else { return Ok(()) };
        let scorer = LeadScorer::new(&model).expect("fits the catalogue");
        let features = FeatureVector { values: row, clipped: seed, foreign_currency: true };
        let options = LeadOptions { previous: Some(f64::NAN), explain: Explain::Full, consent: FREE };
        let score = scorer.score(&features, &options).score().expect("scored");
        prop_assert!((0.0..=100.0).contains(&score.value));
        prop_assert!((0.0..=1.0).contains(&score.confidence));
        if let Some((low, high)) = score.interval {
            prop_assert!(0.0 <= low && low <= score.value && score.value <= high && high <= 100.0);
        }
        prop_assert_eq!(score.trend, None);
        let reasons = score.reasons.expect("asked for");
        let sum = reasons.contributions.iter().fold(reasons.base_value, |sum, c| sum + c);
        let scale = reasons.contributions.iter().fold(reasons.base_value.abs(), |m, c| m.max(c.abs()));
        prop_assert!((sum - model.predict(&row).margin).abs() <= 1e-9 * scale.max(1.0));
        prop_assert!(reasons.factors.windows(2).all(|f| f[0].contribution.abs() >= f[1].contribution.abs()));
    }

    #[test]
    fn probabilities_stay_in_range(
        seed: u64,
        row in proptest::array::uniform27(proptest::num::f32::ANY),
    ) {
        let Some(model) = any_model(ModelKind::Engagement, seed) else { return Ok(()) };
        let predictor = EngagementPredictor::new(&model).expect("fits the catalogue");
        let features = FeatureVector { values: row, clipped: 0, foreign_currency: false };
        let score = predictor.predict(&features, FREE, Explain::default()).score().expect("scored");
        prop_assert!((0.0..=1.0).contains(&score.probability));
        prop_assert!(score.lift.is_finite() && score.lift >= 0.0);
        prop_assert!((0.0..=1.0).contains(&score.baseline));
    }

    #[test]
    fn what_would_change_a_score_does_change_it(
        seed: u64,
        row in proptest::array::uniform24(0.0f32..40.0),
        tier in 1usize..4,
    ) {
        let Some(model) = any_model(ModelKind::Lead, seed) else { return Ok(()) };
        let scorer = LeadScorer::new(&model).expect("fits the catalogue");
        let features = FeatureVector { values: row, clipped: 0, foreign_currency: false };
        let floor = Tier::ALL[tier].floor(&scorer.0.cutoffs).expect("not the lowest");
        match scorer.what_would_reach(&features, Tier::ALL[tier]) {
            WhatIf::Already => prop_assert!(model.predict(&row).value >= floor),
            WhatIf::NotReachable { best } => prop_assert!(best < floor),
            WhatIf::Changes { changes, value } => {
                prop_assert!((1..=WhatIf::CHANGES_MAX).contains(&changes.len()));
                let mut changed = row;
                for change in &changes {
                    let spec = &catalogue(ModelKind::Lead)[change.index];
                    let raises = change.to > f64::from(row[change.index]);
                    let way = spec.actionable.expect("actionable").direction;
                    prop_assert_eq!(raises, way == crate::feature::Direction::Raise);
                    changed[change.index] = change.to as f32;
                }
                prop_assert_eq!(model.predict(&changed).value, value);
                prop_assert!(value >= floor);
            }
        }
    }

    #[test]
    fn what_would_raise_a_send_reaches_its_level(
        seed: u64,
        row in proptest::array::uniform27(0.0f32..40.0),
        level in 1usize..3,
    ) {
        let Some(model) = any_model(ModelKind::Engagement, seed) else { return Ok(()) };
        let predictor = EngagementPredictor::new(&model).expect("fits the catalogue");
        let features = FeatureVector { values: row, clipped: 0, foreign_currency: false };
        let level = EngagementLevel::ALL[level];
        let of = |row: &[f32; ENGAGEMENT_FEATURES]| {
            let features = FeatureVector { values: *row, clipped: 0, foreign_currency: false };
            predictor.predict(&features, FREE, Explain::None).score().expect("scored")
        };
        match predictor.what_would_reach(&features, level) {
            WhatIf::Already => prop_assert!(of(&row).level >= level),
            WhatIf::NotReachable { .. } => prop_assert!(of(&row).level < level),
            WhatIf::Changes { changes, value } => {
                let mut changed = row;
                changes.iter().for_each(|change| changed[change.index] = change.to as f32);
                let after = of(&changed);
                prop_assert_eq!(after.probability, value);
                prop_assert!(after.level >= level);
            }
        }
    }

    #[test]
    fn plans_choose_an_allowed_hour_or_none(
        seed: u64, offset in -720i16..=840, decision_h in 0i64..30,
        limited in proptest::option::of(-60i64..10), sent in proptest::option::of(-60i64..10),
        inbound in proptest::option::of(-60i64..10), sends_7d in 0u16..5,
        opted_out: bool, is_template: bool, us_number: bool, category in 0usize..4,
        policy in 0usize..3,
    ) {
        let model = engagement_model();
        let predictor = EngagementPredictor::new(&model).expect("fits the catalogue");
        let raw = EngagementRaw::extract(&ContactState::new(), TimestampMs(1_700_000_000_000));
        let slots = Slot::of_day(20_780, UtcOffsetMin(offset));
        let at = |hours: i64| slots[0].send_at.plus_ms(hours * HOUR_MS);
        let situation = Situation {
            consent: Consent { opted_out, ..FREE },
            category: MessageCategory::ALL[category],
            is_template,
            us_number,
            last_inbound_at: inbound.map(at),
            last_limited_at: limited.map(at),
            last_send_at: sent.map(at),
            sends_7d,
            ..Situation::unknown(at(decision_h))
        };
        let policies = [Policy::Greedy, Policy::Epsilon { epsilon: 0.3 }, Policy::Thompson];
        let request = PlanRequest {
            raw: &raw,
            message: SendCandidate::at(at(0), UtcOffsetMin(offset)),
            slots: &slots,
            rules: &SendRules::default(),
            situation,
            policy: policies[policy],
            seed,
        };
        let plan = predictor.plan(&request).score().expect("not suppressed");
        prop_assert_eq!(plan.hours.len(), 24);
        let allowed = plan.hours.iter().filter(|hour| hour.allowed()).count();
        prop_assert_eq!(plan.chosen.is_some(), allowed > 0);
        if let Some(best) = plan.optimal() {
            prop_assert!(best.allowed());
            prop_assert!(plan.propensity > 0.0 && plan.propensity <= 1.0);
        } else {
            prop_assert_eq!(plan.propensity, 0.0);
        }
        let marketing = situation.category == MessageCategory::Marketing;
        if marketing && (opted_out || us_number && is_template || sends_7d >= 3) {
            prop_assert_eq!(allowed, 0);
        }
        if let (true, Some(limited)) = (marketing, limited) {
            for hour in plan.hours.iter().filter(|hour| hour.allowed()) {
                prop_assert!(hour.send_at.since(at(limited)) >= 24 * HOUR_MS);
            }
        }
        let again = predictor.plan(&request).score().expect("not suppressed");
        prop_assert_eq!(plan, again);
    }
}
