//! Inputs: names, and the categories of those that are categories.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chatsignal_core::limits;
use chatsignal_core::model::{FeatureKind, FeatureMeta, FeatureSchema, Reading, ReadingRule};

use super::schema::{Encoding, Learner, Values};
use crate::ImportError;

/// Inputs of a model, and which of them are read as codes.
pub(super) struct Inputs {
    pub(super) schema: FeatureSchema,
    /// Whether the file has names.
    pub(super) named: bool,
    pub(super) readings: Vec<Reading>,
    pub(super) notes: Vec<String>,
}

/// Versions that count letters where they should count bytes when they write the names of a pandas
/// frame: names beyond ASCII are cut at the wrong places and the last bytes are lost.
const MISCOUNTING: [(u32, u32); 2] = [(3, 1), (3, 2)];

/// Reads the inputs. `split` are the features that some tree splits by category, `version` is the
/// major and minor version of XGBoost.
pub(super) fn inputs(
    learner: &Learner,
    encodings: &[Encoding],
    split: &BTreeSet<u32>,
    version: (u32, u32),
) -> Result<Inputs, ImportError> {
    let features = learner.learner_model_param.num_feature.0 as usize;
    if !(1..=limits::FEATURES_MAX).contains(&features) {
        let found = format!("{features} features (1 to {} are)", limits::FEATURES_MAX);
        return Err(ImportError::unsupported("num_feature", found));
    }
    let (names, types) = (&learner.feature_names.0, &learner.feature_types.0);
    for (at, length) in [
        ("feature_names", names.len()),
        ("feature_types", types.len()),
        ("cats.enc", encodings.len()),
    ] {
        if length != 0 && length != features {
            return Err(ImportError::malformed(at, "must be none or one for each feature"));
        }
    }
    let mut readings = Vec::new();
    let mut schema = FeatureSchema::default();
    let mut nameless = 0;
    for j in 0..features {
        let name = names.get(j).map_or_else(|| format!("f{j}"), |name| name.0.clone());
        let number = j as u32;
        let mut kind = FeatureKind::Numeric;
        if types.get(j).is_some_and(|kind| kind.0 == "c") || split.contains(&number) {
            readings.push(Reading { feature: number, rule: ReadingRule::Code });
            match encodings.get(j).map(|list| category_names(list, &name, version)).transpose()? {
                Some(categories) if !categories.is_empty() => {
                    let beyond_ascii = categories.iter().any(|name| !name.is_ascii());
                    if beyond_ascii && MISCOUNTING.contains(&version) {
                        return Err(beyond_ascii_names(&name, version));
                    }
                    kind = FeatureKind::Categorical { categories };
                }
                _ => nameless += 1,
            }
        }
        schema.features.push(FeatureMeta { name, kind });
    }
    let mut notes = Vec::new();
    if nameless > 0 {
        notes.push(format!(
            "{nameless} features are categories without names in the file: their inputs are the \
             codes that the model was trained on (0, 1, ...)"
        ));
    }
    Ok(Inputs { schema, named: !names.is_empty(), readings, notes })
}

fn beyond_ascii_names(feature: &str, (major, minor): (u32, u32)) -> ImportError {
    let found = format!(
        "names beyond ASCII among the categories of `{feature}`: XGBoost {major}.{minor} cuts those \
         of a pandas frame wrongly (rename them in ASCII letters, or save with XGBoost 3.0: codes \
         without names)"
    );
    ImportError::unsupported("cats", found)
}

/// Names of the categories of a feature, in order of their codes; none where it has no encoding.
fn category_names(
    encoding: &Encoding,
    feature: &str,
    version: (u32, u32),
) -> Result<Vec<String>, ImportError> {
    let fail = |rule| Err(ImportError::malformed(format!("cats.enc of `{feature}`"), rule));
    let Values::Whole(values) = &encoding.values else {
        let found = format!("categories of `{feature}` that are neither texts nor whole numbers");
        return Err(ImportError::unsupported("cats", found));
    };
    let values = &values.0;
    let Some(offsets) = &encoding.offsets else {
        if values.len() > limits::CATEGORIES_MAX {
            return fail("at most 4096 categories are read");
        }
        return Ok(values.iter().map(ToString::to_string).collect());
    };
    if offsets.0.len() > limits::CATEGORIES_MAX + 1 {
        return fail("at most 4096 categories are read");
    }
    // Bytes are written as signed numbers.
    let Ok(letters) = String::from_utf8(values.iter().map(|&letter| letter as u8).collect()) else {
        // The bytes may end within a letter.
        if MISCOUNTING.contains(&version) {
            return Err(beyond_ascii_names(feature, version));
        }
        return fail("the names are not UTF-8");
    };
    let mut names = Vec::with_capacity(offsets.0.len());
    let mut rest = letters.as_str();
    for pair in offsets.0.windows(2) {
        let length = pair[1].checked_sub(pair[0]).map(|length| length as usize);
        let Some((name, further)) = length.and_then(|length| rest.split_at_checked(length)) else {
            return fail("offsets must rise and part whole names");
        };
        if name.len() > limits::NAME_BYTES_MAX {
            return fail("a name has at most 256 bytes");
        }
        names.push(name.into());
        rest = further;
    }
    if rest.is_empty() { Ok(names) } else { fail("offsets must take up all letters") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::List;

    fn names(
        bytes: &[u8],
        offsets: &[u32],
        version: (u32, u32),
    ) -> Result<Vec<String>, ImportError> {
        let values = bytes.iter().map(|&byte| i32::from(byte as i8)).collect();
        let offsets = Some(List(offsets.into()));
        let encoding = Encoding { offsets, values: Values::Whole(List(values)) };
        category_names(&encoding, "town", version)
    }

    #[test]
    fn names_are_cut_at_their_offsets() {
        assert_eq!(names(b"bcyz", &[0, 1, 2, 4], (3, 2)).unwrap(), ["b", "c", "yz"]);
        let right = names("b\u{e4}z".as_bytes(), &[0, 1, 3, 4], (3, 3)).unwrap();
        assert_eq!(right, ["b", "\u{e4}", "z"]);
    }

    #[test]
    fn names_that_end_within_a_letter_are_refused_by_name() {
        let cut = &"\u{e4}\u{e9}".as_bytes()[..3];
        let error = names(cut, &[0, 2, 3], (3, 2)).unwrap_err().to_string();
        assert!(error.contains("names beyond ASCII among the categories of `town`"), "{error}");
        let error = names(cut, &[0, 2, 3], (3, 3)).unwrap_err().to_string();
        assert!(error.ends_with("the names are not UTF-8"), "{error}");
    }
}
