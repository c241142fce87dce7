//! Round trips, and files that were tampered with.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::header::{CHECKSUM_BYTES, HEADER_BYTES};
use super::*;
use crate::model::{Accumulation, Dialect, Rounding};
use crate::testing::cases;
use crate::testing::model::{Rng, artifact, row};

/// Start of the section of the schema: header, then the section of training (its length and 20
/// bytes).
const SCHEMA: usize = HEADER_BYTES + 24;

/// Puts the right length, fingerprint and checksum on tampered bytes, so that what is behind them
/// is reached.
fn fix(bytes: &mut [u8]) {
    let section = bytes.get(SCHEMA..SCHEMA + 4).and_then(|b| b.try_into().ok());
    let length = section.map_or(0, u32::from_le_bytes) as usize;
    if let Some(schema) = bytes.get(SCHEMA + 4..SCHEMA + 4 + length) {
        let fingerprint = header::checksum(schema);
        bytes[16..24].copy_from_slice(&fingerprint.to_le_bytes());
    }
    fix_checksum(bytes);
}

/// Puts the right length and checksum on tampered bytes.
fn fix_checksum(bytes: &mut [u8]) {
    let body = bytes.len() - CHECKSUM_BYTES;
    bytes[12..16].copy_from_slice(&((body + CHECKSUM_BYTES) as u32).to_le_bytes());
    let sum = header::checksum(&bytes[..body]);
    bytes[body..].copy_from_slice(&sum.to_le_bytes());
}

/// Numbers that break programs.
const AWKWARD: [u64; 10] = [
    0,
    1,
    u32::MAX as u64,
    u64::MAX,
    1 << 31,
    1 << 20,
    0x7ff8_0000_0000_0000, // NaN
    0x7ff0_0000_0000_0000, // infinity
    0xfff0_0000_0000_0000, // -infinity
    0x8000_0000_0000_0000, // -0.0
];

/// One of ten kinds of damage.
fn tamper(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let operator = rng.below(10);
    let at = HEADER_BYTES + rng.below(bytes.len() - HEADER_BYTES);
    match operator {
        0 => bytes[at] ^= 1 << rng.below(8),
        1 => bytes.truncate(at.max(HEADER_BYTES + CHECKSUM_BYTES)),
        2 => {
            bytes.remove(at);
        }
        3 => bytes.insert(at, rng.next() as u8),
        4 => bytes[at] = rng.next() as u8,
        5..=7 => {
            // A whole field, 1 to 8 bytes wide.
            let width = [1, 2, 4, 8][rng.below(4)];
            let value = AWKWARD[rng.below(AWKWARD.len())].to_le_bytes();
            for (to, from) in bytes[at..].iter_mut().zip(&value[..width]) {
                *to = *from;
            }
        }
        8 => {
            // A field becomes that of another place: wrong children, features, counts.
            let from = HEADER_BYTES + rng.below(bytes.len() - HEADER_BYTES);
            let width = (1 + rng.below(8)).min(bytes.len() - at.max(from));
            bytes.copy_within(from..from + width, at);
        }
        _ => {
            bytes[8 + rng.below(HEADER_BYTES - 8)] = rng.next() as u8;
        }
    }
}

/// A model that was read can be scored and explained on any row.
fn score(artifact: &ModelArtifact, rng: &mut Rng) {
    let explainers = artifact.explainers();
    assert_eq!(explainers.len(), artifact.outputs.further.len() + 1);
    let mut rows: Vec<Vec<f32>> = (0..3).map(|_| row(rng, &artifact.schema)).collect();
    rows.push(Vec::new());
    for row in rows {
        let prediction = artifact.predict(&row);
        assert!(!prediction.value.is_nan() && !prediction.margin.is_nan());
        match artifact.kind {
            ModelKind::Lead => assert!((0.0..=100.0).contains(&prediction.value)),
            ModelKind::Custom => {}
            _ => assert!((0.0..=1.0).contains(&prediction.value)),
        }
        for (explainer, model) in explainers.iter().zip(artifact.output_models()) {
            let explanation = explainer.explain(&row);
            assert_eq!(explanation.contributions.len(), artifact.schema.len());
            assert!(!explanation.margin().is_nan() && explainer.n_features() == model.n_features());
        }
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn decode_inverts_encode(seed: u64) {
        let artifact = artifact(seed);
        prop_assert_eq!(artifact.check(), Ok(()));
        let bytes = artifact.encode();
        let read = ModelArtifact::decode(&bytes);
        prop_assert_eq!(read.as_ref(), Ok(&artifact));
        prop_assert_eq!(artifact.fingerprint(), header::checksum(&bytes));
        score(&artifact, &mut Rng(seed));
    }

    #[test]
    fn damage_without_a_new_checksum_is_refused(seed: u64) {
        let good = artifact(seed % 64).encode();
        let mut bytes = good.clone();
        tamper(&mut Rng(seed), &mut bytes);
        prop_assert!(bytes == good || ModelArtifact::decode(&bytes).is_err());
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    /// Either refused by name, or a sound model that writes the very same bytes.
    #[test]
    fn a_mutant_is_refused_or_sound(seed: u64) {
        let rng = &mut Rng(seed);
        let mut bytes = artifact(seed % 256).encode();
        for _ in 0..=rng.below(2) {
            tamper(rng, &mut bytes);
        }
        fix(&mut bytes);
        if let Ok(artifact) = ModelArtifact::decode(&bytes) {
            prop_assert_eq!(artifact.encode(), bytes);
            score(&artifact, rng);
        }
    }
}

#[test]
fn refusals_name_their_reason() {
    let good = artifact(1).encode();
    let decode = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        ModelArtifact::decode(&bytes).map(|a| a.kind)
    };
    assert_eq!(decode(&|b| b.clear()), Err(ArtifactError::NotAModel));
    assert_eq!(decode(&|b| b[0] = 0x09), Err(ArtifactError::NotAModel));
    assert_eq!(decode(&|b| b[8] = 9), Err(ArtifactError::UnsupportedVersion { found: 9 }));
    let found = good.len() - 1;
    let declared = good.len() as u32;
    assert_eq!(decode(&|b| b.truncate(found)), Err(ArtifactError::WrongLength { declared, found }));
    assert!(matches!(decode(&|b| b[40] ^= 1), Err(ArtifactError::Checksum { .. })));
    assert!(matches!(
        decode(&|b| {
            b[16] ^= 1;
            fix_checksum(b);
        }),
        Err(ArtifactError::Fingerprint { .. })
    ));
}

#[test]
fn rules_between_the_parts_are_checked() {
    let sound = (0..).map(artifact).find(|a| a.kind == ModelKind::Churn).unwrap();
    let field = |change: &dyn Fn(&mut ModelArtifact)| {
        let mut artifact = sound.clone();
        change(&mut artifact);
        let refused = ModelArtifact::decode(&artifact.encode());
        let checked = artifact.check().map_err(ArtifactError::Rule);
        assert_eq!(refused.map(|_| ()), checked);
        artifact.check().map_err(|error| error.field)
    };
    assert_eq!(field(&|_| {}), Ok(()));
    assert_eq!(field(&|a| a.postprocessor = Postprocessor::Exponential), Err("postprocessor"));
    assert_eq!(field(&|a| a.context = None), Err("context"));
    assert_eq!(field(&|a| a.cutoffs = [0.5, 0.75, 0.25].into()), Err("cutoffs"));
    assert_eq!(field(&|a| a.cutoffs = [0.5].into()), Err("cutoffs"));
    assert_eq!(field(&|a| a.trained_through = TimestampMs(-1)), Err("trained_through"));
    assert_eq!(field(&|a| a.horizon_days = 4_000), Err("horizon_days"));
    assert_eq!(field(&|a| a.kind = ModelKind::Custom), Err("context"));
    let interval = ConformalInterval { coverage: 1.0, lower: 0.0, upper: 0.0 };
    assert_eq!(field(&|a| a.interval = Some(interval)), Err("interval.coverage"));
    let interval = ConformalInterval { coverage: 0.9, lower: -1.0, upper: 0.0 };
    assert_eq!(field(&|a| a.interval = Some(interval)), Err("interval.lower"));
}

#[test]
fn how_rows_are_rounded_is_kept_and_is_one_for_all_outputs() {
    let several = |a: &ModelArtifact| matches!(a.model, Model::Trees(_)) && !a.outputs.is_single();
    let mut model = (0..).map(artifact).find(several).unwrap();
    assert_eq!(model.rounding(), Rounding::Nearest);
    let round_down = |model: &mut Model| {
        if let Model::Trees(trees) = model {
            trees.dialect.rounding = Rounding::Down;
        }
    };
    round_down(&mut model.model);
    assert_eq!(model.check().map_err(|error| error.field), Err("rounding"));
    model.outputs.further.iter_mut().for_each(round_down);
    for accumulation in [Accumulation::F64, Accumulation::F32] {
        if let Model::Trees(trees) = &mut model.model {
            // No leaf stands in the way of a sum in f32.
            trees.trees.clear();
            trees.base_score = 0.0;
            trees.aggregation = crate::model::Aggregation::Sum;
            trees.dialect.accumulation = accumulation;
        }
        let read = ModelArtifact::decode(&model.encode());
        assert_eq!(read.as_ref(), Ok(&model));
        assert_eq!(read.map(|model| model.rounding()), Ok(Rounding::Down));
    }
    // A model of the catalogue's features has them as f32.
    let mut churn = (0..).map(artifact).find(|a| a.kind == ModelKind::Churn).unwrap();
    churn.model = Model::Trees(crate::testing::model::ensemble(&mut Rng(1), &churn.schema, 2, 2));
    assert_eq!(churn.check(), Ok(()));
    round_down(&mut churn.model);
    assert_eq!(churn.check().map_err(|error| error.field), Err("rounding"));
    // A reader refuses flags that it does not know.
    let mut bytes = model.encode();
    let schema = u32::from_le_bytes(bytes[SCHEMA..SCHEMA + 4].try_into().unwrap()) as usize;
    let flags = SCHEMA + 4 + schema + 4 + 1;
    assert_eq!(bytes[flags], 3);
    bytes[flags] = 4;
    fix_checksum(&mut bytes);
    assert!(matches!(ModelArtifact::decode(&bytes), Err(ArtifactError::Wire(_))));
}

#[test]
fn a_lead_score_is_a_hundred_times_the_calibrated_share() {
    use crate::model::{Aggregation, Tree, TreeEnsemble};
    let mut lead = (0..).map(artifact).find(|a| a.kind == ModelKind::Lead).unwrap();
    let mut tree = Tree::default();
    tree.push_leaf(40.0, 1.0);
    lead.model = Model::Trees(TreeEnsemble {
        trees: [tree].into(),
        base_score: 10.0,
        aggregation: Aggregation::Sum,
        n_features: lead.schema.len(),
        dialect: Dialect::default(),
    });
    lead.calibration = Calibration::Isotonic { x: [0.0, 1.0].into(), y: [0.2, 0.4].into() };
    let prediction = lead.predict(&[]);
    assert_eq!((prediction.margin, prediction.raw), (50.0, 50.0));
    assert!((prediction.value - 30.0).abs() < 1e-12);
    lead.postprocessor = Postprocessor::Sigmoid;
    lead.calibration = Calibration::None;
    assert_eq!(lead.check(), Ok(()));
    assert_eq!(lead.predict(&[]).value, 100.0 * lead.predict(&[]).raw);
}
