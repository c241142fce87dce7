//! Any payload gives events and rejects, never a panic.
#![no_main]

use chatsignal_ingest::whatsapp::webhook;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    chatsignal_fuzz::read(|context, sink| {
        webhook::read(bytes, context, sink);
    });
});
