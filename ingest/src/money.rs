//! Amounts of money from text, exact to a ten-thousandth.

use alloc::string::String;

use chatsignal_core::event::{Currency, Money};

use crate::reject::Reason;

/// The mark between whole units and their fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
}

const AMBIGUOUS: Reason =
    Reason::Rule("could be thousands or a fraction; say which mark the file uses for decimals");
const NOT_AN_AMOUNT: Reason = Reason::Expected("an amount of money, such as 12.50");
const TOO_FINE: Reason = Reason::Rule("has more than four decimals");
const TOO_LARGE: Reason = Reason::Rule("an amount is within ten thousand million units");

/// Which decimal mark an amount shows beyond doubt: `12.5`, `1.234,56`, `1.234.567` do, `1,234`
/// and `12` do not. (`12.345` does not either: it may be twelve thousand.)
#[must_use]
pub fn decimal_mark_of(text: &str) -> Option<DecimalMark> {
    let marks = |mark| text.matches(mark).count();
    let after_last = |mark: char| {
        text.rsplit(mark).next().map_or(0, |tail| tail.chars().filter(char::is_ascii_digit).count())
    };
    match (marks('.'), marks(',')) {
        (0, 0) => None,
        (0, 1) => (after_last(',') != 3).then_some(DecimalMark::Comma),
        (1, 0) => (after_last('.') != 3).then_some(DecimalMark::Point),
        (0, _) => Some(DecimalMark::Point),
        (_, 0) => Some(DecimalMark::Comma),
        _ if text.rfind('.') > text.rfind(',') => Some(DecimalMark::Point),
        _ => Some(DecimalMark::Comma),
    }
}

/// Reads an amount: digits, a decimal mark, marks between groups of three digits, a sign (in front,
/// behind, or brackets), and a currency symbol or code before or after. Without `mark`, amounts
/// that do not show theirs beyond doubt are refused. A symbol that several currencies share (`$`,
/// `¥`) stands for `default`.
///
/// # Errors
/// When the text is something else, has more than four decimals or is out of range.
pub fn parse(text: &str, mark: Option<DecimalMark>, default: Currency) -> Result<Money, Reason> {
    let (number, unit, negative) = split(text)?;
    let currency = if unit.is_empty() { default } else { currency_of(&unit, default)? };
    let needs_mark = number.contains(['.', ',']);
    let mark = match mark.or_else(|| decimal_mark_of(&number)) {
        Some(mark) => mark,
        None if needs_mark => return Err(AMBIGUOUS),
        None => DecimalMark::Point,
    };
    let e4 = decimal_e4(&number, mark)?;
    Ok(Money { e4: if negative { -e4 } else { e4 }, currency })
}

/// Reads a plain decimal such as `-12.5`: digits, one point, a sign in front.
///
/// # Errors
/// As [`parse`].
pub fn parse_plain_e4(text: &str) -> Result<i64, Reason> {
    let (digits, negative) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    if digits.contains(',') {
        return Err(NOT_AN_AMOUNT);
    }
    let e4 = decimal_e4(digits, DecimalMark::Point)?;
    Ok(if negative { -e4 } else { e4 })
}

/// Splits into number (digits, points, commas), currency text and sign.
fn split(text: &str) -> Result<(String, String, bool), Reason> {
    let (mut number, mut unit) = (String::new(), String::new());
    let mut negative = false;
    let mut closed = false;
    for c in text.trim().chars() {
        match c {
            '0'..='9' | '.' | ',' if closed && c.is_ascii_digit() => return Err(NOT_AN_AMOUNT),
            '0'..='9' => number.push(c),
            // A point inside a currency text ("Rs. 50") is not part of the number.
            '.' if number.is_empty() && !unit.is_empty() => {}
            '.' | ',' if !closed => number.push(c),
            '-' | '\u{2212}' | '(' => negative = true,
            '+' | ')' => {}
            // Groups of three may be set apart by spaces and apostrophes.
            '\'' | '\u{2019}' => {}
            c if c.is_whitespace() => {}
            c if c.is_alphabetic() || is_symbol(c) => {
                closed = !number.is_empty();
                unit.push(c);
            }
            _ => return Err(NOT_AN_AMOUNT),
        }
    }
    if number.chars().any(|c| c.is_ascii_digit()) {
        Ok((number, unit, negative))
    } else {
        Err(NOT_AN_AMOUNT)
    }
}

fn is_symbol(c: char) -> bool {
    matches!(c, '$' | '¢' | '£' | '¤' | '¥' | '\u{20a0}'..='\u{20cf}')
}

fn currency_of(unit: &str, default: Currency) -> Result<Currency, Reason> {
    let code = match unit {
        "$" | "¥" | "kr" | "Kr" | "Rs" => return Ok(default),
        "€" => "EUR",
        "£" => "GBP",
        "₹" => "INR",
        "₪" => "ILS",
        "₺" | "TL" => "TRY",
        "₽" => "RUB",
        "R$" => "BRL",
        "₩" => "KRW",
        "₫" => "VND",
        "₴" => "UAH",
        "₦" => "NGN",
        "zł" => "PLN",
        "US$" => "USD",
        "Rp" => "IDR",
        code => code,
    };
    Currency::new(code).map_err(|_| Reason::Rule("has a currency sign that is not known"))
}

fn decimal_e4(number: &str, mark: DecimalMark) -> Result<i64, Reason> {
    let (point, group) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (whole, fraction) = number.split_once(point).unwrap_or((number, ""));
    if fraction.contains(['.', ',']) {
        return Err(NOT_AN_AMOUNT);
    }
    let mut groups = whole.split(group);
    let first = groups.next().unwrap_or("");
    let grouped = whole.contains(group);
    if grouped && (first.is_empty() || first.len() > 3) || groups.any(|g| g.len() != 3) {
        return Err(NOT_AN_AMOUNT);
    }
    let kept = fraction.trim_end_matches('0');
    if kept.len() > 4 {
        return Err(TOO_FINE);
    }
    let digits = whole.chars().filter(|c| *c != group).chain(kept.chars());
    let mut e4: i64 = 0;
    let mut any = !fraction.is_empty();
    for c in digits {
        let digit = c.to_digit(10).ok_or(NOT_AN_AMOUNT)?;
        any = true;
        e4 = e4
            .checked_mul(10)
            .and_then(|sum| sum.checked_add(i64::from(digit)))
            .ok_or(TOO_LARGE)?;
    }
    if !any {
        return Err(NOT_AN_AMOUNT);
    }
    for _ in kept.len()..4 {
        e4 = e4.checked_mul(10).ok_or(TOO_LARGE)?;
    }
    if e4 <= Money::E4_MAX { Ok(e4) } else { Err(TOO_LARGE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd() -> Currency {
        Currency::new("USD").unwrap_or_else(|_| unreachable!("three letters"))
    }

    fn e4(text: &str) -> Result<i64, Reason> {
        parse(text, None, usd()).map(|money| money.e4)
    }

    #[test]
    fn amounts_are_exact() {
        for (text, expected) in [
            ("11.77", 117_700),
            ("12", 120_000),
            ("0.0001", 1),
            ("1,234.56", 12_345_600),
            ("1.234,56", 12_345_600),
            ("1.234.567", 12_345_670_000),
            ("12,5", 125_000),
            ("1 234,50 €", 12_345_000),
            ("1\u{202f}234,50", 12_345_000),
            ("1'234.50", 12_345_000),
            ("-3.10", -31_000),
            ("(3.10)", -31_000),
            ("3.10-", -31_000),
            ("$ 1,000.00", 10_000_000),
            ("Rs. 50", 500_000),
            (".50", 5_000),
            ("10000000000", Money::E4_MAX),
            ("1.50000000", 15_000),
        ] {
            assert_eq!(e4(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn doubtful_amounts_are_refused_or_decided_by_the_file() {
        assert_eq!(e4("1,234"), Err(AMBIGUOUS));
        assert_eq!(e4("1.234"), Err(AMBIGUOUS));
        let with = |text, mark| parse(text, Some(mark), usd()).map(|money| money.e4);
        assert_eq!(with("1,234", DecimalMark::Point), Ok(12_340_000));
        assert_eq!(with("1,234", DecimalMark::Comma), Ok(12_340));
        for bad in [
            "",
            "-",
            ".",
            "abc",
            "1..2",
            "1,2,3",
            "12,34.5",
            "1e5",
            "NaN",
            "1.00001",
            "10000000000.0001",
            "99999999999999999999",
            "5 5 USD 5",
        ] {
            assert!(e4(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sign_of_one_currency_overrides_the_default() {
        let code = |text| parse(text, None, usd()).map(|m| String::from(m.currency.as_str()));
        assert_eq!(code("5 €").as_deref(), Ok("EUR"));
        assert_eq!(code("ILS 5").as_deref(), Ok("ILS"));
        assert_eq!(code("$5").as_deref(), Ok("USD"));
        assert!(code("5 bananas").is_err());
    }

    #[test]
    fn plain_decimals_have_one_form() {
        assert_eq!(parse_plain_e4("-12.5"), Ok(-125_000));
        for bad in ["1,5", "1.5.5", "", "--1", "1e3"] {
            assert!(parse_plain_e4(bad).is_err(), "{bad}");
        }
    }
}
