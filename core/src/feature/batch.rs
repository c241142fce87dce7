//! Features of many contacts, one column a feature. A contact is folded once and joined once
//! ([`View`]) for all kinds; the values are those of [`LeadRaw::vector`] and its sisters, in every
//! bit.

use alloc::vec;
use alloc::vec::Vec;

use super::{
    CHURN_FEATURES, ChurnRaw, ENGAGEMENT_FEATURES, EngagementRaw, FeatureContext, LEAD_FEATURES,
    LeadRaw, SendCandidate,
};
use crate::artifact::ModelKind;
use crate::contact::{ContactState, View};
use crate::event::Event;
use crate::id::ContactId;
use crate::time::TimestampMs;

/// What to extract of every contact.
#[derive(Clone, Copy, Debug)]
pub struct BatchPlan<'a> {
    /// The instant: only events with `available_at <= as_of` count.
    pub as_of: TimestampMs,
    /// Lead features in this context, if wanted.
    pub lead: Option<&'a FeatureContext>,
    /// Churn features in this context, if wanted.
    pub churn: Option<&'a FeatureContext>,
    /// Engagement features of this send in this context, if wanted. The offset from UTC is the
    /// contact's own; the send's is for contacts of whom none is known.
    pub engagement: Option<(&'a FeatureContext, SendCandidate)>,
}

impl<'a> BatchPlan<'a> {
    /// A plan that asks for nothing yet.
    #[must_use]
    pub fn at(as_of: TimestampMs) -> Self {
        Self { as_of, lead: None, churn: None, engagement: None }
    }
}

/// Features of many contacts at one instant: one column a feature, in the order of the catalogue;
/// missing is NaN. A kind that was not asked for has no columns.
#[derive(Clone, Debug)]
pub struct FeatureBatch {
    /// The instant.
    pub as_of: TimestampMs,
    /// The contacts, in the order in which they came; row `i` of every column is contact `i`.
    pub contacts: Vec<ContactId>,
    /// Lead features.
    pub lead: Vec<Vec<f32>>,
    /// Churn features.
    pub churn: Vec<Vec<f32>>,
    /// Engagement features.
    pub engagement: Vec<Vec<f32>>,
}

impl FeatureBatch {
    /// Folds and extracts contacts whose events are at hand, in any order. Contacts of whom nothing
    /// was known at the instant are left out.
    #[must_use]
    pub fn of<'e>(
        plan: &BatchPlan<'_>,
        contacts: impl IntoIterator<Item = (ContactId, &'e [Event])>,
    ) -> Self {
        let mut extractor = BatchExtractor::new(*plan);
        let mut state = ContactState::new();
        for (contact, events) in contacts {
            state.clear();
            for event in events.iter().filter(|event| event.available_at <= plan.as_of) {
                state.apply(event);
            }
            extractor.push(contact, &state);
        }
        extractor.finish()
    }

    /// Number of contacts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.contacts.len()
    }

    /// Whether there is no contact.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }

    /// The columns of a kind; none for custom models and for a kind that was not asked for.
    #[must_use]
    pub fn columns(&self, kind: ModelKind) -> &[Vec<f32>] {
        match kind {
            ModelKind::Lead => &self.lead,
            ModelKind::Churn => &self.churn,
            ModelKind::Engagement => &self.engagement,
            ModelKind::Custom => &[],
        }
    }

    /// The features of contact number `at`; none of a contact that is not there.
    pub fn row(&self, kind: ModelKind, at: usize) -> impl Iterator<Item = f32> + '_ {
        self.columns(kind).iter().filter_map(move |column| column.get(at).copied())
    }
}

/// Collects a [`FeatureBatch`] contact by contact: holds the columns and nothing of the events.
#[derive(Clone, Debug)]
pub struct BatchExtractor<'a> {
    plan: BatchPlan<'a>,
    batch: FeatureBatch,
}

impl<'a> BatchExtractor<'a> {
    /// An extractor that has seen no contact.
    #[must_use]
    pub fn new(plan: BatchPlan<'a>) -> Self {
        let columns = |wanted: bool, count| vec![Vec::new(); if wanted { count } else { 0 }];
        let batch = FeatureBatch {
            as_of: plan.as_of,
            contacts: Vec::new(),
            lead: columns(plan.lead.is_some(), LEAD_FEATURES),
            churn: columns(plan.churn.is_some(), CHURN_FEATURES),
            engagement: columns(plan.engagement.is_some(), ENGAGEMENT_FEATURES),
        };
        Self { plan, batch }
    }

    /// Adds a contact, folded from the events known at the instant; one of whom nothing was known
    /// is left out.
    pub fn push(&mut self, contact: ContactId, state: &ContactState) {
        if state.known_through().is_none() {
            return;
        }
        let view = View::new(state, self.plan.as_of);
        self.batch.contacts.push(contact);
        if let Some(context) = self.plan.lead {
            append(&mut self.batch.lead, &LeadRaw::from_view(&view).vector(context));
        }
        if let Some(context) = self.plan.churn {
            append(&mut self.batch.churn, &ChurnRaw::from_view(&view).vector(context));
        }
        if let Some((context, send)) = &self.plan.engagement {
            let send = SendCandidate {
                utc_offset: state.utc_offset().unwrap_or(send.utc_offset),
                ..*send
            };
            let raw = EngagementRaw::from_view(&view);
            append(&mut self.batch.engagement, &raw.vector(&send, context));
        }
    }

    /// The columns.
    #[must_use]
    pub fn finish(self) -> FeatureBatch {
        self.batch
    }
}

fn append(columns: &mut [Vec<f32>], values: &[f32]) {
    for (column, value) in columns.iter_mut().zip(values) {
        column.push(*value);
    }
}
