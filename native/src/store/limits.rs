//! Bounds of the store.

use std::time::Duration;

/// How long a write waits for another process's lock.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an erasure waits for readers to let the write-ahead log go; nobody can write meanwhile.
pub(crate) const LOG_WAIT: Duration = Duration::from_millis(200);
/// Events in one transaction of a bulk insert.
pub(crate) const BATCH_EVENTS: usize = 10_000;
/// Page cache of a connection that writes, KiB: events come in order of time and are kept in order
/// of contact, so that a batch touches pages all over the file.
pub(crate) const WRITE_CACHE_KIB: i64 = 96 * 1024;
/// Page cache of a connection that reads, KiB: a scan reads each page once, and memory that stays in
/// the processor's cache makes it a third faster than 64 MiB do (`fold_speed`).
pub(crate) const SCAN_CACHE_KIB: i64 = 2 * 1024;
/// Pages of write-ahead log after which it is folded into the file (4 KiB each).
pub(crate) const WAL_PAGES: i64 = 8_192;
/// Prepared statements kept.
pub(crate) const STATEMENTS_CACHED: usize = 64;
/// Longest name of a tenant, bytes.
pub(crate) const TENANT_NAME_BYTES_MAX: usize = 128;
/// Longest entry of the directory, bytes; longer ones are cut.
pub(crate) const DIRECTORY_BYTES_MAX: usize = 512;
/// Scores kept of one contact and kind of model.
pub(crate) const SCORES_PER_MODEL_MAX: i64 = 100;
/// Events of the longest tail of a kept state.
pub(crate) const STATE_TAIL_MAX: i64 = 512;
/// Answers to idempotent requests kept of one tenant.
pub(crate) const KEPT_ANSWERS_MAX: i64 = 10_000;
/// Shortest secret of a channel, bytes.
pub(crate) const CHANNEL_SECRET_BYTES_MIN: usize = 16;
/// Longest secret of a channel, bytes.
pub(crate) const CHANNEL_SECRET_BYTES_MAX: usize = 256;
/// Longest label of an API key or channel, bytes.
pub(crate) const KEY_LABEL_BYTES_MAX: usize = 128;
/// Contacts whose consent is folded in one transaction.
pub(crate) const SETTLED_AT_ONCE: i64 = 1_000;
/// Feedback kept of one contact; beyond it the oldest goes.
pub(crate) const FEEDBACK_PER_CONTACT_MAX: i64 = 1_000;
/// Longest free label of feedback, bytes.
pub(crate) const FEEDBACK_LABEL_BYTES_MAX: usize = 64;
/// Kinds of feedback that are counted apart, most frequent first.
pub(crate) const FEEDBACK_COUNTS_MAX: i64 = 1_000;
