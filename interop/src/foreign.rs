//! Files that people take for models to import, by their first bytes: refused with what to save
//! instead.

use alloc::format;

use crate::ImportError;

/// How a file begins, without white space, what it is, and what to do instead.
const KINDS: [(&[u8], &str, &str); 11] = [
    (b"\x89CSM", "a model file of chatsignal", "predict with it"),
    (b"\x80\x02", "a pickle", PICKLE),
    (b"\x80\x03", "a pickle", PICKLE),
    (b"\x80\x04", "a pickle", PICKLE),
    (b"\x80\x05", "a pickle", PICKLE),
    (b"binf", "XGBoost's old binary format", SAVE_XGBOOST),
    (b"booster[0]:", "XGBoost's dump_model", SAVE_XGBOOST),
    (b"[{\"nodeid\":", "XGBoost's dump_model", SAVE_XGBOOST),
    (b"{\"learner\":{\"generic_param\":", "XGBoost's save_config", SAVE_XGBOOST),
    (b"{\"name\":\"tree\",", "LightGBM's dump_model", SAVE_LIGHTGBM),
    (b"{'name':'tree',", "LightGBM's dump_model", SAVE_LIGHTGBM),
];
const PICKLE: &str = "it runs code when it is opened: in Python, save with save_model of XGBoost or \
                      LightGBM, or with sklearn_dump.py,";
const SAVE_XGBOOST: &str = "save with Booster.save_model('m.json') or 'm.ubj'";
const SAVE_LIGHTGBM: &str = "save with Booster.save_model('m.txt')";

/// The refusal of a file that is none of a format that is read, where it is known.
pub(crate) fn refusal(bytes: &[u8]) -> Option<ImportError> {
    let start = bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
    let begins = |kind: &[u8]| start.clone().take(kind.len()).eq(kind);
    let (_, what, instead) = KINDS.iter().find(|(kind, ..)| begins(kind))?;
    Some(ImportError::unsupported(*what, format!("this kind of file ({instead} instead)")))
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::{Options, import};

    #[test]
    fn what_is_taken_for_a_model_is_named_and_told_what_to_save() {
        for (start, what, instead) in [
            (&b"\x80\x04\x95f"[..], "a pickle: ", "sklearn_dump.py"),
            (b"binf\x01\x8f", "XGBoost's old binary format: ", "Booster.save_model('m.json')"),
            (b"booster[0]:\n0:[a<1]", "XGBoost's dump_model: ", "'m.ubj'"),
            (b"[\n  { \"nodeid\": 0, \"depth\": 0", "XGBoost's dump_model: ", "'m.ubj'"),
            (b"{\"learner\": {\"generic_param\":{}", "XGBoost's save_config: ", "'m.ubj'"),
            (b"{\"name\": \"tree\", \"version\"", "LightGBM's dump_model: ", "'m.txt'"),
            (b"{'name': 'tree', 'version'", "LightGBM's dump_model: ", "'m.txt'"),
            (b"\x89CSM\r\n", "a model file of chatsignal: ", "predict with it"),
        ] {
            let error = import(start, &Options::default()).unwrap_err().to_string();
            assert!(error.starts_with(what) && error.contains(instead), "{error}");
        }
        assert_eq!(refusal(b"tree\nversion=v4"), None);
        assert_eq!(refusal(b"b"), None);
    }
}
