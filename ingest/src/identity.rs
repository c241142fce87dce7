//! Natural keys to ids: HMAC-SHA256 under the tenant's key, cut to sixteen bytes.
//!
//! Without the key nobody can tell whether a phone number is in the log, and two tenants' ids of
//! one person differ.

use alloc::string::String;
use core::fmt;

use chatsignal_core::event::Source;
use chatsignal_core::id::{
    AgentId, CampaignId, ContactId, ConversationId, EventId, MessageId, TemplateId,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Computes the ids of one tenant.
#[derive(Clone)]
pub struct Hasher {
    keyed: Hmac<Sha256>,
}

impl fmt::Debug for Hasher {
    /// Does not show the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

/// Bytes of a tenant's key.
pub const TENANT_KEY_BYTES: usize = 32;

impl Hasher {
    /// A hasher for the tenant with this secret key.
    #[must_use]
    pub fn new(tenant_key: &[u8; TENANT_KEY_BYTES]) -> Self {
        // A block of 64 bytes: the key padded with zeros, as HMAC does with a short key.
        let mut block = [0u8; 64];
        block[..TENANT_KEY_BYTES].copy_from_slice(tenant_key);
        Self { keyed: Hmac::new(&block.into()) }
    }

    /// The contact known by this id: a phone number in international form, a WhatsApp user id, a
    /// CRM's customer number, the name in a chat export. [`normalized`] is applied first, so that
    /// `+49 (0)151…`-style punctuation makes no other person.
    #[must_use]
    pub fn contact(&self, id: &str) -> ContactId {
        ContactId(self.id("contact", &[normalized(id).as_bytes()]))
    }

    /// The message with this id (WhatsApp's `wamid`, or another source's own).
    #[must_use]
    pub fn message(&self, id: &str) -> MessageId {
        MessageId(self.id("message", &[id.as_bytes()]))
    }

    /// The support conversation with this id.
    #[must_use]
    pub fn conversation(&self, id: &str) -> ConversationId {
        ConversationId(self.id("conversation", &[id.as_bytes()]))
    }

    /// The campaign of this name.
    #[must_use]
    pub fn campaign(&self, name: &str) -> CampaignId {
        CampaignId(self.id("campaign", &[name.as_bytes()]))
    }

    /// The message template of this name.
    #[must_use]
    pub fn template(&self, name: &str) -> TemplateId {
        TemplateId(self.id("template", &[name.as_bytes()]))
    }

    /// The agent with this id.
    #[must_use]
    pub fn agent(&self, id: &str) -> AgentId {
        AgentId(self.id("agent", &[id.as_bytes()]))
    }

    /// The event with this natural key inside (source, type of the event).
    #[must_use]
    pub fn event(&self, source: Source, type_name: &str, key: &[&[u8]]) -> EventId {
        let mut mac = self.keyed.clone();
        feed(&mut mac, b"event");
        feed(&mut mac, source.as_str().as_bytes());
        feed(&mut mac, type_name.as_bytes());
        key.iter().for_each(|part| feed(&mut mac, part));
        EventId(cut(mac))
    }

    /// A message of a source that gives messages no id, by its natural key.
    pub(crate) fn message_of(&self, source: Source, key: &[&[u8]]) -> MessageId {
        let mut mac = self.keyed.clone();
        feed(&mut mac, b"message of");
        feed(&mut mac, source.as_str().as_bytes());
        key.iter().for_each(|part| feed(&mut mac, part));
        MessageId(cut(mac))
    }

    /// A keyed hash of a text, for natural keys that must tell texts apart.
    pub(crate) fn text(&self, text: &str) -> [u8; 16] {
        self.id("text", &[text.as_bytes()])
    }

    fn id(&self, domain: &str, parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = self.keyed.clone();
        feed(&mut mac, domain.as_bytes());
        parts.iter().for_each(|part| feed(&mut mac, part));
        cut(mac)
    }
}

/// Length first, so that no two lists of parts feed the same bytes.
fn feed(mac: &mut Hmac<Sha256>, part: &[u8]) {
    mac.update(&(part.len() as u64).to_le_bytes());
    mac.update(part);
}

fn cut(mac: Hmac<Sha256>) -> [u8; 16] {
    let full = mac.finalize().into_bytes();
    let mut out = [0u8; 16];
    out.iter_mut().zip(full.iter()).for_each(|(to, from)| *to = *from);
    out
}

/// The form under which an id of a person is hashed: without surrounding white space, and a phone
/// number (at least seven digits, else only `+ - . ( )`, spaces and invisible marks) as its digits
/// alone, in the one form of [`canonical_phone`]. National numbers without a country code stay apart
/// from international ones: nothing here can know the country.
#[must_use]
pub fn normalized(id: &str) -> String {
    let trimmed = id.trim();
    phone_digits(trimmed).map_or_else(|| String::from(trimmed), canonical_phone)
}

/// One form for mobile numbers that WhatsApp and address books write in two: Brazilian ones with
/// and without the ninth digit (WhatsApp keeps the old form of old accounts), Mexican ones with and
/// without the `1` that was abolished in 2019.
fn canonical_phone(digits: String) -> String {
    match digits.as_bytes() {
        // 55, area code, eight digits of which mobile numbers began with 6 to 9.
        [b'5', b'5', _, _, b'6'..=b'9', ..] if digits.len() == 12 => {
            let (area, number) = digits.split_at(4);
            [area, "9", number].concat()
        }
        [b'5', b'2', b'1', ..] if digits.len() == 13 => {
            let (_, number) = digits.split_at(3);
            ["52", number].concat()
        }
        _ => digits,
    }
}

/// The digits of a phone number, or `None` when the text is something else.
#[must_use]
pub fn phone_digits(text: &str) -> Option<String> {
    let mut digits = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' | '-' | '.' | '(' | ')' => {}
            c if c.is_whitespace() => {}
            // Non-breaking hyphen and direction marks, as phones print them around numbers.
            '\u{2010}'..='\u{2011}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {}
            _ => return None,
        }
    }
    (digits.len() >= 7).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn ids_are_the_keyed_hash_that_the_page_names() {
        // python: hmac.new(bytes(range(32)), b"".join(len(p).to_bytes(8,"little")+p
        //   for p in [b"contact", b"972987654321"]), "sha256").hexdigest()[:32]
        let mut key = [0u8; 32];
        key.iter_mut().enumerate().for_each(|(i, b)| *b = i as u8);
        let hasher = Hasher::new(&key);
        assert_eq!(hasher.contact("972987654321").to_string(), GOLDEN_CONTACT);
    }

    const GOLDEN_CONTACT: &str = "a1c9457752ff4753af825bedc44ca85d";

    #[test]
    fn tenants_domains_and_parts_are_apart() {
        let (a, b) = (Hasher::new(&[1; 32]), Hasher::new(&[2; 32]));
        assert_ne!(a.contact("x"), b.contact("x"));
        assert_ne!(a.contact("x").0, a.message("x").0);
        let (one, two): (&[&[u8]], &[&[u8]]) = (&[b"ab", b"c"], &[b"a", b"bc"]);
        assert_ne!(a.event(Source::Api, "csat", one), a.event(Source::Api, "csat", two));
        assert_ne!(a.event(Source::Api, "csat", one), a.event(Source::Sql, "csat", one));
    }

    #[test]
    fn phone_numbers_lose_their_punctuation_and_nothing_else_does() {
        let hasher = Hasher::new(&[1; 32]);
        let plain = hasher.contact("972987654321");
        for same in
            ["+972 98-765-4321", " (972) 98.765.4321 ", "\u{202a}+972 98\u{2011}7654321\u{202c}"]
        {
            assert_eq!(hasher.contact(same), plain, "{same}");
        }
        assert_eq!(normalized("+55 11 8765-4321"), normalized("+55 11 98765-4321"));
        assert_eq!(normalized("+55 11 3765-4321"), "551137654321");
        assert_eq!(normalized("+52 1 55 1234 5678"), normalized("+52 55 1234 5678"));
        assert_eq!(normalized("00001"), "00001");
        assert_eq!(normalized(" US.1349 "), "US.1349");
        assert_eq!(normalized("2024-01-02 x"), "2024-01-02 x");
    }
}
