//! Sentences with one number in them.

use alloc::format;
use alloc::string::{String, ToString};

use crate::num;

/// How the value of a feature is said.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// A share as per cent.
    Percent,
    /// A number of things: singular, plural.
    Count(&'static str, &'static str),
    /// A duration in minutes.
    Minutes,
    /// A duration in hours.
    Hours,
    /// A duration in days.
    Days,
    /// Sentiment, -1 to 1, as a word and the number.
    Mood,
    /// A plain number with one decimal.
    Number,
    /// Multiples of the tenant's median order.
    Orders,
    /// One of three texts by sign: more, less, equal. The number is not said.
    Sign(&'static str, &'static str, &'static str),
    /// One of two texts: yes, no.
    Flag(&'static str, &'static str),
    /// The text alone.
    Plain,
}

/// The sentence template of one feature. `{}` in `text` is where the value goes.
pub(super) struct Phrase {
    pub(super) feature: &'static str,
    pub(super) form: Form,
    pub(super) text: &'static str,
    /// Said instead when the value is 0; empty = no special case.
    pub(super) zero: &'static str,
    /// Said instead when there is no value.
    pub(super) missing: &'static str,
}

/// A phrase whose feature always has a value.
pub(super) const fn always(feature: &'static str, form: Form, text: &'static str) -> Phrase {
    Phrase { feature, form, text, zero: "", missing: "Not known" }
}

impl Phrase {
    /// Says something else at 0.
    pub(super) const fn at_zero(self, zero: &'static str) -> Self {
        Self { zero, ..self }
    }

    /// Says something else when the value is missing.
    pub(super) const fn if_missing(self, missing: &'static str) -> Self {
        Self { missing, ..self }
    }

    /// The sentence for `value` (NaN = missing), with the typical value in brackets where known.
    pub(super) fn render(&self, value: f32, typical: Option<f64>) -> String {
        if value.is_nan() {
            return self.missing.to_string();
        }
        let value = f64::from(value);
        if value == 0.0 && !self.zero.is_empty() {
            return self.zero.to_string();
        }
        let sentence = match self.form {
            Form::Sign(more, less, same) => {
                return if value > 0.05 {
                    more
                } else if value < -0.05 {
                    less
                } else {
                    same
                }
                .to_string();
            }
            Form::Flag(yes, no) => return if value >= 0.5 { yes } else { no }.to_string(),
            Form::Plain => return self.text.to_string(),
            form => filled(self.text, &form.say(value)),
        };
        match typical.filter(|t| t.is_finite()) {
            Some(typical) => format!("{sentence} (typical {})", self.form.say(typical)),
            None => sentence,
        }
    }
}

impl Form {
    fn say(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{} %", whole(value * 100.0)),
            Self::Count(one, many) => match whole(value) {
                1 => format!("1 {one}"),
                n => format!("{n} {many}"),
            },
            Self::Minutes => duration(value),
            Self::Hours => duration(value * 60.0),
            Self::Days => duration(value * 1_440.0),
            Self::Mood => {
                let word = if value > 0.2 {
                    "positive"
                } else if value < -0.2 {
                    "negative"
                } else {
                    "neutral"
                };
                let sign = if value.is_sign_negative() { "" } else { "+" };
                format!("{word} ({sign}{})", fixed(value, 2))
            }
            Self::Number => fixed(value, 1),
            Self::Orders => format!("{} times a typical order", fixed(value, 1)),
            Self::Sign(..) | Self::Flag(..) | Self::Plain => String::new(),
        }
    }
}

/// The template with the value in its place, `{}`.
fn filled(text: &str, value: &str) -> String {
    match text.split_once('{') {
        Some((before, after)) => [before, value, after.strip_prefix('}').unwrap_or(after)].concat(),
        None => text.to_string(),
    }
}

fn whole(value: f64) -> i64 {
    num::round(value) as i64
}

/// A number with so many decimals, rounded as the formatting of the standard library rounds: the
/// exact value, halves to the even digit. That formatting alone is a sixth of the scoring module.
/// Numbers here lie far below 2^53.
fn fixed(value: f64, decimals: u32) -> String {
    const FRACTION_BITS: u32 = 60;
    let size = value.abs();
    let whole = size as u64;
    // Exact but for bits below 2^-60, which decide nothing but a tie.
    let fraction = (size - whole as f64) * (1u64 << FRACTION_BITS) as f64;
    let scale = 10u128.pow(decimals);
    let scaled = u128::from(fraction as u64) * scale;
    let (mut digits, rest) = (scaled >> FRACTION_BITS, scaled & ((1 << FRACTION_BITS) - 1));
    let half = 1 << (FRACTION_BITS - 1);
    let above = rest > half || rest == half && fraction != num::floor(fraction);
    digits += u128::from(above || rest == half && digits % 2 == 1);
    let whole = u128::from(whole) + digits / scale;
    let sign = if value.is_sign_negative() { "-" } else { "" };
    format!("{sign}{whole}.{:0width$}", digits % scale, width = decimals as usize)
}

/// Minutes as the largest unit that still says enough: below 90 in minutes, below 48 hours in
/// hours, else in days.
fn duration(minutes: f64) -> String {
    if minutes < 90.0 {
        format!("{} min", whole(minutes))
    } else if minutes < 48.0 * 60.0 {
        format!("{} h", whole(minutes / 60.0))
    } else {
        format!("{} days", whole(minutes / 1_440.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_said_in_fitting_units() {
        assert_eq!(Form::Percent.say(0.62), "62 %");
        assert_eq!(Form::Count("message", "messages").say(1.0), "1 message");
        assert_eq!(Form::Count("message", "messages").say(3.0), "3 messages");
        assert_eq!(Form::Minutes.say(89.0), "89 min");
        assert_eq!(Form::Hours.say(5.2), "5 h");
        assert_eq!(Form::Days.say(12.0), "12 days");
        assert_eq!(Form::Mood.say(-0.41), "negative (-0.41)");
    }

    proptest! {
        #[test]
        fn numbers_are_rounded_as_the_standard_library_rounds(
            any in -1e9f64..1e9, small in -2.0f64..2.0, tie in -4_000i32..4_000,
        ) {
            for value in [any, small, f64::from(tie) / 16.0, f64::from(tie) / 1e30] {
                prop_assert_eq!(fixed(value, 1), format!("{value:.1}"));
                prop_assert_eq!(fixed(value, 2), format!("{value:.2}"));
            }
        }
    }

    #[test]
    fn missing_zero_and_typical_have_their_texts() {
        let phrase =
            always("x", Form::Percent, "Answers {}").at_zero("Never answers").if_missing("No data");
        assert_eq!(phrase.render(0.62, Some(0.18)), "Answers 62 % (typical 18 %)");
        assert_eq!(phrase.render(0.62, None), "Answers 62 %");
        assert_eq!(phrase.render(0.0, Some(0.18)), "Never answers");
        assert_eq!(phrase.render(f32::NAN, None), "No data");
    }
}
