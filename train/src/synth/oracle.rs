//! The true probabilities of a whole simulated business, as evaluation asks for them.

use std::collections::BTreeMap;

use chatsignal_core::id::{ContactId, MessageId};
use chatsignal_core::time::TimestampMs;

use super::truth::ContactTruth;
use crate::truth::GroundTruth;

/// What each rung of the ladder is worth: none, reply, qualified, proposal, won.
const RUNG_VALUES: [f64; 5] = [0.0, 15.0, 40.0, 70.0, 100.0];

/// The truth of every contact of a simulated business.
#[derive(Clone, Debug, Default)]
pub struct Oracle(BTreeMap<ContactId, ContactTruth>);

impl FromIterator<(ContactId, ContactTruth)> for Oracle {
    fn from_iter<I: IntoIterator<Item = (ContactId, ContactTruth)>>(contacts: I) -> Self {
        Self(contacts.into_iter().collect())
    }
}

impl GroundTruth for Oracle {
    fn lead_value(&self, contact: ContactId, at: TimestampMs, horizon_days: u32) -> Option<f64> {
        Some(self.0.get(&contact)?.lead(at, horizon_days)?.expected(RUNG_VALUES))
    }

    fn lead_won(&self, contact: ContactId, at: TimestampMs, horizon_days: u32) -> Option<f64> {
        Some(self.0.get(&contact)?.lead(at, horizon_days)?.won)
    }

    fn churn(&self, contact: ContactId, at: TimestampMs, horizon_days: u32) -> Option<f64> {
        self.0.get(&contact)?.churn(at, horizon_days)
    }

    fn reply(&self, contact: ContactId, send: MessageId) -> Option<f64> {
        self.0.get(&contact)?.engagement(send)
    }

    fn reply_by_hour(&self, contact: ContactId, send: MessageId) -> Option<[f64; 24]> {
        let truth = self.0.get(&contact)?;
        truth.engagement_at_hour(send, 0)?;
        Some(std::array::from_fn(|hour| {
            truth.engagement_at_hour(send, hour as u8).unwrap_or_default()
        }))
    }
}
