//! Deliveries of other systems. A channel's own secret stands in for a key; nothing is said about
//! why a delivery is not believed.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::ingest::{EventsReceipt, WebhookReceipt};
use chatsignal_ingest::whatsapp::{signature, webhook};
use chatsignal_ingest::{Context, Ingested, chatwoot};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::scoring::json;
use crate::service::admission::Class;
use crate::service::channels::OpenChannel;
use crate::service::error::ApiError;
use crate::service::extract::{ChannelPath, Query, body};
use crate::service::ingest;
use crate::service::state::AppState;
use crate::store::ChannelKind;

/// Longest delivery, bytes: WhatsApp's own limit.
const DELIVERY_BYTES_MAX: usize = 3 << 20;
/// Deliveries longer than this are read on a thread of their own, bytes.
const SHORT_BYTES_MAX: usize = 64 << 10;
/// Longest challenge of a handshake, bytes.
const CHALLENGE_BYTES_MAX: usize = 256;
/// Header of Meta's signature.
const HUB_SIGNATURE: &str = "x-hub-signature-256";
/// Header of Chatwoot's signature.
const CHATWOOT_SIGNATURE: &str = "x-chatwoot-signature";
/// Header of the instant that Chatwoot signs with the body.
const CHATWOOT_TIMESTAMP: &str = "x-chatwoot-timestamp";

/// The routes.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(verify_whatsapp, post_whatsapp))
        .routes(routes!(post_chatwoot))
}

/// Meta's question whether a subscription is wanted. Fields of others are no error.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Handshake {
    /// `subscribe`.
    #[serde(rename = "hub.mode", default)]
    mode: String,
    /// The channel's verify token.
    #[serde(rename = "hub.verify_token", default)]
    verify_token: String,
    /// What is answered.
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
}

/// Confirms a subscription of WhatsApp webhooks.
#[utoipa::path(
    get, path = "/api/v1/webhooks/whatsapp/{channel_id}", tag = "webhooks",
    params(("channel_id" = String, Path, description = "From `chatsignal channels create`"), Handshake),
    responses(
        (status = 200, description = "The challenge", body = String, content_type = "text/plain"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
    ),
    security(()),
)]
async fn verify_whatsapp(
    State(state): State<AppState>,
    ChannelPath(channel_id): ChannelPath,
    Query(handshake): Query<Handshake>,
) -> Result<Response, ApiError> {
    let channel = state.channels.get(&channel_id, ChannelKind::Whatsapp)?;
    let Handshake { mode, verify_token, challenge } = &handshake;
    let token = channel.verify_token();
    let plain = challenge.len() <= CHALLENGE_BYTES_MAX
        && challenge.bytes().all(|byte| byte.is_ascii_graphic());
    match signature::handshake(mode, verify_token, challenge, token).filter(|_| plain) {
        Some(challenge) => {
            let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
            Ok(([(header::CONTENT_TYPE, content_type)], challenge.to_owned()).into_response())
        }
        None => Err(ApiError::new(ErrorCode::Forbidden).detail("the verify token is another")),
    }
}

/// Takes a delivery of WhatsApp in.
///
/// `X-Hub-Signature-256` must sign the raw body with the channel's secret. The answer comes when all
/// of it is on disk. Types that are not known are passed over.
#[utoipa::path(
    post, path = "/api/v1/webhooks/whatsapp/{channel_id}", tag = "webhooks",
    params(("channel_id" = String, Path, description = "From `chatsignal channels create`")),
    request_body(content = Object, description = "The payload of WhatsApp's Cloud API"),
    responses(
        (status = 200, body = WebhookReceipt),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(()),
)]
async fn post_whatsapp(
    State(state): State<AppState>,
    ChannelPath(channel_id): ChannelPath,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let channel = state.channels.get(&channel_id, ChannelKind::Whatsapp)?;
    let _place = state.admission.place(Class::Webhook, &channel.tenant.shares)?;
    let payload = body::read(&headers, body, DELIVERY_BYTES_MAX, &state.config).await?;
    signature::verify(&payload, one(&headers, HUB_SIGNATURE), &channel.secrets(), true)
        .map_err(forged)?;
    deliver(&state, &channel, payload, |payload, context, found| {
        webhook::read(payload, &context, found);
    })
    .await
}

/// The word of a Chatwoot that does not sign.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Token {
    /// The channel's secret, where the request is not signed.
    token: Option<String>,
}

/// Takes a delivery of Chatwoot in.
///
/// Signed with the channel's secret (`X-Chatwoot-Signature` over the timestamp, a dot and the raw
/// body), or, from a Chatwoot that does not sign, with the secret as `token` in the address.
#[utoipa::path(
    post, path = "/api/v1/webhooks/chatwoot/{channel_id}", tag = "webhooks",
    params(("channel_id" = String, Path, description = "From `chatsignal channels create`"), Token),
    request_body(content = Object, description = "The payload of a Chatwoot webhook"),
    responses(
        (status = 200, body = WebhookReceipt),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(()),
)]
async fn post_chatwoot(
    State(state): State<AppState>,
    ChannelPath(channel_id): ChannelPath,
    Query(Token { token }): Query<Token>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let channel = state.channels.get(&channel_id, ChannelKind::Chatwoot)?;
    let _place = state.admission.place(Class::Webhook, &channel.tenant.shares)?;
    let payload = body::read(&headers, body, DELIVERY_BYTES_MAX, &state.config).await?;
    let secrets = channel.secrets();
    match (headers.contains_key(CHATWOOT_SIGNATURE), token) {
        // A signature counts alone: a token beside it does not make it good.
        (false, Some(token)) => {
            let same = |secret: &[u8]| bool::from(secret.ct_eq(token.as_bytes()));
            if !secrets.into_iter().fold(false, |found, secret| found | same(secret)) {
                return Err(forged(signature::SignatureError::Mismatch));
            }
        }
        _ => {
            let stamp = one(&headers, CHATWOOT_TIMESTAMP);
            let signed = one(&headers, CHATWOOT_SIGNATURE);
            chatwoot::signature::verify(&payload, signed, stamp, &secrets).map_err(forged)?;
        }
    }
    deliver(&state, &channel, payload, |payload, context, found| {
        chatwoot::read(payload, &context, found);
    })
    .await
}

/// The value of a header that is there once.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn forged(_: signature::SignatureError) -> ApiError {
    ApiError::new(ErrorCode::Unauthorized).detail("the signature is missing or wrong")
}

/// Reads a believed delivery and waits until it is on disk.
async fn deliver(
    state: &AppState,
    channel: &Arc<OpenChannel>,
    payload: Bytes,
    reader: impl FnOnce(&[u8], Context<'_>, &mut Ingested) + Send + 'static,
) -> Result<Response, ApiError> {
    let tenant = Arc::clone(&channel.tenant);
    let short = payload.len() <= SHORT_BYTES_MAX;
    let read = move || ingest::read(&tenant, |context, found| reader(&payload, context, found));
    let mut found = if short {
        read()
    } else {
        tokio::task::spawn_blocking(read).await.map_err(|fault| ApiError::task(&fault))?
    };
    let rejected = std::mem::take(&mut found.rejects).len() as u64;
    let mut receipt = EventsReceipt { rejected, ..EventsReceipt::default() };
    if !found.events.is_empty() || !found.directory.is_empty() {
        let inserted = state.writer.events(&channel.tenant, found).await?;
        receipt.accepted = inserted.new;
        receipt.duplicates = inserted.duplicate;
        receipt.erased = inserted.erased;
    }
    state.metrics.ingested("webhooks", &receipt);
    json(&WebhookReceipt {
        accepted: receipt.accepted,
        duplicates: receipt.duplicates,
        rejected: receipt.rejected,
    })
}
