//! A contact of the log, ready to be scored, and what its trend compares with.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::ContactState;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::{DAY_MS, TimestampMs};

use crate::scoring::{Earlier, Subject, TREND_DAYS};
use crate::store::{StateOrigin, Store, StoreError, TenantId};

/// Events from which on a state is kept: folding fewer takes less than reading one.
const KEPT_EVENTS_MIN: u64 = 512;
/// Events of a tail from which on it is folded into the state.
const TAIL_EVENTS_MIN: u64 = 64;
/// A score older than this before the instant compared with tells nothing about it, days.
const HISTORY_DAYS: i64 = 7;

/// See the module.
pub(crate) struct Stored {
    contact: ContactId,
    state: ContactState,
    origin: StateOrigin,
    lead_before: Option<f64>,
    state_before: Option<ContactState>,
}

impl Stored {
    /// Reads a contact; `None` of one without events. The trend compares with the history of scores
    /// or, where there is none of that time, with the log of then if it is short.
    pub(crate) fn read(
        store: &Store,
        tenant: TenantId,
        contact: ContactId,
        as_of: TimestampMs,
    ) -> Result<Option<Self>, StoreError> {
        let Some(read) = store.state_at(tenant, contact, as_of)? else { return Ok(None) };
        let then = as_of.plus_ms(-TREND_DAYS * DAY_MS);
        let before = Some(then.plus_ms(1));
        let lead = Some(ModelKind::Lead);
        let row = store.scores_of(tenant, read.contact, lead, before, 1)?.pop();
        let oldest = then.plus_ms(-HISTORY_DAYS * DAY_MS);
        let lead_before = row.filter(|row| row.as_of >= oldest).map(|row| row.value);
        let short = matches!(read.origin, StateOrigin::Log { events } if events < KEPT_EVENTS_MIN);
        let state_before = if short && lead_before.is_none() {
            store.state_at(tenant, contact, then)?.map(|read| read.state)
        } else {
            None
        };
        let (contact, state, origin) = (read.contact, read.state, read.origin);
        Ok(Some(Self { contact, state, origin, lead_before, state_before }))
    }

    /// The canonical id.
    pub(crate) fn contact(&self) -> ContactId {
        self.contact
    }

    /// What is known.
    pub(crate) fn state(&self) -> &ContactState {
        &self.state
    }

    /// Whether a long log was folded, of which a state should be kept.
    pub(crate) fn is_long(&self) -> bool {
        matches!(self.origin, StateOrigin::Log { events } if events >= KEPT_EVENTS_MIN)
    }

    /// Whether the tail of the kept state should be folded in.
    pub(crate) fn has_long_tail(&self) -> bool {
        matches!(self.origin, StateOrigin::Kept { tail } if tail >= TAIL_EVENTS_MIN)
    }

    /// The contact at the instant that was asked for.
    pub(crate) fn subject(&self, as_of: TimestampMs) -> Subject<'_> {
        let earlier = match (self.lead_before, &self.state_before) {
            (Some(score), _) => Earlier::Lead(score),
            (None, Some(state)) => Earlier::State(state),
            (None, None) => Earlier::Unknown,
        };
        Subject::of_state(self.contact, &self.state, as_of, earlier)
    }
}
