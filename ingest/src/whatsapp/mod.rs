//! WhatsApp: Cloud API webhooks and chat exports.

pub mod export;
pub mod signature;
pub mod tag;
pub mod webhook;

use chatsignal_core::event::MessageKind;

/// Whether a message of this kind carries a picture, video, audio or document.
pub(crate) fn is_media(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::Voice
            | MessageKind::Audio
            | MessageKind::Image
            | MessageKind::Video
            | MessageKind::Document
    )
}
