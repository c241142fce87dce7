//! Our models as XGBoost's JSON, so that nobody is locked in.

mod error;
mod objective;
mod tree;
mod writer;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::model::{
    Accumulation, Calibration, FeatureKind, LogisticModel, Model, ReadingRule, Rounding,
    TreeEnsemble,
};

use crate::imported::is_by_position;
pub use error::ExportError;
use objective::Objective;
use tree::Margins;
use writer::{list, number, object, quoted};

/// A model as a file of XGBoost, and what it could not take along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The document: XGBoost 3.x reads it.
    pub json: String,
    /// What differs from our model, for people.
    pub notes: Vec<String>,
}

/// Writes a model as `Booster.save_model` would. Margins equal ours but for what f32 holds; those
/// of a model that was read from XGBoost are equal to the bit. Calibration, tiers and intervals
/// have no place in the file; the notes say so.
///
/// # Errors
/// What XGBoost has nothing like, by name.
pub fn export(artifact: &ModelArtifact) -> Result<Exported, ExportError> {
    artifact.check()?;
    let mut notes = left_behind(artifact);
    let models: Vec<&Model> = artifact.output_models().collect();
    let ensembles: Option<Vec<&TreeEnsemble>> = models
        .iter()
        .map(|model| if let Model::Trees(trees) = model { Some(trees) } else { None })
        .collect();
    let objective = Objective::of(artifact.postprocessor, models.len())?;
    notes.extend(objective.note());
    let (base, booster) = match ensembles {
        Some(ensembles) => trees(&ensembles, &objective, &mut notes)?,
        None => (objective.zero(), linear(&models)?),
    };
    let outputs = models.len();
    let learner = object([
        ("attributes", "{}".into()),
        ("feature_names", names(artifact, &mut notes)),
        ("feature_types", types(artifact, &mut notes)),
        ("gradient_booster", booster),
        ("learner_model_param", objective.learner_param(&base, artifact.schema.len(), outputs)),
        ("objective", objective.document(outputs)),
    ]);
    Ok(Exported { json: object([("learner", learner), ("version", "[3,0,0]".into())]), notes })
}

/// What stands between the margin and our answer and does not go along.
fn left_behind(artifact: &ModelArtifact) -> Vec<String> {
    let mut notes = Vec::new();
    if artifact.calibration != Calibration::None {
        notes.push("the calibration is left out: predictions there are the uncalibrated ones");
    }
    if !artifact.cutoffs.is_empty() {
        notes.push("tiers and their cut-offs are left out");
    }
    if artifact.interval.is_some() {
        notes.push("the interval is left out");
    }
    if artifact.context.is_some() {
        notes.push("the priors that make features of raw amounts are left out: give the features");
    }
    notes.into_iter().map(Into::into).collect()
}

/// The base score and the booster of an ensemble for each output.
fn trees(
    ensembles: &[&TreeEnsemble],
    objective: &Objective,
    notes: &mut Vec<String>,
) -> Result<(String, String), ExportError> {
    let readings = || ensembles.iter().flat_map(|e| &e.dialect.readings);
    if readings().any(|reading| reading.rule == ReadingRule::ZeroMissing) {
        let found = "zeros that count as missing (a model of LightGBM)";
        return Err(ExportError::unsupported("dialect", found));
    }
    if ensembles.iter().any(|e| e.dialect.link_divisor.is_some()) {
        let found = "a margin that is divided before the link (a forest of LightGBM)";
        return Err(ExportError::unsupported("dialect", found));
    }
    if readings().any(|reading| reading.rule == ReadingRule::CodeTowardZero) {
        notes.push("codes between -1 and 0 are code 0 here, and no category at XGBoost".into());
    }
    if ensembles.iter().any(|e| e.dialect.accumulation == Accumulation::F64) {
        notes.push(
            "leaves are rounded to f32 and added up in f32: margins equal within that".into(),
        );
    }
    if ensembles.iter().any(|e| e.dialect.rounding == Rounding::Down) {
        notes.push(
            "XGBoost rounds rows to the nearest f32, this model's are rounded down: give it f32"
                .into(),
        );
    }
    let bases: Vec<f32> = ensembles.iter().map(|e| e.base_score as f32).collect();
    if bases.iter().any(|base| !base.is_finite()) {
        return Err(ExportError::unsupported("base_score", "one beyond what f32 holds"));
    }
    let margins = Margins::new(objective.base_as_margin(&bases), &bases);
    let base = margins.base.map_or_else(|| objective.zero(), number);
    Ok((base, tree::booster(ensembles, &margins)?))
}

/// A linear booster, of models that treat a missing value as XGBoost does.
fn linear(models: &[&Model]) -> Result<String, ExportError> {
    let refused = || {
        let found = "a logistic model with standardised or categorical features, or without trees \
                     in every output";
        ExportError::unsupported("model", found)
    };
    let plain = |model: &&Model| match model {
        Model::Logistic(logistic) if is_plain(logistic) => Some(logistic.clone()),
        _ => None,
    };
    let models: Vec<LogisticModel> =
        models.iter().map(plain).collect::<Option<_>>().ok_or_else(refused)?;
    let features = models.first().map_or(0, |model| model.coefficients.len());
    let weights = (0..features)
        .flat_map(|j| models.iter().map(move |m| m.coefficients[j] / m.scaler.scale[j]))
        .chain(models.iter().map(|model| model.intercept));
    let weights: Vec<f32> = weights.map(|weight| weight as f32).collect();
    if weights.iter().any(|weight| !weight.is_finite()) {
        return Err(ExportError::unsupported("model", "a coefficient beyond what f32 holds"));
    }
    let model = object([
        ("boosted_rounds", "1".into()),
        ("weights", list(weights.into_iter().map(number))),
    ]);
    Ok(object([("model", model), ("name", quoted("gblinear"))]))
}

/// Whether missing is 0, as XGBoost's linear booster has it.
fn is_plain(model: &LogisticModel) -> bool {
    model.categorical.is_empty() && model.scaler.mean.iter().all(|&mean| mean == 0.0)
}

/// Names of the features, unless they are no names or such as XGBoost refuses.
fn names(artifact: &ModelArtifact, notes: &mut Vec<String>) -> String {
    let names = artifact.schema.features.iter().map(|feature| feature.name.as_str());
    if is_by_position(artifact) {
        return "[]".into();
    }
    if let Some(bad) = names.clone().find(|name| name.contains(['[', ']', '<'])) {
        notes.push(format!(
            "names of features are left out, for XGBoost takes none with [, ] or < (`{bad}`): \
             give the columns in order"
        ));
        return "[]".into();
    }
    list(names.map(quoted))
}

/// Types of the features, where some are categories.
fn types(artifact: &ModelArtifact, notes: &mut Vec<String>) -> String {
    let codes = |j: usize| {
        artifact.output_models().any(|model| match model {
            Model::Trees(trees) => trees.dialect.is_code(j),
            Model::Logistic(_) => false,
        })
    };
    let features = artifact.schema.features.iter().enumerate();
    let categorical: Vec<bool> = features
        .map(|(j, f)| matches!(f.kind, FeatureKind::Categorical { .. }) || codes(j))
        .collect();
    if !categorical.contains(&true) {
        return "[]".into();
    }
    notes.push(
        "categories are codes there: a category's place in the model's list, counted from 0; \
         leave unknown ones missing"
            .into(),
    );
    list(categorical.into_iter().map(|c| quoted(if c { "c" } else { "q" })))
}
