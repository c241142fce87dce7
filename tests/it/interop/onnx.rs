//! ONNX-ML models: predictions as onnxruntime's; what is not supported is refused by name; no file,
//! however damaged, does harm.

use std::fs;
use std::path::Path;

use chatsignal_core::model::{Postprocessor, Rounding};
use chatsignal_core::testing::model::Rng;
use chatsignal_interop::{Format, ImportError, Imported, Options, import};
use chatsignal_tests::foreign::{Case, artifact, differences, folder, survives};
use chatsignal_tests::wire::{Field, Value, decode, encode};
use chatsignal_tests::{cases, data_dir};

const NAMES: [&str; 14] = [
    "onnx_rf_clf",
    "onnx_rf_clf3",
    "onnx_rf_reg",
    "onnx_gb_clf",
    "onnx_gb_clf3",
    "onnx_logistic",
    "onnx_logistic3",
    "onnx_linear",
    "onnx_lgb_binary",
    "onnx_lgb_multi",
    "onnx_lgb_reg",
    "onnx_made_mean",
    "onnx_made_sum",
    "onnx_made_classes",
];

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(format!("{name}.onnx"))).expect(name)
}

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    import(bytes, &Options { format: Some(Format::Onnx), ..Options::default() })
}

/// onnxruntime calculates in f32.
fn holds(folder: &Path, name: &str) {
    let imported = import(&bytes(folder, name), &Options::default()).expect(name);
    let [_, prediction, _] = differences(&Case::load(folder, name), &artifact(imported));
    println!("{name}: prediction {prediction:.1e}");
    assert!(prediction <= 1e-6, "{name}");
}

#[test]
fn says_what_onnxruntime_says() {
    for name in NAMES {
        holds(&folder(), name);
    }
}

/// A forest as skl2onnx wrote it, against scikit-learn. skl2onnx left out where NaN goes, so that
/// onnxruntime, too, answers otherwise on rows with NaN.
#[test]
fn says_what_scikit_learn_says_of_whole_rows() {
    let Some(dir) = data_dir("says_what_scikit_learn_says_of_whole_rows") else { return };
    let dir = dir.join("golden");
    let model = artifact(read(&bytes(&dir, "skl_rf_clf")).unwrap());
    let case = Case::load(&dir, "skl_rf_clf");
    let expected = case.table("pred").unwrap();
    let mut whole = 0;
    for (row, expected) in case.rows(Rounding::Nearest).iter().zip(expected) {
        if !row.iter().any(|x| x.is_nan()) {
            assert!((model.predict(row).value - expected[0]).abs() <= 1e-6);
            whole += 1;
        }
    }
    assert!(whole > 100);
}

#[test]
fn links_and_names_come_from_the_file() {
    let model = |name| read(&bytes(&folder(), name)).expect(name);
    let binary = model("onnx_gb_clf");
    assert_eq!(binary.version.as_deref(), Some("skl2onnx 1.20.0"));
    assert_eq!(binary.postprocessor, Postprocessor::Sigmoid);
    assert!(binary.outputs.is_single() && binary.notes[0].contains("second of the classes"));
    assert!(binary.notes[1].contains("equally"), "{:?}", binary.notes);
    let classes = model("onnx_made_classes");
    assert_eq!(classes.outputs.names, ["low", "mid", "top"]);
    assert_eq!(classes.postprocessor, Postprocessor::Softmax);
    assert_eq!(model("onnx_made_mean").outputs.names, ["0", "1"]);
}

/// The file with every text or name `from` replaced.
fn edited(name: &str, from: &str, to: &str) -> Vec<u8> {
    fn replace(fields: &mut [Field], from: &str, to: &str) -> usize {
        let mut count = 0;
        for field in fields {
            match &mut field.value {
                Value::Bytes(bytes) if bytes == from.as_bytes() => {
                    *bytes = to.as_bytes().to_vec();
                    count += 1;
                }
                Value::Message(fields) => count += replace(fields, from, to),
                _ => {}
            }
        }
        count
    }
    let mut fields = decode(&bytes(&folder(), name));
    assert!(replace(&mut fields, from, to) > 0, "{name} holds no {from}");
    encode(&fields)
}

#[test]
fn files_survive_the_editor() {
    for name in NAMES {
        let bytes = bytes(&folder(), name);
        assert_eq!(encode(&decode(&bytes)), bytes, "{name}");
    }
}

#[test]
fn what_is_not_supported_is_named() {
    for (name, from, to, field) in [
        ("onnx_rf_clf", "TreeEnsembleClassifier", "SVMClassifier", "op_type"),
        ("onnx_logistic", "", "com.example", "domain"),
        ("onnx_rf_clf", "NONE", "PROBIT", "post_transform"),
        ("onnx_rf_reg", "NONE", "LOGISTIC", "post_transform"),
        ("onnx_gb_clf3", "SOFTMAX", "SOFTMAX_ZERO", "post_transform"),
        ("onnx_gb_clf", "LOGISTIC", "SOFTMAX", "post_transform"),
        ("onnx_rf_clf", "BRANCH_LEQ", "BRANCH_EQ", "nodes_modes"),
        ("onnx_made_mean", "AVERAGE", "MIN", "aggregate_function"),
        ("onnx_logistic3", "L1", "L2", "Normalizer.norm"),
        ("onnx_logistic3", "SOFTMAX", "LOGISTIC", "Normalizer"),
        ("onnx_logistic", "Scaler", "Binarizer", "op_type"),
        ("onnx_rf_clf", "nodes_hitrates", "nodes_new", "TreeEnsembleClassifier.nodes_new"),
    ] {
        let error = read(&edited(name, from, to)).unwrap_err();
        assert!(
            matches!(&error, ImportError::Unsupported { field: f, .. } if f == field),
            "{error}"
        );
    }
}

/// Where no leaf of a row names the second class, onnxruntime takes the weights of the first.
#[test]
fn two_classes_that_share_the_leaves_are_refused() {
    fn share(fields: &mut [Field]) {
        let is_name =
            |field: &Field| matches!(&field.value, Value::Bytes(text) if text == b"class_ids");
        if fields.iter().any(is_name) {
            let ids = fields.iter_mut().filter(|field| field.number == 8);
            ids.zip(0..).for_each(|(id, number)| id.value = Value::Varint(number % 2));
            return;
        }
        for field in fields {
            if let Value::Message(inner) = &mut field.value {
                share(inner);
            }
        }
    }
    let mut fields = decode(&bytes(&folder(), "onnx_rf_clf"));
    share(&mut fields);
    let error = read(&encode(&fields)).unwrap_err();
    assert!(error.to_string().starts_with("class_weights: two classes whose leaves"), "{error}");
}

#[test]
fn faults_have_their_place() {
    for (name, from, to, place) in [
        ("onnx_rf_clf", "nodes_values", "base_values", "TreeEnsembleClassifier"),
        ("onnx_gb_clf", "class_ids", "class_weights", "TreeEnsembleClassifier"),
        (
            "onnx_rf_clf",
            "LEAF",
            "BRANCH_LT",
            "nodes_nodeids of tree 0, node 0: every node has a parent",
        ),
    ] {
        let error = read(&edited(name, from, to)).unwrap_err().to_string();
        assert!(error.contains(place), "{error}");
    }
    let whole = bytes(&folder(), "onnx_rf_clf");
    for cut in (0..whole.len()).step_by(5) {
        // The last fields are versions of operators; those of ai.onnx.ml alone matter.
        assert!(read(&whole[..cut]).is_err() || cut + 24 > whole.len(), "{cut}");
    }
}

/// A width that the file only says must not become so many columns.
#[test]
fn a_row_has_no_more_columns_than_a_model_may_read() {
    /// Field numbers from a model to the size of the second dimension of its input.
    const WIDTH: [u64; 7] = [7, 11, 2, 1, 2, 1, 1];
    fn widen(fields: &mut [Field], path: &[u64], width: u64) {
        let Some((number, rest)) = path.split_first() else { return };
        for field in fields.iter_mut().filter(|field| field.number == *number) {
            match &mut field.value {
                Value::Message(inner) => widen(inner, rest, width),
                Value::Varint(size) => *size = width,
                _ => {}
            }
        }
    }
    let options = Options { format: Some(Format::Onnx), ..Options::default() };
    for width in [4_097, 1 << 26, 1 << 40, i64::MAX as u64] {
        let mut fields = decode(&bytes(&folder(), "onnx_rf_clf"));
        widen(&mut fields, &WIDTH, width);
        let file = encode(&fields);
        assert!(!survives(&file, &options), "{width}");
        let error = read(&file).unwrap_err().to_string();
        assert!(error.contains("graph.input") && error.contains("4096"), "{error}");
    }
}

const HOSTILE: [u64; 10] = [0, 1, 2, 3, 64, 4_096, 1 << 20, u32::MAX as u64, 1 << 63, u64::MAX];

/// One field changed, removed, repeated or moved; or a byte damaged, or the end lost.
fn mutant(rng: &mut Rng, whole: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let at = rng.below(bytes.len());
    match rng.below(10) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << rng.below(8),
        _ => {
            let mut fields = decode(whole);
            damage(rng, &mut fields);
            bytes = encode(&fields);
        }
    }
    bytes
}

fn damage(rng: &mut Rng, fields: &mut Vec<Field>) {
    if fields.is_empty() {
        return;
    }
    let (at, other) = (rng.below(fields.len()), rng.below(fields.len()));
    match (rng.below(12), &mut fields[at].value) {
        (0, _) => drop(fields.remove(at)),
        (1, _) => {
            let copy = fields[at].clone();
            fields.insert(other, copy);
        }
        (2, _) => fields.swap(at, other),
        (_, Value::Message(inner)) => damage(rng, inner),
        (_, Value::Varint(value)) => *value = HOSTILE[rng.below(HOSTILE.len())],
        (_, Value::Fixed32(bits)) => {
            *bits =
                [0x7fc0_0000, 0x7f80_0000, 0xff80_0000, 0, 0x8000_0001, 0x7f7f_ffff][rng.below(6)];
        }
        (_, Value::Fixed64(bits)) => *bits = 0,
        (_, Value::Bytes(bytes)) => {
            let texts: [&[u8]; 7] =
                [b"", b"LEAF", b"BRANCH_GT", b"LOGISTIC", b"SOFTMAX", b"AVERAGE", b"\xff"];
            *bytes = texts[rng.below(texts.len())].to_vec();
        }
    }
}

#[test]
fn damaged_files_do_no_harm() {
    let options = Options { format: Some(Format::Onnx), ..Options::default() };
    let files: Vec<Vec<u8>> = NAMES.iter().map(|name| bytes(&folder(), name)).collect();
    for file in &files {
        assert!(survives(file, &options));
    }
    let rng = &mut Rng(59);
    let count = cases(1_000);
    let mut accepted = 0;
    for _ in 0..count {
        let file = &files[rng.below(files.len())];
        accepted += u32::from(survives(&mutant(rng, file), &options));
    }
    println!("{accepted} of {count} damaged files were still models");
}

/// Files that are much in memory for their length.
#[test]
fn memory_is_bounded_by_the_file() {
    let options = Options { format: Some(Format::Onnx), ..Options::default() };
    let packed = |values: &dyn Fn(usize) -> u64, n: usize| {
        let mut list = Vec::new();
        (0..n).for_each(|i| chatsignal_tests::wire::varint(values(i), &mut list));
        Value::Bytes(list)
    };
    let floats = |n: usize| Value::Bytes([0, 0, 128, 63].repeat(n));
    let attribute = |name: &str, number: u64, value: Value| Field {
        number: 5,
        value: Value::Message(vec![
            Field { number: 1, value: Value::Bytes(name.as_bytes().to_vec()) },
            Field { number, value },
        ]),
    };
    let text = |number, text: &str| Field { number, value: Value::Bytes(text.as_bytes().to_vec()) };
    // `nodes` nodes of `trees` trees; the weights name as many classes as there are leaves.
    let model = |nodes: usize, single: bool, classes: u64| {
        let leaf = |i: usize| single || 2 * i + 2 >= nodes;
        let child = |i: usize, side: usize| if leaf(i) { 0 } else { (2 * i + side) as u64 };
        let leaves: Vec<usize> = (0..nodes).filter(|&i| leaf(i)).collect();
        let tree = |i: usize| if single { i as u64 } else { 0 };
        let id = |i: usize| if single { 0 } else { i as u64 };
        let mut modes = vec![Field { number: 1, value: Value::Bytes(b"nodes_modes".to_vec()) }];
        modes.extend((0..nodes).map(|i| text(9, if leaf(i) { "LEAF" } else { "BRANCH_LT" })));
        let node = vec![
            text(1, "x"),
            text(2, "y"),
            text(4, "TreeEnsembleRegressor"),
            text(7, "ai.onnx.ml"),
            attribute("n_targets", 3, Value::Varint(classes)),
            attribute("nodes_treeids", 8, packed(&tree, nodes)),
            attribute("nodes_nodeids", 8, packed(&id, nodes)),
            attribute("nodes_featureids", 8, packed(&|_| 0, nodes)),
            attribute("nodes_truenodeids", 8, packed(&|i| child(i, 1), nodes)),
            attribute("nodes_falsenodeids", 8, packed(&|i| child(i, 2), nodes)),
            attribute("nodes_values", 7, floats(nodes)),
            Field { number: 5, value: Value::Message(modes) },
            attribute("target_treeids", 8, packed(&|i| tree(leaves[i]), leaves.len())),
            attribute("target_nodeids", 8, packed(&|i| id(leaves[i]), leaves.len())),
            attribute("target_ids", 8, packed(&|i| i as u64 % classes, leaves.len())),
            attribute("target_weights", 7, floats(leaves.len())),
        ];
        let tensor = Value::Message(vec![Field {
            number: 1,
            value: Value::Message(vec![Field { number: 1, value: Value::Varint(1) }]),
        }]);
        let input = vec![text(1, "x"), Field { number: 2, value: tensor }];
        let opset = vec![text(1, "ai.onnx.ml")];
        let graph = vec![
            Field { number: 1, value: Value::Message(node) },
            Field { number: 11, value: Value::Message(input) },
        ];
        encode(&[
            Field { number: 1, value: Value::Varint(8) },
            Field { number: 7, value: Value::Message(graph) },
            Field { number: 8, value: Value::Message(opset) },
        ])
    };
    assert!(survives(&model((1 << 17) - 1, false, 1), &options));
    assert!(!survives(&model((1 << 15) - 1, false, 1_000), &options), "refused, not expanded");
    assert!(survives(&model(1_000, true, 1), &options));
    survives(&model(10_000, true, 1), &options);
}
