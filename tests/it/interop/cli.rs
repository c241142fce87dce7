//! `chatsignal models import|export|parity`, and `predict` with what was imported.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::golden::{Case, folder};
use crate::cli::{self, chatsignal};

fn run(arguments: &[&str]) -> (i32, String, String) {
    cli::run(chatsignal(Path::new("no.db")).args(arguments))
}

/// Runs what must succeed; gives what it printed.
fn done(arguments: &[&str]) -> String {
    let (code, out, error) = run(arguments);
    assert_eq!(code, 0, "{arguments:?}: {error}");
    out
}

/// A case with its rows and margins as tables.
struct Files {
    folder: tempfile::TempDir,
    case: Case,
    source: PathBuf,
}

impl Files {
    fn new(name: &str) -> Self {
        let case = Case::read(&folder().join(format!("{name}.case.json")));
        let source = folder().join(format!("{name}.xgb.ubj"));
        Self { folder: tempfile::tempdir().unwrap(), case, source }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().into()
    }

    fn table(&self, name: &str, header: &str, rows: &[Vec<String>]) -> String {
        let mut text = String::from(header);
        for row in rows {
            let _ = writeln!(text, "{}", row.join(","));
        }
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Rows without a header.
    fn rows(&self) -> String {
        let rows: Vec<Vec<String>> = (self.case.rows("X").iter())
            .map(|row| row.iter().map(|x| format!("{x:?}")).collect())
            .collect();
        self.table("rows.csv", "", &rows)
    }

    fn margins(&self, header: &str) -> String {
        let margins: Vec<Vec<String>> = (self.case.expected("margin").iter())
            .map(|row| row.iter().map(|margin| format!("{}", *margin as f32)).collect())
            .collect();
        self.table("margins.csv", header, &margins)
    }

    fn import(&self, more: &[&str]) -> String {
        let model = self.path("m.csm");
        let source = self.source.to_str().unwrap();
        done(&[&["models", "import", source, "--out", &model], more].concat());
        model
    }

    fn predictions(&self, model: &str, rows: &str) -> Vec<Value> {
        let lines = done(&["predict", "--model", model, "--data", rows, "--format", "json"]);
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn an_imported_model_predicts_by_position_with_equal_margins() {
    let files = Files::new("xgb_reg_missing");
    let (rows, margins) = (files.rows(), files.margins(""));
    let model = files.path("m.csm");
    let source = files.source.to_str().unwrap();
    let arguments = ["models", "import", source, "--out", &model, "--format", "json"];
    let report = done(&[&arguments[..], &["--check", &rows, "--expected", &margins]].concat());
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["format"], "xgboost-ubj");
    assert_eq!(report["version"], "3.2.0");
    assert_eq!(report["objective"], "reg:squarederror");
    assert_eq!((&report["trees"], &report["features"]), (&4.into(), &5.into()));
    assert_eq!(report["features_found_by"], "position");
    assert_eq!(report["parity"]["rows"], report["parity"]["rows_equal"]);
    assert_eq!(report["parity"]["max_abs_difference"], 0.0);

    let expected = files.case.expected("margin");
    let lines = files.predictions(&model, &rows);
    assert_eq!(lines.len(), expected.len());
    for (line, expected) in lines.iter().zip(&expected) {
        let margin = line["margin"].as_f64().unwrap();
        assert_eq!((margin as f32).to_bits(), (expected[0] as f32).to_bits());
        let contributions = line["contributions"].as_array().unwrap();
        assert_eq!(contributions.len(), 5);
        let sum: f64 = contributions.iter().map(|c| c.as_f64().unwrap()).sum();
        assert!((line["base_value"].as_f64().unwrap() + sum - margin).abs() < 1e-4);
    }
    // Any header will do, and infinities are numbers.
    let row = ["inf", "-inf", "nan", "-0.0", "3e38"].map(String::from).to_vec();
    let odd = files.table("odd.csv", "a,b,a,,e\n", &[row]);
    assert_eq!(files.predictions(&model, &odd).len(), 1);
    let narrow = files.table("narrow.csv", "", &[vec!["1".into(), "2".into()]]);
    let (code, _, error) = run(&["predict", "--model", &model, "--data", &narrow]);
    assert!(code == 3 && error.contains("has 2 columns, the model takes 5, in order"), "{error}");
}

#[test]
fn several_outputs_are_arrays_and_columns() {
    let files = Files::new("xgb_softprob");
    let (model, rows) = (files.import(&[]), files.rows());
    let line = &files.predictions(&model, &rows)[0];
    for key in ["prediction", "margin", "base_value", "contributions"] {
        assert_eq!(line[key].as_array().map(Vec::len), Some(3), "{key}");
    }
    assert_eq!(line["contributions"][2].as_array().map(Vec::len), Some(5));
    let csv = done(&["predict", "--model", &model, "--data", &rows, "--explain", "full"]);
    let header = csv.lines().next().unwrap();
    assert!(header.starts_with("prediction_0,prediction_1,prediction_2,margin_0,"), "{header}");
    assert!(header.contains(",base_value_2,contribution_0_f0,"), "{header}");
    let width = header.split(',').count();
    assert!(width == 9 + 15 && csv.lines().all(|line| line.split(',').count() == width));
    // Interaction values: a matrix for each output, whose rows add up to the contributions.
    let pairs = ["predict", "--model", &model, "--data", &rows, "--explain", "interactions"];
    let json_lines = done(&[&pairs[..], &["--format", "json"]].concat());
    let line: Value = serde_json::from_str(json_lines.lines().next().unwrap()).unwrap();
    let matrices = line["interactions"].as_array().unwrap();
    assert_eq!(matrices.len(), 3);
    for (matrix, shares) in matrices.iter().zip(line["contributions"].as_array().unwrap()) {
        for (row, share) in matrix.as_array().unwrap().iter().zip(shares.as_array().unwrap()) {
            let sum: f64 = row.as_array().unwrap().iter().filter_map(Value::as_f64).sum();
            assert!((sum - share.as_f64().unwrap()).abs() < 1e-9, "{row} {share}");
        }
    }
    let (code, _, error) = run(&pairs);
    assert!(code == 2 && error.contains("--format json"), "{code} {error}");
    for header in ["", "margin_0,margin_1,margin_2\n"] {
        let margins = files.margins(header);
        done(&["models", "parity", "--model", &model, "--data", &rows, "--expected", &margins]);
    }

    let files = Files::new("xgb_softmax");
    let (model, rows) = (files.import(&[]), files.rows());
    let line = &files.predictions(&model, &rows)[0];
    assert_eq!(line["prediction"].as_f64(), Some(files.case.expected("pred")[0][0]));
    assert_eq!(line["margin"].as_array().map(Vec::len), Some(3));
    let csv = done(&["predict", "--model", &model, "--data", &rows]);
    assert!(csv.starts_with("prediction,margin_0,margin_1,margin_2\n"));
}

#[test]
fn parity_says_how_far_and_fails_beyond_the_tolerance() {
    let files = Files::new("xgb_bin_base03");
    let (model, rows) = (files.import(&[]), files.rows());
    let mut margins: Vec<Vec<String>> = (files.case.expected("margin").iter())
        .map(|row| vec![format!("{}", row[0] as f32)])
        .collect();
    margins[3][0] = "0.5".into();
    let expected = files.table("wrong.csv", "margin\n", &margins);
    let compare = ["models", "parity", "--model", &model, "--data", &rows, "--format", "json"];
    let (code, report, error) = run(&[&compare[..], &["--expected", &expected]].concat());
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("1 of ") && error.contains("differ by more than 0"), "{error}");
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["worst_line"], 4);
    assert_eq!(report["beyond_tolerance"], 1);
    assert_eq!(report["rows"].as_u64(), report["rows_equal"].as_u64().map(|equal| equal + 1));
    done(&[&compare[..], &["--expected", &expected, "--tolerance", "100"]].concat());
    let short = files.table("short.csv", "margin\n", &margins[1..]);
    let (code, _, error) = run(&[&compare[..], &["--expected", &short]].concat());
    assert!(code == 3 && error.contains("rows, the expected margins "), "{error}");
    // An import that fails its check writes nothing.
    let (source, other) = (files.source.to_str().unwrap(), files.path("other.csm"));
    let import = ["models", "import", source, "--out", &other, "--check", &rows];
    let (code, _, error) = run(&[&import[..], &["--expected", &expected]].concat());
    assert!(code == 1 && error.contains("nothing was written"), "{error}");
    assert!(!Path::new(&other).exists());
}

#[test]
fn names_of_features_and_categories_are_matched() {
    let files = Files::new("xgb_named");
    let model = files.import(&[]);
    let towns = ["Aachen", "Bonn", "Koeln", "Dueren, Kreis", "Essen"];
    let rows: Vec<Vec<String>> = (files.case.rows("X").iter())
        .map(|row| {
            let town = towns.get(row[1] as usize).filter(|_| !row[1].is_nan());
            let town = town.map_or(String::new(), |town| format!("\"{town}\""));
            let size = if row[2].is_nan() { String::new() } else { format!("{}", 10.0 * row[2]) };
            vec![town, size, "ignored".into(), format!("{:?}", row[0])]
        })
        .collect();
    let rows = files.table("named.csv", "town,size,further,\"amount, EUR\"\n", &rows);
    let expected = files.case.expected("margin");
    for (line, expected) in files.predictions(&model, &rows).iter().zip(&expected) {
        let margin = line["margin"].as_f64().unwrap() as f32;
        assert_eq!(margin.to_bits(), (expected[0] as f32).to_bits());
    }
}

#[test]
fn cells_are_read_as_the_library_reads_its_rows() {
    let files = Files::new("xgb_named");
    let path = |name: &str| folder().join(name).to_str().unwrap().to_owned();
    let model = files.path("wide.csm");
    for name in ["skl_hist_f64.skl.json", "lgb_f64.lgb.txt"] {
        done(&["models", "import", &path(name), "--out", &model]);
        let case = name.split('.').next().unwrap();
        let case = Case::read(&folder().join(format!("{case}.case.json")));
        let text = |row: &Vec<f64>| row.iter().map(|x| format!("{x}")).collect::<Vec<_>>();
        // A first line that counts the columns is a header, as pandas writes it.
        let rows: Vec<Vec<String>> = case.expected("X").iter().map(text).collect();
        let rows = files.table("wide.csv", "0,1,2\n", &rows);
        let arguments = ["predict", "--model", &model, "--data", &rows, "--format", "json"];
        let (code, lines, error) = run(&arguments);
        assert!(code == 0 && error.contains("counts the columns from 0"), "{error}");
        let expected = case.expected("pred");
        assert_eq!(lines.lines().count(), expected.len());
        for (line, expected) in lines.lines().zip(expected) {
            let line: Value = serde_json::from_str(line).unwrap();
            let difference = line["prediction"].as_f64().unwrap() - expected[0];
            assert!(difference.abs() <= 1e-12 * expected[0].abs().max(1.0), "{line} {expected:?}");
        }
    }
}

#[test]
fn a_model_goes_out_and_comes_back() {
    let files = Files::new("xgb_earlystop_best");
    let best = files.import(&["--trees", "best"]);
    let (rows, margins) = (files.rows(), files.margins("margin\n"));
    done(&["models", "parity", "--model", &best, "--data", &rows, "--expected", &margins]);
    let (json, again) = (files.path("out.json"), files.path("again.csm"));
    done(&["models", "export", &best, "--out", &json, "--format", "xgboost-json"]);
    done(&["models", "import", &json, "--out", &again, "--from", "xgboost-json"]);
    done(&["models", "parity", "--model", &again, "--data", &rows, "--expected", &margins]);
}

#[test]
fn what_is_not_read_is_named() {
    let files = Files::new("xgb_reg_missing");
    let (odd, out) = (files.path("odd.json"), files.path("m.csm"));
    let document = fs::read_to_string(folder().join("xgb_reg_missing.xgb.json")).unwrap();
    for (text, code, words) in [
        (document.replace("reg:squarederror", "reg:mine"), 3, "objective: reg:mine is not"),
        ("PK".into(), 3, "not a model file of XGBoost"),
        ("{\"learner\": 1}".into(), 3, "line 1, column 13"),
    ] {
        fs::write(&odd, text).unwrap();
        let (found, _, error) = run(&["models", "import", &odd, "--out", &out]);
        assert!(found == code && error.contains(words), "{error}");
        assert!(!Path::new(&out).exists());
    }
    let (code, _, error) = run(&["models", "import", "nowhere.json", "--out", &out]);
    assert!(code == 5 && error.contains("nowhere.json"), "{error}");
    let (code, _, error) = run(&["models", "import", &odd, "--out", &out, "--trees", "0"]);
    assert!(code == 2 && error.contains("all, best, or a number"), "{error}");
    let help = done(&["models", "import", "--help"]);
    assert!(help.contains("booster.save_model") && help.contains("docs/INTEROP.md"));
}
