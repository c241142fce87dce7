//! Contributions equal those of other libraries, within what they keep (golden/explanations).

use std::fs;
use std::path::Path;

use chatsignal_core::explain::contributions;
use chatsignal_core::model::{Aggregation, Dialect, Model, Tree, TreeEnsemble};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    let number = |v: &Value| match v {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap(),
    };
    value.as_array().unwrap().iter().map(number).collect()
}

fn tree(value: &Value) -> Tree {
    let integers = |field: &str| numbers(&value[field]).into_iter().map(|v| v as u32).collect();
    let left: Vec<u32> = integers("left");
    Tree {
        split_feature: integers("split_feature"),
        threshold: numbers(&value["threshold"]).into_iter().map(|v| v as f32).collect(),
        category_set: vec![0; left.len()],
        default_left: numbers(&value["default_left"]).into_iter().map(|v| v != 0.0).collect(),
        right: integers("right"),
        leaf_value: numbers(&value["leaf_value"]),
        cover: numbers(&value["cover"]),
        category_sets: Vec::new(),
        left,
    }
}

#[test]
fn contributions_equal_those_of_xgboost() {
    for name in ["xgb_reg_missing", "xgb_bin_base03"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/explanations");
        let text = fs::read_to_string(path.join(format!("{name}.json"))).unwrap();
        let golden: Value = serde_json::from_str(&text).unwrap();
        let rows = golden["rows"].as_array().unwrap();
        let trees = TreeEnsemble {
            trees: golden["trees"].as_array().unwrap().iter().map(tree).collect(),
            base_score: golden["base_score"].as_f64().unwrap(),
            aggregation: Aggregation::Sum,
            n_features: rows[0].as_array().unwrap().len(),
            dialect: Dialect::default(),
        };
        trees.check().unwrap_or_else(|e| panic!("{name}: {e}"));
        let model = Model::Trees(trees);
        assert!(rows.len() > 30);
        for (at, row) in rows.iter().enumerate() {
            let row: Vec<f32> = numbers(row).into_iter().map(|x| x as f32).collect();
            let margin = golden["margin"][at].as_f64().unwrap();
            assert!((model.margin(&row) - margin).abs() < 1e-5 * (1.0 + margin.abs()), "{name}");
            let theirs = numbers(&golden["contributions"][at]);
            let ours = contributions(&model, &row);
            let scale = theirs.iter().fold(1.0f64, |m, c| m.max(c.abs()));
            let ours = ours.contributions.iter().chain([&ours.base_value]);
            for (feature, (ours, theirs)) in ours.zip(&theirs).enumerate() {
                let error = (ours - theirs).abs();
                assert!(error < 1e-5 * scale, "{name} row {at} feature {feature}: {ours} {theirs}");
            }
        }
    }
}
