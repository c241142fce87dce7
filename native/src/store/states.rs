//! Contact states for scoring: folded from the log, or read from a kept state and its tail.
//!
//! A kept state is a state in its binary form; every event that comes for the contact later is
//! copied to its tail in the transaction that inserts it, so that state and tail together are the
//! log, at any moment and for every process. What cannot be told by a tail (a replaced copy of an
//! event, joined ids, erasure, a tail that grew too long) drops the kept state, and the log is
//! folded again. Reading costs one state and a bounded tail, however long the log is.
//!
//! Making one takes no long transaction: a row without a state begins the tail, the log is folded
//! beside the writers, and the state takes its place if the row is still the same.

use std::collections::HashMap;

use chatsignal_core::contact::ContactState;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::scan::body;
use super::{Store, StoreError, TenantId, alias, limits};

/// A state, and what it was made from.
#[derive(Clone, Debug)]
pub struct StateRead {
    /// The canonical id.
    pub contact: ContactId,
    /// What was known at the instant asked for.
    pub state: ContactState,
    /// Where it came from.
    pub origin: StateOrigin,
}

/// Where a state came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateOrigin {
    /// The log.
    Log {
        /// Events that were read.
        events: u64,
    },
    /// A kept state.
    Kept {
        /// Events of its tail.
        tail: u64,
    },
}

/// A state to be kept, with its place.
#[derive(Clone, Debug)]
pub struct Refreshed {
    contact: ContactId,
    generation: i64,
    position: i64,
    state: ContactState,
}

/// A kept row as it is read.
struct Row {
    generation: i64,
    position: i64,
    state: Option<ContactState>,
}

impl Store {
    /// The state of a contact (under any of their ids) as it was known at `as_of`; `None` of a
    /// contact without events. A consistent view of the log.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn state_at(
        &self,
        tenant: TenantId,
        contact: ContactId,
        as_of: TimestampMs,
    ) -> Result<Option<StateRead>, StoreError> {
        let view = self.connection.unchecked_transaction()?;
        let contact = alias::canonical(&view, tenant, contact)?;
        if let Some(Row { state: Some(mut state), .. }) = row(&view, tenant, contact)? {
            let (tail, _) = apply_tail(&view, tenant, contact, &mut state)?;
            if state.known_through().is_some_and(|through| through <= as_of) {
                let origin = StateOrigin::Kept { tail };
                return Ok(Some(StateRead { contact, state, origin }));
            }
        }
        let (state, events) = self.fold_log(tenant, contact, as_of)?;
        let origin = StateOrigin::Log { events };
        Ok((events > 0).then_some(StateRead { contact, state, origin }))
    }

    /// Begins to keep the state of a contact; whether that is new.
    ///
    /// # Errors
    /// When the file cannot be written, or the system gives no random bytes.
    pub fn begin_state(
        &mut self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<bool, StoreError> {
        let mut bytes = [0u8; 8];
        getrandom::fill(&mut bytes)
            .map_err(|e| StoreError::Disk(format!("the system gave no random bytes: {e}")))?;
        let generation = i64::from_le_bytes(bytes);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let contact = alias::canonical(&transaction, tenant, contact)?;
        let begun = transaction.execute(
            "INSERT INTO states (tenant, contact, generation, position) SELECT ?1, ?2, ?3, 0
             WHERE EXISTS (SELECT 1 FROM events WHERE tenant = ?1 AND contact = ?2)
             ON CONFLICT DO NOTHING",
            (tenant.0, contact.0, generation),
        )?;
        transaction.commit()?;
        Ok(begun == 1)
    }

    /// Works out the state that is to be kept now; `None` when none was begun.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn refresh_state(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<Refreshed>, StoreError> {
        let view = self.connection.unchecked_transaction()?;
        let contact = alias::canonical(&view, tenant, contact)?;
        let Some(row) = row(&view, tenant, contact)? else { return Ok(None) };
        let (mut state, known) = match row.state {
            Some(state) => (state, true),
            None => (self.fold_log(tenant, contact, TimestampMs::MAX)?.0, false),
        };
        // A state folded just now has the tail in it: applying it again would count the events that
        // are older than full logs twice.
        let mut unused = ContactState::new();
        let onto = if known { &mut state } else { &mut unused };
        let (_, last) = apply_tail(&view, tenant, contact, onto)?;
        let position = last.unwrap_or(row.position);
        Ok(Some(Refreshed { contact, generation: row.generation, position, state }))
    }

    /// Keeps a state and forgets the part of the tail that is in it; whether its place was still
    /// there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_state(
        &mut self,
        tenant: TenantId,
        refreshed: &Refreshed,
    ) -> Result<bool, StoreError> {
        let Refreshed { contact, generation, position, state } = refreshed;
        let mut bytes = Vec::new();
        state.encode(&mut bytes);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let kept = transaction.execute(
            "UPDATE states SET position = ?4, body = ?5
             WHERE tenant = ?1 AND contact = ?2 AND generation = ?3
             AND (body IS NULL OR position < ?4)",
            (tenant.0, contact.0, generation, position, bytes),
        )?;
        if kept == 1 {
            transaction.execute(
                "DELETE FROM state_tails WHERE tenant = ?1 AND contact = ?2 AND position <= ?3",
                (tenant.0, contact.0, position),
            )?;
        }
        transaction.commit()?;
        Ok(kept == 1)
    }

    /// The log of a canonical id, folded, and how many events it has.
    pub(super) fn fold_log(
        &self,
        tenant: TenantId,
        contact: ContactId,
        as_of: TimestampMs,
    ) -> Result<(ContactState, u64), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT body FROM events WHERE tenant = ?1 AND contact = ?2
             ORDER BY occurred_at, rank, event_id",
        )?;
        let mut rows = statement.query((tenant.0, contact.0))?;
        let (mut state, mut events) = (ContactState::new(), 0);
        while let Some(row) = rows.next()? {
            let body = body(row, 0)?;
            state
                .apply_encoded(body, as_of)
                .map_err(|reason| self.events(tenant).broken(contact, body, reason))?;
            events += 1;
        }
        Ok((state, events))
    }
}

fn row(
    connection: &Connection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<Option<Row>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT generation, position, body FROM states WHERE tenant = ?1 AND contact = ?2",
    )?;
    let row = statement.query_row((tenant.0, contact.0), |row| {
        let body = row.get_ref(2)?.as_blob_or_null()?;
        // A state of another version is no state: the log is folded again.
        let state = body.and_then(|body| ContactState::decode(body).ok());
        Ok(Row { generation: row.get(0)?, position: row.get(1)?, state })
    });
    Ok(row.optional()?)
}

/// Applies the tail of a contact: how many events, and the position of the last.
fn apply_tail(
    connection: &Connection,
    tenant: TenantId,
    contact: ContactId,
    state: &mut ContactState,
) -> Result<(u64, Option<i64>), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, body FROM state_tails WHERE tenant = ?1 AND contact = ?2
         ORDER BY position",
    )?;
    let mut rows = statement.query((tenant.0, contact.0))?;
    let (mut count, mut last) = (0, None);
    while let Some(row) = rows.next()? {
        let body = body(row, 1)?;
        state
            .apply_encoded(body, TimestampMs::MAX)
            .map_err(|reason| StoreError::Event { event_id: "?".to_owned(), reason })?;
        count += 1;
        last = Some(row.get(0)?);
    }
    Ok((count, last))
}

/// Forgets the kept state of an id.
pub(super) fn drop_state(
    connection: &Connection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM states WHERE tenant = ?1 AND contact = ?2",
        "DELETE FROM state_tails WHERE tenant = ?1 AND contact = ?2",
    ] {
        connection.prepare_cached(sql)?.execute((tenant.0, contact.0))?;
    }
    Ok(())
}

/// The tails that a transaction writes to.
#[derive(Debug)]
pub(super) struct Tails {
    tenant: TenantId,
    /// Most tenants have no kept state: then nothing is looked up.
    any: bool,
    /// Positions of canonical ids with a kept state: where its tail begins, and the next one.
    known: HashMap<ContactId, Option<(i64, i64)>>,
}

impl Tails {
    pub(super) fn open(connection: &Connection, tenant: TenantId) -> Result<Self, StoreError> {
        let any = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM states WHERE tenant = ?1)")?
            .query_row([tenant.0], |row| row.get(0))?;
        Ok(Self { tenant, any, known: HashMap::new() })
    }

    /// Takes note of a new event of a canonical id.
    pub(super) fn push(
        &mut self,
        connection: &Connection,
        contact: ContactId,
        body: &[u8],
    ) -> Result<(), StoreError> {
        if !self.any {
            return Ok(());
        }
        let known = match self.known.get(&contact) {
            Some(known) => *known,
            None => {
                let found = connection
                    .prepare_cached(
                        "SELECT position, max(position, ifnull((SELECT max(position)
                           FROM state_tails WHERE tenant = ?1 AND contact = ?2), 0))
                         FROM states WHERE tenant = ?1 AND contact = ?2",
                    )?
                    .query_row((self.tenant.0, contact.0), |row| {
                        Ok((row.get(0)?, row.get::<_, i64>(1)? + 1))
                    })
                    .optional()?;
                self.known.insert(contact, found);
                found
            }
        };
        let Some((begin, next)) = known else { return Ok(()) };
        if next - begin > limits::STATE_TAIL_MAX {
            return self.forget(connection, contact);
        }
        connection
            .prepare_cached(
                "INSERT INTO state_tails (tenant, contact, position, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((self.tenant.0, contact.0, next, body))?;
        self.known.insert(contact, Some((begin, next + 1)));
        Ok(())
    }

    /// Forgets the kept state of an id.
    pub(super) fn forget(
        &mut self,
        connection: &Connection,
        contact: ContactId,
    ) -> Result<(), StoreError> {
        if self.any {
            drop_state(connection, self.tenant, contact)?;
            self.known.insert(contact, None);
        }
        Ok(())
    }

    /// Ids were joined: what is known of positions may be wrong.
    pub(super) fn joined(&mut self) {
        self.known.clear();
    }
}
