//! The front of a line that begins a message: date, time, and how they are set apart.

use alloc::string::String;
use alloc::vec::Vec;

use super::clock::{Half, half_before, half_of, hour_of};
use crate::dates::NumericDate;

/// How a file writes its headers; one file has one style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Style {
    pub(super) bracketed: bool,
    pub(super) seconds: bool,
    pub(super) halves: bool,
}

/// A header and what follows it on its line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header<'l> {
    pub(super) date: NumericDate,
    /// Hour (0 to 23), minute, second; not yet checked against the clock.
    pub(super) time: (u8, u8, u8),
    /// Whether the half of the day has a mark that we don't know.
    pub(super) unknown_half: bool,
    pub(super) style: Style,
    pub(super) rest: &'l str,
}

/// Headers are not longer than this many characters.
const CHARS_MAX: usize = 72;

/// Marks that show nothing: directions, joiners, byte order.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{061c}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

impl<'l> Header<'l> {
    /// Reads the header of a line; `None` when the line does not begin with one.
    pub(super) fn parse(line: &'l str) -> Option<Self> {
        let first = line.chars().find(|c| !is_invisible(*c))?;
        if first != '[' && digit(first).is_none() {
            return None;
        }
        let (plain, origin) = plain(line);
        let (bracketed, text) = match plain.strip_prefix('[') {
            Some(inner) => (true, inner),
            None => (false, plain.as_str()),
        };
        let (date, text) = NumericDate::split(text)?;
        let text = text.trim_start_matches([',', ' ', '،', '、', '，']);
        let text = PREPOSITIONS.iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
        let (before, text) = match half_before(text) {
            Some((half, text)) => (Some(half), text),
            None => (None, text),
        };
        let (hour, minute, second, text) = time(text)?;
        let (mark, text) = if bracketed { text.split_once(']')? } else { dash(text)? };
        if mark.chars().count() > 16 || mark.chars().any(|c| c.is_ascii_digit()) {
            return None;
        }
        let half = half_of(mark).or(before);
        let style = Style { bracketed, seconds: second.is_some(), halves: half.is_some() };
        let text = text.strip_prefix(' ').unwrap_or(text);
        let at = *origin.get(plain.len().checked_sub(text.len())?)?;
        Some(Self {
            date,
            time: (hour_of(hour, half), minute, second.unwrap_or(0)),
            unknown_half: half == Some(Half::Unknown),
            style,
            rest: line.get(at..)?,
        })
    }
}

/// Words between date and time.
const PREPOSITIONS: &[&str] =
    &["kl. ", "kl ", "klo ", "um ", "à ", "às ", "a las ", "alle ", "lúc ", "at "];

/// The front of the line with ASCII digits, plain spaces and without invisible marks; and for each
/// byte of it the place in `line`.
fn plain(line: &str) -> (String, Vec<usize>) {
    let mut out = String::new();
    let mut origin = Vec::new();
    let mut end = line.len();
    let mut kept = 0;
    for (at, c) in line.char_indices() {
        // A mark after the header belongs to the text: iOS marks attachments with it.
        if kept == CHARS_MAX {
            end = at;
            break;
        }
        let c = match c {
            c if is_invisible(c) => continue,
            '\u{a0}' | '\u{202f}' | '\u{2009}' | '\t' => ' ',
            c => digit(c).map_or(c, char::from),
        };
        kept += 1;
        out.push(c);
        origin.resize(out.len(), at);
    }
    origin.push(end);
    (out, origin)
}

/// The ASCII digit of a decimal digit of the scripts that phones write dates in.
fn digit(c: char) -> Option<u8> {
    const ZEROS: [u32; 11] =
        [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xbe6, 0xc66, 0xe50, 0xff10];
    let code = u32::from(c);
    ZEROS
        .iter()
        .find(|zero| (**zero..**zero + 10).contains(&code))
        .and_then(|zero| u8::try_from(code - zero).ok())
        .map(|value| b'0' + value)
}

/// `10:15`, `10:15:30`, `10.15`, `15 h 45`, `15 h 45 min 30 s`, and what follows.
fn time(text: &str) -> Option<(u8, u8, Option<u8>, &str)> {
    let (hour, rest) = number(text)?;
    if let Some(rest) = rest.trim_start().strip_prefix('h') {
        let (minute, rest) = number(rest.trim_start())?;
        let Some(after) = rest.trim_start().strip_prefix("min") else {
            return Some((hour, minute, None, rest));
        };
        return match number(after.trim_start()) {
            Some((second, rest)) => {
                let rest = rest.trim_start();
                Some((hour, minute, Some(second), rest.strip_prefix('s').unwrap_or(rest)))
            }
            None => Some((hour, minute, None, after)),
        };
    }
    let mark = rest.chars().next().filter(|c| matches!(c, ':' | '.' | '：'))?;
    let (minute, rest) = number(rest.get(mark.len_utf8()..)?)?;
    match rest.strip_prefix(mark).and_then(number) {
        Some((second, rest)) => Some((hour, minute, Some(second), rest)),
        None => Some((hour, minute, None, rest)),
    }
}

fn number(text: &str) -> Option<(u8, &str)> {
    let width = text.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=2).contains(&width) {
        return None;
    }
    Some((text.get(..width)?.parse().ok()?, text.get(width..)?))
}

/// What stands before the dash (or, in old exports, the colon) after the time, and what follows.
fn dash(text: &str) -> Option<(&str, &str)> {
    let found = [" - ", " – ", " — ", ": "]
        .into_iter()
        .filter_map(|mark| text.find(mark).map(|at| (at, mark.len())))
        .min()?;
    Some((text.get(..found.0)?, text.get(found.0 + found.1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::DateOrder;

    type Read = ((i32, u8, u8), (u8, u8, u8), String);

    fn read(line: &str, order: DateOrder) -> Option<Read> {
        let header = Header::parse(line)?;
        Some((header.date.civil(order)?, header.time, String::from(header.rest)))
    }

    #[test]
    fn headers_as_phones_write_them() {
        let rest = "Ana: hi";
        let day = (2023, 12, 31);
        for (front, order, time) in [
            ("31/12/23, 10:15 - ", DateOrder::DayFirst, (10, 15, 0)),
            ("12/31/23, 10:15\u{202f}PM - ", DateOrder::MonthFirst, (22, 15, 0)),
            ("31/12/2023, 10:15 p. m. - ", DateOrder::DayFirst, (22, 15, 0)),
            ("31/12/2023 10:15 - ", DateOrder::DayFirst, (10, 15, 0)),
            ("31.12.23, 10:15 - ", DateOrder::DayFirst, (10, 15, 0)),
            ("31-12-2023 10:15 - ", DateOrder::DayFirst, (10, 15, 0)),
            ("2023/12/31, 10:15 - ", DateOrder::YearFirst, (10, 15, 0)),
            ("2023-12-31 kl. 10:15 - ", DateOrder::YearFirst, (10, 15, 0)),
            ("2023. 12. 31. 오후 10:15 - ", DateOrder::YearFirst, (22, 15, 0)),
            ("2023/12/31 午後10:15 - ", DateOrder::YearFirst, (22, 15, 0)),
            ("2023年12月31日 下午10:15 - ", DateOrder::YearFirst, (22, 15, 0)),
            ("\u{200f}٣١/١٢/٢٠٢٣، ١٠:١٥ م - ", DateOrder::DayFirst, (22, 15, 0)),
            ("३१/१२/२३, १०:१५ अपराह्न - ", DateOrder::DayFirst, (22, 15, 0)),
            ("31.12.2023 ÖS 10:15 - ", DateOrder::DayFirst, (22, 15, 0)),
            ("31. 12. 2023 10:15 odp. - ", DateOrder::DayFirst, (22, 15, 0)),
            ("31.12.2023 klo 10.15 - ", DateOrder::DayFirst, (10, 15, 0)),
            ("[31/12/23, 10:15:30] ", DateOrder::DayFirst, (10, 15, 30)),
            ("\u{200e}[31/12/23, 10:15:30\u{202f}PM] ", DateOrder::DayFirst, (22, 15, 30)),
            ("\u{feff}[2023/12/31 下午10:15:30] ", DateOrder::YearFirst, (22, 15, 30)),
            ("[2023-12-31, 22 h 15 min 30 s] ", DateOrder::YearFirst, (22, 15, 30)),
            ("[31.12.23, 10:15:30] ", DateOrder::DayFirst, (10, 15, 30)),
            ("12/31/23, 10:15 PM: ", DateOrder::MonthFirst, (22, 15, 0)),
        ] {
            let line = alloc::format!("{front}{rest}");
            assert_eq!(read(&line, order), Some((day, time, String::from(rest))), "{front}");
        }
    }

    #[test]
    fn the_marks_of_the_text_stay() {
        let header = Header::parse("[31/12/23, 10:15:30] Ana: \u{200e}image omitted");
        assert_eq!(header.map(|h| h.rest), Some("Ana: \u{200e}image omitted"));
        let header = Header::parse("\u{200e}[31/12/23, 10:15:30] \u{200e}x");
        assert_eq!(header.map(|h| h.rest.trim_start_matches(is_invisible)), Some("x"));
    }

    #[test]
    fn other_lines_are_no_headers() {
        for line in [
            "",
            "hello",
            "1/2/23 is fine",
            "10:15 - x",
            "[12/5, 10:15] Ana: copied",
            "31/12/23, 10 - x",
            "31/12-23, 10:15 - x",
            "31/12/23, 10:15",
            "[31/12/23, 10:15:30 Ana: x",
            "123456, 1:2 - x",
            "31/12/23, 10:15 and then something long - x",
            "٣",
        ] {
            assert_eq!(Header::parse(line), None, "{line}");
        }
        let unknown = Header::parse("31/12/23, 10:15 xyz - Ana: hi");
        assert_eq!(unknown.map(|h| h.unknown_half), Some(true));
    }
}
