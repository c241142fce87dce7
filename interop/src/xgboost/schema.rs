//! The document of `Booster.save_model`: the same in JSON and UBJSON, versions 1.6 to 3.x. Keys
//! that do not matter for prediction are not read.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use chatsignal_core::limits;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use super::node::{Parsed, RawTree};
use super::objective::numbers;
use crate::ImportError;
use crate::number::{List, Num, Text, push};

#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) learner: Learner,
    /// Major, minor, patch.
    #[serde(default)]
    pub(super) version: List<u32>,
}

#[derive(Deserialize)]
pub(super) struct Learner {
    #[serde(default)]
    pub(super) attributes: Attributes,
    #[serde(default)]
    pub(super) feature_names: Names,
    #[serde(default)]
    pub(super) feature_types: Names,
    pub(super) gradient_booster: Booster,
    pub(super) learner_model_param: LearnerParam,
    pub(super) objective: Objective,
}

#[derive(Default, Deserialize)]
pub(super) struct Attributes {
    pub(super) best_iteration: Option<Text>,
}

#[derive(Deserialize)]
pub(super) struct LearnerParam {
    pub(super) base_score: Text,
    pub(super) num_feature: Num<u32>,
    #[serde(default)]
    pub(super) num_class: Num<u32>,
    #[serde(default)]
    pub(super) num_target: Num<u32>,
}

#[derive(Deserialize)]
pub(super) struct Objective {
    pub(super) name: Text,
    pub(super) quantile_loss_param: Option<QuantileParam>,
}

#[derive(Deserialize)]
pub(super) struct QuantileParam {
    pub(super) quantile_alpha: Option<Text>,
}

/// `gbtree`, `dart` (a `gbtree` with weights beside it) or `gblinear`.
#[derive(Deserialize)]
pub(super) struct Booster {
    pub(super) name: Text,
    pub(super) model: Option<BoosterModel>,
    pub(super) gbtree: Option<Nested>,
    pub(super) weight_drop: Option<List<f32>>,
}

#[derive(Deserialize)]
pub(super) struct Nested {
    pub(super) model: BoosterModel,
}

#[derive(Deserialize)]
pub(super) struct BoosterModel {
    pub(super) gbtree_model_param: Option<GbtreeParam>,
    pub(super) iteration_indptr: Option<List<u32>>,
    #[serde(default)]
    pub(super) tree_info: List<u32>,
    #[serde(default)]
    pub(super) trees: Trees,
    /// Since 3.3 DART weights stand here.
    pub(super) weight_drop: Option<List<f32>>,
    pub(super) cats: Option<Categories>,
    /// Of `gblinear`.
    pub(super) weights: Option<List<f32>>,
}

#[derive(Deserialize)]
pub(super) struct GbtreeParam {
    #[serde(default = "one")]
    pub(super) num_parallel_tree: Num<u32>,
}

fn one() -> Num<u32> {
    Num(1)
}

/// Categories of the features, since 3.1.
#[derive(Deserialize)]
pub(super) struct Categories {
    #[serde(default)]
    pub(super) enc: Encodings,
}

/// The categories of one feature, in order of their codes.
#[derive(Deserialize)]
pub(super) struct Encoding {
    /// Where each text of `values` begins, and its end.
    pub(super) offsets: Option<List<u32>>,
    /// Bytes of the texts; numbers for categories that are whole numbers.
    #[serde(default)]
    pub(super) values: Values,
}

/// The values of an encoding: only whole numbers are kept.
#[derive(Default)]
pub(super) enum Values {
    Whole(List<i32>),
    #[default]
    Other,
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_seq(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(Text(text)) = items.next_element()? {
            match text.parse() {
                Ok(value) => push(&mut values, value),
                Err(_) => {
                    while items.next_element::<IgnoredAny>()?.is_some() {}
                    return Ok(Values::Other);
                }
            }
        }
        Ok(Values::Whole(List(values)))
    }
}

/// A list with at most as many entries as a model may have features.
fn at_most_features<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
    mut items: A,
) -> Result<Vec<T>, A::Error> {
    let mut list = Vec::new();
    while let Some(item) = items.next_element()? {
        if list.len() == limits::FEATURES_MAX {
            return Err(A::Error::custom("at most 4096 features are read"));
        }
        push(&mut list, item);
    }
    Ok(list)
}

macro_rules! per_feature {
    ($(#[$doc:meta])* $name:ident, $item:ty, $expecting:literal) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name(pub(super) Vec<$item>);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                struct PerFeature;
                impl<'de> Visitor<'de> for PerFeature {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<$name, A::Error> {
                        at_most_features(items).map($name)
                    }
                }
                input.deserialize_seq(PerFeature)
            }
        }
    };
}

per_feature!(
    /// A text of each feature.
    Names,
    Text,
    "an array of texts"
);
per_feature!(
    /// The categories of each feature.
    Encodings,
    Encoding,
    "an array of encodings"
);

/// The trees, each turned into our own as soon as it is read.
#[derive(Default)]
pub(super) struct Trees {
    pub(super) list: Vec<Parsed>,
    /// The first fault of a tree; what comes behind it is not read.
    pub(super) fault: Option<ImportError>,
}

impl<'de> Deserialize<'de> for Trees {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_seq(TreesVisitor)
    }
}

struct TreesVisitor;

impl<'de> Visitor<'de> for TreesVisitor {
    type Value = Trees;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of trees")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Trees, A::Error> {
        let mut trees = Trees::default();
        while let Some(raw) = items.next_element::<RawTree>()? {
            match raw.parse(trees.list.len()) {
                Ok(tree) => push(&mut trees.list, tree),
                Err(error) => {
                    trees.fault = Some(error);
                    while items.next_element::<IgnoredAny>()?.is_some() {}
                }
            }
        }
        Ok(trees)
    }
}

impl Objective {
    /// The quantiles of a quantile regression.
    pub(super) fn quantiles(&self) -> Option<Vec<String>> {
        let list = &self.quantile_loss_param.as_ref()?.quantile_alpha.as_ref()?.0;
        Some(numbers(list)?.iter().map(ToString::to_string).collect())
    }
}
