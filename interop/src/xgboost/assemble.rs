//! From the parts of a document to a model.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::artifact::Outputs;
use chatsignal_core::limits;
use chatsignal_core::model::{Calibration, Model};

use super::forest::Forest;
use super::objective::{links, numbers};
use super::schema::{Document, Learner};
use super::{categories, choice, linear};
use crate::arrange::Budget;
use crate::checked::checked;
use crate::{Format, ImportError, Imported, Options, TreeChoice};

const QUANTILES: &str =
    "XGBoost 3.4 and later sorts the quantiles of a row; here they stay as they come";

/// Puts a model together. `bytes` is the length of the file.
pub(super) fn assemble(
    document: Document,
    format: Format,
    options: &Options,
    bytes: usize,
) -> Result<Imported, ImportError> {
    let Document { mut learner, version } = document;
    let version = version.0;
    let release = (version.first().copied().unwrap_or(0), version.get(1).copied().unwrap_or(0));
    let outputs = outputs(&learner)?;
    let objective = learner.objective.name.0.clone();
    let (postprocessor, base_link) = links(&objective, outputs)?;
    let malformed = |rule| ImportError::malformed("learner_model_param.base_score", rule);
    let mut bases = numbers(&learner.learner_model_param.base_score.0)
        .ok_or_else(|| malformed("must be a number or a list of them"))?;
    if bases.len() == 1 {
        bases = vec![bases[0]; outputs];
    }
    if bases.len() != outputs {
        return Err(malformed("must be one number, or one of each output"));
    }
    for base in &mut bases {
        *base = base_link.margin(*base, release)?;
    }
    let booster = core::mem::take(&mut learner.gradient_booster.name.0);
    let mut notes = Vec::new();
    let (models, inputs) = match booster.as_str() {
        "gbtree" | "dart" => trees(&mut learner, &bases, options, release, bytes, &mut notes)?,
        "gblinear" => {
            let weights = learner.gradient_booster.model.take().and_then(|model| model.weights);
            let inputs = categories::inputs(&learner, &[], &BTreeSet::new(), release)?;
            let weights = weights.map_or_else(Vec::new, |weights| weights.0);
            if options.trees != TreeChoice::All {
                notes.push("gblinear has no trees to choose from".into());
            }
            (linear::models(&weights, inputs.schema.len(), outputs, bases[0])?, inputs)
        }
        other => return Err(ImportError::unsupported("gradient_booster", other)),
    };
    if objective == "reg:quantileerror" && outputs > 1 && release >= (3, 4) {
        notes.push(QUANTILES.into());
    }
    notes.extend(inputs.notes);
    let mut models = models.into_iter();
    let model = models.next().ok_or_else(|| ImportError::malformed("num_class", "is 0"))?;
    let imported = Imported {
        format,
        version: version_text(&version),
        schema: inputs.schema,
        named: inputs.named,
        objective: Some(objective),
        model,
        outputs: Outputs { names: output_names(&learner, outputs), further: models.collect() },
        postprocessor,
        calibration: Calibration::None,
        notes,
    };
    checked(imported)
}

/// Number of outputs.
fn outputs(learner: &Learner) -> Result<usize, ImportError> {
    let param = &learner.learner_model_param;
    let (classes, targets) = (param.num_class.0 as usize, param.num_target.0 as usize);
    if classes > 1 && targets > 1 {
        return Err(ImportError::unsupported("num_target", "several targets of several classes"));
    }
    let outputs = classes.max(targets).max(1);
    if outputs > limits::OUTPUTS_MAX {
        let found = format!("{outputs} outputs (1 to {} are)", limits::OUTPUTS_MAX);
        return Err(ImportError::unsupported("num_class", found));
    }
    Ok(outputs)
}

/// Names of several outputs: the quantiles, else the numbers of classes or targets.
fn output_names(learner: &Learner, outputs: usize) -> Vec<String> {
    if outputs == 1 {
        return Vec::new();
    }
    let quantiles = learner.objective.quantiles().filter(|list| {
        let distinct: BTreeSet<&String> = list.iter().collect();
        list.len() == outputs && distinct.len() == outputs
    });
    quantiles.unwrap_or_else(|| (0..outputs).map(|output| output.to_string()).collect())
}

fn version_text(version: &[u32]) -> Option<String> {
    let parts: Vec<String> = version.iter().take(3).map(ToString::to_string).collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

/// The ensembles of all outputs, and the inputs.
fn trees(
    learner: &mut Learner,
    bases: &[f32],
    options: &Options,
    release: (u32, u32),
    bytes: usize,
    notes: &mut Vec<String>,
) -> Result<(Vec<Model>, categories::Inputs), ImportError> {
    let booster = &mut learner.gradient_booster;
    let outer = booster.weight_drop.take();
    let model = booster.gbtree.take().map(|nested| nested.model).or_else(|| booster.model.take());
    let missing = || ImportError::malformed("gradient_booster.model", "is missing");
    let mut model = model.ok_or_else(missing)?;
    if let Some(fault) = model.trees.fault.take() {
        return Err(fault);
    }
    let (taken, said) = choice::taken(options.trees, &learner.attributes, &model, bases.len())?;
    notes.extend(said);
    let groups = model.tree_info.0;
    let mut list = model.trees.list;
    if groups.len() != list.len() {
        return Err(ImportError::malformed("tree_info", "must have one entry per tree"));
    }
    if list.iter().enumerate().any(|(at, tree)| tree.id != at) {
        list.sort_by_key(|tree| tree.id);
        if list.iter().enumerate().any(|(at, tree)| tree.id != at) {
            return Err(ImportError::malformed("trees", "must be numbered 0, 1, ..., each once"));
        }
    }
    let weights = outer.or(model.weight_drop).map_or_else(Vec::new, |weights| weights.0);
    if weights.len() > list.len() {
        return Err(ImportError::malformed("weight_drop", "must be at most one for each tree"));
    }
    list.truncate(taken);
    let mut budget = Budget::of(bytes);
    let mut forest = Forest::new(&list, &groups, bases.len(), &mut budget)?;
    let mut uncovered = 0usize;
    for (number, parsed) in list.into_iter().enumerate() {
        let weight = weights.get(number).copied().unwrap_or(1.0);
        uncovered += forest.add(parsed, groups[number] as usize, weight, &mut budget)?;
    }
    if uncovered > 0 {
        notes.push(format!(
            "{uncovered} splits have no cover in the file: their branches get equal shares in \
             contributions and base value"
        ));
    }
    let encodings = model.cats.map_or_else(Vec::new, |cats| cats.enc.0);
    let inputs = categories::inputs(learner, &encodings, &forest.split_by_category(), release)?;
    Ok((forest.finish(bases, inputs.schema.len(), &inputs.readings), inputs))
}
