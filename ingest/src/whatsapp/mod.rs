//! WhatsApp: Cloud API webhooks and chat exports.

pub mod signature;
pub mod tag;
pub mod webhook;
