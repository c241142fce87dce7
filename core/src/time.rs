//! Instants, local days and local hours. No time-zone database and no clock: callers pass instants
//! in and an offset from UTC with every event.

use crate::limits;

/// Milliseconds in one second.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in one minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in one hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in one day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct TimestampMs(pub i64);

impl TimestampMs {
    /// The earliest instant that an event may carry: 1970-01-01.
    pub const MIN: Self = Self(0);
    /// The latest instant that an event may carry: 2200-01-01.
    pub const MAX: Self = Self(7_258_118_400_000);

    /// Whether the instant lies in the range that events may carry.
    #[must_use]
    pub fn is_valid(self) -> bool {
        (Self::MIN..=Self::MAX).contains(&self)
    }

    /// Milliseconds from `earlier` to `self`; negative when `self` is before it, saturating.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant `ms` later (earlier when negative), saturating.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// Offset of local time from UTC in minutes, -1080 to 1080 (18 h covers every zone there has been).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct UtcOffsetMin(pub i16);

impl UtcOffsetMin {
    /// Whether the offset lies within `limits::UTC_OFFSET_MIN_MAX`.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.0.unsigned_abs() <= limits::UTC_OFFSET_MIN_MAX
    }

    fn local_ms(self, at: TimestampMs) -> i64 {
        at.0.saturating_add(i64::from(self.0) * MINUTE_MS)
    }

    /// The local calendar day, as days since 1970-01-01.
    #[must_use]
    pub fn local_day(self, at: TimestampMs) -> i32 {
        i32::try_from(self.local_ms(at).div_euclid(DAY_MS)).unwrap_or(i32::MAX)
    }

    /// The local hour, 0 to 23.
    #[must_use]
    pub fn local_hour(self, at: TimestampMs) -> u8 {
        (self.local_ms(at).rem_euclid(DAY_MS) / HOUR_MS) as u8
    }

    /// The local weekday, 0 = Monday to 6 = Sunday.
    #[must_use]
    pub fn local_weekday(self, at: TimestampMs) -> u8 {
        weekday_of_day(self.local_day(at))
    }
}

/// Weekday of a day number (days since 1970-01-01, a Thursday), 0 = Monday to 6 = Sunday.
#[must_use]
pub fn weekday_of_day(day: i32) -> u8 {
    (i64::from(day) + 3).rem_euclid(7) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_calendar_of_a_known_instant() {
        // 2026-11-23T22:30:00Z is a Monday; in UTC+2 it is Tuesday 00:30.
        let at = TimestampMs(1_795_473_000_000);
        assert_eq!(UtcOffsetMin(0).local_hour(at), 22);
        assert_eq!(UtcOffsetMin(0).local_weekday(at), 0);
        assert_eq!(UtcOffsetMin(120).local_hour(at), 0);
        assert_eq!(UtcOffsetMin(120).local_weekday(at), 1);
        assert_eq!(UtcOffsetMin(120).local_day(at), UtcOffsetMin(0).local_day(at) + 1);
    }

    #[test]
    fn extremes_do_not_overflow() {
        for ms in [i64::MIN, -1, 0, i64::MAX] {
            for offset in [-1080, 0, 1080] {
                let o = UtcOffsetMin(offset);
                assert!(o.local_hour(TimestampMs(ms)) < 24);
                assert!(o.local_weekday(TimestampMs(ms)) < 7);
            }
        }
    }
}
