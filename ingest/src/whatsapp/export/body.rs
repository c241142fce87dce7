//! What a message is, from its text.

use alloc::string::String;

use chatsignal_core::event::MessageKind;

use super::header::is_invisible;
use super::phrases::{ATTACHED, CALLS, DELETED, EDITED, KINDS, OMITTED};

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// A message, with its text or caption.
    Message(MessageKind, String),
    /// A message that its sender took back.
    Deleted,
    /// Something that the app says: calls, notices.
    Notice,
}

/// Lines that the app writes are not longer than this, in characters.
const PHRASE_CHARS_MAX: usize = 64;

/// Reads the text of a message. `bracketed`: the file is of the kind (iOS) that puts U+200E in
/// front of everything that the app itself writes.
pub(super) fn read(raw: &str, bracketed: bool) -> Body {
    let text = without_edit_mark(raw.trim());
    let (first, more) = text.split_once('\n').unwrap_or((text, ""));
    let line = visible(first);
    let phrase = line.trim().trim_end_matches(['.', '。']).to_lowercase();
    let short = phrase.chars().count() <= PHRASE_CHARS_MAX;
    let marked = first.trim_start().starts_with('\u{200e}');
    if short && more.is_empty() {
        if DELETED.contains(&phrase.as_str()) {
            return Body::Deleted;
        }
        let call = CALLS.iter().any(|start| phrase.starts_with(start));
        // Without the mark, only the bare words: "video call at five?" is a text.
        if call && (marked || CALLS.contains(&phrase.as_str())) {
            return Body::Notice;
        }
    }
    if let Some((kind, caption)) = media(first, &line, &phrase) {
        let caption = visible(if caption.is_empty() { more } else { caption });
        return Body::Message(kind, String::from(caption.trim()));
    }
    // A poll is a message whose lines are marked; any other text of the app is a notice.
    let poll = more.contains("\n\u{200e}") || more.starts_with('\u{200e}');
    if bracketed && marked && !poll {
        return Body::Notice;
    }
    if phrase == "null" {
        return Body::Message(MessageKind::Unsupported, String::new());
    }
    Body::Message(MessageKind::Text, String::from(visible(text).trim()))
}

/// The text without invisible marks and carriage returns.
pub(super) fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c) && *c != '\r').collect()
}

/// Cuts `<This message was edited>` off the end.
fn without_edit_mark(text: &str) -> &str {
    let cut = || {
        let at = text.strip_suffix('>')?.rfind('<')?;
        let (before, mark) = text.split_at_checked(at)?;
        let inner = visible(mark.get(1..mark.len() - 1)?).to_lowercase();
        let inner = inner.trim().trim_end_matches('.');
        // In a language that we don't know, the invisible mark in front tells.
        let known = EDITED.contains(&inner);
        let plain =
            before.ends_with('\u{200e}') && !inner.contains(':') && !before.trim().is_empty();
        let omitted = OMITTED.iter().any(|stem| inner.contains(stem));
        (known || plain && !omitted).then(|| before.trim_end_matches(is_invisible).trim_end())
    };
    cut().filter(|before| !before.is_empty()).unwrap_or(text)
}

/// Kind and caption of a line that stands for something left out or attached.
fn media<'t>(first: &'t str, line: &str, phrase: &str) -> Option<(MessageKind, &'t str)> {
    if line.contains("https://maps.google.com/?q=") {
        return Some((MessageKind::Location, ""));
    }
    // "caption ‎<attached: 0001-PHOTO.jpg>", "caption ‎image omitted"
    let (caption, said) = match first.rsplit_once('\u{200e}') {
        Some((caption, said)) => (caption.trim_matches(is_invisible).trim(), said),
        None => ("", first),
    };
    let said = visible(said);
    let said = said.trim();
    if let Some(inner) = said.strip_prefix('<').and_then(|s| s.strip_suffix('>')) {
        if let Some((_, name)) = inner.rsplit_once(": ").or_else(|| inner.rsplit_once('：')) {
            return kind_of_file(name.trim()).map(|kind| (kind, caption));
        }
        let words = inner.contains(' ') || !inner.is_ascii();
        let markup = inner.contains(['/', '=', '<']);
        let short = inner.chars().count() <= 40;
        // `<Media omitted>` does not say of what: a picture is by far the most frequent.
        return (words && short && !markup)
            .then(|| (kind_in(&inner.to_lowercase()).unwrap_or(MessageKind::Image), caption));
    }
    if let Some((name, note)) = line.trim().strip_suffix(')').and_then(|s| s.rsplit_once(" (")) {
        let by_camera = ["IMG-", "VID-", "PTT-", "AUD-", "STK-", "DOC-"];
        let certain = by_camera.iter().any(|prefix| name.starts_with(prefix))
            || ATTACHED.contains(&note.to_lowercase().as_str());
        if let Some(kind) = kind_of_file(name).filter(|_| certain) {
            return Some((kind, ""));
        }
    }
    let said = said.trim_end_matches('.').to_lowercase();
    let left_out = said.chars().count() <= 40 && OMITTED.iter().any(|stem| said.contains(stem));
    let few_words = said.split_whitespace().count() <= 4;
    let alone = !caption.is_empty() || said == phrase;
    if left_out && few_words && alone { kind_in(&said).map(|kind| (kind, caption)) } else { None }
}

fn kind_in(phrase: &str) -> Option<MessageKind> {
    KINDS.iter().find(|(_, words)| words.iter().any(|w| phrase.contains(w))).map(|(kind, _)| *kind)
}

fn kind_of_file(name: &str) -> Option<MessageKind> {
    let (stem, extension) = name.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    if extension.is_empty()
        || extension.len() > 5
        || !extension.chars().all(|c| c.is_ascii_alphanumeric())
    {
        return None;
    }
    let sticker = stem.starts_with("STK-") || stem.contains("STICKER");
    Some(match extension.as_str() {
        _ if sticker => MessageKind::Sticker,
        "jpg" | "jpeg" | "png" | "webp" | "heic" | "gif" => MessageKind::Image,
        "mp4" | "3gp" | "mov" | "avi" | "mkv" => MessageKind::Video,
        "opus" => MessageKind::Voice,
        "m4a" | "mp3" | "aac" | "amr" | "ogg" | "wav" => MessageKind::Audio,
        "vcf" => MessageKind::Contacts,
        _ => MessageKind::Document,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<MessageKind> {
        match read(text, text.contains('\u{200e}')) {
            Body::Message(kind, _) => Some(kind),
            _ => None,
        }
    }

    #[test]
    fn things_left_out_in_many_languages() {
        for (text, expected) in [
            ("<Media omitted>", MessageKind::Image),
            ("<Multimedia omitido>", MessageKind::Image),
            ("<Mídia oculta>", MessageKind::Image),
            ("<Médias omis>", MessageKind::Image),
            ("<Medien ausgeschlossen>", MessageKind::Image),
            ("<Без медиафайлов>", MessageKind::Image),
            ("<メディアなし>", MessageKind::Image),
            ("<View once voice message omitted>", MessageKind::Voice),
            ("\u{200e}image omitted", MessageKind::Image),
            ("\u{200e}imagen omitida", MessageKind::Image),
            ("\u{200e}imagem ocultada", MessageKind::Image),
            ("\u{200e}Bild weggelassen", MessageKind::Image),
            ("\u{200e}video omitted", MessageKind::Video),
            ("\u{200e}vídeo omitido", MessageKind::Video),
            ("\u{200e}audio weggelaten", MessageKind::Audio),
            ("\u{200e}sticker omitted", MessageKind::Sticker),
            ("\u{200e}figurinha omitida", MessageKind::Sticker),
            ("\u{200e}аудиофайл отсутствует", MessageKind::Audio),
            ("\u{200e}belge dahil edilmedi", MessageKind::Document),
            ("\u{200e}Contact card omitted", MessageKind::Contacts),
            ("\u{200e}图片已省略", MessageKind::Image),
            ("\u{200e}画像が省略されました", MessageKind::Image),
            ("Report.pdf • \u{200e}3 pages \u{200e}document omitted", MessageKind::Document),
            ("\u{200e}<attached: 00000012-PHOTO-2023-12-31-10-15-30.jpg>", MessageKind::Image),
            ("\u{200e}<adjunto: 00000012-AUDIO-2023-12-31.opus>", MessageKind::Voice),
            ("\u{200e}<pièce jointe : 00000012-STICKER-2023.webp>", MessageKind::Sticker),
            ("IMG-20231231-WA0001.jpg (file attached)", MessageKind::Image),
            ("PTT-20231231-WA0001.opus (Datei angehängt)", MessageKind::Voice),
            ("Mi informe.pdf (archivo adjunto)", MessageKind::Document),
            ("Ana.vcf (file attached)", MessageKind::Contacts),
            ("Location: https://maps.google.com/?q=1.5,2.5", MessageKind::Location),
            ("null", MessageKind::Unsupported),
            ("hello", MessageKind::Text),
            ("the image was omitted from the report, sorry", MessageKind::Text),
            ("see page 3 (draft.pdf)", MessageKind::Text),
            ("<b>bold</b>", MessageKind::Text),
            ("video call at five?", MessageKind::Text),
            (
                "\u{200e}POLL:\n\u{200e}Which day?\n\u{200e}OPTION: Monday (2 votes)",
                MessageKind::Text,
            ),
        ] {
            assert_eq!(kind(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn captions_edits_deletions_and_notices() {
        let caption = |text| match read(text, true) {
            Body::Message(_, caption) => caption,
            other => alloc::format!("{other:?}"),
        };
        assert_eq!(caption("our menu \u{200e}image omitted"), "our menu");
        assert_eq!(caption("IMG-1-WA0001.jpg (file attached)\nour menu"), "our menu");
        assert_eq!(caption("good \u{200e}<This message was edited>"), "good");
        assert_eq!(caption("gut <Diese Nachricht wurde bearbeitet>"), "gut");
        assert_eq!(caption("bra \u{200e}<Meddelandet har redigerats>"), "bra");
        for deleted in
            ["This message was deleted", "\u{200e}Ce message a été supprimé.", "Mensagem apagada"]
        {
            assert_eq!(read(deleted, false), Body::Deleted, "{deleted}");
        }
        for notice in [
            "\u{200e}Messages and calls are end-to-end encrypted. No one outside can read them.",
            "\u{200e}Missed voice call",
            "\u{200e}Voice call, \u{200e}2 min",
        ] {
            assert_eq!(read(notice, true), Body::Notice, "{notice}");
        }
    }
}
