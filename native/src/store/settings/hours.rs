//! Days of the week and hours of the day, as people write them.

use std::str::FromStr;

/// Days of the week as they are written, Monday first.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MINUTES: u16 = 24 * 60;

/// When a business is open: for each weekday (0 = Monday) the spans of local minutes, start
/// included, end excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpeningHours {
    /// Spans by weekday.
    pub spans: [Vec<(u16, u16)>; 7],
}

impl OpeningHours {
    /// The local hours in which the business is open at any time, by weekday: bit h for hour h.
    #[must_use]
    pub fn hour_masks(&self) -> [u32; 7] {
        let mut masks = [0u32; 7];
        for (mask, spans) in masks.iter_mut().zip(&self.spans) {
            for &(from, to) in spans {
                for hour in from / 60..to.div_ceil(60) {
                    *mask |= 1 << hour;
                }
            }
        }
        masks
    }
}

impl FromStr for OpeningHours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut hours = Self::default();
        if text.eq_ignore_ascii_case("none") {
            return Ok(hours);
        }
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (day_text, span_text) = part
                .rsplit_once(' ')
                .ok_or_else(|| format!("{part:?} is not like mon-fri 09:00-18:00"))?;
            let (from, to) = span(span_text)?;
            if from >= to {
                return Err(format!("{span_text:?} ends before it starts; split it at midnight"));
            }
            for day in days(day_text)? {
                hours.spans[day].push((from, to));
            }
        }
        hours.spans.iter_mut().for_each(|spans| spans.sort_unstable());
        Ok(hours)
    }
}

/// Which days are the weekend, by weekday (0 = Monday).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weekend(pub [bool; 7]);

impl FromStr for Weekend {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut weekend = Self::default();
        if !text.eq_ignore_ascii_case("none") {
            for day in days(text)? {
                weekend.0[day] = true;
            }
        }
        Ok(weekend)
    }
}

/// Local hours without marketing, as minutes of the day, start included, end excluded; may run
/// over midnight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuietHours(pub Option<(u16, u16)>);

impl QuietHours {
    /// Whether a local minute of the day is quiet.
    #[must_use]
    pub fn contains(self, minute: u16) -> bool {
        match self.0 {
            None => false,
            Some((from, to)) if from <= to => (from..to).contains(&minute),
            Some((from, to)) => minute >= from || minute < to,
        }
    }
}

impl FromStr for QuietHours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self(None));
        }
        span(text).map(|span| Self(Some(span)))
    }
}

/// `mon`, `mon-fri`, `fri,sat`, `sat-mon`.
fn days(text: &str) -> Result<Vec<usize>, String> {
    let day = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        DAYS.iter()
            .position(|d| *d == name)
            .ok_or_else(|| format!("{name:?} is no day; days are {}", DAYS.join(", ")))
    };
    let mut all = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let count = (last + 7 - first) % 7;
        all.extend((0..=count).map(|i| (first + i) % 7));
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// `09:00-18:00` in minutes of the day; the end may be 24:00.
fn span(text: &str) -> Result<(u16, u16), String> {
    let wrong = || format!("{text:?} is not like 09:00-18:00");
    let (from, to) = text.trim().split_once('-').ok_or_else(wrong)?;
    let minute = |text: &str| -> Option<u16> {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        let total = hour.checked_mul(60)?.checked_add(minute)?;
        (minute < 60 && total <= DAY_MINUTES).then_some(total)
    };
    Ok((minute(from).ok_or_else(wrong)?, minute(to).ok_or_else(wrong)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_hours_by_day() {
        let hours: OpeningHours =
            "mon-fri 09:00-18:30; sat 10:00-14:00".parse().expect("valid hours");
        assert_eq!(hours.spans[0], [(540, 1110)]);
        assert_eq!(hours.spans[5], [(600, 840)]);
        assert!(hours.spans[6].is_empty());
        // Half an hour opens its hour: 9 to 18.
        assert_eq!(hours.hour_masks()[0], 0b111_1111_1110_0000_0000);
        assert!("mon 18:00-09:00".parse::<OpeningHours>().is_err());
        assert!("monday 09:00-18:00".parse::<OpeningHours>().is_err());
        assert!("mon 9-18".parse::<OpeningHours>().is_err());
        assert!("mon 65535:59-18:00".parse::<OpeningHours>().is_err());
    }

    #[test]
    fn days_may_run_over_the_end_of_the_week() {
        assert_eq!(days("sat-mon"), Ok(vec![0, 5, 6]));
        assert_eq!(days("fri, sat"), Ok(vec![4, 5]));
    }

    #[test]
    fn quiet_hours_over_midnight() {
        let quiet: QuietHours = "21:00-08:00".parse().expect("valid span");
        assert!(quiet.contains(23 * 60) && quiet.contains(0) && quiet.contains(479));
        assert!(!quiet.contains(480) && !quiet.contains(1259));
        assert_eq!("none".parse(), Ok(QuietHours(None)));
    }
}
