//! A stream of events: read as it comes, committed chunk by chunk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use chatsignal_api::error::ErrorCode;
use chatsignal_api::ingest::{ERRORS_MAX, EventsReceipt, LineError};
use chatsignal_ingest::ndjson;
use http_body_util::BodyExt;

use super::lines::{Chunk, Lines};
use crate::service::config::Config;
use crate::service::error::ApiError;
use crate::service::state::AppState;
use crate::service::tenants::TenantState;
use crate::store::RequestHash;

/// What is done with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Taking {
    /// Its events go into the log.
    Write,
    /// It is read for its hash alone.
    Hash,
}

/// Takes a stream in, and its bytes into `hash`. When it breaks off or breaks a rule, what was
/// committed before stays in the log.
pub(in crate::service) async fn take(
    state: &AppState,
    tenant: &Arc<TenantState>,
    body: Body,
    hash: &mut RequestHash,
    taking: Taking,
) -> Result<EventsReceipt, ApiError> {
    let mut body = Paced::new(body, &state.config);
    let mut lines = Lines::default();
    let mut receipt = EventsReceipt::default();
    while let Some(piece) = body.next().await? {
        hash.update(&piece);
        if taking == Taking::Hash {
            continue;
        }
        let mut rest = &piece[..];
        while !rest.is_empty() {
            rest = lines.push(rest);
            if lines.seen() > state.config.events_lines_max as u64 {
                let limit = state.config.events_lines_max;
                return Err(ApiError::new(ErrorCode::BatchTooLarge).detail(format!(
                    "a stream has at most {limit} lines; those before the last chunk were taken"
                )));
            }
            if lines.is_full() {
                write(state, tenant, lines.take(), &mut receipt).await?;
            }
        }
    }
    if taking == Taking::Write {
        write(state, tenant, lines.finish(), &mut receipt).await?;
    }
    Ok(receipt)
}

/// Commits one chunk and counts it.
async fn write(
    state: &AppState,
    tenant: &Arc<TenantState>,
    chunk: Chunk,
    receipt: &mut EventsReceipt,
) -> Result<(), ApiError> {
    if chunk.lines == 0 {
        return Ok(());
    }
    let whose = Arc::clone(tenant);
    let reading = tokio::task::spawn_blocking(move || {
        super::read(&whose, |context, found| {
            let mut reader = ndjson::Reader::new(context, Some(&whose.tenant.name));
            let lines = chunk.bytes.split_inclusive(|byte| *byte == b'\n');
            for (number, line) in (chunk.first..).zip(lines) {
                reader.line(number, line.strip_suffix(b"\n").unwrap_or(line), found);
            }
        })
    });
    let mut found = reading.await.map_err(|fault| ApiError::task(&fault))?;
    for reject in std::mem::take(&mut found.rejects) {
        receipt.rejected += 1;
        if receipt.errors.len() < ERRORS_MAX {
            let reason = reject.reason.to_string();
            receipt.errors.push(LineError { line: reject.line, field: reject.field, reason });
        }
    }
    if found.events.is_empty() {
        return Ok(());
    }
    let inserted = state.writer.events(tenant, found).await?;
    receipt.accepted += inserted.new;
    receipt.duplicates += inserted.duplicate;
    receipt.erased += inserted.erased;
    Ok(())
}

/// A body with a limit, and a deadline that moves on with what has come.
struct Paced<'c> {
    body: Body,
    config: &'c Config,
    bytes: usize,
    /// Time spent waiting for the client, not for ourselves.
    waited: Duration,
}

impl<'c> Paced<'c> {
    fn new(body: Body, config: &'c Config) -> Self {
        Self { body, config, bytes: 0, waited: Duration::ZERO }
    }

    /// The next piece. Each has the time of a whole small body, and all together come at the least
    /// rate.
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        let patience = self.config.body_timeout_ms;
        loop {
            let share = (self.bytes / self.config.events_rate_min) as u64;
            let left = (patience + Duration::from_secs(share)).saturating_sub(self.waited);
            let start = Instant::now();
            let frame = tokio::time::timeout(left.min(patience), self.body.frame()).await;
            self.waited += start.elapsed();
            let frame = match frame {
                Err(_) => return Err(ApiError::new(ErrorCode::BodyTimeout)),
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => {
                    let cut = "the body was cut off";
                    return Err(ApiError::new(ErrorCode::InvalidJson).detail(cut));
                }
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            self.bytes = self.bytes.saturating_add(data.len());
            let limit = self.config.events_bytes_max;
            if self.bytes > limit {
                return Err(ApiError::new(ErrorCode::BodyTooLarge)
                    .detail(format!("a stream of events has at most {limit} bytes")));
            }
            return Ok(Some(data));
        }
    }
}
