//! What the sender of a campaign wants back with every status of a message, in the field
//! `biz_opaque_callback_data` of the Cloud API: `cs1;c=spring%20sale;k=marketing;p=0.125`.
//!
//! Webhooks do not show messages sent through the API. A tag lets the log record the send itself:
//! its campaign, template and format, and the probability with which its hour was chosen (which
//! makes send-time policies comparable afterwards). Text that does not begin with `cs1;` belongs to
//! somebody else and is left alone.

use alloc::string::String;
use core::fmt::{self, Write};

use chatsignal_core::event::{LanguageTag, MessageCategory, Q15};

/// The tag of a send. Every field may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag {
    /// `c`: name of the campaign.
    pub campaign: Option<String>,
    /// `t`: name of the message template.
    pub template: Option<String>,
    /// `l`: language.
    pub language: Option<LanguageTag>,
    /// `k`: category.
    pub category: Option<MessageCategory>,
    /// `p`: probability with which the policy chose this hour.
    pub propensity: Option<Q15>,
    /// `n`: characters of text.
    pub chars: u32,
    /// `m=1`: carries a picture, video, audio or document.
    pub has_media: bool,
    /// `b=1`: offers buttons.
    pub has_buttons: bool,
}

/// Longest value that WhatsApp sends back, in characters.
pub const TAG_CHARS_MAX: usize = 512;

impl Tag {
    /// Reads a tag; `None` when the text is not one. Unknown keys are passed over, so that an older
    /// reader understands a newer sender; a broken value of a known key makes it no tag.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 4 * TAG_CHARS_MAX {
            return None;
        }
        let mut tag = Self::default();
        for pair in text.strip_prefix("cs1;")?.split(';').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=')?;
            match key {
                "c" => tag.campaign = Some(unescape(value)?),
                "t" => tag.template = Some(unescape(value)?),
                "l" => tag.language = Some(LanguageTag::new(value).ok()?),
                "k" => tag.category = Some(MessageCategory::from_name(value)?),
                "p" => tag.propensity = Some(Q15::new(value.parse().ok()?).ok()?),
                "n" => tag.chars = value.parse().ok()?,
                "m" => tag.has_media = flag(value)?,
                "b" => tag.has_buttons = flag(value)?,
                _ => {}
            }
        }
        Some(tag)
    }
}

impl fmt::Display for Tag {
    /// The text to send as `biz_opaque_callback_data`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cs1;")?;
        let names = [("c", &self.campaign), ("t", &self.template)];
        for (key, name) in names {
            if let Some(name) = name {
                write!(f, "{key}=")?;
                escape(name, f)?;
                f.write_char(';')?;
            }
        }
        if let Some(language) = &self.language {
            write!(f, "l={};", language.as_str())?;
        }
        if let Some(category) = self.category {
            write!(f, "k={};", category.as_str())?;
        }
        if let Some(p) = self.propensity {
            write!(f, "p={};", p.to_f64())?;
        }
        if self.chars > 0 {
            write!(f, "n={};", self.chars)?;
        }
        if self.has_media {
            f.write_str("m=1;")?;
        }
        if self.has_buttons {
            f.write_str("b=1;")?;
        }
        Ok(())
    }
}

fn flag(value: &str) -> Option<bool> {
    match value {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

/// Percent-encoding of everything but letters, digits, `-`, `.`, `_`, `~` (RFC 3986).
fn escape(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    text.bytes().try_for_each(|byte| match byte {
        b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => f.write_char(b as char),
        b => write!(f, "%{b:02X}"),
    })
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = alloc::vec::Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|b| (b as char).to_digit(16));
            bytes.push((digit()? * 16 + digit()?) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use chatsignal_core::testing::{cases, q15};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn parse_inverts_display(
            campaign in proptest::option::of("\\PC{1,20}"),
            template in proptest::option::of("[a-z_]{1,20}"),
            category in proptest::option::of(proptest::sample::select(MessageCategory::ALL)),
            propensity in proptest::option::of(q15()),
            (chars, has_media, has_buttons) in any::<(u32, bool, bool)>(),
        ) {
            let language = LanguageTag::new("pt-br").ok();
            let tag = Tag { campaign, template, language, category, propensity, chars, has_media, has_buttons };
            prop_assert_eq!(Tag::parse(&tag.to_string()), Some(tag));
        }

        #[test]
        fn noise_never_panics(text in "(cs1;)?([a-z]=[%a-zA-Z0-9.=;]{0,8};?){0,4}\\PC{0,4}") {
            let _ = Tag::parse(&text);
        }
    }

    #[test]
    fn others_texts_are_no_tags() {
        for text in [
            "",
            "some data",
            "cs1",
            "cs1;p=2",
            "cs1;p=NaN",
            "cs1;c=%zz",
            "cs1;c=",
            "cs1;m=2",
            "cs1;x",
        ] {
            assert_eq!(Tag::parse(text), None, "{text}");
        }
        assert_eq!(Tag::parse("cs1;z=1"), Some(Tag::default()));
    }
}
