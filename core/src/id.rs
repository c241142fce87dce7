//! Sixteen-byte identifiers. They are keyed hashes of the natural keys (see `chatsignal-ingest`),
//! so that neither the event log nor a model holds a phone number or a WhatsApp message id (which
//! embeds one).

use core::fmt;

macro_rules! id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            /// Thirty-two lower-case hexadecimal digits.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl core::str::FromStr for $name {
            type Err = ParseIdError;

            /// Reads exactly thirty-two hexadecimal digits.
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_hex(text).map(Self)
            }
        }
    )+};
}

id! {
    /// One event; equal ids are the same event (deduplication).
    EventId,
    /// One person, under one of the ids that we know them by.
    ContactId,
    /// One message.
    MessageId,
    /// One conversation of a support desk.
    ConversationId,
    /// One campaign.
    CampaignId,
    /// One message template.
    TemplateId,
    /// One human agent.
    AgentId,
}

impl ContactId {
    /// The business itself: what is rated by `EventKind::Quality`. No contact of a tenant has this
    /// id; lists of contacts leave it out.
    pub const BUSINESS: Self = Self([0; 16]);
}

/// The text is not thirty-two hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError;

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id is 32 hexadecimal digits")
    }
}

impl core::error::Error for ParseIdError {}

fn parse_hex(text: &str) -> Result<[u8; 16], ParseIdError> {
    let digits = text.as_bytes();
    if digits.len() != 32 {
        return Err(ParseIdError);
    }
    let mut out = [0u8; 16];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let high = (pair[0] as char).to_digit(16).ok_or(ParseIdError)?;
        let low = (pair[1] as char).to_digit(16).ok_or(ParseIdError)?;
        *byte = (high * 16 + low) as u8;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn hex_round_trip_and_refusals() {
        let id = ContactId([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("ab".parse::<ContactId>(), Err(ParseIdError));
        assert_eq!("zz".repeat(16).parse::<ContactId>(), Err(ParseIdError));
        assert_eq!("é".repeat(16).parse::<ContactId>(), Err(ParseIdError));
    }
}
