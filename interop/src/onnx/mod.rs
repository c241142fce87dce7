//! ONNX-ML: tree ensembles and linear models of the domain `ai.onnx.ml`.
//!
//! The operators are described in ONNX's `docs/Operators-ml.md`; where that leaves a case open (two
//! classes), the rule is the one of onnxruntime.

mod ensemble;
mod graph;
mod linear;
mod proto;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::artifact::Outputs;
use chatsignal_core::limits;
use chatsignal_core::model::{
    Calibration, Dialect, FeatureKind, FeatureMeta, FeatureSchema, LogisticModel, Model,
    Postprocessor, TreeEnsemble,
};

use self::ensemble::Ensemble;
use self::graph::{Graph, Node, shortened};
use crate::checked::checked;
use crate::{Format, ImportError, Imported};

pub(crate) fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let graph = Graph::read(bytes)?;
    let node = graph.model;
    let mut notes = Vec::new();
    let answer = match node.op {
        "TreeEnsembleClassifier" => trees(&graph, Some(classes(&node)?), bytes.len(), &mut notes)?,
        "TreeEnsembleRegressor" => trees(&graph, None, bytes.len(), &mut notes)?,
        "LinearClassifier" => linear(&graph, Some(classes(&node)?), bytes.len(), &mut notes)?,
        _ => linear(&graph, None, bytes.len(), &mut notes)?,
    };
    if graph.normalized && !answer.sums_to_one {
        let found = "shares of scores that do not sum to 1";
        return Err(ImportError::unsupported("Normalizer", found));
    }
    let mut models = answer.models.into_iter();
    let model = models.next().ok_or_else(|| ImportError::malformed("graph", "holds no output"))?;
    let further: Vec<Model> = models.collect();
    let n_features = model.n_features();
    if graph.n_features.is_some_and(|n| n != n_features) {
        return Err(ImportError::malformed("graph.input", "more or fewer features than the model"));
    }
    // Where nothing but the file's own word says how wide a row is, it is checked before it is used.
    if n_features > limits::FEATURES_MAX {
        let found = format!("{n_features} columns (1 to {} are)", limits::FEATURES_MAX);
        return Err(ImportError::unsupported("graph.input", found));
    }
    let features =
        (0..n_features).map(|j| FeatureMeta { name: format!("f{j}"), kind: FeatureKind::Numeric });
    checked(Imported {
        format: Format::Onnx,
        version: graph.producer,
        objective: None,
        schema: FeatureSchema { features: features.collect() },
        named: false,
        model,
        outputs: Outputs {
            names: if further.is_empty() { Vec::new() } else { answer.names },
            further,
        },
        postprocessor: answer.link,
        calibration: Calibration::None,
        notes,
    })
}

/// The models of the outputs and what turns their margins into predictions.
struct Answer {
    models: Vec<Model>,
    names: Vec<String>,
    link: Postprocessor,
    /// Whether the scores of a row sum to 1 whatever the row.
    sums_to_one: bool,
}

/// Labels of the classes.
fn classes(node: &Node<'_>) -> Result<Vec<String>, ImportError> {
    let mut names = Vec::new();
    let fault = || node.fault("classlabels", "must be 2 to 1024");
    for text in node.texts("classlabels_strings")? {
        names.push(text?.to_string());
        if names.len() > limits::OUTPUTS_MAX {
            return Err(fault());
        }
    }
    let numbers = node.integers("classlabels_int64s")?.chain(node.integers("classlabels_ints")?);
    for number in numbers {
        names.push(number?.to_string());
        if names.len() > limits::OUTPUTS_MAX {
            return Err(fault());
        }
    }
    if names.len() < 2 { Err(fault()) } else { Ok(names) }
}

/// Names of targets, when there are several.
fn targets(node: &Node<'_>, attribute: &str) -> Result<Vec<String>, ImportError> {
    let count = node.integer(attribute)?.unwrap_or(1);
    match usize::try_from(count).ok().filter(|n| (1..=limits::OUTPUTS_MAX).contains(n)) {
        Some(count) => Ok((0..count).map(|k| k.to_string()).collect()),
        None => Err(node.fault(attribute, "must be 1 to 1024")),
    }
}

/// The link of a `post_transform`.
fn link(node: &Node<'_>, outputs: usize) -> Result<Postprocessor, ImportError> {
    match node.text("post_transform")? {
        None | Some("NONE") => Ok(Postprocessor::Identity),
        Some("LOGISTIC") => Ok(Postprocessor::Sigmoid),
        Some("SOFTMAX") if outputs > 1 => Ok(Postprocessor::Softmax),
        Some(other) => Err(ImportError::unsupported("post_transform", shortened(other))),
    }
}

fn trees(
    graph: &Graph<'_>,
    classes: Option<Vec<String>>,
    bytes: usize,
    notes: &mut Vec<String>,
) -> Result<Answer, ImportError> {
    let node = &graph.model;
    if graph.scaler.is_some() {
        return Err(ImportError::unsupported("Scaler", "a scaler before a tree ensemble"));
    }
    let classifier = classes.is_some();
    let (names, mut ensemble) = match classes {
        Some(names) => {
            let others = ["classlabels_strings", "classlabels_int64s"];
            let ensemble = Ensemble::read(node, "class", names.len(), &others, bytes)?;
            (names, ensemble)
        }
        None => {
            let names = targets(node, "n_targets")?;
            let others = ["n_targets", "aggregate_function"];
            let ensemble = Ensemble::read(node, "target", names.len(), &others, bytes)?;
            (names, ensemble)
        }
    };
    let link = link(node, names.len())?;
    if !classifier && names.len() == 1 && link != Postprocessor::Identity {
        // onnxruntime leaves it out, against the specification.
        let found = "LOGISTIC of a regressor of one target";
        return Err(ImportError::unsupported("post_transform", found));
    }
    let refused = |field: &'static str, found: &str| Err(ImportError::unsupported(field, found));
    if classifier && names.len() == 2 && link != Postprocessor::Softmax {
        notes.push(format!("the prediction is about the second of the classes {names:?}"));
        // onnxruntime: weights of one class alone are about the second, whatever class they name.
        let second = match ensemble.weighted[..] {
            [false, false] => return Err(node.fault("class_weights", "must not be empty")),
            [true, false] if ensemble.base.len() < 2 => 0,
            // Where the second class has no weight for a row, onnxruntime takes those of the first.
            [true, true] if !ensemble.last_always => {
                return refused(
                    "class_weights",
                    "two classes whose leaves lack weights of the second",
                );
            }
            _ if ensemble.base.is_empty() => 1,
            _ => return refused("base_values", "base values of two classes"),
        };
        let own = ensemble.outputs.swap_remove(second);
        ensemble.outputs = vec![own];
    } else {
        let one_sided =
            names.len() == 2 && (ensemble.weighted != [true; 2] || !ensemble.base.is_empty());
        if classifier && one_sided {
            return refused(
                "post_transform",
                "SOFTMAX of weights of one class, or with base values",
            );
        }
        if !matches!(ensemble.base.len(), n if n == 0 || n == names.len()) {
            return Err(node.fault("base_values", "must be one for each output"));
        }
    }
    if !ensemble.covered {
        let note = "the file has no counts of rows: explanations weigh leaves equally";
        notes.push(note.to_string());
    }
    let n_features = graph.n_features.unwrap_or_else(|| {
        let n = ensemble.last_feature + 1;
        notes.push(format!(
            "the width of a row is not given: {n} inputs, up to the last one tested"
        ));
        n
    });
    let mut base = ensemble.base.into_iter();
    let models = ensemble.outputs.into_iter().map(|trees| {
        Model::Trees(TreeEnsemble {
            trees,
            base_score: base.next().unwrap_or(0.0),
            aggregation: ensemble.aggregation,
            n_features,
            dialect: Dialect::default(),
        })
    });
    let sums_to_one = link == Postprocessor::Softmax;
    Ok(Answer { models: models.collect(), names, link, sums_to_one })
}

fn linear(
    graph: &Graph<'_>,
    classes: Option<Vec<String>>,
    bytes: usize,
    notes: &mut Vec<String>,
) -> Result<Answer, ImportError> {
    let node = &graph.model;
    let Some(names) = classes else {
        node.only(&["coefficients", "intercepts", "targets", "post_transform"])?;
        let names = targets(node, "targets")?;
        if link(node, 1)? != Postprocessor::Identity {
            return Err(ImportError::unsupported("post_transform", "a link of a LinearRegressor"));
        }
        let models = linear::read(node, graph.scaler.as_ref(), names.len(), bytes)?;
        return Ok(Answer {
            models: models.into_iter().map(Model::Logistic).collect(),
            names,
            link: Postprocessor::Identity,
            sums_to_one: false,
        });
    };
    node.only(&[
        "coefficients",
        "intercepts",
        "multi_class",
        "classlabels_strings",
        "classlabels_ints",
        "post_transform",
    ])?;
    let link = link(node, names.len())?;
    let rows = match node.floats("intercepts")?.count() {
        0 => names.len(),
        rows => rows,
    };
    let pair = names.len() == 2;
    if !(rows == names.len() || rows == 1 && pair && link == Postprocessor::Sigmoid) {
        return Err(node.fault("intercepts", "must be one for each class"));
    }
    let mut models = linear::read(node, graph.scaler.as_ref(), rows, bytes)?;
    let mut sums_to_one = link == Postprocessor::Softmax;
    if pair && link != Postprocessor::Softmax {
        notes.push(format!("the prediction is about the second of the classes {names:?}"));
        sums_to_one = link == Postprocessor::Sigmoid && (rows == 1 || opposite(&models));
        models.drain(..rows - 1);
    }
    Ok(Answer {
        models: models.into_iter().map(Model::Logistic).collect(),
        names,
        link,
        sums_to_one,
    })
}

/// Whether the margin of the second model is always that of the first with the other sign.
fn opposite(models: &[LogisticModel]) -> bool {
    let [a, b] = models else { return false };
    let mut pairs = a.coefficients.iter().zip(&b.coefficients);
    a.intercept == -b.intercept && pairs.all(|(a, b)| *a == -*b)
}
