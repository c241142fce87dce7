//! What people say of scores and recommendations.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::feedback::{FeedbackCount, FeedbackKept, FeedbackRequest, FeedbackSummary};
use chatsignal_api::time::Instant;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::recommend::Action;
use chatsignal_core::score::{EngagementLevel, RiskLevel, Tier};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::tagged::tagged;
use crate::cli::clock;
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::contact_id;
use crate::service::error::ApiError;
use crate::service::extract::{NoQuery, RawJson, read_json};
use crate::service::idempotency::{IdempotencyKey, Turn};
use crate::service::state::AppState;
use crate::store::{Feedback, FeedbackKind, StoreError};

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let routes =
        OpenApiRouter::new().routes(routes!(give_feedback)).routes(routes!(count_feedback));
    guarded(routes, state, Scope::Score, Class::Io)
}

/// Says how good a score or a recommendation was, or labels a contact.
///
/// At most 1,000 words are kept of one contact; they go with its erasure.
#[utoipa::path(
    post, path = "/api/v1/feedback", tag = "feedback",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for a day")),
    request_body = FeedbackRequest,
    responses(
        (status = 201, body = FeedbackKept),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn give_feedback(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    key: IdempotencyKey,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    let request: FeedbackRequest = read_json(&body, "")?;
    let feedback = check(&request)?;
    let tenant = Arc::clone(&caller.tenant);
    // The process may die between the effect and its answer: then the id tells the next try.
    let id = key.identity(&tenant.tenant, ("feedback", &body));
    let database = state.database.clone();
    let effect = async move {
        let work = move |store: &mut crate::store::Store| {
            let contact = contact_id::read(&tenant, &request.contact_id)?;
            let now = clock::now();
            match store.add_feedback(tenant.tenant.id, contact, &feedback, id, now) {
                Err(StoreError::NoContact(_)) => Err(contact_id::not_found()),
                kept => Ok(kept?),
            }
        };
        let (id, at) = database.run(work).await?;
        let feedback_id = id.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((StatusCode::CREATED, FeedbackKept { feedback_id, created_at: Instant(at) }))
    };
    Turn::once(&state, &caller.tenant, key, ("feedback", &body), effect).await
}

/// What was said how often.
#[utoipa::path(
    get, path = "/api/v1/feedback/summary", tag = "feedback",
    responses(
        (status = 200, body = FeedbackSummary, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn count_feedback(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let counts =
        state.database.run(move |store| Ok(store.count_feedback(caller.tenant.tenant.id)?));
    let some = |text: String| (!text.is_empty()).then_some(text);
    let counts = counts.await?.into_iter().map(|found| FeedbackCount {
        kind: found.feedback.kind.as_str().to_owned(),
        model: some(found.feedback.model),
        subject: some(found.feedback.subject),
        verdict: found.feedback.verdict,
        count: found.count,
    });
    tagged(&headers, &FeedbackSummary { counts: counts.collect() })
}

/// The words of a kind of model's levels.
fn levels(model: &str) -> Vec<&'static str> {
    match ModelKind::from_name(model) {
        Some(ModelKind::Lead) => Tier::ALL.iter().map(|word| word.as_str()).collect(),
        Some(ModelKind::Churn) => RiskLevel::ALL.iter().map(|word| word.as_str()).collect(),
        Some(ModelKind::Engagement) => {
            EngagementLevel::ALL.iter().map(|word| word.as_str()).collect()
        }
        Some(ModelKind::Custom) | None => Vec::new(),
    }
}

/// Reads the fields that belong to the type of feedback; every wrong one is told.
fn check(request: &FeedbackRequest) -> Result<Feedback, ApiError> {
    let mut errors: Vec<(&str, String)> = Vec::new();
    if let Err(rule) = contact_id::check(&request.contact_id) {
        errors.push(("contact_id", rule));
    }
    let mut one_of = |field: &'static str, given: &Option<String>, words: &[&str]| match given {
        Some(word) if words.contains(&word.as_str()) => word.clone(),
        _ => {
            errors.push((field, format!("is one of {}", words.join(", "))));
            String::new()
        }
    };
    let actions: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
    let models = ModelKind::TRAINED.map(ModelKind::as_str);
    let kind = FeedbackKind::from_name(&request.kind);
    let (model, subject, verdict, own) = match kind {
        Some(FeedbackKind::Recommendation) => (
            String::new(),
            one_of("action", &request.action, &actions),
            one_of("outcome", &request.outcome, &["done", "dismissed"]),
            &["action", "outcome"][..],
        ),
        Some(FeedbackKind::Score) => {
            let model = one_of("model", &request.model, &models);
            let verdict = one_of("verdict", &request.verdict, &["right", "wrong"]);
            let expected = match &request.expected {
                None => String::new(),
                some => one_of("expected", some, &levels(&model)),
            };
            (model, expected, verdict, &["model", "verdict", "expected"][..])
        }
        Some(FeedbackKind::Label) => {
            let label = request.label.clone().unwrap_or_default().trim().to_owned();
            if label.is_empty() {
                errors.push(("label", "is needed".to_owned()));
            }
            (String::new(), label, "set".to_owned(), &["label"][..])
        }
        None => {
            let words = FeedbackKind::ALL.map(FeedbackKind::as_str).join(", ");
            errors.push(("type", format!("is one of {words}")));
            (String::new(), String::new(), String::new(), &[][..])
        }
    };
    if kind.is_some() {
        let given = [
            ("action", request.action.is_some()),
            ("outcome", request.outcome.is_some()),
            ("model", request.model.is_some()),
            ("verdict", request.verdict.is_some()),
            ("expected", request.expected.is_some()),
            ("label", request.label.is_some()),
        ];
        let foreign = given.into_iter().filter(|(field, given)| *given && !own.contains(field));
        errors.extend(
            foreign.map(|(field, _)| (field, format!("does not belong to {}", request.kind))),
        );
    }
    match kind {
        Some(kind) if errors.is_empty() => Ok(Feedback { kind, model, subject, verdict }),
        _ => Err(errors
            .into_iter()
            .fold(ApiError::new(ErrorCode::InvalidField), |error, (field, detail)| {
                error.at(format!("/{field}"), detail)
            })),
    }
}
