//! Tables in text: comma-separated values (RFC 4180, any of four separators), or columns split by
//! white space.

use alloc::string::String;
use alloc::vec::Vec;

use crate::reject::Reason;

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// This character; fields may be quoted.
    Character(char),
    /// Any run of spaces and tabs; no quoting.
    Spaces,
}

/// Longest row, in bytes.
pub const ROW_BYTES_MAX: usize = 64 << 10;

/// The separator of a header line: the most frequent of `,` `;` tab `|`, else white space.
pub(super) fn separator_of(header: &str) -> Separator {
    let best = [',', ';', '\t', '|']
        .into_iter()
        .map(|c| (header.matches(c).count(), c))
        .fold((0, ','), |best, here| if here.0 > best.0 { here } else { best });
    if best.0 > 0 { Separator::Character(best.1) } else { Separator::Spaces }
}

/// The rows of a table, with the line on which each begins.
pub(super) struct Rows<'t> {
    rest: &'t [u8],
    separator: Separator,
    line: u64,
}

impl<'t> Rows<'t> {
    pub(super) fn new(bytes: &'t [u8], separator: Separator) -> Self {
        Self { rest: bytes, separator, line: 1 }
    }

    /// The bytes of the next record without its line break; quoted line breaks are inside.
    fn record(&mut self) -> Option<(u64, &'t [u8])> {
        if self.rest.is_empty() {
            return None;
        }
        let quoting = matches!(self.separator, Separator::Character(_));
        let mut quoted = false;
        let mut breaks = 0;
        let mut end = self.rest.len();
        for (at, byte) in self.rest.iter().enumerate() {
            match byte {
                b'"' if quoting => quoted = !quoted,
                b'\n' => {
                    breaks += 1;
                    // A quote that is never closed must not swallow the file.
                    if !quoted || at > ROW_BYTES_MAX {
                        end = at;
                        break;
                    }
                }
                _ => {}
            }
        }
        let (record, rest) = self.rest.split_at(end);
        let line = self.line;
        self.line += breaks;
        self.rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        Some((line, record.strip_suffix(b"\r").unwrap_or(record)))
    }
}

impl Iterator for Rows<'_> {
    type Item = (u64, Result<Vec<String>, Reason>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (line, record) = self.record()?;
            if record.trim_ascii().is_empty() {
                continue;
            }
            let limit = ROW_BYTES_MAX as u64;
            let fields = if record.len() > ROW_BYTES_MAX {
                Err(Reason::TooLarge { limit, unit: "bytes" })
            } else {
                core::str::from_utf8(record)
                    .map(|text| fields(text, self.separator))
                    .map_err(|_| Reason::NotUtf8)
            };
            return Some((line, fields));
        }
    }
}

fn fields(record: &str, separator: Separator) -> Vec<String> {
    let separator = match separator {
        Separator::Spaces => return record.split_whitespace().map(String::from).collect(),
        Separator::Character(c) => c,
    };
    let mut out = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut rest = record.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            c if c == separator && !quoted => out.push(core::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    out.push(field);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let separator = separator_of(text.lines().next().unwrap_or(""));
        Rows::new(text.as_bytes(), separator)
            .map(|(line, row)| (line, row.unwrap_or_default()))
            .collect()
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|f| String::from(*f)).collect())
    }

    #[test]
    fn quotes_separators_and_line_breaks() {
        assert_eq!(
            rows("a,b\r\n\"x, \"\"y\"\"\nz\",2\n\n3,\n"),
            [row(1, &["a", "b"]), row(2, &["x, \"y\"\nz", "2"]), row(5, &["3", ""])]
        );
        assert_eq!(rows("a;b\n1,5;2"), [row(1, &["a", "b"]), row(2, &["1,5", "2"])]);
        assert_eq!(rows(" a  b\n 1\t2 "), [row(1, &["a", "b"]), row(2, &["1", "2"])]);
    }

    #[test]
    fn an_open_quote_costs_one_row_at_most() {
        let mut text = String::from("a,b\n\"open,1\n");
        (0..20_000).for_each(|_| text.push_str("row,2\n"));
        let all: Vec<_> = Rows::new(text.as_bytes(), Separator::Character(',')).collect();
        assert!(all[1].1.is_err());
        assert!(all.len() > 5_000);
    }
}
