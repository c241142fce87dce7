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

/// Reads the inputs. `split` are the features that some tree splits by category.
pub(super) fn inputs(
    learner: &Learner,
    encodings: &[Encoding],
    split: &BTreeSet<u32>,
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
    let mut beyond_ascii = false;
    for j in 0..features {
        let name = names.get(j).map_or_else(|| format!("f{j}"), |name| name.0.clone());
        let number = j as u32;
        let mut kind = FeatureKind::Numeric;
        if types.get(j).is_some_and(|kind| kind.0 == "c") || split.contains(&number) {
            readings.push(Reading { feature: number, rule: ReadingRule::Code });
            match encodings.get(j).map(|encoding| category_names(encoding, &name)).transpose()? {
                Some(categories) if !categories.is_empty() => {
                    beyond_ascii |= categories.iter().any(|name| !name.is_ascii());
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
    if beyond_ascii {
        notes.push(
            "some names of categories have letters beyond ASCII: XGBoost 3.1 and 3.2 write such \
             names of a pandas frame cut at the wrong places"
                .into(),
        );
    }
    Ok(Inputs { schema, named: !names.is_empty(), readings, notes })
}

/// Names of the categories of a feature, in order of their codes; none where it has no encoding.
fn category_names(encoding: &Encoding, feature: &str) -> Result<Vec<String>, ImportError> {
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
