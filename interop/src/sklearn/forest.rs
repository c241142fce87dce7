//! Forests, single trees and boosted trees.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use chatsignal_core::artifact::Outputs;
use chatsignal_core::limits;
use chatsignal_core::model::{
    Aggregation, Calibration, Dialect, FeatureKind, Model, Postprocessor, Rounding, Tree,
    TreeEnsemble,
};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::tree::{Dump, in_tree};
use super::{about_class, calibration, fault, schema};
use crate::arrange::{Budget, pruned, push_tree};
use crate::checked::checked;
use crate::column::Column;
use crate::name::Names;
use crate::threshold::Thresholds;
use crate::{Format, ImportError, Imported};

/// The names of the categories of one feature.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Categories {
    feature: usize,
    names: Names,
}

/// What was read of a document so far. The trees are taken over one by one.
struct Document {
    sklearn: Option<String>,
    n_features: Option<usize>,
    features: Option<Names>,
    categories: Vec<Categories>,
    classes: Option<Names>,
    aggregation: Option<String>,
    base: Option<Column<f64>>,
    link: Option<String>,
    calibration: Option<calibration::Document>,
    outputs: Vec<Vec<Tree>>,
    /// Numbers in a leaf, and whether trees name their output.
    shape: Option<(usize, bool)>,
    trees: usize,
    uncovered: usize,
    /// How rows are rounded, by the class of the model.
    rounding: Rounding,
    thresholds: Thresholds,
    budget: Budget,
    /// An error that is not one of JSON.
    error: Option<ImportError>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let mut document = Document::new(bytes.len());
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let result = Root(&mut document).deserialize(&mut json).and_then(|()| json.end());
    match (document.error.take(), result) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(fault(&error)),
        (None, Ok(())) => document.imported(),
    }
}

/// Reads the object into the document.
struct Root<'a>(&'a mut Document);

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let document = self.0;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "format" | "rule" => drop(map.next_value::<IgnoredAny>()?),
                "model" => document.is_of(map.next_value()?),
                "sklearn" => document.sklearn = map.next_value()?,
                "n_features" => document.n_features = map.next_value()?,
                "features" => document.features = map.next_value()?,
                "categories" => document.categories = map.next_value_seed(Lists)?,
                "classes" => document.classes = map.next_value()?,
                "aggregation" => document.aggregation = map.next_value()?,
                "base" => document.base = map.next_value()?,
                "link" => document.link = map.next_value()?,
                "calibration" => document.calibration = map.next_value()?,
                "trees" if document.trees > 0 => return Err(A::Error::custom("trees: twice")),
                "trees" => map.next_value_seed(Trees(document))?,
                key => {
                    let field: String = key.chars().take(40).collect();
                    document.error = Some(ImportError::unsupported(field, "a field that is new"));
                    return Err(A::Error::custom(""));
                }
            }
        }
        Ok(())
    }
}

/// Reads the lists of categories, no more than there can be features.
struct Lists;

impl<'de> DeserializeSeed<'de> for Lists {
    type Value = Vec<Categories>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Lists {
    type Value = Vec<Categories>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut lists = Vec::new();
        while let Some(categories) = list.next_element()? {
            if lists.len() == limits::FEATURES_MAX {
                return Err(A::Error::custom("more lists than there are features"));
            }
            lists.push(categories);
        }
        Ok(lists)
    }
}

/// Reads the trees into the document.
struct Trees<'a>(&'a mut Document);

impl<'de> DeserializeSeed<'de> for Trees<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Trees<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of trees")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(dump) = list.next_element::<Dump>()? {
            if let Err(error) = self.0.take(dump) {
                self.0.error = Some(error);
                return Err(A::Error::custom(""));
            }
        }
        Ok(())
    }
}

impl Document {
    fn new(bytes: usize) -> Self {
        Self {
            sklearn: None,
            n_features: None,
            features: None,
            categories: Vec::new(),
            classes: None,
            aggregation: None,
            base: None,
            link: None,
            calibration: None,
            outputs: Vec::new(),
            shape: None,
            trees: 0,
            uncovered: 0,
            rounding: Rounding::Nearest,
            thresholds: Thresholds::default(),
            budget: Budget::of(bytes),
            error: None,
        }
    }

    /// Takes in the class of the model. HistGradientBoosting compares in f64, the others in f32.
    fn is_of(&mut self, class: Option<String>) {
        if class.is_some_and(|class| class.starts_with("HistGradientBoosting")) {
            self.rounding = Rounding::Down;
        }
    }

    /// Takes over a tree.
    fn take(&mut self, dump: Dump) -> Result<(), ImportError> {
        let number = self.trees;
        let fail = |field, reason| Err(ImportError::malformed(in_tree(number, field), reason));
        let (width, output) = (dump.value.width, dump.output);
        let shape = *self.shape.get_or_insert((width, output.is_some()));
        if shape != (width, output.is_some()) {
            return fail("value", "must be shaped as in the first tree, with or without output");
        }
        if width > limits::OUTPUTS_MAX || output.is_some_and(|k| k >= limits::OUTPUTS_MAX) {
            return fail("value", "at most 1024 outputs are allowed");
        }
        if output.is_some() && width != 1 {
            return fail("value", "must be one number per node where a tree names its output");
        }
        let wide = (self.rounding == Rounding::Down).then_some(&mut self.thresholds);
        let mut shape = dump.shape(number, wide)?;
        self.trees += 1;
        self.uncovered += usize::from(!shape.covered);
        match (output, width) {
            (Some(k), _) => {
                shape.fill(0);
                self.push(k, shape.tree);
            }
            // Of two classes the second one: the first is its rest.
            (None, 1 | 2) => {
                shape.fill(width - 1);
                self.push(0, shape.tree);
            }
            (None, _) => {
                for k in 0..width {
                    shape.fill(k);
                    let tree = pruned(&shape.tree);
                    if !self.budget.takes(&tree) {
                        return fail("value", "too many classes for a file of this size");
                    }
                    self.push(k, tree);
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, output: usize, tree: Tree) {
        if self.outputs.len() <= output {
            self.outputs.resize_with(output + 1, Vec::new);
        }
        push_tree(&mut self.outputs[output], tree);
    }

    fn imported(self) -> Result<Imported, ImportError> {
        let mut notes = Vec::new();
        let single = self.outputs.len() == 1;
        self.check_outputs()?;
        if self.uncovered > 0 {
            notes.push(format!(
                "{} trees have no usable cover: explanations weigh their leaves equally",
                self.uncovered
            ));
        }
        let n_features = self.n_features.unwrap_or_else(|| {
            let splits = self.outputs.iter().flatten().flat_map(|tree| &tree.split_feature);
            splits.max().map_or(1, |&j| j as usize + 1)
        });
        if !(1..=limits::FEATURES_MAX).contains(&n_features) {
            return Err(ImportError::malformed("n_features", "must be 1 to 4096"));
        }
        if self.n_features.is_none() {
            notes.push(format!(
                "n_features is not given: {n_features} inputs, up to the last one that is tested"
            ));
        }
        let named = self.features.is_some();
        let mut schema = schema(self.features, n_features)?;
        for Categories { feature, names } in self.categories {
            match schema.features.get_mut(feature) {
                Some(meta) => meta.kind = FeatureKind::Categorical { categories: names.0 },
                None => return Err(ImportError::malformed("categories", "no such feature")),
            }
        }
        notes.extend(self.thresholds.note(&schema));
        let aggregation = match self.aggregation.as_deref() {
            None | Some("mean") => Aggregation::Mean,
            Some("sum") => Aggregation::Sum,
            Some(other) => return Err(unknown("aggregation", other)),
        };
        let postprocessor = match self.link.as_deref() {
            None if self.classes.is_some() => Postprocessor::ClipUnit,
            None | Some("identity") => Postprocessor::Identity,
            Some("clip") => Postprocessor::ClipUnit,
            Some("sigmoid") => Postprocessor::Sigmoid,
            Some("exp") => Postprocessor::Exponential,
            Some("softmax") => Postprocessor::Softmax,
            Some(other) => return Err(unknown("link", other)),
        };
        let base: Vec<f64> = match self.base {
            Some(base) if base.len() == self.outputs.len() => base.into_iter().collect(),
            Some(_) => return Err(ImportError::malformed("base", "must be one for each output")),
            None => vec![0.0; self.outputs.len()],
        };
        let mut models = self.outputs.into_iter().zip(base).map(|(trees, base_score)| {
            let dialect = Dialect { rounding: self.rounding, ..Dialect::default() };
            Model::Trees(TreeEnsemble { trees, base_score, aggregation, n_features, dialect })
        });
        let model = models.next().ok_or_else(|| ImportError::malformed("trees", "are missing"))?;
        let further = models.collect();
        let classes = self.classes.map_or(Vec::new(), |names| names.0);
        if single && !classes.is_empty() {
            notes.push(about_class(&classes));
        }
        checked(Imported {
            format: Format::Sklearn,
            version: self.sklearn,
            objective: None,
            schema,
            named,
            model,
            outputs: Outputs { names: if single { Vec::new() } else { classes }, further },
            postprocessor,
            calibration: self.calibration.map_or(Ok(Calibration::None), |doc| doc.read())?,
            notes,
        })
    }

    /// The outputs are those of the classes.
    fn check_outputs(&self) -> Result<(), ImportError> {
        let outputs = self.outputs.len();
        let pairs = self.shape.is_some_and(|(width, _)| width == 2);
        if outputs == 0 || self.outputs.iter().any(Vec::is_empty) {
            return Err(ImportError::malformed("trees", "must be one or more for each output"));
        }
        match self.classes.as_ref().map(|names| names.0.len()) {
            None if outputs == 1 && !pairs => Ok(()),
            None => {
                let found = "several targets (or classes is missing)";
                Err(ImportError::unsupported("value", found.to_string()))
            }
            Some(2) if outputs == 1 => Ok(()),
            Some(classes) if classes > 2 && classes == outputs => Ok(()),
            Some(_) => {
                Err(ImportError::malformed("classes", "must be two, or one for each output"))
            }
        }
    }
}

/// A value that is not known.
fn unknown(field: &'static str, found: &str) -> ImportError {
    ImportError::unsupported(field, found.chars().take(40).collect::<String>())
}
