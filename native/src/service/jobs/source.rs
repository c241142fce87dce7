//! The part of a tenant's log that a job learns from.

use chatsignal_api::job::DataWindow;
use chatsignal_core::event::Event;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use chatsignal_train::progress::Progress;
use chatsignal_train::source::{EventSource, SourceError};

use super::control::Control;
use crate::store::{StoreError, TenantEvents};

/// The events of a window of time. A scan ends early when the job is to end.
pub(super) struct Window<'a> {
    events: TenantEvents<'a>,
    from: TimestampMs,
    /// The first instant that is not in it.
    to: TimestampMs,
    control: &'a Control,
}

impl<'a> Window<'a> {
    pub(super) fn new(
        events: TenantEvents<'a>,
        data: Option<DataWindow>,
        control: &'a Control,
    ) -> Self {
        let DataWindow { from, to } = data.unwrap_or_default();
        let from = from.map_or(TimestampMs::MIN, |at| at.0);
        let to = to.map_or(TimestampMs(i64::MAX), |at| at.0);
        Self { events, from, to, control }
    }
}

/// Why a scan ended early.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the job is to end")]
    Ended,
}

impl EventSource for Window<'_> {
    fn for_each_contact(
        &self,
        visit: &mut dyn FnMut(ContactId, &[Event]),
    ) -> Result<(), SourceError> {
        let scan = self.events.visit(|contact, events| {
            if self.control.is_cancelled() {
                return Err(Stopped::Ended);
            }
            let kept = within(events, self.from, self.to);
            if !kept.is_empty() {
                visit(contact, kept);
            }
            Ok(())
        });
        scan.map_err(|stopped| SourceError(stopped.into()))
    }

    fn country(&self, contact: ContactId) -> Option<[u8; 2]> {
        self.events.country(contact)
    }
}

/// The events from `from` on and before `to`; they are in order of time.
fn within(events: &[Event], from: TimestampMs, to: TimestampMs) -> &[Event] {
    let start = events.partition_point(|event| event.occurred_at < from);
    let end = events.partition_point(|event| event.occurred_at < to);
    &events[start..end.max(start)]
}
