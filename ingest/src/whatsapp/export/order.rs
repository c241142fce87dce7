//! Order of day and month from the whole file, and lines that are out of their place in time.

use alloc::vec::Vec;

use super::header::Header;
use crate::calendar::LocalDateTime;
use crate::dates::{Certainty, DateDecision, DateOrder, fitting};

/// WhatsApp's first year: nothing in an export is older.
const YEAR_MIN: i32 = 2009;

/// The wall-clock time of a header, when there is such a date.
pub(super) fn local_time(header: &Header<'_>, order: DateOrder) -> Option<LocalDateTime> {
    let date = header.date.civil(order).filter(|(year, _, _)| *year >= YEAR_MIN)?;
    LocalDateTime::new(date, header.time)
}

/// Decides the order of day, month and year: first by dates that do not exist, then by which order
/// makes the times rise, then by the hint, else day first.
pub(super) fn decide(headers: &[&Header<'_>], hint: Option<DateOrder>) -> DateDecision {
    let fitting: Vec<DateOrder> =
        fitting(headers.iter().map(|header| &header.date), YEAR_MIN).collect();
    let decision = |order, certainty| DateDecision { order, certainty };
    if let [only] = fitting[..] {
        return decision(only, Certainty::Certain);
    }
    let falls = |order: DateOrder| {
        let times: Vec<_> = headers.iter().filter_map(|h| local_time(h, order)).collect();
        times.windows(2).filter(|pair| matches!(pair, [a, b] if b < a)).count()
    };
    let counted: Vec<_> = fitting.into_iter().map(|order| (falls(order), order)).collect();
    let fewest = counted.iter().map(|(n, _)| *n).min().unwrap_or(0);
    let rising: Vec<_> =
        counted.into_iter().filter(|(n, _)| *n == fewest).map(|(_, order)| order).collect();
    match rising[..] {
        [only] => decision(only, Certainty::Rising),
        _ => {
            let hinted = hint.filter(|hint| rising.contains(hint));
            let first = rising.first().copied().unwrap_or(DateOrder::DayFirst);
            decision(hinted.unwrap_or(first), Certainty::Assumed)
        }
    }
}

/// Minutes by which a line may stand before its time: clocks that are set, daylight saving.
const TOLERANCE_MIN: i64 = 60;

/// For each line, whether its time does not fit among its neighbours: it is no part of the longest
/// run of times that do not fall (patience sorting), and misses the run's neighbours by more than
/// an hour.
pub(super) fn misplaced(minutes: &[i64]) -> Vec<bool> {
    let in_run = longest_run(minutes);
    let mut out: Vec<bool> = in_run.iter().map(|member| !member).collect();
    let mut before = i64::MIN;
    for ((misplaced, member), at) in out.iter_mut().zip(&in_run).zip(minutes) {
        if *member {
            before = *at;
        } else {
            *misplaced = at.saturating_add(TOLERANCE_MIN) < before;
        }
    }
    let mut after = i64::MAX;
    for ((misplaced, member), at) in out.iter_mut().zip(&in_run).zip(minutes).rev() {
        if *member {
            after = *at;
        } else {
            *misplaced |= at.saturating_sub(TOLERANCE_MIN) > after;
        }
    }
    out
}

fn longest_run(values: &[i64]) -> Vec<bool> {
    // ends[k]: where the run of k + 1 values with the smallest last value ends.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    let value = |at: usize| values.get(at).copied().unwrap_or(i64::MAX);
    for (at, here) in values.iter().enumerate() {
        let length = ends.partition_point(|end| value(*end) <= *here);
        before.push(length.checked_sub(1).and_then(|last| ends.get(last).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut out = alloc::vec![false; values.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        if let Some(member) = out.get_mut(at) {
            *member = true;
        }
        next = before.get(at).copied().flatten();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_does_not_condemn_the_rest() {
        // One line a month in the future, one quoted from the past, one late by two minutes.
        let minutes = [100, 200, 50_000, 300, 10, 400, 398, 500];
        let wrong: Vec<_> = misplaced(&minutes)
            .iter()
            .zip(minutes)
            .filter(|(wrong, _)| **wrong)
            .map(|(_, at)| at)
            .collect();
        assert_eq!(wrong, [50_000, 10]);
        assert_eq!(misplaced(&[]), Vec::<bool>::new());
        assert_eq!(misplaced(&[5, 5, 5]), [false; 3]);
    }
}
