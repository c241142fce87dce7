//! The Open Inference Protocol (version 2) for the three models of the log.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::ErrorCode;
use chatsignal_api::inference::{
    InferRequest, InferResponse, InferenceModel, ModelReady, PlainError, ServerHealth,
    ServerMetadata, TensorMetadata,
};
use chatsignal_api::openapi::ModelName;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::catalogue;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::scoring::json;
use crate::registry::{ModelRegistry, Served, ServedVersion};
use crate::service::admission::Class;
use crate::service::admission::Place;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::extract::{ModelPath, RawJson, VersionPath, read_json};
use crate::service::predict::{AnyModel, infer, optional_outputs, outputs};
use crate::service::state::AppState;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let open =
        OpenApiRouter::new().routes(routes!(get_server_live)).routes(routes!(get_server_ready));
    let about = OpenApiRouter::new()
        .routes(routes!(get_server_metadata))
        .routes(routes!(get_model))
        .routes(routes!(get_model_version))
        .routes(routes!(get_model_ready))
        .routes(routes!(get_model_version_ready));
    let work =
        OpenApiRouter::new().routes(routes!(infer_model)).routes(routes!(infer_model_version));
    open.merge(guarded(about, state, Scope::Score, Class::Io)).merge(guarded(
        work,
        state,
        Scope::Score,
        Class::Batch,
    ))
}

/// The process answers.
#[utoipa::path(get, path = "/v2/health/live", tag = "inference", responses((status = 200, body = ServerHealth)))]
async fn get_server_live(State(state): State<AppState>) -> Result<Response, ApiError> {
    json(&ServerHealth { live: true, ready: state.is_ready() })
}

/// Inference is answered.
#[utoipa::path(
    get, path = "/v2/health/ready", tag = "inference",
    responses(
        (status = 200, body = ServerHealth),
        (status = 503, description = "Not now", body = ServerHealth),
    ),
)]
async fn get_server_ready(State(state): State<AppState>) -> Result<Response, ApiError> {
    let ready = state.is_ready();
    Ok((ready_status(ready), json(&ServerHealth { live: true, ready })?).into_response())
}

fn ready_status(ready: bool) -> StatusCode {
    if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// About the server.
#[utoipa::path(
    get, path = "/v2", tag = "inference",
    responses(
        (status = 200, body = ServerMetadata),
        (status = "4XX", description = "What is wrong with the request", body = PlainError),
    ),
    security(("key" = ["score"])),
)]
async fn get_server_metadata() -> Result<Response, ApiError> {
    json(&ServerMetadata {
        name: "chatsignal".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extensions: Vec::new(),
    })
}

macro_rules! about_models {
    ($(
        $name:ident $path:literal $about:literal -> $body:ident by $answer:ident
        ($(($part:literal = $of:ty, $what:literal) $pattern:pat => $argument:ty),+)
        $version:expr;
    )+) => {$(
        #[doc = $about]
        #[utoipa::path(
            get, path = $path, tag = "inference",
            params($(($part = $of, Path, description = $what)),+),
            responses(
                (status = 200, body = $body),
                (status = "4XX", description = "What is wrong with the request", body = PlainError),
                (status = "5XX", description = "The model is out of reach", body = PlainError),
            ),
            security(("key" = ["score"])),
        )]
        async fn $name(
            State(state): State<AppState>,
            caller: Caller,
            $($pattern: $argument),+
        ) -> Result<Response, ApiError> {
            $answer(state, caller, $version).await
        }
    )+};
}

/// A model and perhaps a version of it.
struct Asked {
    kind: ModelKind,
    version: Option<String>,
}

about_models! {
    get_model "/v2/models/{model}" "About a model." -> InferenceModel by metadata
        (("model" = ModelName, "Kind of model") ModelPath(kind) => ModelPath)
        Asked { kind, version: None };
    get_model_version "/v2/models/{model}/versions/{version}" "About a version of a model."
        -> InferenceModel by metadata
        (("model" = ModelName, "Kind of model") ModelPath(kind) => ModelPath,
         ("version" = String, "A number, or `prior`") VersionPath(version) => VersionPath)
        Asked { kind, version: Some(version) };
    get_model_ready "/v2/models/{model}/ready" "Whether a model answers." -> ModelReady by ready
        (("model" = ModelName, "Kind of model") ModelPath(kind) => ModelPath)
        Asked { kind, version: None };
    get_model_version_ready "/v2/models/{model}/versions/{version}/ready"
        "Whether a version of a model answers." -> ModelReady by ready
        (("model" = ModelName, "Kind of model") ModelPath(kind) => ModelPath,
         ("version" = String, "A number, or `prior`") VersionPath(version) => VersionPath)
        Asked { kind, version: Some(version) };
}

/// Rows to predictions.
///
/// One tensor `features` of the shape `[rows, features]` in the order of the feature schema, or one
/// tensor for each feature by name; FP32 or FP64, null = missing. The outputs `contributions` and
/// `base_value` come when they are asked for by name.
#[utoipa::path(
    post, path = "/v2/models/{model}/infer", tag = "inference",
    params(("model" = ModelName, Path, description = "Kind of model")),
    request_body = InferRequest,
    responses(
        (status = 200, body = InferResponse),
        (status = "4XX", description = "What is wrong with the request", body = PlainError),
        (status = "5XX", description = "Overload, or the model out of reach", body = PlainError),
    ),
    security(("key" = ["score"])),
)]
async fn infer_model(
    State(state): State<AppState>,
    caller: Caller,
    place: Place,
    ModelPath(kind): ModelPath,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    answer(state, caller, place, Asked { kind, version: None }, body).await
}

/// Rows to predictions of one version of a model.
#[utoipa::path(
    post, path = "/v2/models/{model}/versions/{version}/infer", tag = "inference",
    params(("model" = ModelName, Path, description = "Kind of model"), ("version" = String, Path, description = "A number, or `prior`")),
    request_body = InferRequest,
    responses(
        (status = 200, body = InferResponse),
        (status = "4XX", description = "What is wrong with the request", body = PlainError),
        (status = "5XX", description = "Overload, or the model out of reach", body = PlainError),
    ),
    security(("key" = ["score"])),
)]
async fn infer_model_version(
    State(state): State<AppState>,
    caller: Caller,
    place: Place,
    ModelPath(kind): ModelPath,
    VersionPath(version): VersionPath,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    answer(state, caller, place, Asked { kind, version: Some(version) }, body).await
}

async fn answer(
    state: AppState,
    caller: Caller,
    place: Place,
    asked: Asked,
    body: axum::body::Bytes,
) -> Result<Response, ApiError> {
    let kind = asked.kind;
    let model = model(&state, &caller, asked).await?;
    let rows_max = state.config.batch_items_max;
    let turn = state.admission.batch_turn(place).await?;
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let request: InferRequest = read_json(&body, "")?;
        let (answer, rows) = infer(&model, request, rows_max)?;
        Ok::<_, ApiError>((json(&answer)?, rows))
    });
    let (answer, rows) = work.await.map_err(|fault| ApiError::task(&fault))??;
    state.metrics.predicted(kind.as_str(), rows);
    Ok(answer)
}

/// The model that is asked for: the one in use, or a version of the registry.
async fn model(state: &AppState, caller: &Caller, asked: Asked) -> Result<AnyModel, ApiError> {
    let models = caller.tenant.models(&state.registry, &state.metrics).await?;
    let Asked { kind, version } = asked;
    let in_use = AnyModel::in_use(kind, models);
    let Some(version) = version else { return in_use };
    if let Ok(model) = in_use
        && model.served().version.to_string() == version
    {
        return Ok(model);
    }
    let (registry, tenant) = (state.registry.clone(), caller.tenant.tenant.name.clone());
    let load = move || {
        let served = match version.parse().map_err(|_| no_version())? {
            ServedVersion::Prior => {
                Served::new(ModelRegistry::shipped(kind)?, ServedVersion::Prior, None, Vec::new())
            }
            ServedVersion::Version(number) => registry.get(&tenant, kind, number)?,
        };
        AnyModel::prepare(kind, served)
    };
    tokio::task::spawn_blocking(load).await.map_err(|fault| ApiError::task(&fault))?
}

fn no_version() -> ApiError {
    ApiError::new(ErrorCode::NotFound).detail("there is no such version")
}

async fn metadata(state: AppState, caller: Caller, asked: Asked) -> Result<Response, ApiError> {
    let kind = asked.kind;
    model(&state, &caller, asked).await?;
    let (registry, tenant) = (state.registry.clone(), caller.tenant.tenant.name.clone());
    let list = tokio::task::spawn_blocking(move || registry.list(&tenant, kind));
    let versions = list.await.map_err(|fault| ApiError::task(&fault))??;
    let numbers = versions.iter().map(|info| info.version.to_string());
    let shape = vec![-1, catalogue(kind).len() as i64];
    json(&InferenceModel {
        name: kind.as_str().to_owned(),
        versions: numbers.chain([ServedVersion::Prior.to_string()]).collect(),
        platform: "chatsignal".to_owned(),
        inputs: vec![TensorMetadata {
            name: "features".to_owned(),
            datatype: "FP64".to_owned(),
            shape,
        }],
        outputs: outputs(kind),
        optional_outputs: optional_outputs(kind),
    })
}

async fn ready(state: AppState, caller: Caller, asked: Asked) -> Result<Response, ApiError> {
    let name = asked.kind.as_str().to_owned();
    let ready = match model(&state, &caller, asked).await {
        Ok(_) => true,
        Err(error) if error.problem.code == ErrorCode::ModelUnavailable => false,
        Err(error) => return Err(error),
    };
    Ok((ready_status(ready), json(&ModelReady { name, ready })?).into_response())
}
