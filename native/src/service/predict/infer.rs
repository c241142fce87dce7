//! Rows of a tensor to predictions: the Open Inference Protocol without its transport.

use std::sync::Arc;

use chatsignal_api::error::ErrorCode;
use chatsignal_api::inference::{
    InferInput, InferOutput, InferRequest, InferResponse, TensorMetadata,
};
use chatsignal_core::artifact::{ModelKind, Prediction};
use chatsignal_core::feature::{
    CHURN_FEATURES, ENGAGEMENT_FEATURES, FeatureSpec, LEAD_FEATURES, catalogue,
};

use super::features::value_of;
use crate::registry::Served;
use crate::service::error::ApiError;
use crate::service::models::{ChurnModel, EngagementModel, LeadModel, Model, Models};

/// Name of the tensor of whole rows.
const ROWS: &str = "features";

/// A model of any of the three kinds.
pub(crate) enum AnyModel {
    Lead(Arc<LeadModel>),
    Churn(Arc<ChurnModel>),
    Engagement(Arc<EngagementModel>),
}

impl AnyModel {
    /// The model in use.
    pub(crate) fn in_use(kind: ModelKind, models: &Models) -> Result<Self, ApiError> {
        Ok(match kind {
            ModelKind::Lead => Self::Lead(models.lead.get()?),
            ModelKind::Churn => Self::Churn(models.churn.get()?),
            ModelKind::Engagement => Self::Engagement(models.engagement.get()?),
            ModelKind::Custom => return Err(ApiError::new(ErrorCode::NotFound)),
        })
    }

    /// A model of the registry, made ready.
    pub(crate) fn prepare(kind: ModelKind, served: Served) -> Result<Self, ApiError> {
        let unfit = |error: chatsignal_core::score::ScorerError| {
            ApiError::new(ErrorCode::ModelUnavailable).detail(error.to_string())
        };
        Ok(match kind {
            ModelKind::Lead => {
                Self::Lead(Arc::new(LeadModel::prepare(served, None).map_err(unfit)?))
            }
            ModelKind::Churn => {
                Self::Churn(Arc::new(ChurnModel::prepare(served, None).map_err(unfit)?))
            }
            ModelKind::Engagement => {
                Self::Engagement(Arc::new(EngagementModel::prepare(served, None).map_err(unfit)?))
            }
            ModelKind::Custom => return Err(ApiError::new(ErrorCode::NotFound)),
        })
    }

    /// The model with its version.
    pub(crate) fn served(&self) -> &Served {
        match self {
            Self::Lead(model) => model.served(),
            Self::Churn(model) => model.served(),
            Self::Engagement(model) => model.served(),
        }
    }

    fn kind(&self) -> ModelKind {
        self.served().artifact.kind
    }

    /// Predictions of rows, and their explanation where it is wanted.
    fn predict(&self, rows: &[f32], explain: bool) -> (Vec<Prediction>, Option<(f64, Vec<f64>)>) {
        macro_rules! with {
            ($model:ident, $width:ident) => {{
                let scorer = $model.scorer();
                let (rows, _) = rows.as_chunks::<$width>();
                (scorer.predict_rows(rows), explain.then(|| scorer.explain_rows(rows)))
            }};
        }
        match self {
            Self::Lead(model) => with!(model, LEAD_FEATURES),
            Self::Churn(model) => with!(model, CHURN_FEATURES),
            Self::Engagement(model) => with!(model, ENGAGEMENT_FEATURES),
        }
    }
}

fn tensor(name: &str, shape: &[i64]) -> TensorMetadata {
    let datatype = "FP64".to_owned();
    TensorMetadata { name: name.to_owned(), datatype, shape: shape.to_vec() }
}

/// What the prediction itself is called.
fn value_name(kind: ModelKind) -> &'static str {
    if kind == ModelKind::Lead { "score" } else { "probability" }
}

/// What a model answers when nothing is asked for by name.
pub(crate) fn outputs(kind: ModelKind) -> Vec<TensorMetadata> {
    vec![tensor(value_name(kind), &[-1]), tensor("margin", &[-1])]
}

/// What a model answers only when it is asked for by name.
pub(crate) fn optional_outputs(kind: ModelKind) -> Vec<TensorMetadata> {
    let width = catalogue(kind).len() as i64;
    vec![tensor("contributions", &[-1, width]), tensor("base_value", &[1])]
}

/// Answers a request of at most `rows_max` rows; the number of rows beside it.
pub(crate) fn infer(
    model: &AnyModel,
    request: InferRequest,
    rows_max: usize,
) -> Result<(InferResponse, usize), ApiError> {
    let kind = model.kind();
    let known = [value_name(kind), "margin", "contributions", "base_value"];
    let wanted: Vec<String> = match request.outputs {
        None => outputs(kind).into_iter().map(|output| output.name).collect(),
        Some(asked) => asked.into_iter().map(|output| output.name).collect(),
    };
    if let Some(at) = wanted.iter().position(|name| !known.contains(&name.as_str())) {
        let detail = format!("outputs are {}", known.join(", "));
        return Err(
            ApiError::new(ErrorCode::InvalidField).at(format!("/outputs/{at}/name"), detail)
        );
    }
    if wanted.len() > known.len() {
        return Err(
            ApiError::new(ErrorCode::InvalidField).at("/outputs", "an output is there twice")
        );
    }
    let rows = rows(kind, &request.inputs, rows_max)?;
    let width = catalogue(kind).len();
    let count = rows.len() / width;
    let explain = wanted.iter().any(|name| name == "contributions" || name == "base_value");
    let (predictions, explained) = model.predict(&rows, explain);
    let (base_value, contributions) = explained.unwrap_or_default();
    let output = |name: String| {
        let n = count as u64;
        let (shape, data) = match name.as_str() {
            "margin" => (vec![n], predictions.iter().map(|found| found.margin).collect()),
            "contributions" => (vec![n, width as u64], contributions.clone()),
            "base_value" => (vec![1], vec![base_value]),
            _ => (vec![n], predictions.iter().map(|found| found.value).collect()),
        };
        InferOutput { name, shape, datatype: "FP64".to_owned(), data }
    };
    let answer = InferResponse {
        model_name: kind.as_str().to_owned(),
        model_version: model.served().version.to_string(),
        id: request.id,
        outputs: wanted.into_iter().map(output).collect(),
    };
    Ok((answer, count))
}

/// The rows of the inputs, one value for each feature, missing = NaN.
fn rows(kind: ModelKind, inputs: &[InferInput], rows_max: usize) -> Result<Vec<f32>, ApiError> {
    let specs = catalogue(kind);
    let wrong = |place: String, detail: String| {
        Err(ApiError::new(ErrorCode::InvalidField).at(place, detail))
    };
    let [first, ..] = inputs else {
        return wrong("/inputs".to_owned(), "give at least one".to_owned());
    };
    let whole = first.name == ROWS;
    if whole && inputs.len() > 1 {
        return wrong("/inputs/1".to_owned(), format!("{ROWS} has every feature already"));
    }
    let Some(count) = first.shape.first().and_then(|n| usize::try_from(*n).ok()) else {
        return wrong("/inputs/0/shape".to_owned(), "has one or two dimensions".to_owned());
    };
    if count > rows_max {
        return Err(ApiError::new(ErrorCode::BatchTooLarge)
            .at("/inputs/0/shape", format!("{count} rows; a request has at most {rows_max}")));
    }
    let width = specs.len();
    let mut rows = vec![f32::NAN; count * width];
    let mut taken = vec![false; width];
    for (at, input) in inputs.iter().enumerate() {
        if !matches!(input.datatype.as_str(), "FP32" | "FP64") {
            return wrong(format!("/inputs/{at}/datatype"), "is FP32 or FP64".to_owned());
        }
        let (columns, shapes): (&[FeatureSpec], [&[u64]; 2]) = if whole {
            let shape = [count as u64, width as u64];
            if input.shape != shape {
                return wrong(format!("/inputs/{at}/shape"), format!("is [rows, {width}]"));
            }
            (specs, [&[], &[]])
        } else {
            let Some(column) = specs.iter().position(|spec| spec.name == input.name) else {
                let detail = format!("is {ROWS} or a feature of {}", kind.as_str());
                return wrong(format!("/inputs/{at}/name"), detail);
            };
            if std::mem::replace(&mut taken[column], true) {
                return wrong(format!("/inputs/{at}/name"), "is there twice".to_owned());
            }
            (&specs[column..=column], [&[count as u64], &[count as u64, 1]])
        };
        if !whole && !shapes.contains(&input.shape.as_slice()) {
            return wrong(format!("/inputs/{at}/shape"), format!("is [{count}] or [{count}, 1]"));
        }
        if input.data.0.len() != count * columns.len() {
            let detail = format!(
                "{} numbers; the shape holds {}",
                input.data.0.len(),
                count * columns.len()
            );
            return wrong(format!("/inputs/{at}/data"), detail);
        }
        fill(&mut rows, width, columns, specs, &input.data.0).map_err(|(place, detail)| {
            ApiError::new(ErrorCode::FeatureOutOfRange)
                .at(format!("/inputs/{at}/data/{place}"), detail)
        })?;
    }
    Ok(rows)
}

/// Puts the numbers of some columns into the rows.
fn fill(
    rows: &mut [f32],
    width: usize,
    columns: &[FeatureSpec],
    specs: &[FeatureSpec],
    data: &[f64],
) -> Result<(), (usize, String)> {
    // Columns are a run of the catalogue.
    let from = columns
        .first()
        .map_or(0, |column| specs.iter().position(|spec| spec.name == column.name).unwrap_or(0));
    for (at, value) in data.iter().enumerate() {
        if value.is_nan() {
            continue;
        }
        let (row, column) = (at / columns.len(), at % columns.len());
        let spec = &columns[column];
        let Some(read) = value_of(spec, *value) else {
            let detail =
                format!("{}: {value} is not in [{}, {}]", spec.name, spec.range.0, spec.range.1);
            return Err((at, detail));
        };
        rows[row * width + from + column] = read;
    }
    Ok(())
}
