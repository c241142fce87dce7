//! The features of one contact, without a score.

use chatsignal_api::churn::ChurnRequest;
use chatsignal_api::engagement::EngagementRequest;
use chatsignal_api::error::ErrorCode;
use chatsignal_api::features::{ComputeRequest, ComputedFeatures};
use chatsignal_api::lead::LeadRequest;
use chatsignal_api::prediction::{names, warnings};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::catalogue;
use chatsignal_core::score::Warning;

use super::input::check_id;
use super::row::{AskRow, Row};
use super::{Event, Scene};
use crate::registry::Served;
use crate::service::error::ApiError;
use crate::service::models::{Model, Models};

/// The features that the model in use would read.
pub(crate) fn compute(
    kind: ModelKind,
    request: ComputeRequest<Event>,
    models: &Models,
    scene: &Scene<'_>,
) -> Result<ComputedFeatures, ApiError> {
    check(kind, &request, scene)?;
    let ComputeRequest { contact_id, events, as_of, send_at, utc_offset_minutes, message } =
        request;
    match kind {
        ModelKind::Lead => {
            let lead_id = contact_id;
            row(LeadRequest { lead_id, events, as_of, ..LeadRequest::default() }, models, scene)
        }
        ModelKind::Churn => {
            let customer_id = contact_id;
            let question = ChurnRequest { customer_id, events, as_of, ..ChurnRequest::default() };
            row(question, models, scene)
        }
        ModelKind::Engagement => {
            let message = message.unwrap_or_default();
            let question = EngagementRequest {
                contact_id,
                features: None,
                events,
                as_of,
                send_at,
                utc_offset_minutes,
                message,
            };
            row(question, models, scene)
        }
        ModelKind::Custom => Err(ApiError::new(ErrorCode::NotFound)),
    }
}

/// What every kind asks for, and what only a send has.
fn check(
    kind: ModelKind,
    request: &ComputeRequest<Event>,
    scene: &Scene<'_>,
) -> Result<(), ApiError> {
    check_id("contact_id", request.contact_id.as_deref(), scene)?;
    if request.contact_id.is_none() && request.events.is_none() {
        let place = scene.pointer("contact_id");
        return Err(ApiError::new(ErrorCode::MissingField).at(place, "give contact_id or events"));
    }
    if kind == ModelKind::Engagement {
        return Ok(());
    }
    let given = [
        ("send_at", request.send_at.is_some()),
        ("utc_offset_minutes", request.utc_offset_minutes.is_some()),
        ("message", request.message.is_some()),
    ];
    let mut wrong = given.iter().filter(|(_, given)| *given).peekable();
    if wrong.peek().is_none() {
        return Ok(());
    }
    Err(wrong.fold(ApiError::new(ErrorCode::InvalidField), |error, (field, _)| {
        error.at(scene.pointer(field), "belongs to the engagement model")
    }))
}

fn row<const N: usize, A: AskRow<N>>(
    question: A,
    models: &Models,
    scene: &Scene<'_>,
) -> Result<ComputedFeatures, ApiError> {
    let model = A::model(models)?;
    let row = question.row(&model, scene)?;
    Ok(answer(A::Model::KIND, row, model.served(), scene))
}

fn answer<const N: usize>(
    kind: ModelKind,
    row: Row<N>,
    served: &Served,
    scene: &Scene<'_>,
) -> ComputedFeatures {
    let specs = catalogue(kind);
    let values = specs.iter().zip(&row.features.values);
    let missing: Vec<&'static str> =
        values.clone().filter(|(_, value)| value.is_nan()).map(|(spec, _)| spec.name).collect();
    let clipped = specs.iter().enumerate();
    let clipped = clipped.filter(|(at, _)| row.features.clipped >> at & 1 == 1);
    let mut told: Vec<Warning> = clipped.map(|(_, spec)| Warning::Clipped(spec.name)).collect();
    told.extend(row.features.foreign_currency.then_some(Warning::OtherCurrency));
    ComputedFeatures {
        contact_id: row.contact,
        features: values
            .map(|(spec, value)| {
                (spec.name.to_owned(), (!value.is_nan()).then_some(f64::from(*value)))
            })
            .collect(),
        missing_features: names(&missing),
        warnings: warnings(&told),
        origin: scene.origin(served, row.as_of),
    }
}
