//! `chatsignal fit` and `predict` on tables of anyone's making.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chatsignal_train::custom::TrainRequest;
use chatsignal_train::progress::Silent;
use serde_json::Value;

use crate::cli::{self, chatsignal};

/// 400 rows: a target that follows x and color, missing values in both, an id.
fn table(delimiter: char, rows: usize) -> String {
    let mut text = ["id", "x", "color", "noise", "bought"].join(&delimiter.to_string()) + "\n";
    for row in 0..rows {
        let x = (row * 37 % 101) as f64 / 10.0;
        let color = ["red", "green", "blue"][row % 3];
        let bought = (x > 5.0) != (color == "red" && row % 7 == 0);
        let shown_x = if row % 11 == 0 { "NaN".to_owned() } else { format!("{x}") };
        let shown_color = if row % 13 == 0 { "" } else { color };
        let label = if bought { "yes" } else { "no" };
        let fields = [format!("c-{row:05}"), shown_x, shown_color.into(), (row % 5).to_string()];
        let _ = writeln!(text, "{}{delimiter}{label}", fields.join(&delimiter.to_string()));
    }
    text
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    cli::run(chatsignal(Path::new("no.db")).args(arguments))
}

fn fit(data: &Path, out: &Path, learner: &str, more: &[&str]) -> Value {
    let (data, out) = (data.to_str().unwrap(), out.to_str().unwrap());
    let mut arguments = vec!["fit", "--data", data, "--out", out, "--learner", learner];
    arguments.extend(["--format", "json"]);
    arguments.extend(more);
    let (code, report, error) = run(&arguments);
    assert_eq!(code, 0, "{error}");
    serde_json::from_str(&report).unwrap()
}

/// The same model comes out whether the table is read from a file or given as numbers.
#[test]
fn numbers_in_memory_give_the_bytes_of_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let (data, model) = (folder.path().join("t.csv"), folder.path().join("m.csm"));
    let text = table(',', 400);
    fs::write(&data, &text).unwrap();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let color = ["blue", "green", "red"].iter().position(|c| *c == cells[2]);
        x.push(cells[1].parse().unwrap());
        x.push(color.map_or(f32::NAN, |code| code as f32));
        x.push(cells[3].parse().unwrap());
        y.push(f64::from(u8::from(cells[4] == "yes")));
    }
    let params = r#"{"n_estimators": 20}"#;
    for (learner, params) in [("gbm", params), ("forest", params), ("logistic", "{}")] {
        fit(&data, &model, learner, &[&BOUGHT[..], &["--params", params]].concat());
        let request = format!(
            r#"{{"features": ["x", {{"name": "color", "categories": ["blue", "green", "red"]}}, "noise"],
                "target": "bought", "task": "binary", "positive_label": "yes", "negative_label": "no",
                "learner": "{learner}", "params": {params}}}"#
        );
        let request = TrainRequest::from_json(&request).unwrap();
        let (bytes, _) = request.run(x.clone(), y.clone(), &Silent).unwrap();
        assert!(bytes == fs::read(&model).unwrap(), "{learner}");
    }
}

const BOUGHT: [&str; 4] = ["--target", "bought", "--task", "binary"];

#[test]
fn every_learner_fits_and_predicts_what_it_learned() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("t.csv");
    fs::write(&data, table(',', 400)).unwrap();
    let params = r#"{"n_estimators": 20}"#;
    for (learner, params) in
        [("gbm", params), ("forest", params), ("gbdt", params), ("logistic", "{}")]
    {
        let model = folder.path().join(format!("{learner}.csm"));
        let more = [&BOUGHT[..], &["--folds", "3", "--params", params]].concat();
        let report = fit(&data, &model, learner, &more);
        assert_eq!(report["rows"], 400, "{learner}");
        assert_eq!(report["labels"]["positive"], "yes");
        assert_eq!(report["f1_threshold_from"], "out_of_fold");
        assert_eq!(report["folds"]["each"].as_array().map(Vec::len), Some(3));
        let auc = report["folds"]["out_of_fold"]["auc"].as_f64().unwrap();
        assert!(auc > 0.85, "{learner}: {auc}");
        let names: Vec<_> = report["features"].as_array().unwrap().iter().collect();
        assert_eq!(names.len(), 3, "the id is left out: {names:?}");
        assert!(report["warnings"][0].as_str().unwrap().contains("`id`"));

        let again = folder.path().join("again.csm");
        fit(&data, &again, learner, &more);
        assert_eq!(fs::read(&model).unwrap(), fs::read(&again).unwrap(), "same seed, same bytes");

        let (model, data) = (model.to_str().unwrap(), data.to_str().unwrap());
        let (code, lines, _) =
            run(&["predict", "--model", model, "--data", data, "--format", "json"]);
        assert_eq!(code, 0);
        let lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 400);
        for line in &lines {
            let contributions = line["contributions"].as_array().unwrap();
            assert_eq!(contributions.len(), 3);
            let base = line["base_value"].as_f64().unwrap();
            let sum = contributions.iter().fold(base, |sum, c| sum + c.as_f64().unwrap());
            assert!((sum - line["margin"].as_f64().unwrap()).abs() < 1e-9);
        }
        let (_, csv, _) = run(&["predict", "--model", model, "--data", data]);
        let mut csv = csv.lines();
        assert_eq!(csv.next(), Some("prediction,margin"));
        let first: f64 = csv.next().unwrap().split(',').next().unwrap().parse().unwrap();
        assert_eq!(lines[0]["prediction"].as_f64(), Some(first));
    }
}

#[test]
fn columns_are_found_by_name_whatever_the_delimiter_and_order() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("comma.csv"), table(',', 100)).unwrap();
    fs::write(at("semicolon.csv"), format!("\u{feff}{}", table(';', 100))).unwrap();
    let more = [&BOUGHT[..], &["--params", r#"{"n_estimators": 5}"#]].concat();
    fit(&at("comma.csv"), &at("a.csm"), "gbm", &more);
    fit(&at("semicolon.csv"), &at("b.csm"), "gbm", &more);
    assert_eq!(fs::read(at("a.csm")).unwrap(), fs::read(at("b.csm")).unwrap());

    fs::write(at("new.csv"), "more\tcolor\tnoise\tx\n1\tred\t0\t7\n2\tpurple\t\t1.5\n").unwrap();
    let (model, data) = (at("a.csm"), at("new.csv"));
    let (code, out, notes) =
        run(&["predict", "--model", model.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    assert_eq!((code, out.lines().count()), (0, 3));
    assert!(notes.contains("`color`") && notes.contains("in 1 rows"), "{notes}");
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("t.csv"), table(',', 60)).unwrap();
    let model = at("m.csm");
    let more = [&BOUGHT[..], &["--params", r#"{"n_estimators": 5}"#]].concat();
    fit(&at("t.csv"), &model, "gbm", &more);
    let fails = |arguments: &[&str], code: i32, words: &[&str]| {
        let (found, _, error) = run(arguments);
        assert_eq!(found, code, "{error}");
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    };
    let data = at("t.csv");
    let data = data.to_str().unwrap();
    let out = at("x.csm");
    let base = ["fit", "--data", data, "--learner", "gbm", "--out", out.to_str().unwrap()];
    let fit = |more: &[&'static str]| [&base[..], more].concat();
    fails(&fit(&["--target", "sold", "--task", "binary"]), 3, &["`sold`", "bought"]);
    fails(&fit(&["--target", "color", "--task", "binary"]), 3, &["`color`", "more than two"]);
    fails(&fit(&["--target", "bought", "--task", "regression"]), 3, &["line 2", "not a number"]);
    let label = ["--target", "bought", "--task", "binary", "--positive", "maybe"];
    fails(&fit(&label), 3, &["`yes` and `no`"]);
    let params = ["--target", "bought", "--task", "binary", "--params", r#"{"trees": 9}"#];
    fails(&fit(&params), 3, &["trees", "n_estimators", "max_depth", "learning_rate"]);
    let predict = |name: &str, text: &str, code, words: &[&str]| {
        fs::write(at(name), text).unwrap();
        let (model, data) = (model.to_str().unwrap(), at(name));
        let data = data.to_str().unwrap();
        fails(&["predict", "--model", model, "--data", data], code, words);
    };
    predict("no_x.csv", "color,noise\nred,1\n", 3, &["no_x.csv", "`x`", "missing"]);
    predict("words.csv", "x,color,noise\n1,red,1\nmuch,red,1\n", 3, &["line 3", "`x`"]);
    predict("short.csv", "x,color,noise\n1,red\n", 3, &["line 2", "2 fields", "3"]);
    predict("empty.csv", "", 3, &["empty"]);
    fs::write(&model, b"text").unwrap();
    predict("t2.csv", "x,color,noise\n1,red,1\n", 3, &["not a chatsignal model file"]);
    fs::remove_file(&model).unwrap();
    predict("t3.csv", "x,color,noise\n1,red,1\n", 5, &["m.csm"]);
}

#[test]
fn public_tables_are_learned() {
    let Some(data) = chatsignal_tests::data_dir("public_tables_are_learned") else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("m.csm");
    let telco = data.join("tabular/Telco-Customer-Churn.csv");
    let params = r#"{"n_estimators": 100, "max_depth": 3}"#;
    let churn = ["--target", "Churn", "--task", "binary", "--folds", "3", "--params", params];
    let report = fit(&telco, &model, "gbm", &churn);
    let auc = report["folds"]["out_of_fold"]["auc"].as_f64().unwrap();
    assert!(auc > 0.83, "published models reach 0.84 to 0.85: {auc}");
    assert_eq!(report["features"].as_array().map(Vec::len), Some(19));
    assert_eq!(report["features"][18]["missing"], 11, "TotalCharges has 11 blank cells");
    let hillstrom = data.join("tabular/hillstrom.csv");
    let visit = ["--target", "visit", "--task", "binary", "--ignore", "conversion,spend"];
    let report = fit(&hillstrom, &model, "logistic", &visit);
    assert_eq!(report["rows"], 64_000);
    assert!(report["train"]["auc"].as_f64().unwrap() > 0.6);
}
