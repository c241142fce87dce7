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
            form => self.text.replace("{}", &form.say(value)),
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
                format!("{word} ({value:+.2})")
            }
            Self::Number => format!("{value:.1}"),
            Self::Orders => format!("{value:.1} times a typical order"),
            Self::Sign(..) | Self::Flag(..) | Self::Plain => String::new(),
        }
    }
}

fn whole(value: f64) -> i64 {
    num::round(value) as i64
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
