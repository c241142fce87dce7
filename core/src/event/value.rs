//! Small values that events carry: probabilities, languages, money.

use core::fmt;

/// A value outside its set or range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// The rule that was broken, for people.
    pub rule: &'static str,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule)
    }
}

impl core::error::Error for ValueError {}

/// A probability in steps of 1/32768, so that sums of many are exact integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Q15(u16);

impl Q15 {
    /// Probability 1.
    pub const ONE: Self = Self(1 << 15);

    /// The nearest step to `p`; refuses anything outside `[0, 1]` and NaN.
    ///
    /// # Errors
    /// When `p` is not a probability.
    pub fn new(p: f64) -> Result<Self, ValueError> {
        if (0.0..=1.0).contains(&p) {
            Ok(Self(crate::num::round(p * 32_768.0) as u16))
        } else {
            Err(ValueError { rule: "a probability is between 0 and 1" })
        }
    }

    /// From raw steps, 0 to 32768.
    ///
    /// # Errors
    /// When `raw` is above 32768.
    pub fn from_raw(raw: u16) -> Result<Self, ValueError> {
        if raw <= Self::ONE.0 {
            Ok(Self(raw))
        } else {
            Err(ValueError { rule: "a Q15 probability is at most 32768" })
        }
    }

    /// Raw steps, 0 to 32768.
    #[must_use]
    pub fn raw(self) -> u16 {
        self.0
    }

    /// As a number in `[0, 1]`, exact.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 32_768.0
    }
}

/// A BCP 47 language tag of at most 11 ASCII letters, digits and hyphens, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LanguageTag {
    length: u8,
    bytes: [u8; 11],
}

impl LanguageTag {
    /// Reads a tag; underscores (`pt_BR`, as WhatsApp templates spell it) count as hyphens.
    ///
    /// # Errors
    /// When the tag is shorter than 2 or longer than 11 bytes or has other characters.
    pub fn new(text: &str) -> Result<Self, ValueError> {
        let mut bytes = [0u8; 11];
        if !(2..=bytes.len()).contains(&text.len()) {
            return Err(ValueError { rule: "a language tag has 2 to 11 characters" });
        }
        for (out, byte) in bytes.iter_mut().zip(text.bytes()) {
            *out = match byte {
                b'_' => b'-',
                b'-' => b'-',
                b if b.is_ascii_alphanumeric() => b.to_ascii_lowercase(),
                _ => {
                    return Err(ValueError {
                        rule: "a language tag is made of letters, digits and hyphens",
                    });
                }
            };
        }
        Ok(Self { length: text.len() as u8, bytes })
    }

    /// Reads what [`LanguageTag::as_str`] gives, and nothing else.
    #[inline]
    pub(super) fn from_canonical(text: &[u8]) -> Option<Self> {
        let own = |b: &u8| matches!(b, b'-' | b'0'..=b'9' | b'a'..=b'z');
        let mut bytes = [0u8; 11];
        let fits = (2..=bytes.len()).contains(&text.len()) && text.iter().all(own);
        if !fits {
            return None;
        }
        bytes[..text.len()].copy_from_slice(text);
        Some(Self { length: text.len() as u8, bytes })
    }

    /// The whole tag, e.g. `pt-br`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or("")
    }

    /// The primary language alone, e.g. `pt`: what two tags are compared by.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.as_str().split('-').next().unwrap_or("")
    }
}

/// An ISO 4217 currency code: three ASCII capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");

    /// Reads a code; lower case is accepted.
    ///
    /// # Errors
    /// When it is not three ASCII letters.
    pub fn new(code: &str) -> Result<Self, ValueError> {
        match code.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|x| x.is_ascii_alphabetic()) => {
                Ok(Self([a, b, c].map(u8::to_ascii_uppercase)))
            }
            _ => Err(ValueError { rule: "a currency is three letters (ISO 4217)" }),
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }
}

/// An amount of money in ten-thousandths of the currency's main unit: sums are exact integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Ten-thousandths of the main unit (11.77 dollars is 117,700).
    pub e4: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Largest absolute amount, in ten-thousandths: ten thousand million units.
    pub const E4_MAX: i64 = 100_000_000_000_000;

    /// Whether the amount lies within [`Self::E4_MAX`], either sign.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.e4.unsigned_abs() <= Self::E4_MAX.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_round_to_steps() {
        assert_eq!(Q15::new(1.0), Ok(Q15::ONE));
        assert_eq!(Q15::new(0.5).map(Q15::to_f64), Ok(0.5));
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Q15::new(bad).is_err());
        }
    }

    #[test]
    fn tags_and_currencies_are_checked() {
        assert_eq!(LanguageTag::new("pt_BR").map(|t| t.primary() == "pt"), Ok(true));
        for text in ["pt", "pt-br", "x1-23456789"] {
            assert_eq!(LanguageTag::from_canonical(text.as_bytes()), LanguageTag::new(text).ok());
        }
        for text in ["p", "PT", "pt_br", "pt br", "portuguese-br", "p\u{e9}"] {
            assert_eq!(LanguageTag::from_canonical(text.as_bytes()), None, "{text}");
        }
        assert!(LanguageTag::new("p").is_err());
        assert!(LanguageTag::new("português").is_err());
        assert_eq!(Currency::new("eur").map(|c| c.as_str() == "EUR"), Ok(true));
        assert!(Currency::new("EURO").is_err());
    }
}
