//! XGBoost's files.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chatsignal_core::explain::contributions;
use chatsignal_core::testing::model::Rng;
use chatsignal_interop::{Format, ImportError, Imported, Options, TreeChoice, import};
use chatsignal_tests::peak::peak_of;
use chatsignal_tests::{cases, data_dir, mutants};
use serde_json::{Value, json};

use super::golden::{Case, artifact, assert_case, folder};
use super::ubj;

const ENDINGS: [&str; 2] = ["xgb.json", "xgb.ubj"];

#[test]
fn margins_equal_those_of_xgboost_to_the_bit() {
    let cases = Case::all(&folder(), "xgb_");
    assert!(cases.len() >= 55, "{}", cases.len());
    for (path, case) in &cases {
        assert_eq!(assert_case(path, case, &ENDINGS), 2, "{}", case.name);
    }
}

#[test]
fn margins_of_the_larger_cases_equal_those_of_xgboost() {
    let Some(data) = data_dir("larger cases of XGBoost").map(|data| data.join("golden")) else {
        return;
    };
    if data.is_dir() {
        for (path, case) in Case::all(&data, "xgb_") {
            assert!(assert_case(&path, &case, &ENDINGS) >= 1, "{}", case.name);
        }
    }
}

fn file(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn read(name: &str, trees: TreeChoice) -> Imported {
    import(&file(name), &Options { trees, ..Options::default() }).unwrap()
}

fn trees_of(imported: &Imported) -> usize {
    let chatsignal_core::model::Model::Trees(trees) = &imported.model else { return 0 };
    trees.trees.len()
}

#[test]
fn the_choice_of_trees_is_stated() {
    let all = read("xgb_earlystop_all.xgb.json", TreeChoice::All);
    let best = read("xgb_earlystop_all.xgb.json", TreeChoice::Best);
    assert!(trees_of(&best) < trees_of(&all));
    assert!(all.notes[0].contains("as Booster.predict does"), "{:?}", all.notes);
    assert!(best.notes[0].contains("up to the best"), "{:?}", best.notes);
    let first = read("xgb_rf_parallel.xgb.ubj", TreeChoice::First(1));
    assert_eq!(trees_of(&first), 3);
    let options = Options { trees: TreeChoice::First(99), ..Options::default() };
    let error = import(&file("xgb_rf_parallel.xgb.ubj"), &options).unwrap_err().to_string();
    assert!(error.starts_with("trees: the first 99 iterations of"), "{error}");
    let none = read("xgb_reg_missing.xgb.json", TreeChoice::Best);
    assert!(none.notes[0].contains("no best iteration"), "{:?}", none.notes);
}

#[test]
fn what_a_file_says_of_itself_is_read() {
    let named = read("xgb_named.xgb.ubj", TreeChoice::All);
    assert_eq!(named.format, Format::XgboostUbj);
    assert_eq!(named.version.as_deref(), Some("3.2.0"));
    assert_eq!(named.objective.as_deref(), Some("reg:squarederror"));
    assert!(named.named);
    let names: Vec<&str> = named.schema.features.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["amount, EUR", "town", "size"]);
    let kinds = format!("{:?}", named.schema.features);
    assert!(kinds.contains("Dueren, Kreis") && kinds.contains("\"30\""), "{kinds}");
    let quantiles = read("xgb_quantile3.xgb.json", TreeChoice::All);
    assert_eq!(quantiles.outputs.names, ["0.1", "0.5", "0.9"]);
    let nameless = read("xgb_v17_categorical.xgb.json", TreeChoice::All);
    assert!(!nameless.named && nameless.notes[0].contains("codes"), "{:?}", nameless.notes);
}

/// A document that is sound, to be made unsound.
fn document(name: &str) -> Value {
    // `NaN` is no JSON: thresholds of splits by category are not read.
    let text = String::from_utf8(file(name)).unwrap().replace("NaN", "0");
    serde_json::from_str(&text).unwrap()
}

fn refusal(document: &Value) -> String {
    let json = document.to_string();
    let as_json = import(json.as_bytes(), &Options::default()).expect_err("a refusal");
    let mut bytes = Vec::new();
    ubj::encode(document, &mut bytes);
    let as_ubj = import(&bytes, &Options::default()).expect_err("a refusal");
    if matches!(as_json, ImportError::Rule(_)) {
        assert_eq!(as_json, as_ubj);
    }
    as_json.to_string()
}

#[test]
fn what_is_unsound_is_refused_by_name() {
    let good = document("xgb_reg_missing.xgb.json");
    let tree = "/learner/gradient_booster/model/trees/1";
    for (path, value, expected) in [
        ("/learner/objective/name", json!("reg:mine"), "objective: reg:mine is not supported"),
        ("/learner/gradient_booster/name", json!("gbforest"), "gradient_booster: gbforest"),
        ("/learner/learner_model_param/base_score", json!("[1,2]"), "base_score: must be one"),
        ("/learner/learner_model_param/num_feature", json!("0"), "num_feature: 0 features"),
        ("/learner/learner_model_param/num_feature", json!("2"), "split_feature"),
        ("/learner/learner_model_param/num_class", json!("5000"), "num_class: 5000 outputs"),
        ("/learner/feature_names", json!(["a"]), "feature_names: must be none or one"),
        ("/learner/gradient_booster/model/tree_info", json!([0]), "tree_info: must have one"),
        ("/learner/gradient_booster/model/tree_info", json!([0, 0, 7, 0]), "numbers of outputs"),
        ("/learner/gradient_booster/model/iteration_indptr", json!([0, 9]), "iteration_indptr"),
        (&format!("{tree}/left_children/0"), json!(0), "tree 1, right_children[0]"),
        (&format!("{tree}/left_children/0"), json!(2), "must be the left one + 1"),
        (&format!("{tree}/right_children/1"), json!(99), "must be the left one + 1"),
        (&format!("{tree}/left_children/0"), json!(-2), "must be the left one + 1"),
        (&format!("{tree}/split_indices"), json!([0]), "split_indices: must have one entry"),
        (&format!("{tree}/split_type/0"), json!(1), "a list of categories"),
        (&format!("{tree}/id"), json!(0), "must be numbered 0, 1"),
        (&format!("{tree}/sum_hessian/1"), json!(-5), "sum_hessian"),
        (&format!("{tree}/tree_param/num_nodes"), json!("3"), "num_nodes"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        if path.ends_with("sum_hessian/1") {
            // Covers of splits are sums: only those of leaves matter.
            let covers = bad.pointer_mut(&format!("{tree}/sum_hessian")).unwrap();
            covers.as_array_mut().unwrap().fill(json!(-5));
            assert!(refusal(&bad).contains("cover"));
            continue;
        }
        let refusal = refusal(&bad);
        assert!(refusal.contains(expected), "{path}: {refusal}");
    }
    let mut large = document("xgb_categorical.xgb.json");
    *large.pointer_mut("/learner/gradient_booster/model/trees/0/categories/0").unwrap() =
        json!(4_095);
    assert!(refusal(&large).contains("categories: category 4095"));
    let mut letters = document("xgb_named.xgb.json");
    let enc = "/learner/gradient_booster/model/cats/enc";
    let town = letters.pointer_mut(&format!("{enc}/1")).unwrap();
    // `ä` in the place of two letters.
    town["values"][0] = json!(-61);
    town["values"][1] = json!(-92);
    let error = refusal(&letters);
    assert!(
        error.starts_with("cats: names beyond ASCII among the categories of `town`"),
        "{error}"
    );
    let twice = file("xgb_reg_missing.xgb.json");
    let twice = String::from_utf8(twice).unwrap().replacen("{", "{\"version\":[1],", 1);
    let error = import(twice.as_bytes(), &Options::default()).expect_err("a refusal");
    assert_eq!(error.to_string().split(": ").nth(1), Some("duplicate field `version`"));
}

/// At most 8 times the file plus 1 MiB.
fn assert_bounded(bytes: &[u8]) -> Result<Imported, ImportError> {
    let (read, peak) = peak_of(|| import(bytes, &Options::default()));
    let allowed = 8 * bytes.len() + (1 << 20);
    assert!(peak <= allowed, "{peak} bytes held for a file of {}", bytes.len());
    read
}

/// A document of one tree, with the named array of `count` zeros in it.
fn zeros(array: &str, count: usize) -> String {
    let mut good = document("xgb_single_leaf.xgb.json");
    let tree = good.pointer_mut("/learner/gradient_booster/model/trees/0").unwrap();
    tree[array] = json!("HERE");
    good.to_string().replace("\"HERE\"", &format!("[{}0]", "0,".repeat(count)))
}

#[test]
fn reading_holds_little_memory() {
    let arrays = ["left_children", "split_indices", "split_conditions", "default_left"];
    for array in arrays.iter().chain(&["sum_hessian", "categories", "base_weights", "unknown"]) {
        let read = assert_bounded(zeros(array, 4 << 20).as_bytes());
        assert_eq!(read.is_ok(), ["base_weights", "unknown"].contains(array), "{array}");
    }
    let mut good = document("xgb_single_leaf.xgb.json");
    let leaf = json!({
        "left_children": [-1], "right_children": [0], "split_indices": [0],
        "split_conditions": [0], "default_left": [0], "sum_hessian": [0],
    });
    let model = good.pointer_mut("/learner/gradient_booster/model").unwrap();
    model["trees"] = json!(vec![leaf; 10_000]);
    model["tree_info"] = json!(vec![0; 10_000]);
    model["iteration_indptr"] = json!([0, 10_000]);
    assert!(assert_bounded(good.to_string().as_bytes()).is_ok());
    let mut bytes = Vec::new();
    ubj::encode(&good, &mut bytes);
    assert!(assert_bounded(&bytes).is_ok());
    for names in [vec![json!("a"); 100_000], vec![json!(""); 100_000]] {
        good["learner"]["feature_names"] = json!(names);
        assert!(assert_bounded(good.to_string().as_bytes()).is_err());
    }
}

/// A chain of splits by the largest category, and a tree of many outputs: a few bytes of file for
/// a great deal of memory.
#[test]
fn what_grows_beyond_the_budget_is_refused() {
    let mut wide = document("xgb_categorical.xgb.json");
    let splits = 500;
    let nodes = 2 * splits + 1;
    // A balanced tree: node k has children 2k + 1 and 2k + 2.
    let child = |k: usize, side: usize| if k < splits { (2 * k + side) as i64 } else { -1 };
    let tree = json!({
        "left_children": (0..nodes).map(|k| child(k, 1)).collect::<Vec<_>>(),
        "right_children": (0..nodes).map(|k| child(k, 2)).collect::<Vec<_>>(),
        "split_indices": (0..nodes).map(|k| if k < splits { 2 } else { 0 }).collect::<Vec<_>>(),
        "split_conditions": vec![0; nodes],
        "default_left": vec![0; nodes],
        "sum_hessian": vec![1; nodes],
        "split_type": (0..nodes).map(|k| i32::from(k < splits)).collect::<Vec<_>>(),
        "categories": vec![4_094; splits],
        "categories_nodes": (0..splits).collect::<Vec<_>>(),
        "categories_segments": (0..splits).collect::<Vec<_>>(),
        "categories_sizes": vec![1; splits],
    });
    let model = wide.pointer_mut("/learner/gradient_booster/model").unwrap();
    model["trees"] = json!(vec![tree; 60]);
    model["tree_info"] = json!(vec![0; 60]);
    model["iteration_indptr"] = json!([0, 60]);
    model["cats"] = json!({});
    let error = assert_bounded(wide.to_string().as_bytes()).expect_err("a refusal");
    assert!(error.to_string().starts_with("categories: much more memory"), "{error}");

    let mut vector = document("xgb_multi_output_tree.xgb.json");
    vector["learner"]["learner_model_param"]["num_target"] = json!("1000");
    vector["learner"]["learner_model_param"]["base_score"] = json!("0");
    for tree in
        vector.pointer_mut("/learner/gradient_booster/model/trees").unwrap().as_array_mut().unwrap()
    {
        let leaves =
            tree["left_children"].as_array().unwrap().iter().filter(|&n| *n == json!(-1)).count();
        tree["tree_param"]["size_leaf_vector"] = json!("1000");
        tree["leaf_weights"] = json!(vec![0; 1000 * leaves]);
    }
    let error = assert_bounded(vector.to_string().as_bytes()).expect_err("a refusal");
    assert!(error.to_string().starts_with("size_leaf_vector: much more memory"), "{error}");
}

/// Reads a mutant within its bounds; what is read can be scored and explained.
fn assert_sound(bytes: &[u8], format: Format) -> bool {
    let options = Options { format: Some(format), ..Options::default() };
    let start = Instant::now();
    let (read, peak) = peak_of(|| import(bytes, &options));
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(peak <= 8 * bytes.len() + (1 << 20), "{peak} bytes for {}", bytes.len());
    let Ok(imported) = read else { return false };
    let artifact = artifact(imported);
    for value in [f32::NAN, 0.0, -1.5, 2.0, f32::INFINITY] {
        let row = vec![value; artifact.schema.len()];
        let predictions = artifact.predict_outputs(&row);
        assert!(predictions.values.iter().all(|value| !value.is_nan()));
        for model in artifact.output_models() {
            let explanation = contributions(model, &row);
            assert!(explanation.contributions.iter().all(|c| c.is_finite()));
        }
    }
    true
}

#[test]
fn mutants_are_refused_or_sound() {
    let names = ["reg_missing", "categorical", "softprob", "multi_output_tree", "dart", "named"];
    let sources: Vec<(Value, [Vec<u8>; 2])> = names
        .map(|name| {
            let [json, ubj] = ENDINGS.map(|ending| format!("xgb_{name}.{ending}"));
            (document(&json), [file(&json), file(&ubj)])
        })
        .into();
    let rng = &mut Rng(2026);
    let mutants = cases(10_000);
    let mut read = 0;
    for at in 0..mutants as usize {
        let (document, files) = &sources[at % sources.len()];
        if at % 4 == 3 {
            read += u32::from(assert_sound(&mutants::bytes(rng, &files[0]), Format::XgboostJson));
            read += u32::from(assert_sound(&mutants::bytes(rng, &files[1]), Format::XgboostUbj));
            continue;
        }
        let mutant = mutants::structured(rng, document);
        let as_json = assert_sound(mutant.to_string().as_bytes(), Format::XgboostJson);
        let mut bytes = Vec::new();
        ubj::encode(&mutant, &mut bytes);
        let as_ubj = assert_sound(&bytes, Format::XgboostUbj);
        // What is no f32 in one format can be one in the other.
        let _ = as_ubj;
        read += u32::from(as_json);
    }
    assert!(read > mutants / 50, "only {read} of {mutants} mutants were read at all");
    eprintln!("{read} of {mutants} mutants were read, the others refused");
}

/// Writes the first seeds of the fuzz targets.
#[test]
#[ignore = "writes the seeds of the fuzz targets"]
fn write_fuzz_seeds() {
    let fuzz: PathBuf = folder().join("../../../fuzz/corpus");
    for ending in ENDINGS {
        let corpus = fuzz.join(format!("xgboost_{}", &ending[4..]));
        fs::create_dir_all(&corpus).unwrap();
        for name in ["single_leaf", "categorical_onehot", "multi_output_tree", "gblinear3"] {
            fs::write(corpus.join(name), file(&format!("xgb_{name}.{ending}"))).unwrap();
        }
    }
}
