//! Which of the labelled moments are used: all, or a sample that keeps the shape over time.

use std::collections::BTreeMap;

use chatsignal_core::id::ContactId;
use chatsignal_core::time::{DAY_MS, TimestampMs};

use crate::evaluation::LabelCounts;
use crate::hash::{contact_hash, mix};
use crate::label::LabelRules;
use crate::source::{EventSource, SourceError};

/// Length of a stratum.
const STRATUM_MS: i64 = 28 * DAY_MS;

/// A chosen moment: contact by its ordinal in the source, candidate by its ordinal in the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pick {
    pub(super) contact: u32,
    pub(super) candidate: u32,
    pub(super) id: ContactId,
    pub(super) at: TimestampMs,
    pub(super) positive: bool,
    pub(super) outcome: u8,
    stratum: i32,
    rank: u64,
}

/// Chooses at most `rows_max` labelled moments, each stratum of 28 days in proportion; inside a
/// stratum by a hash of seed, contact and time. In order of contact and time.
pub(super) fn choose(
    source: &dyn EventSource,
    rules: &LabelRules,
    rows_max: usize,
    seed: u64,
    counts: &mut LabelCounts,
) -> Result<Vec<Pick>, SourceError> {
    let mut all: Vec<Pick> = Vec::new();
    let mut ordinal = 0u32;
    source.for_each_contact(&mut |contact, events| {
        let candidates = rules.candidates(events);
        counts.contacts_labelled += usize::from(!candidates.is_empty());
        let salt = contact_hash(contact, seed);
        all.extend(candidates.iter().zip(0u32..).map(|(candidate, index)| Pick {
            contact: ordinal,
            candidate: index,
            id: contact,
            at: candidate.at,
            positive: candidate.positive,
            outcome: candidate.outcome,
            stratum: (candidate.at.0 / STRATUM_MS) as i32,
            rank: mix(salt ^ mix(candidate.at.0 as u64)),
        }));
        ordinal += 1;
    })?;
    counts.candidates = all.len();
    Ok(thin(all, rows_max))
}

fn thin(all: Vec<Pick>, rows_max: usize) -> Vec<Pick> {
    if all.len() <= rows_max {
        return all;
    }
    let mut strata: BTreeMap<i32, Vec<Pick>> = BTreeMap::new();
    let total = all.len();
    for pick in all {
        strata.entry(pick.stratum).or_default().push(pick);
    }
    let mut out = Vec::with_capacity(rows_max);
    // The quota up to a stratum is exact, so that rounding never adds up.
    let mut seen = 0;
    for picks in strata.values_mut() {
        let before = seen * rows_max / total;
        seen += picks.len();
        let quota = seen * rows_max / total - before;
        picks.sort_unstable_by_key(|pick| (pick.rank, pick.contact, pick.candidate));
        out.extend_from_slice(&picks[..quota.min(picks.len())]);
    }
    out.sort_unstable_by_key(|pick| (pick.contact, pick.candidate));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stratum_keeps_its_share() {
        let all: Vec<Pick> = (0..10_000u32)
            .map(|i| Pick {
                contact: i / 10,
                candidate: i % 10,
                id: ContactId::default(),
                at: TimestampMs::default(),
                positive: false,
                outcome: 0,
                stratum: (i % 10 / 3) as i32,
                rank: mix(u64::from(i)),
            })
            .collect();
        let chosen = thin(all.clone(), 1_000);
        assert_eq!(chosen.len(), 1_000);
        let of = |stratum: i32| chosen.iter().filter(|p| p.stratum == stratum).count();
        assert_eq!([of(0), of(1), of(2), of(3)], [300, 300, 300, 100]);
        assert!(chosen.is_sorted_by_key(|p| (p.contact, p.candidate)));
        assert_eq!(thin(all.clone(), 20_000), all);
    }
}
