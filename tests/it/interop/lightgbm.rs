//! LightGBM's text models: equal margins, predictions and contributions; what is not supported is
//! refused by name; no file, however damaged, does harm.

use std::fs;
use std::path::Path;

use chatsignal_core::model::{Calibration, FeatureKind, Model, Postprocessor};
use chatsignal_core::testing::model::Rng;
use chatsignal_interop::{ImportError, Imported, Options, TreeChoice, import};
use chatsignal_tests::foreign::{Case, artifact, differences, folder, survives};
use chatsignal_tests::{cases, data_dir, mutants};

const NAMES: [&str; 18] = [
    "lgb_reg_missing",
    "lgb_reg_sqrt",
    "lgb_binary",
    "lgb_zero_missing",
    "lgb_missing_none",
    "lgb_multiclass3",
    "lgb_multiclassova",
    "lgb_dart",
    "lgb_rf",
    "lgb_rf_binary",
    "lgb_poisson",
    "lgb_xentropy",
    "lgb_xentlambda",
    "lgb_stump_noleaf",
    "lgb_custom",
    "lgb_categorical",
    "lgb_pandas",
    "lgb_f64",
];

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(format!("{name}.lgb.txt"))).expect(name)
}

fn read(text: &str) -> Result<Imported, ImportError> {
    import(text.as_bytes(), &Options::default())
}

fn model(name: &str) -> Imported {
    read(&text(&folder(), name)).expect(name)
}

fn holds(folder: &Path, name: &str) {
    let case = Case::load(folder, name);
    let model = artifact(read(&text(folder, name)).expect(name));
    let [margin, prediction, contributions] = differences(&case, &model);
    println!(
        "{name}: margin {margin:.1e}, prediction {prediction:.1e}, contributions {contributions:.1e}"
    );
    assert!(prediction <= 1e-12, "{name}");
    assert_eq!(margin, 0.0, "{name}");
    assert!(contributions <= 1e-12, "{name}");
}

/// LightGBM writes the gain of every split; without regularisation the shares of the features are
/// those that leaves and covers tell.
#[test]
fn gain_is_that_of_lightgbm() {
    let name = "lgb_reg_missing";
    let text = text(&folder(), name);
    assert!(text.contains("[lambda_l2: 0]"));
    let Model::Trees(trees) = model(name).model else { panic!("trees") };
    let found = trees.gain();
    let lists = |key: &str| -> Vec<f64> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(key));
        lines.flat_map(str::split_whitespace).map(|word| word.parse().expect("a number")).collect()
    };
    let mut expected = vec![0.0; found.len()];
    for (feature, gain) in lists("split_feature=").into_iter().zip(lists("split_gain=")) {
        expected[feature as usize] += gain;
    }
    let share = |all: &[f64], at: usize| all[at] / all.iter().sum::<f64>();
    for at in 0..found.len() {
        let difference = share(&found, at) - share(&expected, at);
        // Gains are written with six digits.
        assert!(difference.abs() < 1e-5, "feature {at}: {difference}");
    }
}

#[test]
fn says_what_lightgbm_says() {
    for name in NAMES {
        holds(&folder(), name);
    }
    if let Some(dir) = data_dir("says_what_lightgbm_says") {
        for name in ["lgb_binary", "lgb_reg_missing", "lgb_rf"] {
            holds(&dir.join("golden"), name);
        }
    }
}

#[test]
fn links_and_names_come_from_the_file() {
    let binary = model("lgb_binary");
    assert_eq!(binary.postprocessor, Postprocessor::Sigmoid);
    assert_eq!(binary.calibration, Calibration::Platt { a: 0.7, b: 0.0 });
    assert!(!binary.named && binary.schema.features[4].name == "f4");
    assert!(binary.notes.is_empty());

    let pandas = model("lgb_pandas");
    assert!(pandas.named);
    let categories = |names: &[&str]| FeatureKind::Categorical {
        categories: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let features = &pandas.schema.features;
    assert_eq!(features[0].name, "age");
    assert_eq!(features[3].kind, categories(&["free", "pro", "team"]));
    assert_eq!(features[4].kind, categories(&["5", "10", "25", "50"]));

    let classes = model("lgb_multiclass3");
    assert_eq!(classes.outputs.names, ["0", "1", "2"]);
    assert_eq!(classes.postprocessor, Postprocessor::Softmax);
    assert!(model("lgb_custom").notes[0].contains("objective"));
}

#[test]
fn categories_without_their_features_are_left_out() {
    let text = text(&folder(), "lgb_pandas");
    for (from, to) in [
        ("[categorical_feature: 3,4]", "[categorical_feature: 3]"),
        ("[categorical_feature: 3,4]", "[categorical_feature: 0,1]"),
        ("[categorical_feature: 3,4]", "[categorical_feature: 3,9]"),
        ("[\"free\", \"pro\", \"team\"]", "[\"free\", \"free\", \"team\"]"),
        ("[\"free\", \"pro\", \"team\"]", "[\"free\"]"),
        ("[5, 10, 25, 50]]", "[5, 10, 25, 50]"),
    ] {
        let imported = read(&text.replacen(from, to, 1)).expect(to);
        assert!(imported.notes[0].starts_with("pandas_categorical"), "{to}");
        assert_eq!(imported.schema.features[3].kind, FeatureKind::Numeric, "{to}");
    }
}

#[test]
fn iterations_are_chosen() {
    let text = text(&folder(), "lgb_multiclass3");
    let chosen = |trees| import(text.as_bytes(), &Options { trees, ..Options::default() });
    let trees = |imported: &Imported| match &imported.model {
        Model::Trees(ensemble) => ensemble.trees.len(),
        Model::Logistic(_) => 0,
    };
    let one = chosen(TreeChoice::First(1)).unwrap();
    assert_eq!((trees(&one), one.notes[0].as_str()), (1, "3 of 6 trees were left out"));
    let best = chosen(TreeChoice::Best).unwrap();
    assert!(trees(&best) == 2 && best.notes[0].contains("best"));
    for none in [0, 3] {
        let error = chosen(TreeChoice::First(none)).unwrap_err();
        assert!(matches!(error, ImportError::Unsupported { .. }), "{error}");
    }
}

#[test]
fn line_ends_do_not_matter() {
    for name in NAMES {
        let text = text(&folder(), name);
        assert_eq!(read(&text.replace('\n', "\r\n")), read(&text), "{name}");
    }
}

#[test]
fn a_file_that_was_cut_short_is_refused() {
    for name in ["lgb_categorical", "lgb_multiclass3"] {
        let text = text(&folder(), name);
        let end = text.find("end of trees").unwrap();
        for cut in (0..end).step_by(7) {
            assert!(import(&text.as_bytes()[..cut], &Options::default()).is_err(), "{name} {cut}");
        }
    }
}

/// Reads a case with one text replaced by another.
fn edited(name: &str, from: &str, to: &str) -> Result<Imported, ImportError> {
    let text = text(&folder(), name);
    assert!(text.contains(from), "{name} holds no {from}");
    read(&text.replacen(from, to, 1))
}

#[test]
fn what_is_not_supported_is_named() {
    let linear = read(&text(&folder(), "lgb_linear_tree")).unwrap_err();
    assert!(matches!(&linear, ImportError::Unsupported { field, .. } if field == "is_linear"));
    for (name, from, to, field) in [
        ("lgb_binary", "version=v4", "version=v5", "version"),
        ("lgb_binary", "objective=binary", "objective=binary2", "objective"),
        ("lgb_binary", "num_cat=0", "num_cat=0\nnew_field=1", "new_field"),
        ("lgb_binary", "label_index=0", "label_index=0\nnew_field=1", "new_field"),
        ("lgb_binary", "max_feature_idx=4", "max_feature_idx=5000", "max_feature_idx"),
        ("lgb_zero_missing", "decision_type=4", "decision_type=8", "decision_type"),
    ] {
        let error = edited(name, from, to).unwrap_err();
        assert!(
            matches!(&error, ImportError::Unsupported { field: f, .. } if f == field),
            "{error}"
        );
    }
    let words = format!("cat_threshold={}", "0 ".repeat(127));
    let far = format!(
        "tree\nversion=v4\nmax_feature_idx=0\nTree=0\nnum_leaves=2\nnum_cat=1\nsplit_feature=0\n\
         threshold=0\ndecision_type=1\nleft_child=-1\nright_child=-2\nleaf_value=1 2\n\
         cat_boundaries=0 128\n{words}2147483648\nend of trees\n"
    );
    let error = read(&far).unwrap_err();
    assert!(error.to_string().contains("category code 4095"), "{error}");
    // One code less is the largest that is read.
    assert!(read(&far.replace("2147483648", "1073741824")).is_ok());
}

#[test]
fn faults_have_their_place() {
    for (from, to, place) in [
        ("num_leaves=6", "num_leaves=7", "leaf_value"),
        ("num_leaves=6", "num_leaves=0", "num_leaves"),
        ("threshold=", "threshold=nan ", "threshold"),
        ("threshold=", "thresh=", "thresh"),
        ("left_child=", "left_child=0 ", "left_child"),
        ("Tree=1", "Tree=3", "line"),
        ("max_feature_idx=4", "max_feature_idx=2", "split_feature"),
    ] {
        let error = edited("lgb_pandas", from, to).unwrap_err().to_string();
        assert!(error.contains(place), "{from}: {error}");
    }
    let text = text(&folder(), "lgb_reg_missing");
    let start = text.find("left_child=").unwrap();
    let child = text[start..].split_ascii_whitespace().next().unwrap();
    for (bad, reason) in [
        ("left_child=0", "a split must come before"),
        ("left_child=9", "no such split"),
        ("left_child=-8", "no such leaf"),
        ("left_child=x", "not a number"),
    ] {
        let error = read(&text.replacen(child, bad, 1)).unwrap_err().to_string();
        assert!(error.starts_with("Tree=0, line ") && error.contains("left_child[0]"), "{error}");
        assert!(error.contains(reason), "{error}");
    }
}

/// A tree whose splits form a chain.
fn chain(splits: usize) -> String {
    let list =
        |value: &dyn Fn(usize) -> String, n: usize| (0..n).map(value).collect::<Vec<_>>().join(" ");
    let right =
        |i: usize| if i + 1 < splits { (i + 1).to_string() } else { (-2 - i as i64).to_string() };
    format!(
        "tree\nversion=v4\nmax_feature_idx=0\nTree=0\nnum_leaves={}\nnum_cat=0\nsplit_feature={}\n\
         threshold={}\ndecision_type={}\nleft_child={}\nright_child={}\nleaf_value={}\n\nend of trees\n",
        splits + 1,
        list(&|_| "0".into(), splits),
        list(&|i| i.to_string(), splits),
        list(&|_| "8".into(), splits),
        list(&|i| (-1 - i as i64).to_string(), splits),
        list(&right, splits),
        list(&|i| i.to_string(), splits + 1),
    )
}

#[test]
fn depth_has_a_limit_and_missing_counts_a_note() {
    let imported = read(&chain(512)).expect("512 splits deep");
    assert!(imported.notes.iter().any(|note| note.contains("equally")), "{:?}", imported.notes);
    let error = read(&chain(513)).unwrap_err();
    assert!(matches!(&error, ImportError::Rule(rule) if rule.tree == Some(0)), "{error}");
    assert!(error.to_string().contains("512 splits deep"), "{error}");
}

#[test]
fn damaged_files_do_no_harm() {
    let texts: Vec<String> = NAMES.iter().map(|name| text(&folder(), name)).collect();
    for text in &texts {
        assert!(survives(text.as_bytes(), &Options::default()));
    }
    let rng = &mut Rng(47);
    let options =
        Options { format: Some(chatsignal_interop::Format::Lightgbm), ..Options::default() };
    let count = cases(1_000);
    let mut accepted = 0;
    for _ in 0..count {
        let text = &texts[rng.below(texts.len())];
        accepted += u32::from(survives(&mutants::lightgbm_text(rng, text), &options));
    }
    println!("{accepted} of {count} damaged files were still models");
}

/// Many small trees, and one large one, in as few bytes as can be.
#[test]
fn memory_is_bounded_by_the_file() {
    let stump = "num_leaves=1\nleaf_value=0\n";
    let mut stumps = String::from("tree\nversion=v4\nmax_feature_idx=0\n");
    for number in 0..10_000 {
        stumps.push_str(&format!("Tree={number}\n{stump}"));
    }
    stumps.push_str("end of trees\n");
    assert!(survives(stumps.as_bytes(), &Options::default()));
    // A balanced tree of 2^17 leaves, numbered level by level.
    let splits = (1usize << 17) - 1;
    let child = |i: usize| {
        if i < splits { i.to_string() } else { (splits as i64 - 1 - i as i64).to_string() }
    };
    let list =
        |value: &dyn Fn(usize) -> String| (0..splits).map(value).collect::<Vec<_>>().join(" ");
    let large = format!(
        "tree\nversion=v4\nmax_feature_idx=0\nTree=0\nnum_leaves={}\nsplit_feature={}\nthreshold={}\n\
         decision_type={}\nleft_child={}\nright_child={}\nleaf_value={}1\nend of trees\n",
        splits + 1,
        list(&|_| "0".into()),
        list(&|_| "1".into()),
        list(&|_| "8".into()),
        list(&|i| child(2 * i + 1)),
        list(&|i| child(2 * i + 2)),
        "1 ".repeat(splits),
    );
    assert!(survives(large.as_bytes(), &Options::default()));
}
