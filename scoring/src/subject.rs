//! One contact at one instant.

use alloc::borrow::Cow;

use chatsignal_core::contact::ContactState;
use chatsignal_core::event::Event;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_ingest::LocalTime;
use chatsignal_ingest::country::Country;

/// Minutes by which a contact's clock may differ when only the tenant's zone is known.
const UNKNOWN_ZONE_MARGIN_MIN: u16 = 60;

/// A contact as it was known at an instant.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Who.
    pub contact: ContactId,
    /// The instant.
    pub as_of: TimestampMs,
    /// Country, where the directory knows it.
    pub country: Option<Country>,
    /// What was known at the instant.
    pub state: Cow<'a, ContactState>,
    /// What a trend compares with.
    pub earlier: Earlier<'a>,
}

/// What is known of a contact at the instant that a trend compares with.
#[derive(Clone, Copy, Debug)]
pub enum Earlier<'a> {
    /// All events of the contact, sorted by [`Event::cmp_in_contact`].
    Events(&'a [Event]),
    /// The state of then.
    State(&'a ContactState),
    /// The lead score that was given then.
    Lead(f64),
    /// Nothing.
    Unknown,
}

impl<'a> Subject<'a> {
    /// The contact as it was known at `as_of`, from all its events, sorted by
    /// [`Event::cmp_in_contact`].
    #[must_use]
    pub fn new(contact: ContactId, events: &'a [Event], as_of: TimestampMs) -> Self {
        let state = Cow::Owned(ContactState::at(events, as_of));
        Self { contact, as_of, country: None, state, earlier: Earlier::Events(events) }
    }

    /// The contact whose state at `as_of` is given.
    #[must_use]
    pub fn of_state(
        contact: ContactId,
        state: &'a ContactState,
        as_of: TimestampMs,
        earlier: Earlier<'a>,
    ) -> Self {
        Self { contact, as_of, country: None, state: Cow::Borrowed(state), earlier }
    }

    /// Offset of the contact's local time, and the minutes by which it may be wrong: the offset of
    /// the newest event, else the tenant's.
    pub(crate) fn local_offset(&self, tenant: &dyn LocalTime) -> (UtcOffsetMin, u16) {
        match self.state.utc_offset() {
            Some(offset) => (offset, 0),
            None => (tenant.offset_at(self.as_of), UNKNOWN_ZONE_MARGIN_MIN),
        }
    }
}
