//! What one cell says.

/// What one cell says, before it is known what its column is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// Empty, or one of [`MISSING`], in any case.
    Missing,
    /// `?`: missing in a column of numbers, a category elsewhere.
    QuestionMark,
    /// A number (possibly infinite).
    Number(f64),
    /// Anything else.
    Text(&'a str),
}

/// Words for a value that is missing: those of people, of pandas and of C.
const MISSING: [&str; 6] = ["nan", "-nan", "na", "n/a", "<na>", "null"];

/// Reads a trimmed cell. `decimal_comma`: `1,5` is a number too.
pub(super) fn read(text: &str, decimal_comma: bool) -> Cell<'_> {
    match text {
        "" => return Cell::Missing,
        "?" => return Cell::QuestionMark,
        _ => {}
    }
    if MISSING.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Cell::Missing;
    }
    match number(text, decimal_comma) {
        Some(value) => Cell::Number(value),
        None => Cell::Text(text),
    }
}

fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    // `f64::from_str` also takes the words for infinity; letters elsewhere are not numbers.
    if let Ok(value) = text.parse::<f64>() {
        return (!value.is_nan()).then_some(value);
    }
    if decimal_comma && text.matches(',').count() == 1 && !text.contains('.') {
        return text.replace(',', ".").parse().ok();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_apart() {
        for missing in ["", "nan", "NaN", "NA", "n/a", "null", "NULL", "<NA>", "-nan"] {
            assert_eq!(read(missing, false), Cell::Missing, "{missing}");
        }
        assert_eq!(read("?", false), Cell::QuestionMark);
        for (text, value) in [("1", 1.0), ("-2.5e3", -2500.0), (".5", 0.5), ("+7", 7.0)] {
            assert_eq!(read(text, false), Cell::Number(value));
        }
        assert_eq!(read("inf", false), Cell::Number(f64::INFINITY));
        for text in ["abc", "1,5", "1.2.3", "0x10", "12 %", "None"] {
            assert_eq!(read(text, false), Cell::Text(text));
        }
        assert_eq!(read("1,5", true), Cell::Number(1.5));
        assert_eq!(read("1,234,5", true), Cell::Text("1,234,5"));
    }
}
