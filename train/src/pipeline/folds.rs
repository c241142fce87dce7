//! Folds that go forward in time and keep contacts apart.

use chatsignal_core::id::ContactId;
use chatsignal_core::time::{DAY_MS, TimestampMs};

use crate::evaluation::{FoldSummary, Validation};
use crate::hash::contact_hash;

/// Groups of contacts: each fold validates one.
pub(super) const GROUPS: u8 = 5;
/// Shortest distance between two cuts.
const STEP_MS: i64 = 7 * DAY_MS;
/// Share of the usable time before the first cut.
const FIRST_TRAIN_SHARE: f64 = 0.3;
/// Fewest rows of each class to learn from, and to validate on.
const CLASS_TRAIN_MIN: usize = 10;
const CLASS_TEST_MIN: usize = 3;

/// The group of a contact, whatever the seed.
pub(super) fn group_of(contact: ContactId) -> u8 {
    (contact_hash(contact, 0x666f_6c64) % u64::from(GROUPS)) as u8
}

/// What a fold needs to know of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowKey {
    pub(super) at: TimestampMs,
    pub(super) group: u8,
    pub(super) positive: bool,
}

/// One fold: rows to learn from and rows to judge on.
#[derive(Clone, Debug)]
pub(super) struct Fold {
    pub(super) group: u8,
    /// What is known at this instant may be learnt from.
    pub(super) until: TimestampMs,
    pub(super) train: Vec<usize>,
    pub(super) test: Vec<usize>,
}

/// Plans the folds: fold `i` validates the later rows of group `i` on the earlier rows of the
/// others, with an embargo (at least the label's horizon) between them. The cuts rise from fold to
/// fold. Without enough history the folds only keep contacts apart, and say so.
pub(super) fn plan(rows: &[RowKey], embargo_ms: i64, cuts_max: usize) -> (Vec<Fold>, Validation) {
    let first = rows.iter().map(|row| row.at.0).min().unwrap_or(0);
    let last = rows.iter().map(|row| row.at.0).max().unwrap_or(0);
    let usable = last - first - embargo_ms;
    let train_ms = (FIRST_TRAIN_SHARE * usable as f64) as i64;
    let cuts = usize::try_from((usable - train_ms) / STEP_MS).unwrap_or(0).min(cuts_max);
    let embargo_days = u32::try_from(embargo_ms / DAY_MS).unwrap_or(0);
    let span_days = (last - first) / DAY_MS;
    let mut folds = Vec::new();
    if cuts > 0 && train_ms > 0 {
        let step = (usable - train_ms) / cuts as i64;
        for group in 0..GROUPS {
            let cut = usize::from(group) * cuts / usize::from(GROUPS);
            let from = first + embargo_ms + train_ms + cut as i64 * step;
            folds.push(Fold {
                group,
                until: TimestampMs(from),
                train: pick(rows, |row| row.group != group && row.at.0 <= from - embargo_ms),
                test: pick(rows, |row| row.group == group && row.at.0 >= from),
            });
        }
        folds.retain(|fold| is_usable(fold, rows));
    }
    if !folds.is_empty() {
        let statement = format!(
            "each of {} folds validates the later rows of one fifth of the contacts on the earlier \
             rows of the others, {embargo_days} days apart",
            folds.len(),
        );
        let validation = describe(&folds, rows, true, statement, embargo_days);
        return (folds, validation);
    }
    for group in 0..GROUPS {
        folds.push(Fold {
            group,
            until: TimestampMs(last.saturating_add(embargo_ms)),
            train: pick(rows, |row| row.group != group),
            test: pick(rows, |row| row.group == group),
        });
    }
    folds.retain(|fold| is_usable(fold, rows));
    let statement = format!(
        "no time validation: the snapshots span {span_days} days, and folds with an embargo of \
         {embargo_days} days and rows of both classes need more; {} folds keep contacts apart",
        folds.len(),
    );
    let validation = describe(&folds, rows, false, statement, 0);
    (folds, validation)
}

fn pick(rows: &[RowKey], keep: impl Fn(&RowKey) -> bool) -> Vec<usize> {
    (0..rows.len()).filter(|&i| keep(&rows[i])).collect()
}

fn is_usable(fold: &Fold, rows: &[RowKey]) -> bool {
    let both = |part: &[usize], least: usize| {
        let positives = part.iter().filter(|&&i| rows[i].positive).count();
        positives >= least && part.len() - positives >= least
    };
    both(&fold.train, CLASS_TRAIN_MIN) && both(&fold.test, CLASS_TEST_MIN)
}

fn describe(
    folds: &[Fold],
    rows: &[RowKey],
    time_forward: bool,
    statement: String,
    embargo_days: u32,
) -> Validation {
    let summary = |fold: &Fold| FoldSummary {
        train_rows: fold.train.len(),
        test_rows: fold.test.len(),
        test_positives: fold.test.iter().filter(|&&i| rows[i].positive).count(),
        train_until_ms: fold.train.iter().map(|&i| rows[i].at.0).max().unwrap_or(0),
        test_from_ms: fold.test.iter().map(|&i| rows[i].at.0).min().unwrap_or(0),
    };
    let folds = folds.iter().map(summary).collect();
    Validation { time_forward, statement, embargo_days, folds }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(days: i64, contacts: u16) -> Vec<RowKey> {
        let mut out = Vec::new();
        for contact in 0..contacts {
            let mut id = [0; 16];
            id[..2].copy_from_slice(&contact.to_be_bytes());
            for week in 0..days / 7 {
                out.push(RowKey {
                    at: TimestampMs(week * 7 * DAY_MS),
                    group: group_of(ContactId(id)),
                    positive: (i64::from(contact) + week) % 3 == 0,
                });
            }
        }
        out
    }

    proptest! {
        #[test]
        fn neither_the_future_nor_the_contact_leaks(days in 40i64..700, horizon in 1i64..120) {
            let rows = rows(days, 60);
            let (folds, validation) = plan(&rows, horizon * DAY_MS, 5);
            let mut seen = vec![false; rows.len()];
            for fold in &folds {
                prop_assert!(fold.train.iter().all(|&i| rows[i].group != fold.group));
                prop_assert!(fold.test.iter().all(|&i| rows[i].group == fold.group));
                if validation.time_forward {
                    let train_end = fold.train.iter().map(|&i| rows[i].at.0).max().unwrap();
                    let test_start = fold.test.iter().map(|&i| rows[i].at.0).min().unwrap();
                    prop_assert!(train_end + horizon * DAY_MS <= test_start);
                }
                for &i in &fold.test {
                    prop_assert!(!seen[i]);
                    seen[i] = true;
                }
            }
        }
    }

    #[test]
    fn a_long_history_gives_five_rising_cuts() {
        let rows = rows(400, 100);
        let (folds, validation) = plan(&rows, 90 * DAY_MS, 5);
        assert!(validation.time_forward && folds.len() == 5);
        assert!(folds.windows(2).all(|pair| pair[0].until < pair[1].until));
        let (_, one) = plan(&rows, 90 * DAY_MS, 1);
        assert!(
            one.time_forward
                && one.folds.windows(2).all(|p| p[0].test_from_ms == p[1].test_from_ms)
        );
    }

    #[test]
    fn a_short_history_says_so() {
        let (folds, validation) = plan(&rows(90, 100), 90 * DAY_MS, 5);
        assert!(!validation.time_forward && folds.len() == 5);
        assert!(validation.statement.contains("no time validation"));
        let (folds, _) = plan(&[], 90 * DAY_MS, 5);
        assert!(folds.is_empty());
    }
}
