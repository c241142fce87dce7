//! What a model's inputs are: names, order, kinds.

use alloc::string::String;
use alloc::vec::Vec;

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
}
