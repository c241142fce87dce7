//! scikit-learn's models, as the dump script writes them: equal predictions; what is not supported
//! is refused by name; no document, however damaged, does harm.

use std::fs;
use std::path::Path;
use std::process::Command;

use chatsignal_core::model::{Calibration, FeatureKind, Model, Postprocessor, Rounding};
use chatsignal_core::testing::model::Rng;
use chatsignal_interop::{Format, ImportError, Imported, Options, TreeChoice, import};
use chatsignal_tests::foreign::{Case, artifact, damaged_json, differences, folder, survives};
use chatsignal_tests::{cases, data_dir};
use serde_json::{Value, json};

use super::python;

const NAMES: [&str; 18] = [
    "skl_rf_clf",
    "skl_rf_reg",
    "skl_et_clf3",
    "skl_tree_clf3",
    "skl_gb_clf",
    "skl_gb_exp",
    "skl_gb_clf3",
    "skl_gb_reg",
    "skl_hist_clf",
    "skl_hist_clf3",
    "skl_hist_poisson",
    "skl_hist_categorical",
    "skl_logistic",
    "skl_logistic3",
    "skl_platt_rf",
    "skl_isotonic_gb",
    "skl_isotonic",
    "skl_hist_f64",
];

fn text(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).expect(file)
}

fn document(name: &str) -> Value {
    serde_json::from_str(&text(&folder(), &format!("{name}.skl.json"))).expect(name)
}

fn read(document: &Value) -> Result<Imported, ImportError> {
    let options = Options { format: Some(Format::Sklearn), ..Options::default() };
    import(document.to_string().as_bytes(), &options)
}

fn holds(case: &Case, imported: Imported, name: &str, tolerance: f64) {
    let [margin, prediction, _] = differences(case, &artifact(imported));
    println!("{name}: margin {margin:.1e}, prediction {prediction:.1e}");
    assert!(margin <= tolerance && prediction <= tolerance, "{name}");
}

#[test]
fn says_what_scikit_learn_says() {
    for name in NAMES {
        let bytes = text(&folder(), &format!("{name}.skl.json"));
        let imported = import(bytes.as_bytes(), &Options::default()).expect(name);
        assert_eq!(imported.version.as_deref(), Some("1.9.1"));
        holds(&Case::load(&folder(), name), imported, name, 1e-12);
    }
}

#[test]
fn only_what_compares_in_f64_rounds_down() {
    for name in NAMES {
        let model = artifact(read(&document(name)).expect(name));
        let down = name.starts_with("skl_hist");
        assert_eq!(model.rounding() == Rounding::Down, down, "{name}");
    }
    // Rows rounded to the nearest f32 go the wrong way where they tie with a threshold.
    let case = Case::load(&folder(), "skl_hist_f64");
    let mut model = artifact(read(&document("skl_hist_f64")).unwrap());
    let Model::Trees(trees) = &mut model.model else { panic!("no trees") };
    trees.dialect.rounding = Rounding::Nearest;
    assert!(differences(&case, &model)[1] > 1e-3);
    // One that needs more than f32 is told.
    let mut large = document("skl_hist_f64");
    for threshold in large["trees"][0]["threshold"].as_array_mut().unwrap() {
        *threshold = json!(threshold.as_f64().unwrap() / 1e3 + 1.7e9);
    }
    let notes = read(&large).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("closer together than f32")), "{notes:?}");
}

#[test]
fn says_what_older_dumps_say() {
    let Some(dir) = data_dir("says_what_older_dumps_say") else { return };
    let dir = dir.join("golden");
    for (name, file) in
        [("skl_rf_clf", "skl_rf_clf.trees.json"), ("skl_logistic", "skl_logistic.json")]
    {
        let imported = import(text(&dir, file).as_bytes(), &Options::default()).expect(name);
        holds(&Case::load(&dir, name), imported, name, 1e-12);
    }
    let case = Case::load(&dir, "isotonic");
    let points = |key| case.table(key).unwrap().into_iter().flatten().collect::<Vec<f64>>();
    let curve = json!({"format": "isotonic", "x": points("x_knots"), "y": points("y_knots")});
    // The rows of this case are numbers of f64, ours of f32.
    holds(&case, read(&curve).unwrap(), "isotonic", 1e-6);
}

#[test]
fn links_and_names_come_from_the_document() {
    let forest = read(&document("skl_rf_clf")).unwrap();
    assert_eq!(forest.postprocessor, Postprocessor::ClipUnit);
    assert!(forest.outputs.is_single() && !forest.named);
    assert!(forest.notes[0].contains("second of the classes"), "{:?}", forest.notes);
    let words = read(&document("skl_tree_clf3")).unwrap();
    assert_eq!(words.outputs.names, ["low", "mid", "top"]);
    let exponential = read(&document("skl_gb_exp")).unwrap();
    assert_eq!(exponential.calibration, Calibration::Platt { a: 2.0, b: 0.0 });
    let categorical = read(&document("skl_hist_categorical")).unwrap();
    let FeatureKind::Categorical { categories } = &categorical.schema.features[2].kind else {
        panic!("a categorical feature")
    };
    assert_eq!(*categories, ["3", "4", "7", "9.5"]);
    let mut named = document("skl_rf_reg");
    named["features"] = json!(["a", "b", "c", "d", "e"]);
    let named = read(&named).unwrap();
    assert!(named.named && named.schema.features[4].name == "e");
}

#[test]
fn what_is_not_supported_is_named() {
    for (key, value, field) in [
        ("link", json!("probit"), "link"),
        ("aggregation", json!("median"), "aggregation"),
        ("new", json!(1), "new"),
        ("format", json!("sklearn-svm"), "format"),
        ("calibration", json!({"kind": "beta"}), "calibration.kind"),
        ("classes", Value::Null, "value"),
    ] {
        let mut document = document("skl_rf_clf");
        document[key] = value;
        let error = read(&document).unwrap_err();
        assert!(
            matches!(&error, ImportError::Unsupported { field: f, .. } if f == field),
            "{error}"
        );
    }
}

#[test]
fn a_choice_of_trees_is_refused() {
    for trees in [TreeChoice::First(1), TreeChoice::Best] {
        let bytes = text(&folder(), "skl_rf_clf.skl.json");
        let options = Options { trees, ..Options::default() };
        let error = import(bytes.as_bytes(), &options).unwrap_err().to_string();
        assert!(error.starts_with("trees: a choice among the trees"), "{error}");
    }
}

/// Models that the script does not write: what it says of each.
const REFUSED: &str = "
import sys, pickle
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
x, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]
for name, model in [
    ('random', GradientBoostingClassifier(n_estimators=2, init=DummyClassifier(strategy='uniform')).fit(x, y)),
    ('beyond', IsotonicRegression(out_of_bounds='clip').fit([0, 1, 2], [0, 1, 2])),
    ('prior', GradientBoostingClassifier(n_estimators=2, init=DummyClassifier(strategy='prior')).fit(x, y)),
]:
    pickle.dump(model, open(sys.argv[1] + '/' + name, 'wb'))
";

#[test]
fn the_script_refuses_in_one_line() {
    let Some(python) = python("sklearn") else {
        eprintln!("dump of scikit-learn: skipped, no Python with sklearn (set CHATSIGNAL_PYTHON)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(&python).args(["-c", REFUSED]).arg(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../interop/scripts/sklearn_dump.py");
    for (name, said) in [
        ("random", "GradientBoostingClassifier: an init that answers at random"),
        ("beyond", "IsotonicRegression: a curve beyond 0 to 1"),
        ("prior", ""),
    ] {
        let (model, json) = (folder.path().join(name), folder.path().join("model.json"));
        let dump = Command::new(&python).arg(&script).arg(model).arg(json).output().unwrap();
        let error = String::from_utf8_lossy(&dump.stderr);
        assert_eq!(dump.status.success(), said.is_empty(), "{name}: {error}");
        assert!(error.starts_with(said) && error.lines().count() <= 1, "{name}: {error}");
    }
}

#[test]
fn faults_have_their_place() {
    for (field, value, place) in [
        ("left", json!(0), "trees[1].left/right[0]"),
        ("left", json!(-1), "trees[1].left/right[0]"),
        ("left", json!(999), "trees[1].left/right[0]"),
        ("feature", json!(-2), "trees[1].feature[0]"),
        ("missing_go_to_left", json!(2), "line 1, column"),
        ("threshold", json!("NaN"), "line 1, column"),
        ("value", json!([0.5]), "line 1, column"),
    ] {
        let mut document = document("skl_rf_clf");
        document["trees"][1][field][0] = value;
        let error = read(&document).unwrap_err().to_string();
        assert!(error.contains(place), "{field}: {error}");
    }
    let mut short = document("skl_rf_clf");
    short["trees"][0]["cover"].as_array_mut().unwrap().pop();
    let error = read(&short).unwrap_err().to_string();
    assert!(error.starts_with("trees[0].cover"), "{error}");
    let nan = "{\"format\": \"isotonic\", \"x\": [NaN], \"y\": [0]}";
    let error = import(nan.as_bytes(), &Options::default()).unwrap_err().to_string();
    assert!(error.starts_with("line 1, column"), "{error}");
}

#[test]
fn nodes_may_come_in_any_order() {
    let straight = document("skl_rf_reg");
    let mut turned = straight.clone();
    for tree in turned["trees"].as_array_mut().unwrap() {
        let nodes = tree["left"].as_array().unwrap().len() as i64;
        // All but the root the other way round.
        let place = |node: i64| if node <= 0 { node } else { nodes - node };
        for (_, column) in tree.as_object_mut().unwrap() {
            let column = column.as_array_mut().unwrap();
            column[1..].reverse();
        }
        for side in ["left", "right"] {
            for child in tree[side].as_array_mut().unwrap() {
                *child = json!(place(child.as_i64().unwrap()));
            }
        }
    }
    let (a, b) = (artifact(read(&straight).unwrap()), artifact(read(&turned).unwrap()));
    for row in Case::load(&folder(), "skl_rf_reg").rows(Rounding::Nearest) {
        assert_eq!(a.predict(&row), b.predict(&row));
    }
}

#[test]
fn damaged_documents_do_no_harm() {
    let documents: Vec<Value> = NAMES.iter().map(|name| document(name)).collect();
    let options = Options { format: Some(Format::Sklearn), ..Options::default() };
    for document in &documents {
        assert!(survives(document.to_string().as_bytes(), &options));
    }
    let rng = &mut Rng(53);
    let count = cases(1_000);
    let mut accepted = 0;
    for _ in 0..count {
        let document = &documents[rng.below(documents.len())];
        accepted += u32::from(survives(&damaged_json(rng, document), &options));
    }
    println!("{accepted} of {count} damaged documents were still models");
}

/// Documents that are much in memory for their length.
#[test]
fn memory_is_bounded_by_the_document() {
    let options = Options::default();
    let leaf = "{\"left\":[-1],\"right\":[-1],\"feature\":[0],\"threshold\":[0],\"value\":[0]}";
    let many = vec![leaf; 10_000].join(",");
    let stumps = format!("{{\"format\":\"sklearn-forest\",\"trees\":[{many}]}}");
    assert!(survives(stumps.as_bytes(), &options));
    let list = |text: &str, n: usize| vec![text; n].join(",");
    let nodes = (1usize << 18) - 1;
    let child = |side: usize| {
        let of =
            |i: usize| if 2 * i + 2 < nodes { (2 * i + side).to_string() } else { "-1".into() };
        (0..nodes).map(of).collect::<Vec<_>>().join(",")
    };
    for (value, classes) in
        [("0", "null".to_owned()), ("[0,0,0,0,0,0,0,1]", "[1,2,3,4,5,6,7,8]".into())]
    {
        let large = format!(
            "{{\"format\":\"sklearn-forest\",\"classes\":{classes},\"trees\":[{{\"left\":[{}],\
             \"right\":[{}],\"feature\":[{}],\"threshold\":[{}],\"value\":[{}],\"cover\":[{}]}}]}}",
            child(1),
            child(2),
            list("0", nodes),
            list("0", nodes),
            list(value, nodes),
            list("1", nodes),
        );
        assert!(survives(large.as_bytes(), &options));
    }
    // 1,000 classes of which every leaf belongs to one: refused, not expanded.
    let nodes = 2_047;
    let value = |i: usize| {
        let one = |k: usize| if k == i % 1_000 { "1" } else { "0" };
        format!("[{}]", (0..1_000).map(one).collect::<Vec<_>>().join(","))
    };
    let child = |side: usize| {
        let of =
            |i: usize| if 2 * i + 2 < nodes { (2 * i + side).to_string() } else { "-1".into() };
        (0..nodes).map(of).collect::<Vec<_>>().join(",")
    };
    let tree = format!(
        "{{\"left\":[{}],\"right\":[{}],\"feature\":[{}],\"threshold\":[{}],\"value\":[{}]}}",
        child(1),
        child(2),
        list("0", nodes),
        list("0", nodes),
        (0..nodes).map(value).collect::<Vec<_>>().join(","),
    );
    let names = (0..1_000).map(|k| k.to_string()).collect::<Vec<_>>().join(",");
    let wide =
        format!("{{\"format\":\"sklearn-forest\",\"classes\":[{names}],\"trees\":[{tree}]}}");
    assert!(survives(wide.as_bytes(), &options));
}
