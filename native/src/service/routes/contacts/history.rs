//! What models said of one contact, newest first.

use chatsignal_api::contacts::{ExplanationEntry, ExplanationPage, ScoreEntry, ScorePage};
use chatsignal_api::error::ErrorCode;
use chatsignal_api::job::TrainedModel;
use chatsignal_api::time::Instant;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::page;
use crate::service::auth::Caller;
use crate::service::contact_id;
use crate::service::error::ApiError;
use crate::service::state::AppState;
use crate::store::{ScoreRow, Store};

/// Which part of a history.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// Of one kind of model only.
    #[param(value_type = Option<chatsignal_api::openapi::TrainedModelName>)]
    model: Option<TrainedModel>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries of a page, 1 to 200 [default: 50].
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// One page of scores.
pub(super) async fn scores(
    state: &AppState,
    caller: Caller,
    contact: ContactId,
    query: HistoryQuery,
) -> Result<ScorePage, ApiError> {
    let (rows, next_cursor) = rows(state, caller, contact, query).await?;
    Ok(ScorePage { scores: rows.iter().map(entry).collect(), next_cursor })
}

/// One page of explanations.
pub(super) async fn explanations(
    state: &AppState,
    caller: Caller,
    contact: ContactId,
    query: HistoryQuery,
) -> Result<ExplanationPage<Box<RawValue>>, ApiError> {
    let (rows, next_cursor) = rows(state, caller, contact, query).await?;
    let explanations = rows.into_iter().map(|row| {
        let score = entry(&row);
        let prediction = RawValue::from_string(row.answer).map_err(ApiError::internal)?;
        Ok(ExplanationEntry { score, prediction })
    });
    Ok(ExplanationPage {
        explanations: explanations.collect::<Result<_, ApiError>>()?,
        next_cursor,
    })
}

async fn rows(
    state: &AppState,
    caller: Caller,
    contact: ContactId,
    query: HistoryQuery,
) -> Result<(Vec<ScoreRow>, Option<String>), ApiError> {
    let model = query.model.map(TrainedModel::kind);
    let limit = page::SIZE.of(query.limit, ErrorCode::InvalidParameter, "")?;
    let before = query.cursor.map(|text| {
        let instant = text.parse().ok().filter(|ms| *ms >= 0).map(TimestampMs);
        instant.ok_or_else(|| page::no_cursor(ErrorCode::InvalidParameter, ""))
    });
    let before = before.transpose()?;
    let work = move |store: &mut Store| {
        let tenant = caller.tenant.tenant.id;
        let line = store.contact_line(tenant, contact)?.ok_or_else(contact_id::not_found)?;
        if line.consent.objected {
            // Kept, as evidence of what was decided by it, until the contact is erased; not shown.
            return Ok((Vec::new(), None));
        }
        // A page ends between two instants: each of the kinds may have a score of the same one.
        let asked = limit + ModelKind::ALL.len();
        let mut rows = store.scores_of(tenant, contact, model, before, asked)?;
        let cut = rows.get(limit).map(|next| next.computed_at);
        let mut next_cursor = None;
        if let Some(instant) = cut {
            let whole = rows.iter().position(|row| row.computed_at == instant).unwrap_or(0);
            let end = if whole == 0 { limit + 1 } else { whole };
            rows.truncate(end);
            next_cursor = rows.last().map(|row| row.computed_at.0.to_string());
        }
        Ok((rows, next_cursor))
    };
    state.database.run(work).await
}

fn entry(row: &ScoreRow) -> ScoreEntry {
    ScoreEntry {
        model: row.model.as_str().to_owned(),
        version: if row.version == 0 { "prior".to_owned() } else { row.version.to_string() },
        value: row.value,
        label: row.label.clone(),
        computed_at: Instant(row.computed_at),
        as_of: Instant(row.as_of),
    }
}
