//! The description of the service, collected from its routes.

use chatsignal_api::event::EventObject;
use chatsignal_api::importance::ImportanceMethod;
use chatsignal_api::openapi::KindName;
use chatsignal_api::prediction::Explain;
use chatsignal_api::stream::{ScoreChange, ScoresWithdrawn, StreamGap};
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, openapi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "chatsignal",
        description = "Explained lead, churn and engagement scores from business chat.\n\n\
            Errors are `application/problem+json` (RFC 9457) with a `code` of one table. Our own \
            requests refuse unknown fields. Times are RFC 3339 in UTC, probabilities 0 to 1, scores \
            0 to 100.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(
        EventObject, Explain, ImportanceMethod, KindName, ScoreChange, ScoresWithdrawn, StreamGap
    )),
    modifiers(&Keys),
    tags(
        (name = "service", description = "Health and metrics"),
        (name = "lead-scoring", description = "Who will buy"),
        (name = "churn-prediction", description = "Who will leave, and what to do about it"),
        (name = "engagement-prediction", description = "Who will reply, and when to write"),
        (name = "ingest", description = "Events of your own systems"),
        (name = "live", description = "Changes as they happen"),
        (name = "webhooks", description = "Deliveries of other systems, signed with the secret of a channel"),
        (name = "models", description = "Why a model says what it says"),
        (name = "features", description = "What the models look at"),
        (name = "contacts", description = "The contacts of the log, and their erasure"),
        (name = "settings", description = "The tenant's settings"),
        (name = "feedback", description = "What people say of scores and recommendations"),
        (name = "inference", description = "Open Inference Protocol (version 2)"),
        (name = "training", description = "Models from the log, and the jobs that train them"),
        (name = "registry", description = "Versions of models, and which of them scores"),
        (name = "sentiment", description = "Mood of texts (needs an engine)"),
        (name = "voice", description = "Voice messages (needs an engine)"),
        (name = "translation", description = "Languages (needs an engine)"),
    ),
)]
pub(super) struct Description;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some(
            "A key made with `chatsignal keys create`; its tenant and scopes (score, ingest, train, \
             admin, metrics) come with it."
                .to_owned(),
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// The description as JSON, as `/openapi.json` answers it.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn document(state: &super::AppState) -> Result<String, serde_json::Error> {
    super::router::parts(state).1.to_pretty_json()
}
