//! Dates written as three numbers, whose order a file does not say.

use chatsignal_core::time::TimestampMs;

use crate::calendar::{LocalDateTime, LocalTime, days_from_civil};

/// Order of day, month and year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `31/12/2024`
    DayFirst,
    /// `12/31/2024`
    MonthFirst,
    /// `2024-12-31`
    YearFirst,
}

impl DateOrder {
    /// Every order; earlier ones are preferred when nothing tells them apart.
    pub const ALL: [Self; 3] = [Self::DayFirst, Self::MonthFirst, Self::YearFirst];
}

/// How the order of day and month was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The caller said it.
    Stated,
    /// Every other order makes dates that do not exist.
    Certain,
    /// It alone makes the times of the file rise from line to line.
    Rising,
    /// Nothing tells the orders apart; a hint of the locale, or day first, was assumed.
    Assumed,
}

/// An order of day, month and year, and how it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateDecision {
    /// The order.
    pub order: DateOrder,
    /// How it was found.
    pub certainty: Certainty,
}

/// Three numbers and the count of digits of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumericDate {
    parts: [(u16, u8); 3],
}

impl NumericDate {
    /// Reads three numbers with marks between them from the front of ASCII-digit `text`, and gives
    /// what follows. Marks: `/`, `.`, `-`, `年月`, `년월`, each with spaces around it.
    pub(crate) fn split(text: &str) -> Option<(Self, &str)> {
        let mut parts = [(0u16, 0u8); 3];
        let mut rest = text;
        let mut mark = None;
        for (index, part) in parts.iter_mut().enumerate() {
            if index > 0 {
                let found = rest.trim_start().chars().next()?;
                let same_style = match mark.replace(found) {
                    None | Some('年' | '년') => true,
                    Some(before) => before == found,
                };
                if !matches!(found, '/' | '.' | '-' | '年' | '월' | '月' | '년') || !same_style
                {
                    return None;
                }
                rest = rest.trim_start().get(found.len_utf8()..)?.trim_start();
            }
            let width = rest.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=4).contains(&width) {
                return None;
            }
            *part = (rest.get(..width)?.parse().ok()?, width as u8);
            rest = rest.get(width..)?;
        }
        let rest = rest.strip_prefix(['日', '일']).unwrap_or(rest);
        // Korean and Czech dates end in a point.
        let rest = if mark == Some('.') { rest.strip_prefix('.').unwrap_or(rest) } else { rest };
        Some((Self { parts }, rest))
    }

    /// Year, month and day in this order, when there is such a date. A year has four digits, or two
    /// that stand for 2000 to 2099.
    pub(crate) fn civil(&self, order: DateOrder) -> Option<(i32, u8, u8)> {
        let [a, b, c] = self.parts;
        let (year, month, day) = match order {
            DateOrder::DayFirst => (c, b, a),
            DateOrder::MonthFirst => (c, a, b),
            DateOrder::YearFirst => (a, b, c),
        };
        let year = match year.1 {
            4 => i32::from(year.0),
            2 => 2000 + i32::from(year.0),
            _ => return None,
        };
        let (month, day) = (u8::try_from(month.0).ok()?, u8::try_from(day.0).ok()?);
        days_from_civil(year, month, day).map(|_| (year, month, day))
    }
}

/// The orders under which the fewest of `dates` do not exist or lie before the year `from`.
pub(crate) fn fitting<'d>(
    dates: impl Iterator<Item = &'d NumericDate>,
    from: i32,
) -> impl Iterator<Item = DateOrder> {
    let mut missing = [0usize; DateOrder::ALL.len()];
    for date in dates {
        for (count, order) in missing.iter_mut().zip(DateOrder::ALL) {
            *count += usize::from(date.civil(order).is_none_or(|(year, _, _)| year < from));
        }
    }
    let fewest = missing.iter().copied().min().unwrap_or(0);
    DateOrder::ALL.into_iter().zip(missing).filter(move |(_, n)| *n == fewest).map(|(o, _)| o)
}

/// The only order that fits, else the first of those that do, which is an assumption.
pub(crate) fn decide<'d>(dates: impl Iterator<Item = &'d NumericDate>) -> DateDecision {
    let mut fitting = fitting(dates, 1970);
    let order = fitting.next().unwrap_or(DateOrder::DayFirst);
    let alone = fitting.next().is_none();
    DateDecision { order, certainty: if alone { Certainty::Certain } else { Certainty::Assumed } }
}

/// A date as people and systems write it in tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Written {
    /// An instant: epoch seconds or milliseconds.
    Instant(TimestampMs),
    /// A date in an order that the file decides, a time of day (seconds), and an offset in minutes
    /// if it states one.
    Civil { date: NumericDate, time: Option<(u8, u8, u8)>, offset: Option<i32> },
}

impl Written {
    /// Reads `2024-05-01T10:00:00Z`, `2024-05-01 10:00`, `01/05/2024`, `20240501`, epoch seconds
    /// (nine or ten digits) or milliseconds (twelve or thirteen).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.bytes().all(|b| b.is_ascii_digit()) {
            let number: i64 = text.parse().ok()?;
            return match text.len() {
                8 => {
                    let part = |from: usize, to: usize| -> Option<(u16, u8)> {
                        Some((text.get(from..to)?.parse().ok()?, (to - from) as u8))
                    };
                    let date = NumericDate { parts: [part(0, 4)?, part(4, 6)?, part(6, 8)?] };
                    Some(Self::Civil { date, time: None, offset: None })
                }
                9 | 10 => Some(Self::Instant(TimestampMs(number * 1_000))),
                12 | 13 => Some(Self::Instant(TimestampMs(number))),
                _ => None,
            };
        }
        let (date, rest) = NumericDate::split(text)?;
        let rest = rest.trim_start_matches([',', ' ']).trim_start_matches(['T', 't']);
        if rest.is_empty() {
            return Some(Self::Civil { date, time: None, offset: None });
        }
        let (time, rest) = time_of_day(rest)?;
        let (time, rest) = half_of_day(time, rest.trim_start())?;
        let offset = offset(rest.trim())?;
        Some(Self::Civil { date, time: Some(time), offset })
    }

    /// The instant, with dates read in `order`. A date without a time of day stands for noon, which
    /// is on that day under any change of clocks; a time without an offset is local.
    pub(crate) fn instant(self, order: DateOrder, local: &dyn LocalTime) -> Option<TimestampMs> {
        let at = match self {
            Self::Instant(at) => at,
            Self::Civil { date, time, offset } => {
                let civil = date.civil(order)?;
                let time = LocalDateTime::new(civil, time.unwrap_or((12, 0, 0)))?;
                match offset {
                    Some(minutes) => TimestampMs(
                        time.at_offset(Default::default()).0 - i64::from(minutes) * 60_000,
                    ),
                    None => time.resolve(local),
                }
            }
        };
        Some(at).filter(|at| at.is_valid())
    }
}

/// `10:00`, `10:00:30` or `10:00:30.125` (the fraction is dropped), and what follows.
fn time_of_day(text: &str) -> Option<((u8, u8, u8), &str)> {
    let (hour, rest) = two_digits(text)?;
    let (minute, mut rest) = two_digits(rest.strip_prefix(':')?)?;
    let mut second = 0;
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = two_digits(after)?;
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    Some(((hour, minute, second), rest))
}

fn two_digits(text: &str) -> Option<(u8, &str)> {
    let width = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    Some((text.get(..width)?.parse().ok()?, text.get(width..)?))
}

/// `AM` and `PM` in any case.
fn half_of_day(time: (u8, u8, u8), rest: &str) -> Option<((u8, u8, u8), &str)> {
    let (hour, minute, second) = time;
    let half = rest.get(..2).map(str::to_ascii_lowercase);
    let noon = match half.as_deref() {
        Some("am") => 0,
        Some("pm") => 12,
        _ => return Some((time, rest)),
    };
    let hour = if (1..=12).contains(&hour) { hour % 12 + noon } else { return None };
    Some(((hour, minute, second), rest.get(2..)?))
}

/// `` (none), `Z`, `UTC`, `+02:00`, `+0200`, `+02`, in minutes.
fn offset(text: &str) -> Option<Option<i32>> {
    let (sign, digits) = match text.as_bytes() {
        [] => return Some(None),
        [b'+', ..] => (1, text.get(1..)?),
        [b'-', ..] => (-1, text.get(1..)?),
        _ if matches!(text, "Z" | "z" | "UTC" | "GMT") => return Some(Some(0)),
        _ => return None,
    };
    let (hours, rest) = two_digits(digits)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = if rest.is_empty() { (0, "") } else { two_digits(rest)? };
    let total = i32::from(hours) * 60 + i32::from(minutes);
    (rest.is_empty() && hours <= 18 && minutes < 60).then_some(Some(sign * total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::time::UtcOffsetMin;

    fn ms(text: &str, order: DateOrder) -> Option<i64> {
        Written::parse(text)?.instant(order, &UtcOffsetMin(60)).map(|at| at.0)
    }

    #[test]
    fn dates_of_tables() {
        let day = 1_714_521_600_000; // 2024-05-01T00:00:00Z
        let hour = 3_600_000;
        for (text, expected) in [
            ("2024-05-01T10:00:00Z", day + 10 * hour),
            ("2024-05-01T10:00:00.250+02:00", day + 8 * hour),
            ("2024-05-01 10:00:00 -0530", day + 15 * hour + hour / 2),
            ("2024-05-01 10:00", day + 9 * hour),
            ("2024-05-01", day + 11 * hour),
            ("20240501", day + 11 * hour),
            ("2024/5/1 10:00 PM", day + 21 * hour),
            ("1714521600", day),
            ("1714521600000", day),
        ] {
            assert_eq!(ms(text, DateOrder::YearFirst), Some(expected), "{text}");
        }
        assert_eq!(ms("01.05.2024", DateOrder::DayFirst), Some(day + 11 * hour));
        assert_eq!(ms("5/1/24", DateOrder::MonthFirst), Some(day + 11 * hour));
        for bad in [
            "",
            "x",
            "2024-05",
            "2024-02-30",
            "2024-05-01T25:00",
            "2024-05-01T10:00+99:00",
            "2024-05/01",
            "123",
            "99999999999999999999",
            "2024-05-01 10:00 CEST",
        ] {
            assert_eq!(ms(bad, DateOrder::YearFirst), None, "{bad}");
        }
    }

    #[test]
    fn the_whole_file_decides_the_order() {
        let decide_of = |texts: &[&str]| {
            let dates: alloc::vec::Vec<_> =
                texts.iter().filter_map(|t| NumericDate::split(t).map(|(d, _)| d)).collect();
            decide(dates.iter())
        };
        let decision = |order, certainty| DateDecision { order, certainty };
        assert_eq!(
            decide_of(&["01/02/2024", "13/02/2024"]),
            decision(DateOrder::DayFirst, Certainty::Certain)
        );
        assert_eq!(
            decide_of(&["01/02/2024", "02/13/2024"]),
            decision(DateOrder::MonthFirst, Certainty::Certain)
        );
        assert_eq!(
            decide_of(&["01/02/2024", "02/03/2024"]),
            decision(DateOrder::DayFirst, Certainty::Assumed)
        );
        assert_eq!(decide_of(&["2024-01-02"]), decision(DateOrder::YearFirst, Certainty::Certain));
        assert_eq!(
            decide_of(&["2024년 5월 6일", "2024年5月6日"]),
            decision(DateOrder::YearFirst, Certainty::Certain)
        );
    }
}
