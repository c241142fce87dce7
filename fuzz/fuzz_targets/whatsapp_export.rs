//! Any chat export gives events and rejects or is refused, never a panic.
#![no_main]

use chatsignal_ingest::whatsapp::export::{self, Options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let authors = export::authors(bytes).unwrap_or_default();
    let me = authors.first().map_or("Shop", |(name, _)| name.as_str());
    let options = Options { me: &[me], contact: None, date_order: None, date_hint: None };
    chatsignal_fuzz::read(|context, sink| {
        let _ = export::read(bytes, &options, context, sink);
    });
});
