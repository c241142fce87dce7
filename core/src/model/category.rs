//! Categories by what the cell of a row calls them.

use alloc::string::String;

/// The code of the category that a text names: the category of exactly this name; else of the text
/// without space around it; else the only one of the same value, where `1`, `1.0` and `True` are
/// the same, and `0`, `0.0` and `False`. Nothing else is guessed: `01` is the category `01` alone.
#[must_use]
pub fn category_code(categories: &[String], text: &str) -> Option<usize> {
    let named = |text: &str| categories.iter().position(|name| name == text);
    named(text).or_else(|| named(text.trim_ascii())).or_else(|| {
        let wanted = value(text.trim_ascii())?;
        let is_same = |name: &String| value(name.trim_ascii()) == Some(wanted);
        let mut same = categories.iter().enumerate().filter(|(_, name)| is_same(name));
        let (code, _) = same.next()?;
        same.next().is_none().then_some(code)
    })
}

/// A number as it is without zeros at the end of its fraction; `None` where a text is neither a number
/// as programs write categories nor a truth value.
fn value(text: &str) -> Option<&[u8]> {
    let text: &[u8] = match text {
        _ if text.eq_ignore_ascii_case("true") => b"1",
        _ if text.eq_ignore_ascii_case("false") => b"0",
        _ => text.as_bytes(),
    };
    let number = text.strip_prefix(b"-").unwrap_or(text);
    let padded = matches!(number, [b'0', b'0'..=b'9', ..]);
    let (mut has_point, mut end) = (false, 0);
    for (at, digit) in number.iter().enumerate() {
        match digit {
            b'.' if at > 0 && !has_point => has_point = true,
            b'0' if has_point => {}
            b'0'..=b'9' => end = at + 1,
            _ => return None,
        }
    }
    let sign = text.len() - number.len();
    match number.get(..end)? {
        [] => None,
        _ if padded => None,
        // There is one zero.
        zero @ [b'0'] => Some(zero),
        _ => text.get(..sign + end),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    fn code(categories: &[&str], text: &str) -> Option<usize> {
        let categories: Vec<String> = categories.iter().map(ToString::to_string).collect();
        category_code(&categories, text)
    }

    #[test]
    fn the_exact_name_goes_first_then_without_space_then_the_value() {
        let spaces = [" a", "a", "b "];
        for (text, found) in [(" a", 0), ("a", 1), ("a ", 1), ("b ", 2)] {
            assert_eq!(code(&spaces, text), Some(found), "{text:?}");
        }
        assert_eq!(code(&spaces, "b"), None);
        assert_eq!(code(&["NA", "null", "1"], "NA"), Some(0));
        let numbers = ["1", "2.5", "-3", "100000000000000000000", "0.00001", "0"];
        for (text, found) in [
            ("1.0", 0),
            ("True", 0),
            (" 1.00 ", 0),
            ("2.50", 1),
            ("-3.0", 2),
            ("100000000000000000000.0", 3),
            ("0.000010", 4),
            ("-0.0", 5),
            ("FALSE", 5),
        ] {
            assert_eq!(code(&numbers, text), Some(found), "{text:?}");
        }
        for text in ["", "3", "-1", "1.0.0", "1e0", "+1", "0x1", "1,0", ".", "-", "e1"] {
            assert_eq!(code(&numbers, text), None, "{text:?}");
        }
        assert_eq!(
            (code(&["False", "True"], "1"), code(&["False", "True"], "0.0")),
            (Some(1), Some(0))
        );
    }

    #[test]
    fn what_could_be_two_categories_is_none() {
        assert_eq!(code(&["1", "1.0"], "1.00"), None);
        assert_eq!(code(&["1", "1.0"], "1.0"), Some(1));
        // An article number is no quantity.
        assert_eq!(code(&["007", "7"], "07"), None);
        assert_eq!(code(&["007"], "7"), None);
    }

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn a_number_is_found_however_many_zeros_it_ends_with(quarters in -9_999i32..9_999, whole: i64) {
            let x = f64::from(quarters) / 4.0;
            for places in 2..6 {
                prop_assert_eq!(code(&[&format!("{x}"), "x"], &format!("{x:.places$}")), Some(0));
            }
            prop_assert_eq!(code(&["x", &format!("{whole}")], &format!("{whole}.0")), Some(1));
        }
    }
}
