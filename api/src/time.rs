//! Instants as RFC 3339.

use alloc::format;
use alloc::string::String;
use core::fmt;

use chatsignal_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, TimestampMs};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant, written like `2026-11-23T08:00:00Z` (with milliseconds when there are any) and read
/// with any offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub TimestampMs);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written(|text| f.write_str(text))
    }
}

impl Instant {
    /// Hands the text over, without an allocation. Digits are set by hand: every answer has two
    /// instants, and formatting them costs more than scoring.
    fn written<T>(self, then: impl FnOnce(&str) -> T) -> T {
        let ms = self.0.0;
        let (year, month, day) = civil(ms.div_euclid(DAY_MS));
        let of_day = ms.rem_euclid(DAY_MS);
        let (hour, minute) = (of_day / HOUR_MS, of_day % HOUR_MS / MINUTE_MS);
        let (second, milli) = (of_day % MINUTE_MS / SECOND_MS, of_day % SECOND_MS);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let mut set = |at: core::ops::Range<usize>, mut number: i64| {
            for byte in text[at].iter_mut().rev() {
                *byte = b'0' + number.rem_euclid(10) as u8;
                number = number.div_euclid(10);
            }
        };
        set(0..4, year);
        set(5..7, month);
        set(8..10, day);
        set(11..13, hour);
        set(14..16, minute);
        set(17..19, second);
        set(20..23, milli);
        let mut length = text.len();
        if milli == 0 {
            text[19] = b'Z';
            length = 20;
        }
        then(core::str::from_utf8(&text[..length]).unwrap_or_default())
    }

    /// Reads RFC 3339 within the years 1970 to 2200: `YYYY-MM-DDThh:mm:ss[.fff](Z|+hh:mm|-hh:mm)`.
    /// Fractions beyond milliseconds are cut off; a leap second counts as the second before it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let punctuation = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if bytes.len() < 20 || punctuation.iter().any(|&(at, byte)| bytes[at] != byte) {
            return None;
        }
        if !matches!(bytes[10], b'T' | b't' | b' ') {
            return None;
        }
        let number = |from: usize, to: usize| digits(bytes.get(from..to)?);
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if hour > 23 || minute > 59 || second > 60 || !(1..=12).contains(&month) || day < 1 {
            return None;
        }
        let days = days_from_civil(year, month, day);
        if civil(days) != (year, month, day) {
            return None;
        }
        let (fraction_ms, rest) = fraction(&bytes[19..])?;
        let offset_ms = offset(rest)?;
        let of_day = hour * HOUR_MS + minute * MINUTE_MS + second.min(59) * SECOND_MS;
        let at = TimestampMs(days * DAY_MS + of_day + fraction_ms - offset_ms);
        at.is_valid().then_some(Self(at))
    }
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0i64, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'))
    })
}

/// Milliseconds of an optional `.fff`, and what follows it.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = bytes.strip_prefix(b".") else { return Some((0, bytes)) };
    let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    if end == 0 {
        return None;
    }
    let ms = (0..3).fold(0, |sum, at| {
        let digit = if at < end { i64::from(rest[at] - b'0') } else { 0 };
        sum * 10 + digit
    });
    Some((ms, &rest[end..]))
}

fn offset(bytes: &[u8]) -> Option<i64> {
    let (sign, rest) = match bytes {
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let [h1, h2, b':', m1, m2] = rest else { return None };
    let (hours, minutes) = (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * HOUR_MS + minutes * MINUTE_MS))
}

/// Year, month and day of a day number (days since 1970-01-01; Gregorian).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Inverse of [`civil`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Instant;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 instant between 1970 and 2200, like 2026-11-23T08:00:00Z")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Instant, E> {
                Instant::parse(text)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A calendar date, `YYYY-MM-DD`, as days since 1970-01-01.
#[must_use]
pub fn parse_date(text: &str) -> Option<i32> {
    let at = Instant::parse(&format!("{text}T00:00:00Z"))?;
    (text.len() == 10).then_some(())?;
    i32::try_from(at.0.0 / DAY_MS).ok()
}

/// Writes a day number as `YYYY-MM-DD`.
#[must_use]
pub fn format_date(days: i32) -> String {
    let (year, month, day) = civil(i64::from(days));
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn instants_round_trip() {
        for ms in [0, 1, 951_782_400_000, 1_795_420_800_123, TimestampMs::MAX.0] {
            let text = Instant(TimestampMs(ms)).to_string();
            assert_eq!(Instant::parse(&text), Some(Instant(TimestampMs(ms))), "{text}");
        }
        // Every day from 1970 to 2199.
        for day in 0..84_000 {
            assert_eq!(parse_date(&format_date(day)), Some(day));
        }
    }

    #[test]
    fn offsets_and_fractions_are_read() {
        let at = Instant(TimestampMs(1_795_420_800_000));
        assert_eq!(at.to_string(), "2026-11-23T08:00:00Z");
        assert_eq!(Instant::parse("2026-11-23T13:45:00.000000+05:45"), Some(at));
        assert_eq!(Instant::parse("2026-11-22t20:00:00-12:00"), Some(at));
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T08:00:00",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T08:00:00.Z",
            "2026-11-23T08:00:00+24:00",
            "1969-12-31T23:59:59Z",
            "2026-11-23T08:00:00ZZ",
            "+026-11-23T08:00:00Z",
            "2026-11-2é08:00:00Z",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
