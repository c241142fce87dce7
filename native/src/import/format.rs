//! Telling the format of a file from its first bytes.

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Chat export of the WhatsApp app (.txt or .zip).
    WhatsappExport,
    /// Webhook payloads of the WhatsApp Cloud API (.json, or one a line).
    WhatsappWebhook,
    /// Canonical events, one JSON object a line (docs/EVENTS.md).
    Events,
    /// Purchases: CSV, or columns split by spaces.
    Purchases,
}

impl Format {
    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhatsappExport => "whatsapp-export",
            Self::WhatsappWebhook => "whatsapp-webhook",
            Self::Events => "events",
            Self::Purchases => "purchases",
        }
    }

    /// Tells the format from the beginning of the content; `None` when nothing fits.
    #[must_use]
    pub fn detect(head: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with(['{', '[']) && !text.starts_with("[{") && is_chat_line(first_line(text))
        {
            return Some(Self::WhatsappExport);
        }
        if text.starts_with(['{', '[']) {
            let webhook = text.contains("whatsapp_business_account")
                || (text.contains("\"entry\"") && text.contains("\"changes\""));
            return Some(if webhook { Self::WhatsappWebhook } else { Self::Events });
        }
        let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(20);
        if lines.clone().any(is_chat_line) {
            return Some(Self::WhatsappExport);
        }
        let first = lines.next()?;
        let columns = first.split([',', ';', '\t']).count().max(first.split_whitespace().count());
        (columns >= 3).then_some(Self::Purchases)
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

/// Whether a line begins as a message of a chat export: a date of three numbers, then a time with
/// a colon (or the dot of some languages), then ` - ` or `]`.
fn is_chat_line(line: &str) -> bool {
    let is_mark = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String = line.chars().filter(|c| !is_mark(*c)).take(60).collect();
    let bracketed = plain.starts_with('[');
    let stamp = if bracketed {
        plain[1..].split_once(']').map(|(stamp, _)| stamp)
    } else {
        plain.split_once(" - ").map(|(stamp, _)| stamp)
    };
    let Some(stamp) = stamp else { return false };
    let numbers = stamp.split(|c: char| !c.is_numeric()).filter(|part| !part.is_empty()).count();
    let starts = stamp.trim_start().starts_with(char::is_numeric) || bracketed;
    starts && (5..=6).contains(&numbers) && stamp.contains([':', '.', '٫', '：'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        for (head, expected) in [
            (
                "{\"object\":\"whatsapp_business_account\",\"entry\":[]}",
                Some(Format::WhatsappWebhook),
            ),
            ("[{\"object\":\"whatsapp_business_account\"", Some(Format::WhatsappWebhook)),
            ("{\"v\":1,\"type\":\"csat\"}\n", Some(Format::Events)),
            ("12/31/23, 10:05 - Ana: hi\n", Some(Format::WhatsappExport)),
            ("\u{feff}[31/12/23, 10:05:59] Ana: hi\n", Some(Format::WhatsappExport)),
            ("\u{200e}[2023/12/31, 10:05:59 PM] Ana: hi\n", Some(Format::WhatsappExport)),
            ("31.12.23, 22.05 - Ana: hei\n", Some(Format::WhatsappExport)),
            ("customer_id,date,amount\n1,2024-01-01,5\n", Some(Format::Purchases)),
            (" 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n", Some(Format::Purchases)),
            ("hello\nworld\n", None),
            ("", None),
        ] {
            assert_eq!(Format::detect(head.as_bytes()), expected, "{head}");
        }
    }
}
