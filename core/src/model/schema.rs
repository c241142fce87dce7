//! What a model's inputs are: names, order, kinds.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::error::{ModelError, rule};
use crate::limits;
use crate::order::sort_by;
use crate::say::Piece::{Hex, Text};
use crate::say::say;
use crate::wire::{Reader, WireError, WireReason, Writer};

/// How a feature's number is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeatureKind {
    /// A number; missing is NaN.
    Numeric,
    /// An index into these category names, in order; missing or unknown is NaN.
    Categorical {
        /// Category names; the position is the code.
        categories: Vec<String>,
    },
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureMeta {
    /// Name, unique in the schema.
    pub name: String,
    /// Kind.
    pub kind: FeatureKind,
}

/// The inputs of a model, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureSchema {
    /// The inputs.
    pub features: Vec<FeatureMeta>,
}

impl FeatureSchema {
    /// A schema of numeric features.
    #[must_use]
    pub fn numeric<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let features = names
            .into_iter()
            .map(|name| FeatureMeta { name: name.into(), kind: FeatureKind::Numeric })
            .collect();
        Self { features }
    }

    /// Number of features.
    #[must_use]
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// Position of a feature by name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.features.iter().position(|f| f.name == name)
    }

    /// Whether feature `j` is categorical.
    #[must_use]
    pub fn is_categorical(&self, j: usize) -> bool {
        self.features.get(j).is_some_and(|f| matches!(f.kind, FeatureKind::Categorical { .. }))
    }

    /// Checks counts and names: unique, not empty, not too long.
    ///
    /// # Errors
    /// The first rule that is broken, with its place.
    pub fn check(&self) -> Result<(), ModelError> {
        rule((1..=limits::FEATURES_MAX).contains(&self.len()), "features", "must be 1 to 4096")?;
        check_names(self.features.iter().map(|f| &f.name), "features")?;
        for (j, feature) in self.features.iter().enumerate() {
            if let FeatureKind::Categorical { categories } = &feature.kind {
                rule(
                    categories.len() <= limits::CATEGORIES_MAX,
                    "categories",
                    "at most 4096 are allowed",
                )
                .map_err(|error| error.at(j).named(&feature.name))?;
                check_names(categories.iter(), "categories")?;
            }
        }
        Ok(())
    }

    /// Identity of the schema: XXH64 (seed 0) of its canonical encoding ([`FeatureSchema::encode`]).
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut writer = Writer::new();
        self.encode(&mut writer);
        xxhash_rust::xxh64::xxh64(&writer.bytes, 0)
    }

    /// Appends the canonical encoding: count, then of each feature its name, 0 for numeric or 1 for
    /// categorical, and the categories.
    pub fn encode(&self, out: &mut Writer) {
        out.count(self.len());
        for feature in &self.features {
            out.string(&feature.name);
            match &feature.kind {
                FeatureKind::Numeric => out.u8(0),
                FeatureKind::Categorical { categories } => {
                    out.u8(1);
                    out.count(categories.len());
                    categories.iter().for_each(|category| out.string(category));
                }
            }
        }
    }

    /// Reads what [`FeatureSchema::encode`] wrote; [`FeatureSchema::check`] has still to be called.
    ///
    /// # Errors
    /// Where the bytes end too early or hold something that is not allowed.
    pub fn decode(input: &mut Reader<'_>) -> Result<Self, WireError> {
        // The shortest feature is an empty name (4 bytes) and a kind.
        let count = input.count(limits::FEATURES_MAX, 5, "feature count")?;
        let mut features = Vec::with_capacity(count);
        for _ in 0..count {
            let name = input.string(limits::NAME_BYTES_MAX, "feature name")?;
            let here = input.clone();
            let kind = match input.u8("feature kind")? {
                0 => FeatureKind::Numeric,
                1 => FeatureKind::Categorical { categories: decode_categories(input)? },
                _ => return Err(here.error("feature kind", WireReason::Invalid)),
            };
            features.push(FeatureMeta { name, kind });
        }
        Ok(Self { features })
    }
}

fn decode_categories(input: &mut Reader<'_>) -> Result<Vec<String>, WireError> {
    let count = input.count(limits::CATEGORIES_MAX, 4, "category count")?;
    let mut categories = Vec::with_capacity(count);
    for _ in 0..count {
        categories.push(input.string(limits::NAME_BYTES_MAX, "category name")?);
    }
    Ok(categories)
}

/// Names are unique, 1 to 256 bytes long.
pub(crate) fn check_names<'a>(
    names: impl Iterator<Item = &'a String>,
    field: &'static str,
) -> Result<(), ModelError> {
    let mut sorted = Vec::with_capacity(names.size_hint().0);
    for (at, name) in names.enumerate() {
        if name.is_empty() || name.len() > limits::NAME_BYTES_MAX {
            return Err(ModelError::new(field, "a name has 1 to 256 bytes").at(at));
        }
        sorted.push(name.as_str());
    }
    sort_by(&mut sorted, Ord::cmp);
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(ModelError::new(field, "names must be unique").named(pair[0])),
    }
}

/// A fingerprint as people see it: `x64:` and sixteen hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        say(f, &[Text("x64:"), Hex(self.0)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn fingerprint_sees_names_order_and_kinds() {
        let ab = FeatureSchema::numeric(["a", "b"]);
        assert_ne!(ab.fingerprint(), FeatureSchema::numeric(["b", "a"]).fingerprint());
        assert_ne!(ab.fingerprint(), FeatureSchema::numeric(["ab"]).fingerprint());
        let mut categorical = ab.clone();
        categorical.features[1].kind = FeatureKind::Categorical { categories: [].into() };
        assert_ne!(ab.fingerprint(), categorical.fingerprint());
        // Never to change: models on disk are refused when it does.
        assert_eq!(Fingerprint(ab.fingerprint()).to_string(), "x64:72307b0302b94431");
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(FeatureSchema::numeric(["a", "b"]).check(), Ok(()));
        assert_eq!(FeatureSchema::default().check().map_err(|e| e.field), Err("features"));
        let twice = FeatureSchema::numeric(["a", "b", "a"]).check();
        assert_eq!(twice.map_err(|e| e.name.clone()), Err(Some("a".into())));
        let long = "x".repeat(limits::NAME_BYTES_MAX + 1);
        assert!(FeatureSchema::numeric([long.as_str()]).check().is_err());
        assert!(FeatureSchema::numeric([""]).check().is_err());
        let mut many = FeatureSchema::numeric(["a"]);
        let categories = ["x".to_string(), "x".to_string()].into();
        many.features[0].kind = FeatureKind::Categorical { categories };
        assert_eq!(many.check().map_err(|e| e.field), Err("categories"));
    }
}
