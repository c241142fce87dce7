//! The clock, and instants as people write them. Everything below the command line takes instants
//! as arguments.

use chatsignal_core::time::TimestampMs;
use jiff::Timestamp;

/// Now.
pub fn now() -> TimestampMs {
    TimestampMs(Timestamp::now().as_millisecond())
}

/// An instant as `2026-11-23T08:00:00Z`.
pub fn utc(at: TimestampMs) -> String {
    Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.0.to_string(), |t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Reads an instant argument: milliseconds since 1970, `2026-11-23T08:00:00Z` (any offset), or a
/// date (its midnight in UTC).
///
/// # Errors
/// In words, when it is none of these or outside 1970 to 2200.
pub fn parse_instant(text: &str) -> Result<TimestampMs, String> {
    let rule = "write an instant like 2026-11-23T08:00:00Z, 2026-11-23 or milliseconds since 1970";
    let at = if let Ok(ms) = text.parse::<i64>() {
        TimestampMs(ms)
    } else if let Ok(at) = text.parse::<Timestamp>() {
        TimestampMs(at.as_millisecond())
    } else {
        let date: jiff::civil::Date = text.parse().map_err(|_| rule.to_owned())?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| rule.to_owned())?;
        TimestampMs(midnight.timestamp().as_millisecond())
    };
    if at.is_valid() { Ok(at) } else { Err("an instant is between 1970 and 2200".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_three_forms() {
        let at = TimestampMs(1_795_420_800_000);
        for text in ["1795420800000", "2026-11-23T08:00:00Z", "2026-11-23T09:00:00+01:00"] {
            assert_eq!(parse_instant(text), Ok(at));
        }
        assert_eq!(utc(at), "2026-11-23T08:00:00Z");
        assert_eq!(parse_instant("2026-11-23").map(utc).as_deref(), Ok("2026-11-23T00:00:00Z"));
        for text in ["-1", "soon", "2026-13-01", "1e9", ""] {
            assert!(parse_instant(text).is_err(), "{text}");
        }
    }
}
