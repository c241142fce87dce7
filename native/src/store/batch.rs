//! One write transaction: events, directory entries and progress that commit together.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};

use chatsignal_core::event::{Event, EventKind, binary};
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior};

use super::overview::Touched;
use super::{Store, StoreError, Tenant, alias, erase, limits, overview, states};

/// What became of events that were inserted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Inserted {
    /// Not known before.
    pub new: u64,
    /// Known already.
    pub duplicate: u64,
    /// Left out because the person was erased after they happened.
    pub erased: u64,
}

impl Inserted {
    /// Adds the counts of another insert.
    pub fn add(&mut self, other: Self) {
        self.new += other.new;
        self.duplicate += other.duplicate;
        self.erased += other.erased;
    }
}

/// A write transaction of one tenant. Dropped without [`Batch::commit`], it leaves no trace.
#[derive(Debug)]
pub struct Batch<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) tenant: &'a Tenant,
    /// Canonical ids looked up in this transaction.
    canonical: HashMap<ContactId, ContactId>,
    /// Further contacts whose logs have changed: ids of before they were joined, and those that an
    /// event was taken from.
    outdated: HashSet<ContactId>,
    tombstones: erase::Tombstones,
    tails: states::Tails,
    inserted: Inserted,
    body: Vec<u8>,
    /// What the events since the last [`Batch::write_contacts`] change in the lines of contacts.
    lines: HashMap<ContactId, Touched>,
}

impl Store {
    /// Begins a write transaction; waits for another process's lock up to five seconds.
    ///
    /// # Errors
    /// [`StoreError::Busy`] after that; or when the file cannot be written.
    pub fn batch<'a>(&'a mut self, tenant: &'a Tenant) -> Result<Batch<'a>, StoreError> {
        self.set_cache(limits::WRITE_CACHE_KIB)?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let tombstones = erase::Tombstones::open(&transaction, tenant)?;
        let tails = states::Tails::open(&transaction, tenant.id)?;
        Ok(Batch {
            transaction,
            tenant,
            canonical: HashMap::new(),
            outdated: HashSet::new(),
            tombstones,
            tails,
            inserted: Inserted::default(),
            body: Vec::with_capacity(binary::EVENT_BYTES_MAX),
            lines: HashMap::new(),
        })
    }

    /// Inserts events, [`limits::BATCH_EVENTS`] a transaction.
    ///
    /// # Errors
    /// When an event is not valid or the file cannot be written; the transactions before it stay.
    pub fn insert_events<E: Borrow<Event>>(
        &mut self,
        tenant: &Tenant,
        events: impl IntoIterator<Item = E>,
    ) -> Result<Inserted, StoreError> {
        let mut total = Inserted::default();
        let mut events = events.into_iter().peekable();
        while events.peek().is_some() {
            let mut batch = self.batch(tenant)?;
            for event in events.by_ref().take(limits::BATCH_EVENTS) {
                batch.insert(event.borrow())?;
            }
            total.add(batch.inserted());
            batch.commit()?;
        }
        Ok(total)
    }
}

impl Batch<'_> {
    /// Inserts one event. Of two copies of one event (equal ids) the one known earlier stays
    /// whole, of two known at the same instant the one of smaller bytes: the log does not depend
    /// on the order of arrival.
    ///
    /// # Errors
    /// When the event is not valid or the file cannot be written.
    pub fn insert(&mut self, event: &Event) -> Result<(), StoreError> {
        event.check().map_err(|e| StoreError::InvalidEvent {
            event_id: event.event_id.to_string(),
            rule: e.rule,
        })?;
        if self.is_erased(event)? {
            self.inserted.erased += 1;
            return Ok(());
        }
        let contact = self.canonical(event.contact_id)?;
        self.body.clear();
        binary::encode(event, &mut self.body);
        let row = rusqlite::params![
            self.tenant.id.0,
            contact.0,
            event.occurred_at.0,
            event.kind.rank(),
            event.event_id.0,
            event.available_at.0,
            self.body,
        ];
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO events (tenant, contact, occurred_at, rank, event_id, available_at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        )?;
        if insert.execute(row)? == 1 {
            drop(insert);
            self.inserted.new += 1;
            self.tails.push(&self.transaction, contact, &self.body)?;
            self.lines.entry(contact).or_default().add(event);
        } else {
            drop(insert);
            self.inserted.duplicate += 1;
            self.replace_later_copy(event, contact)?;
        }
        if let EventKind::Alias { other } = event.kind {
            // Joining counts the events of both: nothing may be still to be added then.
            self.write_contacts()?;
            let changed = alias::join(&self.transaction, self.tenant.id, event.contact_id, other)?;
            if changed {
                self.outdated.extend(self.canonical.drain().map(|(_, canonical)| canonical));
                self.tails.joined();
            }
        }
        Ok(())
    }

    /// Counts so far.
    #[must_use]
    pub fn inserted(&self) -> Inserted {
        self.inserted
    }

    /// Whose events have come, known before or not: canonical ids.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn touched(&self) -> Result<HashSet<ContactId>, StoreError> {
        let mut touched: HashSet<ContactId> = self.canonical.values().copied().collect();
        for contact in &self.outdated {
            touched.insert(alias::canonical(&self.transaction, self.tenant.id, *contact)?);
        }
        touched.remove(&ContactId::BUSINESS);
        Ok(touched)
    }

    /// Whether an event that was known already took the place of a later copy, or ids were joined.
    #[must_use]
    pub fn has_replaced(&self) -> bool {
        !self.outdated.is_empty()
    }

    /// Makes it all permanent.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing of the batch was.
    pub fn commit(mut self) -> Result<(), StoreError> {
        self.write_contacts()?;
        Ok(self.transaction.commit()?)
    }

    /// Puts the event in the place of a copy of it that became known later, where that is kept.
    fn replace_later_copy(&mut self, event: &Event, contact: ContactId) -> Result<(), StoreError> {
        let copy = (self.tenant.id.0, event.event_id.0, event.available_at.0, &self.body);
        let mut find = self.transaction.prepare_cached(
            "SELECT contact FROM events
             WHERE tenant = ?1 AND event_id = ?2 AND (?3, ?4) < (available_at, body)",
        )?;
        let Some(before) = find.query_row(copy, |row| row.get(0)).optional()? else {
            return Ok(());
        };
        drop(find);
        let mut update = self.transaction.prepare_cached(
            "UPDATE events
             SET contact = ?2, occurred_at = ?3, rank = ?4, available_at = ?6, body = ?7
             WHERE tenant = ?1 AND event_id = ?5",
        )?;
        update.execute(rusqlite::params![
            self.tenant.id.0,
            contact.0,
            event.occurred_at.0,
            event.kind.rank(),
            event.event_id.0,
            event.available_at.0,
            self.body,
        ])?;
        drop(update);
        self.write_contacts()?;
        for changed in [ContactId(before), contact] {
            // A tail adds; it can't take back.
            self.tails.forget(&self.transaction, changed)?;
            self.outdated.insert(changed);
            overview::recount(&self.transaction, self.tenant.id, changed)?;
        }
        Ok(())
    }

    /// Brings the lines of contacts up to the events so far.
    fn write_contacts(&mut self) -> Result<(), StoreError> {
        let mut lines: Vec<(ContactId, Touched)> = self.lines.drain().collect();
        // In the order of the table: neighbours share pages.
        lines.sort_unstable_by_key(|(contact, _)| *contact);
        for (contact, touched) in lines {
            overview::touch(&self.transaction, self.tenant.id, contact, &touched)?;
        }
        Ok(())
    }

    /// Up to when a person's past is erased.
    pub(super) fn erased_at(
        &mut self,
        contact: ContactId,
    ) -> Result<Option<TimestampMs>, StoreError> {
        self.tombstones.erased_at(&self.transaction, contact)
    }

    fn is_erased(&mut self, event: &Event) -> Result<bool, StoreError> {
        let covers = |at: Option<TimestampMs>| at.is_some_and(|at| event.occurred_at <= at);
        if covers(self.erased_at(event.contact_id)?) {
            return Ok(true);
        }
        match event.kind {
            EventKind::Alias { other } => Ok(covers(self.erased_at(other)?)),
            _ => Ok(false),
        }
    }

    fn canonical(&mut self, contact: ContactId) -> Result<ContactId, StoreError> {
        if let Some(known) = self.canonical.get(&contact) {
            return Ok(*known);
        }
        let canonical = alias::canonical(&self.transaction, self.tenant.id, contact)?;
        self.canonical.insert(contact, canonical);
        Ok(canonical)
    }
}
