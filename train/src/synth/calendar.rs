//! Countries of the simulated contacts: offsets from UTC with summer time, languages, shares.

use chatsignal_core::time::{DAY_MS, MINUTE_MS, TimestampMs, UtcOffsetMin, weekday_of_day};

/// When clocks change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SummerTime {
    Never,
    /// Last Sunday of March to last Sunday of October, 01:00 UTC.
    Europe,
    /// Second Sunday of March to first Sunday of November, 02:00 local.
    NorthAmerica,
    /// First Sunday of October to first Sunday of April, 02:00 standard time.
    SouthAustralia,
}

/// A country that contacts live in.
#[derive(Clone, Copy, Debug)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// Calling code.
    pub calling_code: &'static str,
    /// Main language (BCP 47).
    pub language: &'static str,
    /// Share of the contacts, relative.
    pub(super) share: f64,
    standard_offset: i16,
    summer: SummerTime,
    /// Whether WhatsApp delivers marketing templates there.
    pub(super) marketing: bool,
}

const fn country(
    code: &'static str,
    calling_code: &'static str,
    language: &'static str,
    share: f64,
    standard_offset: i16,
    summer: SummerTime,
) -> Country {
    let marketing = !matches!(code.as_bytes(), b"US");
    Country { code, calling_code, language, share, standard_offset, summer, marketing }
}

/// Every country, half-hour and quarter-hour offsets included.
pub static COUNTRIES: [Country; 13] = [
    country("DE", "49", "de", 14.0, 60, SummerTime::Europe),
    country("ES", "34", "es", 12.0, 60, SummerTime::Europe),
    country("GB", "44", "en", 10.0, 0, SummerTime::Europe),
    country("PT", "351", "pt", 6.0, 0, SummerTime::Europe),
    country("BR", "55", "pt", 16.0, -180, SummerTime::Never),
    country("MX", "52", "es", 10.0, -360, SummerTime::Never),
    country("IN", "91", "en", 14.0, 330, SummerTime::Never),
    country("NP", "977", "ne", 2.0, 345, SummerTime::Never),
    country("AE", "971", "ar", 4.0, 240, SummerTime::Never),
    country("ZA", "27", "en", 4.0, 120, SummerTime::Never),
    country("ID", "62", "id", 4.0, 420, SummerTime::Never),
    country("AU", "61", "en", 2.0, 570, SummerTime::SouthAustralia),
    country("US", "1", "en", 2.0, -300, SummerTime::NorthAmerica),
];

impl Country {
    /// Offset of local time from UTC at an instant.
    #[must_use]
    pub fn offset_at(&self, at: TimestampMs) -> UtcOffsetMin {
        UtcOffsetMin(self.standard_offset + if self.is_summer(at) { 60 } else { 0 })
    }

    fn is_summer(&self, at: TimestampMs) -> bool {
        let year = year_of(at);
        // An instant given as the n-th Sunday of a month at a minute of UTC.
        let sunday = |month: u8, nth: i32, minute: i64| {
            TimestampMs(i64::from(nth_sunday(year, month, nth)) * DAY_MS + minute * MINUTE_MS)
        };
        let standard = i64::from(self.standard_offset);
        match self.summer {
            SummerTime::Never => false,
            SummerTime::Europe => sunday(3, -1, 60) <= at && at < sunday(10, -1, 60),
            SummerTime::NorthAmerica => {
                sunday(3, 2, 120 - standard) <= at && at < sunday(11, 1, 60 - standard)
            }
            SummerTime::SouthAustralia => {
                at < sunday(4, 1, 120 - standard) || at >= sunday(10, 1, 120 - standard)
            }
        }
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
fn day_of(year: i32, month: u8, day: u8) -> i32 {
    let years = if month <= 2 { year - 1 } else { year };
    let era = years.div_euclid(400);
    let of_era = years.rem_euclid(400);
    let month = i32::from(month);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i32::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn year_of(at: TimestampMs) -> i32 {
    let day = i32::try_from(at.0.div_euclid(DAY_MS)).unwrap_or(0);
    let guess = 1970 + day.div_euclid(366);
    let mut year = guess;
    while day_of(year + 1, 1, 1) <= day {
        year += 1;
    }
    year
}

/// The n-th Sunday of a month (from 1), or the last (-1), as days since 1970-01-01.
fn nth_sunday(year: i32, month: u8, nth: i32) -> i32 {
    let sunday_on_or_after = |day: i32| day + (6 - i32::from(weekday_of_day(day))).rem_euclid(7);
    if nth > 0 {
        sunday_on_or_after(day_of(year, month, 1)) + 7 * (nth - 1)
    } else {
        // No month of 30 days changes clocks on its last Sunday.
        sunday_on_or_after(day_of(year, month, 25))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(code: &str, ms: i64) -> i16 {
        let found = COUNTRIES.iter().find(|c| c.code == code);
        found.map_or(i16::MIN, |c| c.offset_at(TimestampMs(ms)).0)
    }

    #[test]
    fn clocks_change_when_they_do() {
        // 2025-03-30T01:00Z and 2025-10-26T01:00Z in Europe.
        assert_eq!((offset("DE", 1_743_296_399_000), offset("DE", 1_743_296_400_000)), (60, 120));
        assert_eq!((offset("GB", 1_761_440_399_000), offset("GB", 1_761_440_400_000)), (60, 0));
        // 2025-03-09T07:00Z and 2025-11-02T06:00Z in New York.
        assert_eq!(
            (offset("US", 1_741_503_599_000), offset("US", 1_741_503_600_000)),
            (-300, -240)
        );
        assert_eq!(
            (offset("US", 1_762_063_199_000), offset("US", 1_762_063_200_000)),
            (-240, -300)
        );
        // 2025-04-05T16:30Z and 2025-10-04T16:30Z in Adelaide.
        assert_eq!((offset("AU", 1_743_870_599_000), offset("AU", 1_743_870_600_000)), (630, 570));
        assert_eq!((offset("AU", 1_759_595_399_000), offset("AU", 1_759_595_400_000)), (570, 630));
        assert_eq!(offset("NP", 0), 345);
    }

    #[test]
    fn days_and_years() {
        assert_eq!(day_of(1970, 1, 1), 0);
        assert_eq!(day_of(2026, 11, 23), 20_780);
        assert_eq!(year_of(TimestampMs(i64::from(day_of(2025, 12, 31)) * DAY_MS)), 2025);
        assert_eq!(year_of(TimestampMs(i64::from(day_of(2026, 1, 1)) * DAY_MS)), 2026);
    }
}
