//! Deliveries of WhatsApp and Chatwoot, and their signatures.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// HMAC-SHA256 as `sha256=` and hexadecimal digits.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(body);
    let mut text = String::from("sha256=");
    for byte in mac.finalize().into_bytes() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A payload of WhatsApp with one text for each (message id, phone number).
pub fn whatsapp_texts(messages: &[(&str, &str)]) -> Vec<u8> {
    let contacts: Vec<Value> = messages
        .iter()
        .map(|(_, from)| json!({"profile": {"name": format!("Name of {from}")}, "wa_id": from}))
        .collect();
    let messages: Vec<Value> = messages
        .iter()
        .map(|(id, from)| {
            json!({"from": from, "id": id, "timestamp": "1700000000", "type": "text",
                   "text": {"body": "Where is my order?"}})
        })
        .collect();
    let value = json!({"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": "1"},
        "contacts": contacts, "messages": messages});
    json!({"object": "whatsapp_business_account",
           "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
    .to_string()
    .into_bytes()
}

/// A message that came into Chatwoot.
pub fn chatwoot_message(id: u64, phone: &str) -> Vec<u8> {
    json!({"event": "message_created", "id": id, "content": "Hello?", "message_type": "incoming",
           "created_at": "2023-11-14T22:13:20Z", "account": {"id": 1},
           "sender": {"id": 5, "name": "Ana", "phone_number": phone, "type": "contact"},
           "conversation": {"id": 7, "meta": {"sender": {"id": 5, "phone_number": phone}}}})
    .to_string()
    .into_bytes()
}
