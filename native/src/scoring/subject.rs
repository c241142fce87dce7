//! One contact at one instant.

use chatsignal_core::contact::ContactState;
use chatsignal_core::event::Event;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_ingest::country::Country;
use jiff::tz::TimeZone;

use crate::timezone;

/// Minutes by which a contact's clock may differ when only the tenant's zone is known.
const UNKNOWN_ZONE_MARGIN_MIN: u16 = 60;

/// A contact as it was known at an instant.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Who.
    pub contact: ContactId,
    /// All events of the contact, sorted by [`Event::cmp_in_contact`].
    pub events: &'a [Event],
    /// The instant.
    pub as_of: TimestampMs,
    /// Country, where the directory knows it.
    pub country: Option<Country>,
    /// What was known at the instant.
    pub state: ContactState,
}

impl<'a> Subject<'a> {
    /// The contact as it was known at `as_of`.
    #[must_use]
    pub fn new(contact: ContactId, events: &'a [Event], as_of: TimestampMs) -> Self {
        let state = ContactState::at(events, as_of);
        Self { contact, events, as_of, country: None, state }
    }

    /// The same contact `ms` before, if anything was known of it then.
    pub(super) fn before(&self, ms: i64) -> Option<Self> {
        let then = Self::new(self.contact, self.events, self.as_of.plus_ms(-ms));
        then.state.known_through().is_some().then_some(then)
    }

    /// Offset of the contact's local time, and the minutes by which it may be wrong: the offset of
    /// the newest event, else the tenant's zone.
    pub(crate) fn local_offset(&self, tenant: &TimeZone) -> (UtcOffsetMin, u16) {
        match self.state.utc_offset() {
            Some(offset) => (offset, 0),
            None => (timezone::offset(tenant, self.as_of), UNKNOWN_ZONE_MARGIN_MIN),
        }
    }
}
