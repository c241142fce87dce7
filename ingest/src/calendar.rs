//! Civil dates and local time. The host supplies offsets; the rules of gaps and folds are here, so
//! that every host resolves a wall-clock time alike.

use chatsignal_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, TimestampMs, UtcOffsetMin};

use crate::country::Country;

/// Offsets of local time from UTC, supplied by the host (which has a time-zone database).
pub trait LocalTime {
    /// The offset in the tenant's (or the file's) time zone at `at`.
    fn offset_at(&self, at: TimestampMs) -> UtcOffsetMin;

    /// The offset where a contact lives, if the country is known and has one zone (see
    /// [`Country::single_zone`]); the tenant's otherwise, which is also what hosts without a
    /// database answer.
    fn offset_of(&self, country: Option<Country>, at: TimestampMs) -> UtcOffsetMin {
        let _ = country;
        self.offset_at(at)
    }
}

/// A place with one offset all the year.
impl LocalTime for UtcOffsetMin {
    fn offset_at(&self, _at: TimestampMs) -> UtcOffsetMin {
        *self
    }
}

/// A wall-clock time that exists in the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalDateTime {
    /// Milliseconds from 1970-01-01T00:00:00 on the same wall clock.
    ms: i64,
}

impl LocalDateTime {
    /// A date (month and day from 1, years 1970 to 2199) and time of day; `None` when there is no
    /// such date or time. A leap second (`:60`) counts as the second before it.
    #[must_use]
    pub fn new(date: (i32, u8, u8), time: (u8, u8, u8)) -> Option<Self> {
        let day = days_from_civil(date.0, date.1, date.2)?;
        let (hour, minute, second) = time;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let in_day = i64::from(hour) * HOUR_MS
            + i64::from(minute) * MINUTE_MS
            + i64::from(second.min(59)) * SECOND_MS;
        Some(Self { ms: i64::from(day) * DAY_MS + in_day })
    }

    /// Minutes from 1970-01-01T00:00 on the same wall clock.
    #[must_use]
    pub(crate) fn minutes(self) -> i64 {
        self.ms.div_euclid(MINUTE_MS)
    }

    /// The instant of this wall-clock time under a fixed offset.
    #[must_use]
    pub fn at_offset(self, offset: UtcOffsetMin) -> TimestampMs {
        TimestampMs(self.ms.saturating_sub(i64::from(offset.0) * MINUTE_MS))
    }

    /// The instant of this wall-clock time where `local` is.
    ///
    /// A time that happens twice (clocks go back) is the earlier one; a time that does not happen
    /// (clocks go forward) is read with the offset before the change, so 02:30 becomes 03:30. These
    /// are the rules of RFC 5545.
    #[must_use]
    pub fn resolve(self, local: &dyn LocalTime) -> TimestampMs {
        let guess = TimestampMs(self.ms);
        let before = local.offset_at(guess.plus_ms(-DAY_MS));
        let after = local.offset_at(guess.plus_ms(DAY_MS));
        let (early, late) = (self.at_offset(before), self.at_offset(after));
        if local.offset_at(early) != before && local.offset_at(late) == after {
            late
        } else {
            early
        }
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, for years 1970 to 2199; `None` when
/// there is no such date.
#[must_use]
pub fn days_from_civil(year: i32, month: u8, day: u8) -> Option<i32> {
    if !(1970..=2199).contains(&year) || day == 0 || day > days_in_month(year, month)? {
        return None;
    }
    // Years that begin in March put the leap day last (Hinnant, "chrono-compatible low-level date
    // algorithms").
    let y = if month <= 2 { year - 1 } else { year };
    let era = y / 400;
    let of_era = y - era * 400;
    let of_year = (153 * ((i32::from(month) + 9) % 12) + 2) / 5 + i32::from(day) - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn days_in_month(year: i32, month: u8) -> Option<u8> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Central European Time in 2024: +1, and +2 from 31 March 01:00Z to 27 October 01:00Z.
    struct Berlin2024;

    impl LocalTime for Berlin2024 {
        fn offset_at(&self, at: TimestampMs) -> UtcOffsetMin {
            let summer = 1_711_846_800_000..1_729_990_800_000;
            UtcOffsetMin(if summer.contains(&at.0) { 120 } else { 60 })
        }
    }

    fn local(month: u8, day: u8, hour: u8, minute: u8) -> i64 {
        LocalDateTime::new((2024, month, day), (hour, minute, 0))
            .map_or(-1, |t| t.resolve(&Berlin2024).0)
    }

    #[test]
    fn gaps_go_forward_and_folds_are_the_earlier() {
        assert_eq!(local(3, 31, 1, 59), 1_711_846_740_000);
        // 02:30 does not happen: 03:30 summer time, 01:30Z.
        assert_eq!(local(3, 31, 2, 30), 1_711_846_800_000 + 30 * MINUTE_MS);
        assert_eq!(local(3, 31, 3, 0), 1_711_846_800_000);
        // 02:30 happens twice: the first is summer time, 00:30Z.
        assert_eq!(local(10, 27, 2, 30), 1_729_990_800_000 - 30 * MINUTE_MS);
        assert_eq!(local(10, 27, 3, 0), 1_729_990_800_000 + HOUR_MS);
        assert_eq!(local(7, 1, 12, 0), 1_719_828_000_000);
    }

    #[test]
    fn the_calendar_is_gregorian() {
        assert_eq!(days_from_civil(1970, 1, 1), Some(0));
        assert_eq!(days_from_civil(2000, 2, 29), Some(11_016));
        assert_eq!(days_from_civil(2199, 12, 31), Some(84_005));
        for (y, m, d) in [
            (2023, 2, 29),
            (2100, 2, 29),
            (2024, 4, 31),
            (2024, 13, 1),
            (2024, 0, 1),
            (2024, 1, 0),
            (1969, 12, 31),
            (2200, 1, 1),
        ] {
            assert_eq!(days_from_civil(y, m, d), None, "{y}-{m}-{d}");
        }
        let mut last = -1;
        for year in 1970..2200 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month).unwrap_or(0) {
                    last += 1;
                    assert_eq!(days_from_civil(year, month, day), Some(last));
                }
            }
        }
    }
}
