//! Priors of the tenant, fitted on the training part of the rows and on nothing else.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::event::Currency;
use chatsignal_core::feature::{ContextBuilder, FeatureContext, OpeningHours, Weekdays};
use chatsignal_core::id::ContactId;
use chatsignal_core::time::{DAY_MS, TimestampMs};

use super::{RawFeatures, Snapshot};
use crate::baseline::bg_nbd::{self, BuyingHistory};
use crate::hash::contact_hash;
use crate::label::Survey;
use crate::pipeline::TenantFacts;

/// Most customers that BG/NBD is fitted to (drawn by contact hash).
const BG_NBD_CUSTOMERS_MAX: usize = 10_000;

/// Fits the context to training rows: shrinkage targets from the rows, order values and BG/NBD
/// from the purchases of contacts for which `is_training` holds, as known at `until`.
#[must_use]
pub fn fit_context(
    kind: ModelKind,
    rows: &[&Snapshot],
    survey: &Survey,
    tenant: &TenantFacts,
    is_training: &dyn Fn(ContactId) -> bool,
    until: TimestampMs,
) -> FeatureContext {
    let mut builder = ContextBuilder::new();
    let bits = tenant.weekend.iter().rev().fold(0u8, |bits, day| bits << 1 | u8::from(*day));
    if let Some(weekend) = Weekdays::from_bits(bits) {
        builder.set_weekend(weekend);
    }
    if let Ok(hours) = OpeningHours::new(tenant.opening.map(Option::unwrap_or_default)) {
        builder.set_opening_hours(hours);
    }
    let stated = tenant
        .currency
        .as_deref()
        .and_then(|code| Currency::new(code).ok())
        .filter(|stated| is_used(survey, *stated));
    if let Some(currency) = stated.or(survey.currency) {
        builder.set_currency(currency);
    }
    for row in rows {
        match &row.raw {
            RawFeatures::Lead(raw) => builder.observe_lead(raw),
            RawFeatures::Churn(raw) => builder.observe_churn(raw),
            RawFeatures::Engagement(raw, send) => {
                builder.observe_engagement(raw, send, row.positive);
            }
        }
    }
    if kind == ModelKind::Churn {
        let today = i32::try_from(until.0.div_euclid(DAY_MS)).unwrap_or(i32::MAX);
        let mut customers: Vec<(u64, BuyingHistory)> = Vec::new();
        for (contact, purchases) in &survey.purchases {
            if !is_training(*contact) {
                continue;
            }
            let known = || purchases.iter().filter(|purchase| purchase.known <= until);
            known().for_each(|purchase| builder.observe_order(purchase.amount));
            let days: Vec<i32> = known().map(|purchase| purchase.day).collect();
            customers.extend(
                BuyingHistory::new(&days, today)
                    .map(|history| (contact_hash(*contact, 0), history)),
            );
        }
        customers.sort_unstable();
        customers.truncate(BG_NBD_CUSTOMERS_MAX);
        let histories: Vec<BuyingHistory> = customers.iter().map(|(_, history)| *history).collect();
        if let Some(model) = bg_nbd::fit(&histories) {
            builder.set_bg_nbd(model);
        }
    }
    builder.finish()
}

/// Whether anything was bought in the currency: a stated currency that nobody pays in would blind
/// the money features.
fn is_used(survey: &Survey, currency: Currency) -> bool {
    let mut purchases = survey.purchases.iter().flat_map(|(_, purchases)| purchases);
    purchases.any(|purchase| purchase.amount.currency == currency)
}
