//! What people said of scores and recommendations, kept with the contact that they speak of.

use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

use super::{Store, StoreError, TenantId, alias, limits};

/// What feedback is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackKind {
    /// A recommendation that was followed or dismissed.
    Recommendation,
    /// A score that was right or wrong.
    Score,
    /// A free label.
    Label,
}

impl FeedbackKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Recommendation, Self::Score, Self::Label];

    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recommendation => "recommendation",
            Self::Score => "score",
            Self::Label => "label",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One word of feedback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// What it is about.
    pub kind: FeedbackKind,
    /// Kind of model, where it is about one; else empty.
    pub model: String,
    /// The action, the label that would have been right, or the free label.
    pub subject: String,
    /// What was said: `done`, `dismissed`, `right`, `wrong`, `set`.
    pub verdict: String,
}

/// Feedback about one contact as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFeedback {
    /// Its id.
    pub id: [u8; 16],
    /// When it was kept.
    pub created_at: TimestampMs,
    /// What was said.
    pub feedback: Feedback,
}

/// How often something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackCount {
    /// What was said.
    pub feedback: Feedback,
    /// How often.
    pub count: u64,
}

impl Store {
    /// Keeps feedback about a contact of the log; its id and when it was kept. Beyond
    /// [`limits::FEEDBACK_PER_CONTACT_MAX`] of one contact the oldest goes. With an `id` it is kept
    /// once, without one it gets a random one.
    ///
    /// # Errors
    /// [`StoreError::NoContact`] for one without events, [`StoreError::Setting`] for a label that
    /// is too long or has control characters, or when the file cannot be written.
    pub fn add_feedback(
        &mut self,
        tenant: TenantId,
        contact: ContactId,
        feedback: &Feedback,
        id: Option<[u8; 16]>,
        now: TimestampMs,
    ) -> Result<([u8; 16], TimestampMs), StoreError> {
        let subject = &feedback.subject;
        if subject.len() > limits::FEEDBACK_LABEL_BYTES_MAX || subject.chars().any(char::is_control)
        {
            let rule = format!(
                "has at most {} bytes and no control characters",
                limits::FEEDBACK_LABEL_BYTES_MAX
            );
            return Err(StoreError::Setting { name: "label".to_owned(), rule });
        }
        let is_new = id.is_none();
        let id = id.map_or_else(random_id, Ok)?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let contact = alias::canonical(&transaction, tenant, contact)?;
        if !is_new && let Some(at) = kept_at(&transaction, tenant, contact, id)? {
            return Ok((id, at));
        }
        let kept = transaction
            .prepare_cached(
                "INSERT INTO feedback
                 (tenant, contact, created_at, feedback_id, kind, model, subject, verdict)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
                 WHERE EXISTS (SELECT 1 FROM events WHERE tenant = ?1 AND contact = ?2)",
            )?
            .execute((
                tenant.0,
                contact.0,
                now.0,
                id,
                feedback.kind.as_str(),
                &feedback.model,
                subject,
                &feedback.verdict,
            ))?;
        if kept == 0 {
            return Err(StoreError::NoContact(contact.to_string()));
        }
        transaction
            .prepare_cached(
                "DELETE FROM feedback WHERE tenant = ?1 AND contact = ?2
                 AND (created_at, feedback_id) <= (SELECT created_at, feedback_id FROM feedback
                   WHERE tenant = ?1 AND contact = ?2
                   ORDER BY created_at DESC, feedback_id DESC LIMIT 1 OFFSET ?3)",
            )?
            .execute((tenant.0, contact.0, limits::FEEDBACK_PER_CONTACT_MAX))?;
        transaction.commit()?;
        Ok((id, now))
    }

    /// The newest feedback about a contact (under any of their ids), newest first, at most `limit`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn feedback_of(
        &self,
        tenant: TenantId,
        contact: ContactId,
        limit: usize,
    ) -> Result<Vec<KeptFeedback>, StoreError> {
        let contact = alias::canonical(&self.connection, tenant, contact)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT kind, model, subject, verdict, feedback_id, created_at FROM feedback
             WHERE tenant = ?1 AND contact = ?2
             ORDER BY created_at DESC, feedback_id DESC LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((tenant.0, contact.0, limit), |row| {
            let created_at = TimestampMs(row.get(5)?);
            Ok(KeptFeedback { id: row.get(4)?, created_at, feedback: read(row)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was said how often, most frequent first; at most [`limits::FEEDBACK_COUNTS_MAX`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count_feedback(&self, tenant: TenantId) -> Result<Vec<FeedbackCount>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT kind, model, subject, verdict, count(*) FROM feedback WHERE tenant = ?1
             GROUP BY kind, model, subject, verdict
             ORDER BY count(*) DESC, kind, model, subject, verdict LIMIT ?2",
        )?;
        let rows = statement.query_map((tenant.0, limits::FEEDBACK_COUNTS_MAX), |row| {
            let count = row.get::<_, i64>(4)?.unsigned_abs();
            Ok(FeedbackCount { feedback: read(row)?, count })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The first four columns of a row.
fn read(row: &Row<'_>) -> rusqlite::Result<Feedback> {
    let kind: String = row.get(0)?;
    Ok(Feedback {
        kind: FeedbackKind::from_name(&kind).unwrap_or(FeedbackKind::Label),
        model: row.get(1)?,
        subject: row.get(2)?,
        verdict: row.get(3)?,
    })
}

fn random_id() -> Result<[u8; 16], StoreError> {
    let mut id = [0u8; 16];
    getrandom::fill(&mut id)
        .map_err(|e| StoreError::Disk(format!("the system gave no random bytes: {e}")))?;
    Ok(id)
}

/// When feedback about a contact was kept, where it was.
fn kept_at(
    connection: &Connection,
    tenant: TenantId,
    contact: ContactId,
    id: [u8; 16],
) -> Result<Option<TimestampMs>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT created_at FROM feedback WHERE tenant = ?1 AND contact = ?2 AND feedback_id = ?3",
    )?;
    let at = statement.query_row((tenant.0, contact.0, id), |row| row.get(0)).optional()?;
    Ok(at.map(TimestampMs))
}

/// Gives the feedback of one id to another.
pub(super) fn give(
    connection: &Connection,
    tenant: TenantId,
    from: ContactId,
    to: ContactId,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE feedback SET contact = ?2 WHERE tenant = ?1 AND contact = ?3")?
        .execute((tenant.0, to.0, from.0))?;
    Ok(())
}
