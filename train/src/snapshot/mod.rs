//! As-of snapshots: for every chosen moment the features that were known then, and the label.
//!
//! Two passes over the log after the survey: one counts what could be labelled, so that rows can be
//! sampled over time; one folds each contact's events in the order in which they became known and
//! takes the raw features at its chosen moments. Memory holds the sampled rows, never the log.

mod context;
mod sample;
#[cfg(test)]
mod tests;

pub use context::fit_context;

use std::collections::BTreeMap;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::ContactState;
use chatsignal_core::event::{Event, EventKind, Source};
use chatsignal_core::feature::{ChurnRaw, EngagementRaw, FeatureContext, LeadRaw, SendCandidate};
use chatsignal_core::id::ContactId;
use chatsignal_core::time::{DAY_MS, TimestampMs};

use crate::baseline::bg_nbd::BuyingHistory;
use crate::evaluation::LabelCounts;
use crate::label::{Candidate, DeliveredSend, LabelRules, Survey, outcome_names};
use crate::slice::{SliceKeys, tenure};
use crate::source::{EventSource, SourceError};

/// Raw features of one row; a [`FeatureContext`] makes them a vector.
#[derive(Clone, Debug, PartialEq)]
pub enum RawFeatures {
    /// Lead.
    Lead(Box<LeadRaw>),
    /// Churn.
    Churn(Box<ChurnRaw>),
    /// Engagement: the contact, and the send.
    Engagement(Box<EngagementRaw>, SendCandidate),
}

impl RawFeatures {
    /// Appends the feature vector to `out`.
    pub fn vector_into(&self, context: &FeatureContext, out: &mut Vec<f32>) {
        match self {
            Self::Lead(raw) => out.extend(raw.vector(context)),
            Self::Churn(raw) => out.extend(raw.vector(context)),
            Self::Engagement(raw, send) => out.extend(raw.vector(send, context)),
        }
    }

    /// Milliseconds since the contact last did something: what the recency baseline reads.
    #[must_use]
    pub fn idle_ms(&self) -> i64 {
        let least = |a: Option<i64>, b: Option<i64>| a.into_iter().chain(b).min();
        match self {
            Self::Lead(raw) => raw.since_last_inbound_ms.unwrap_or(raw.lead_age_ms),
            Self::Churn(raw) => least(raw.since_last_inbound_ms, raw.since_last_purchase_ms)
                .unwrap_or(raw.customer_age_ms),
            Self::Engagement(raw, send) => {
                raw.last_inbound_at.map_or(365 * DAY_MS, |at| send.send_at.since(at))
            }
        }
    }

    /// Purchase days as BG/NBD sees them.
    #[must_use]
    pub fn buying(&self) -> Option<BuyingHistory> {
        let Self::Churn(raw) = self else { return None };
        let days = raw.purchase_days?;
        Some(BuyingHistory {
            repeats: days.repeats,
            recency_days: days.recency_days,
            age_days: days.age_days,
        })
    }

    /// Money of the last 365 days in median orders: what is at stake when the customer churns.
    #[must_use]
    pub fn value(&self, context: &FeatureContext) -> f64 {
        let (Self::Churn(raw), Some((currency, median))) = (self, context.order) else {
            return 0.0;
        };
        let own = raw.money.iter().find(|sums| sums.currency == currency);
        own.map_or(0.0, |sums| sums.net_365d as f64 / median as f64)
    }
}

/// One labelled row before its features are put in context.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The contact.
    pub contact: ContactId,
    /// The moment: only events with `available_at <= at` make the features.
    pub at: TimestampMs,
    /// Target: 0 to 100 for leads, 0 or 1 otherwise.
    pub target: f64,
    /// Won, churned or replied.
    pub positive: bool,
    /// Index of the outcome.
    pub outcome: u8,
    /// The send that is judged (engagement).
    pub send: Option<DeliveredSend>,
    /// Features.
    pub raw: RawFeatures,
    /// Parts of the data that the row belongs to.
    pub slices: SliceKeys,
}

/// The rows of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshots {
    /// Rows in order of contact and time.
    pub rows: Vec<Snapshot>,
    /// What was found.
    pub counts: LabelCounts,
}

/// Finds, samples and extracts the labelled rows of a log.
///
/// # Errors
/// When the log cannot be read.
pub fn collect(
    source: &dyn EventSource,
    survey: &Survey,
    rules: &LabelRules,
    rows_max: usize,
    seed: u64,
) -> Result<Snapshots, SourceError> {
    let mut counts = count(survey, rules);
    let chosen = sample::choose(source, rules, rows_max, seed, &mut counts)?;
    let mut rows = Vec::with_capacity(chosen.len());
    let mut next = 0;
    let mut ordinal = 0u32;
    source.for_each_contact(&mut |contact, events| {
        let own = chosen[next..].iter().take_while(|pick| pick.contact == ordinal).count();
        let picks = &chosen[next..next + own];
        next += own;
        ordinal += 1;
        if picks.is_empty() {
            return;
        }
        let candidates = rules.candidates(events);
        let wanted: Vec<Candidate> = picks
            .iter()
            .filter_map(|pick| candidates.get(pick.candidate as usize).cloned())
            .collect();
        let country = source.country(contact);
        extract(contact, events, wanted, rules.kind, country, &mut |row| rows.push(row));
    })?;
    tally(&mut counts, &rows, rules.kind);
    Ok(Snapshots { rows, counts })
}

/// Contact, moment and class of a row.
pub(crate) type RowClass = (ContactId, TimestampMs, bool);

/// Finds and counts the labelled rows without features: what a dry run prints.
///
/// # Errors
/// When the log cannot be read.
pub(crate) fn count_labels(
    source: &dyn EventSource,
    survey: &Survey,
    rules: &LabelRules,
    rows_max: usize,
    seed: u64,
) -> Result<(LabelCounts, Vec<RowClass>), SourceError> {
    let mut counts = count(survey, rules);
    let chosen = sample::choose(source, rules, rows_max, seed, &mut counts)?;
    let names = outcome_names(rules.kind);
    counts.rows = chosen.len();
    counts.positives = chosen.iter().filter(|pick| pick.positive).count();
    counts.negatives = counts.rows - counts.positives;
    counts.outcomes = outcome_counts(names, chosen.iter().map(|pick| pick.outcome));
    Ok((counts, chosen.iter().map(|pick| (pick.id, pick.at, pick.positive)).collect()))
}

fn count(survey: &Survey, rules: &LabelRules) -> LabelCounts {
    LabelCounts {
        contacts: survey.contacts,
        definition: rules.definition(),
        horizon_days: rules.horizon_days(),
        data_from_ms: survey.from.0,
        data_until_ms: survey.until.0,
        ..LabelCounts::default()
    }
}

fn tally(counts: &mut LabelCounts, rows: &[Snapshot], kind: ModelKind) {
    counts.rows = rows.len();
    counts.positives = rows.iter().filter(|row| row.positive).count();
    counts.negatives = rows.len() - counts.positives;
    counts.outcomes = outcome_counts(outcome_names(kind), rows.iter().map(|row| row.outcome));
}

fn outcome_counts(names: &[&str], outcomes: impl Iterator<Item = u8>) -> Vec<(String, usize)> {
    let mut found = vec![0usize; names.len()];
    for outcome in outcomes {
        if let Some(count) = found.get_mut(usize::from(outcome)) {
            *count += 1;
        }
    }
    names.iter().map(|name| (*name).to_owned()).zip(found).collect()
}

/// Folds one contact's events as they became known and emits a row per candidate (in order of
/// time).
fn extract(
    contact: ContactId,
    events: &[Event],
    candidates: Vec<Candidate>,
    kind: ModelKind,
    country: Option<[u8; 2]>,
    emit: &mut dyn FnMut(Snapshot),
) {
    let mut known: Vec<&Event> = events.iter().collect();
    known.sort_by_key(|event| event.available_at);
    let mut state = ContactState::new();
    let mut background = Background::default();
    let mut applied = 0;
    for candidate in candidates {
        while let Some(event) = known.get(applied).filter(|e| e.available_at <= candidate.at) {
            state.apply(event);
            background.add(event);
            applied += 1;
        }
        let raw = match (kind, &candidate.send) {
            (ModelKind::Lead, _) => {
                RawFeatures::Lead(Box::new(LeadRaw::extract(&state, candidate.at)))
            }
            (ModelKind::Engagement, Some(send)) => RawFeatures::Engagement(
                Box::new(EngagementRaw::extract(&state, candidate.at)),
                as_candidate(send),
            ),
            _ => RawFeatures::Churn(Box::new(ChurnRaw::extract(&state, candidate.at))),
        };
        emit(Snapshot {
            contact,
            at: candidate.at,
            target: candidate.target,
            positive: candidate.positive,
            outcome: candidate.outcome,
            send: candidate.send,
            raw,
            slices: background.slices(candidate.at, country),
        });
    }
}

/// A send of the log as a model sees it.
#[must_use]
pub fn as_candidate(send: &DeliveredSend) -> SendCandidate {
    SendCandidate {
        send_at: send.sent_at,
        utc_offset: send.utc_offset,
        category: send.category,
        language: send.language,
        chars: Some(send.chars),
        has_media: send.has_media,
        has_buttons: send.has_buttons,
    }
}

/// What slices need to know of the past.
#[derive(Default)]
struct Background {
    languages: BTreeMap<String, usize>,
    first: Option<TimestampMs>,
    channel: Option<Source>,
}

impl Background {
    fn add(&mut self, event: &Event) {
        self.first = Some(self.first.map_or(event.occurred_at, |at| at.min(event.occurred_at)));
        match &event.kind {
            EventKind::Enrichment { language: Some(language), .. } => {
                *self.languages.entry(language.primary().to_owned()).or_default() += 1;
            }
            EventKind::Enrichment { .. } => {}
            _ => self.channel = Some(event.source),
        }
    }

    fn slices(&self, at: TimestampMs, country: Option<[u8; 2]>) -> SliceKeys {
        let main = self.languages.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        SliceKeys {
            language: main.map(|(language, _)| language.clone()),
            country: country.map(|code| String::from_utf8_lossy(&code).into_owned()),
            channel: self.channel.map_or("none", source_name),
            tenure: tenure(self.first.map_or(0, |first| at.since(first) / DAY_MS)),
        }
    }
}

fn source_name(source: Source) -> &'static str {
    match source {
        Source::WhatsappWebhook => "whatsapp webhook",
        Source::WhatsappExport => "whatsapp export",
        Source::Chatwoot => "chatwoot",
        Source::Sql => "sql",
        Source::Purchases => "purchases",
        Source::Api => "api",
        Source::Enrichment => "enrichment",
        Source::Simulator => "simulator",
    }
}
