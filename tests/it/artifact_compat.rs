//! Model files: those of earlier versions are read with equal scores, and reading one never takes
//! more memory than it may.

use std::fs;
use std::path::{Path, PathBuf};

use chatsignal_core::artifact::{ArtifactError, ModelArtifact, ModelKind};
use chatsignal_core::explain::contributions;
use chatsignal_core::feature::schema as catalogue_schema;
use chatsignal_core::model::{Dialect, FeatureKind, FeatureMeta, Model, TreeEnsemble};
use chatsignal_core::testing::model::{Rng, artifact, ensemble, logistic, row, schema};
use chatsignal_tests::peak::peak_of;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/artifacts/v1")
}

/// The bits of a number, so that a file holds it exactly, NaN and -0.0 included.
fn bits(number: f64) -> String {
    format!("{:016x}", number.to_bits())
}

/// What a model says of a row.
fn expected(artifact: &ModelArtifact, row: &[f32]) -> Value {
    let prediction = artifact.predict(row);
    let explanation = contributions(&artifact.model, row);
    json!({
        "row": row.iter().map(|x| format!("{:08x}", x.to_bits())).collect::<Vec<_>>(),
        "margin": bits(prediction.margin),
        "raw": bits(prediction.raw),
        "value": bits(prediction.value),
        "base_value": bits(explanation.base_value),
        "contributions": explanation.contributions.into_iter().map(bits).collect::<Vec<_>>(),
    })
}

/// One small model of each kind, on the features of its catalogue.
fn goldens() -> Vec<(&'static str, ModelArtifact)> {
    let of_kind = |kind: ModelKind| (0..).map(artifact).find(|a| a.kind == kind).unwrap();
    let rng = &mut Rng(2026);
    let mut lead = of_kind(ModelKind::Lead);
    lead.schema = catalogue_schema(ModelKind::Lead);
    lead.model = Model::Trees(ensemble(rng, &lead.schema, 4, 4));
    let mut churn = of_kind(ModelKind::Churn);
    churn.schema = catalogue_schema(ModelKind::Churn);
    churn.model = Model::Trees(ensemble(rng, &churn.schema, 3, 5));
    let mut engagement = of_kind(ModelKind::Engagement);
    engagement.schema = catalogue_schema(ModelKind::Engagement);
    engagement.model = Model::Logistic(logistic(rng, &engagement.schema));
    let mut custom = of_kind(ModelKind::Custom);
    custom.schema = schema(rng, 6);
    custom.model = Model::Trees(ensemble(rng, &custom.schema, 3, 4));
    vec![("lead", lead), ("churn", churn), ("engagement", engagement), ("custom", custom)]
}

/// Writes the files of a new format. Those that are there are never touched.
#[test]
#[ignore = "writes golden files"]
fn write_goldens() {
    for (name, artifact) in goldens() {
        let path = folder().join(format!("{name}.csm"));
        assert!(!path.exists(), "{} is never edited", path.display());
        assert_eq!(artifact.check(), Ok(()));
        let rng = &mut Rng(1);
        let rows: Vec<_> =
            (0..20).map(|_| expected(&artifact, &row(rng, &artifact.schema))).collect();
        let record = json!({
            "source": "chatsignal 0.1.0, format 1",
            "command": "cargo test -p chatsignal-tests --test it -- --ignored write_goldens",
            "tolerance": "none: the bits of every number, in hexadecimal",
            "expected": rows,
        });
        fs::create_dir_all(folder()).unwrap();
        fs::write(&path, artifact.encode()).unwrap();
        fs::write(path.with_extension("json"), format!("{record}\n")).unwrap();
    }
}

/// Numbers from their bits.
fn numbers(record: &Value) -> Vec<f64> {
    let number = |v: &Value| f64::from_bits(u64::from_str_radix(v.as_str().unwrap(), 16).unwrap());
    record.as_array().unwrap().iter().map(number).collect()
}

/// Scores to the bit. Contributions to 1e-9: the order of their sums is no part of the format.
#[test]
fn files_of_format_1_are_read_with_equal_scores() {
    for name in ["lead", "churn", "engagement", "custom"] {
        let path = folder().join(format!("{name}.csm"));
        let bytes = fs::read(&path).unwrap();
        let artifact = ModelArtifact::decode(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(artifact.encode(), bytes, "{name}");
        let record = fs::read_to_string(path.with_extension("json")).unwrap();
        let record: Value = serde_json::from_str(&record).unwrap();
        let rows = record["expected"].as_array().unwrap();
        assert_eq!(rows.len(), 20);
        for expectation in rows {
            let row = expectation["row"]
                .as_array()
                .unwrap()
                .iter()
                .map(|x| f32::from_bits(u32::from_str_radix(x.as_str().unwrap(), 16).unwrap()));
            let mut ours = expected(&artifact, &row.collect::<Vec<_>>());
            let mut theirs = expectation.clone();
            let contributions = |record: &mut Value| numbers(&record["contributions"].take());
            let pairs = contributions(&mut ours).into_iter().zip(contributions(&mut theirs));
            assert!(pairs.len() == artifact.schema.len());
            pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{name}: {a} for {b}"));
            assert_eq!(ours, theirs, "{name}");
        }
    }
}

/// Invariant 3: an artifact names its features. A change of a catalogue's names or order makes the
/// models of before unusable, and must be meant.
#[test]
fn catalogues_have_the_schemas_of_the_golden_models() {
    for kind in ModelKind::TRAINED {
        let bytes = fs::read(folder().join(format!("{}.csm", kind.as_str()))).unwrap();
        let artifact = ModelArtifact::decode(&bytes).unwrap();
        assert_eq!(artifact.schema.fingerprint(), catalogue_schema(kind).fingerprint());
    }
}

/// At most 8 times the file plus 1 MiB.
fn assert_bounded(bytes: &[u8]) -> Result<ModelArtifact, ArtifactError> {
    let (read, peak) = peak_of(|| ModelArtifact::decode(bytes));
    let allowed = 8 * bytes.len() + (1 << 20);
    assert!(peak <= allowed, "{peak} bytes held for a file of {}", bytes.len());
    read
}

#[test]
fn reading_holds_little_memory() {
    let base = (0..).map(artifact).find(|a| a.kind == ModelKind::Custom).unwrap();
    let leaf = {
        let mut tree = chatsignal_core::model::Tree::default();
        tree.push_leaf(1.0, 1.0);
        tree
    };
    let ensemble = TreeEnsemble {
        trees: vec![leaf; 10_000],
        base_score: 0.0,
        aggregation: chatsignal_core::model::Aggregation::Sum,
        n_features: 1,
        dialect: Dialect::default(),
    };
    let category = |j: usize| FeatureMeta {
        name: format!("f{j}"),
        kind: FeatureKind::Categorical { categories: (0..200).map(|c| c.to_string()).collect() },
    };
    let mut categorical = base.clone();
    categorical.schema.features = (0..512).map(category).collect();
    categorical.model = Model::Trees(TreeEnsemble { n_features: 512, ..ensemble.clone() });
    let mut tiny_trees = base.clone();
    tiny_trees.schema.features.truncate(1);
    tiny_trees.model = Model::Trees(ensemble);
    for artifact in [&base, &categorical, &tiny_trees] {
        assert_eq!(assert_bounded(&artifact.encode()).as_ref(), Ok(artifact));
    }
}

#[test]
fn reading_what_lies_about_its_size_holds_little_memory() {
    let good = (0..64).map(|seed| artifact(seed).encode()).max_by_key(Vec::len).unwrap();
    for at in (24..good.len() - 12).step_by(5) {
        for lie in [u32::MAX, 1 << 31, 1 << 20, 10_000, 4_096] {
            let mut bytes = good.clone();
            bytes[at..at + 4].copy_from_slice(&lie.to_le_bytes());
            let body = bytes.len() - 8;
            let sum = xxhash_rust::xxh64::xxh64(&bytes[..body], 0);
            bytes[body..].copy_from_slice(&sum.to_le_bytes());
            let _ = assert_bounded(&bytes);
        }
    }
}
