//! XGBoost's files.

use chatsignal_tests::data_dir;

use super::golden::{Case, assert_case, folder};

const ENDINGS: [&str; 2] = ["xgb.json", "xgb.ubj"];

#[test]
fn margins_equal_those_of_xgboost_to_the_bit() {
    let cases = Case::all(&folder(), "xgb_");
    assert!(cases.len() >= 20);
    for (path, case) in &cases {
        assert!(assert_case(path, case, &ENDINGS) >= 1, "{}", case.name);
    }
}

#[test]
fn margins_of_the_larger_cases_equal_those_of_xgboost() {
    let Some(data) = data_dir("larger cases of XGBoost") else { return };
    for (path, case) in Case::all(&data.join("golden"), "xgb_") {
        assert_case(&path, &case, &ENDINGS);
    }
}
