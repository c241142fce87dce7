//! Facts of a contact's whole life. Each is a smallest or a largest value, so that neither order
//! nor repetition of events changes it.

use super::record::Key;
use crate::event::LeadStep;
use crate::time::UtcOffsetMin;

/// The value with the largest key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Latest<T>(pub(super) Option<(Key, T)>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Copy> Latest<T> {
    pub(super) fn offer(&mut self, key: Key, value: T) {
        if self.0.is_none_or(|(newest, _)| newest < key) {
            self.0 = Some((key, value));
        }
    }

    pub(crate) fn get(&self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

/// Life-long facts; instants in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Life {
    pub(crate) newest_available: Option<i64>,
    pub(crate) first_event: Option<i64>,
    pub(crate) lead_created: Option<i64>,
    pub(crate) first_inbound: Option<i64>,
    pub(crate) last_inbound: Option<i64>,
    pub(crate) last_seen: Option<i64>,
    pub(crate) first_ad: Option<i64>,
    pub(crate) first_paid: Option<i64>,
    pub(crate) last_paid: Option<i64>,
    pub(crate) offset: Latest<UtcOffsetMin>,
    pub(crate) opted_out: Latest<bool>,
    pub(crate) objected: Latest<bool>,
    pub(crate) blocked: Latest<bool>,
    pub(crate) last_marketing_limit: Option<i64>,
    pub(crate) lead_step: Latest<LeadStep>,
    pub(crate) aliased: bool,
}

/// Keeps the smaller.
pub(super) fn earliest(slot: &mut Option<i64>, at: i64) {
    *slot = Some(slot.map_or(at, |kept| kept.min(at)));
}

/// Keeps the larger.
pub(super) fn latest(slot: &mut Option<i64>, at: i64) {
    *slot = Some(slot.map_or(at, |kept| kept.max(at)));
}
