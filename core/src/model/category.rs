//! Categories by what the cell of a row calls them.

use alloc::string::String;
use alloc::vec::Vec;

/// The code of the category that a text names: the category of exactly this name; else of the text
/// without space around it; else the only one of the same value, where `1`, `1.0` and `True` are
/// the same, and `0`, `0.0` and `False`. Nothing else is guessed: `01` is the category `01` alone.
#[must_use]
pub fn category_code(categories: &[String], text: &str) -> Option<usize> {
    let named = |text: &str| categories.iter().position(|name| name == text);
    named(text).or_else(|| named(text.trim_ascii())).or_else(|| {
        let value = Value::of(text.trim_ascii())?;
        let mut same = categories.iter().enumerate().filter(|(_, name)| {
            Value::of(name.trim_ascii()).is_some_and(|of_name| of_name == value)
        });
        let (code, _) = same.next()?;
        same.next().is_none().then_some(code)
    })
}

/// Most digits of an exponent.
const EXPONENT_DIGITS_MAX: usize = 4;

/// The value of a decimal number, exactly.
#[derive(PartialEq, Eq)]
struct Value {
    negative: bool,
    /// From the first digit that is not 0 to the last one.
    digits: Vec<u8>,
    /// Power of ten of the last digit; 0 where there are none.
    exponent: i64,
}

impl Value {
    /// What a text says; `None` where it is neither a number as programs write them nor a truth
    /// value.
    fn of(text: &str) -> Option<Self> {
        let text = match text {
            _ if text.eq_ignore_ascii_case("true") => "1",
            _ if text.eq_ignore_ascii_case("false") => "0",
            _ => text,
        };
        let (negative, number) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (number, exponent) = match number.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, power(exponent)?),
            None => (number, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let padded = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || padded || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let mut digits: Vec<u8> =
            whole.bytes().chain(fraction.bytes()).skip_while(|&digit| digit == b'0').collect();
        let mut exponent = exponent - fraction.len() as i64;
        while digits.pop_if(|digit| *digit == b'0').is_some() {
            exponent += 1;
        }
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        Some(Self { negative, digits, exponent })
    }
}

/// The number behind an `e`.
fn power(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if !(1..=EXPONENT_DIGITS_MAX).contains(&digits.len()) {
        return None;
    }
    let size = digits.bytes().try_fold(0i64, |size, digit| {
        digit.is_ascii_digit().then(|| 10 * size + i64::from(digit - b'0'))
    })?;
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;
    use alloc::format;
    use alloc::string::ToString;

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
            ("1e0", 0),
            (" 1.00 ", 0),
            ("2.50", 1),
            ("-3.0", 2),
            ("1e+20", 3),
            ("1e-05", 4),
            ("-0.0", 5),
            ("FALSE", 5),
        ] {
            assert_eq!(code(&numbers, text), Some(found), "{text:?}");
        }
        for text in ["", "3", "-1", "1.0.0", "1e", "1e99999", "+1", "0x1", "1,0", ".", "-", "e1"] {
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
        fn a_number_is_found_however_it_is_written(bits: u64, whole: i64) {
            let x = f64::from_bits(bits);
            prop_assume!(x.is_finite());
            prop_assert_eq!(code(&[&format!("{x}"), "x"], &format!("{x:e}")), Some(0));
            prop_assert_eq!(code(&["x", &format!("{whole}")], &format!("{whole}.0")), Some(1));
        }
    }
}
