//! What the targets share: a fixed tenant and place, and what must hold of everything read.

use chatsignal_core::event::binary;
use chatsignal_core::time::{DAY_MS, TimestampMs, UtcOffsetMin};
use chatsignal_ingest::{Availability, Context, Hasher, Ingested};

/// Runs a reader on a fixed tenant in UTC+2 and checks what it found: every event satisfies the
/// rules of events and survives its binary form.
pub fn read(reader: impl FnOnce(&Context<'_>, &mut Ingested)) {
    let hasher = Hasher::new(&[7; 32]);
    let context = Context {
        hasher: &hasher,
        local: &UtcOffsetMin(120),
        availability: Availability::Received(TimestampMs(20_000 * DAY_MS)),
    };
    let mut found = Ingested::default();
    reader(&context, &mut found);
    for event in found.events {
        assert!(event.check().is_ok());
        let mut bytes = Vec::new();
        binary::encode(&event, &mut bytes);
        assert_eq!(binary::decode(&bytes), Ok(event));
    }
}
