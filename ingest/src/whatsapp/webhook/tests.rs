use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::event::{EventKind, InteractionKind, MessageKind, Source};
use chatsignal_core::id::MessageId;
use chatsignal_core::testing::cases;
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Availability, DirectoryEntry, Hasher, Ingested};

const FIXTURES: [&str; 5] = [
    include_str!("../../../../tests/data/whatsapp/message.json"),
    include_str!("../../../../tests/data/whatsapp/message_status.json"),
    include_str!("../../../../tests/data/whatsapp/callback_button.json"),
    include_str!("../../../../tests/data/whatsapp/callback_selection.json"),
    include_str!("../../../../tests/data/whatsapp/system.json"),
];

const RECEIVED: TimestampMs = TimestampMs(1_800_000_000_000);

/// Keeps texts too.
#[derive(Default)]
struct Kept {
    all: Ingested,
    texts: Vec<(MessageId, String)>,
}

impl Sink for Kept {
    fn event(&mut self, event: chatsignal_core::event::Event) {
        self.all.event(event);
    }
    fn directory(&mut self, entry: DirectoryEntry) {
        self.all.directory(entry);
    }
    fn reject(&mut self, reject: Reject) {
        self.all.reject(reject);
    }
    fn text(&mut self, message: MessageId, text: &str) {
        self.texts.push((message, String::from(text)));
    }
}

fn hasher() -> Hasher {
    Hasher::new(&[7; 32])
}

fn read_bytes(payload: &[u8]) -> (Report, Kept) {
    let hasher = hasher();
    let context = Context {
        hasher: &hasher,
        local: &UtcOffsetMin(60),
        availability: Availability::Received(RECEIVED),
    };
    let mut kept = Kept::default();
    let report = read(payload, &context, &mut kept);
    assert!(kept.all.events.iter().all(|event| event.check().is_ok()));
    (report, kept)
}

fn read_value(payload: &Value) -> Kept {
    read_bytes(payload.to_string().as_bytes()).1
}

/// Every payload of the fixtures, by name.
fn fixtures() -> Vec<(String, Value)> {
    let named = FIXTURES.iter().map(|text| serde_json::from_str::<Value>(text));
    named.flatten().filter_map(|v| v.as_object().cloned()).flatten().collect()
}

fn fixture(name: &str) -> Value {
    fixtures().into_iter().find(|(n, _)| n == name).map(|(_, v)| v).unwrap_or_default()
}

/// Type names of the events that are not aliases.
fn types(kept: &Kept) -> Vec<&'static str> {
    let kinds = kept.all.events.iter().map(|event| event.kind.type_name());
    kinds.filter(|name| *name != "alias").collect()
}

fn change(field: &str, value: Value) -> Value {
    json!({"object": "whatsapp_business_account",
        "entry": [{"id": "1", "time": 1_700_000_000, "changes": [{"field": field, "value": value}]}]})
}

#[test]
fn every_fixture_is_read() {
    let mut seen = 0;
    for (name, payload) in fixtures() {
        let kept = read_value(&payload);
        let expected: &[&str] = match name.as_str() {
            "reaction"
            | "unreaction_empty"
            | "unreaction_no_emoji"
            | "order"
            | "button"
            | "quick_reply"
            | "quick_reply_without_context"
            | "callback"
            | "description" => &["interaction"],
            "referral" => &["message.inbound", "acquisition"],
            "sent" | "delivered" | "read" | "played" | "failed" | "with_tracker" | "group" => {
                &["message.status"]
            }
            "phone_number_change" | "identity_change" => &[],
            _ => &["message.inbound"],
        };
        assert_eq!(types(&kept), expected, "{name}");
        assert_eq!(kept.all.rejects, [], "{name}");
        assert!(kept.all.events.iter().all(|e| e.source == Source::WhatsappWebhook));
        assert!(kept.all.events.iter().all(|e| e.available_at == RECEIVED));
        seen += 1;
    }
    assert_eq!(seen, 37);
}

#[test]
fn kinds_and_numbers_of_messages() {
    let inbound = |name: &str| {
        read_value(&fixture(name)).all.events.into_iter().find_map(|event| match event.kind {
            EventKind::MessageInbound { kind, chars, forwarded, reply_to, .. } => {
                Some((kind, chars, forwarded, reply_to.is_some()))
            }
            _ => None,
        })
    };
    for (name, expected) in [
        ("text", (MessageKind::Text, 9, false, false)),
        ("image", (MessageKind::Image, 0, false, false)),
        ("video", (MessageKind::Video, 7, true, false)),
        ("document", (MessageKind::Document, 7, true, false)),
        ("audio", (MessageKind::Audio, 0, true, false)),
        ("voice", (MessageKind::Voice, 0, false, false)),
        ("static_sticker", (MessageKind::Sticker, 0, false, false)),
        ("chosen_location", (MessageKind::Location, 0, true, false)),
        ("contacts", (MessageKind::Contacts, 0, false, false)),
        ("unsupported", (MessageKind::Unsupported, 0, false, false)),
        ("interactive_message_with_err", (MessageKind::Unsupported, 0, false, true)),
        ("reply", (MessageKind::Text, 12, false, true)),
        ("forwarded_many_times", (MessageKind::Text, 25, true, false)),
    ] {
        assert_eq!(inbound(name), Some(expected), "{name}");
    }
    let interaction = |name: &str| {
        read_value(&fixture(name)).all.events.into_iter().find_map(|event| match event.kind {
            EventKind::Interaction { kind, .. } => Some(kind),
            _ => None,
        })
    };
    for (name, expected) in [
        ("reaction", InteractionKind::ReactionAdd),
        ("unreaction_empty", InteractionKind::ReactionRemove),
        ("unreaction_no_emoji", InteractionKind::ReactionRemove),
        ("order", InteractionKind::Order),
        ("button", InteractionKind::Button),
        ("quick_reply_without_context", InteractionKind::Button),
        ("callback", InteractionKind::List),
    ] {
        assert_eq!(interaction(name), Some(expected), "{name}");
    }
}

#[test]
fn people_are_known_by_parent_id_and_joined_to_the_others() {
    let kept = read_value(&fixture("text"));
    let hasher = hasher();
    let primary = hasher.contact("US.ENT.11815799212886844830");
    assert!(kept.all.events.iter().all(|event| event.contact_id == primary));
    let others: Vec<_> = kept
        .all
        .events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::Alias { other } => Some(other),
            _ => None,
        })
        .collect();
    assert_eq!(others, [hasher.contact("US.13491208655302741918"), hasher.contact("972987654321")]);
    let known = vec![DirectoryEntry::Contact {
        id: primary,
        name: Some(String::from("Test Name")),
        phone: Some(String::from("972987654321")),
        external_id: Some(String::from("US.13491208655302741918")),
        country: crate::country::Country::new("IL"),
    }];
    assert_eq!(kept.all.directory, known);
    assert_eq!(kept.texts.len(), 1);
    assert_eq!(kept.texts[0].1, "Body Text");
}

#[test]
fn events_and_rejects_hold_no_personal_data() {
    for (name, mut payload) in fixtures() {
        if let Some(time) = payload.pointer_mut("/entry/0/changes/0/value/messages/0/timestamp") {
            *time = json!("Body Text of 972987654321");
        }
        for payload in [fixture(&name), payload] {
            let all = read_value(&payload).all;
            let shown = std::format!("{:?} {:?}", all.events, all.rejects);
            for canary in ["97298", "Body Text", "Test Name", "wamid", "1349120", "caption"] {
                assert!(!shown.contains(canary), "{name}: {canary}");
            }
        }
    }
}

#[test]
fn a_changed_number_joins_old_and_new() {
    let kept = read_value(&fixture("phone_number_change"));
    let (old, new) = (hasher().contact("972987654321"), hasher().contact("972912345678"));
    let found: Vec<_> =
        kept.all.events.iter().map(|event| (event.contact_id, event.kind.clone())).collect();
    assert_eq!(found, [(old, EventKind::Alias { other: new })]);
}

#[test]
fn all_of_a_batch_is_read_whatever_its_shape() {
    let all = fixtures();
    let (mut changes, mut alone) = (Vec::new(), 0);
    for (_, payload) in &all {
        alone += types(&read_value(payload)).len();
        changes.push(payload["entry"][0]["changes"][0].clone());
    }
    let (first, second) = changes.split_at(changes.len() / 2);
    let batch = json!({"object": "whatsapp_business_account",
        "entry": [{"changes": first}, {"changes": second}]});
    assert_eq!(types(&read_value(&batch)).len(), alone);

    let mut value = fixture("text")["entry"][0]["changes"][0]["value"].clone();
    let message = value["messages"][0].clone();
    value["messages"] = (0..5)
        .map(|i| {
            let mut message = message.clone();
            message["id"] = json!(std::format!("wamid.{i}"));
            message
        })
        .collect();
    value["statuses"] = fixture("sent")["entry"][0]["changes"][0]["value"]["statuses"].clone();
    assert_eq!(types(&read_value(&change("messages", value))).len(), 6);
}

#[test]
fn a_delivery_again_has_the_same_ids() {
    for (name, payload) in fixtures() {
        assert_eq!(read_value(&payload).all.events, read_value(&payload).all.events, "{name}");
    }
}

#[test]
fn statuses_consent_echoes_and_ratings() {
    let status = |item: Value| read_value(&change("messages", json!({"statuses": [item]})));
    let stopped = status(json!({"id": "w", "status": "failed", "timestamp": 1_700_000_000,
        "recipient_id": "972987654321", "errors": [{"code": 131_050}]}));
    assert_eq!(types(&stopped), ["message.status", "consent"]);

    let tagged = status(json!({"id": "w", "status": "sent", "timestamp": "1700000000",
        "recipient_id": "972987654321", "pricing": {"category": "marketing_lite"},
        "biz_opaque_callback_data": "cs1;c=spring;t=offer;p=0.25;m=1"}));
    assert_eq!(types(&tagged), ["message.status", "message.outbound"]);
    assert!(tagged.all.events.iter().all(|e| e.campaign_id == Some(hasher().campaign("spring"))));
    assert!(tagged.all.events.iter().any(|e| matches!(e.kind,
        EventKind::MessageOutbound { propensity: Some(p), has_media: true, category: Some(_), .. }
            if p.to_f64() == 0.25)));

    let unknown = status(json!({"id": "w", "status": "warned", "recipient_id": "1234567"}));
    assert_eq!((unknown.all.events.len(), unknown.all.rejects.len()), (0, 0));

    let preference = json!({"user_preferences": [{"wa_id": "972987654321", "detail": "x",
        "category": "marketing_messages", "value": "stop", "timestamp": 1_700_000_000}]});
    assert_eq!(types(&read_value(&change("user_preferences", preference))), ["consent"]);

    let echo = json!({"message_echoes": [{"from": "1", "to": "972987654321", "id": "e",
        "timestamp": "1700000000", "type": "text", "text": {"body": "hello?"}}]});
    assert_eq!(types(&read_value(&change("smb_message_echoes", echo))), ["message.outbound"]);

    let rating = json!({"previous_quality_score": "GREEN", "new_quality_score": "RED",
        "message_template_name": "offer"});
    let rated = read_value(&change("message_template_quality_update", rating));
    assert_eq!(types(&rated), ["quality"]);
    assert_eq!(rated.all.events[0].contact_id, ContactId::BUSINESS);

    let (report, other) =
        read_bytes(change("account_update", json!({"event": "X"})).to_string().as_bytes());
    assert_eq!((report.passed_over, other.all.events.len()), (1, 0));
}

#[test]
fn a_product_enquiry_and_edits() {
    let message = |extra: Value| {
        let mut item = json!({"from": "972987654321", "id": "w", "timestamp": "1700000000"});
        if let (Some(item), Some(extra)) = (item.as_object_mut(), extra.as_object()) {
            item.extend(extra.clone());
        }
        read_value(&change("messages", json!({"messages": [item]})))
    };
    let enquiry = message(json!({"type": "text", "text": {"body": "how much?"},
        "context": {"referred_product": {"catalog_id": "1", "product_retailer_id": "2"}}}));
    assert!(enquiry.all.events.iter().any(|e| matches!(
        e.kind,
        EventKind::Interaction { kind: InteractionKind::ProductEnquiry, .. }
    )));
    for nothing in ["edit", "revoke"] {
        let kept = message(json!({"type": nothing, nothing: {"original_message_id": "x"}}));
        assert_eq!((types(&kept).len(), kept.all.rejects.len()), (0, 0));
    }
}

#[test]
fn refusals_name_their_place_and_spare_the_neighbours() {
    let mut value = fixture("text")["entry"][0]["changes"][0]["value"].clone();
    let good = value["messages"][0].clone();
    let mut no_id = good.clone();
    no_id["id"] = json!("");
    let mut bad_time = good.clone();
    bad_time["timestamp"] = json!("9999999999999999999");
    value["messages"] = json!([no_id, good, bad_time]);
    let kept = read_value(&change("messages", value));
    assert_eq!(types(&kept), ["message.inbound"]);
    let refusals: Vec<_> = kept.all.rejects.iter().map(ToString::to_string).collect();
    assert_eq!(
        refusals,
        [
            "entry[0].changes[0].value.messages[0].id is missing",
            "entry[0].changes[0].value.messages[2].timestamp must be seconds since 1970-01-01T00:00:00Z",
        ]
    );
}

/// Paths of every node below the root.
fn paths(value: &Value, here: &str, out: &mut Vec<String>) {
    let mut below = |key: String, child: &Value| {
        let path = std::format!("{here}/{key}");
        paths(child, &path, out);
        out.push(path);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, child)| below(key.clone(), child)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, child)| below(i.to_string(), child));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn mutants_never_panic(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12), 1..4),
        cut in proptest::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut all = fixtures();
        let mut payload = all.swap_remove(which.index(all.len())).1;
        for (at, operator) in edits {
            let mut nodes = Vec::new();
            paths(&payload, "", &mut nodes);
            let Some(node) = nodes.get(at.index(nodes.len().max(1))) else { continue };
            let Some(slot) = payload.pointer_mut(node) else { continue };
            *slot = match operator {
                0 => Value::Null,
                1 => json!(""),
                2 => json!([]),
                3 => json!({}),
                4 => json!(-1),
                5 => json!(1e308),
                6 => json!(u64::MAX),
                7 => json!(true),
                8 => json!("\u{0}\u{202e}é".repeat(50)),
                9 => json!([slot.clone(), slot.clone()]),
                10 => json!({ "x": slot.clone() }),
                _ => json!("99999999999999999999"),
            };
        }
        let mut bytes = payload.to_string().into_bytes();
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let (_, kept) = read_bytes(&bytes);
        // Bounded: a payload cannot make more events than it has bytes for.
        prop_assert!(kept.all.events.len() <= bytes.len() / 8);
        prop_assert!(kept.all.rejects.iter().all(|r| r.line == 0));
    }
}
