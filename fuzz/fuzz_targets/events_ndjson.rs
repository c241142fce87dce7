//! Any line gives an event or a reject, never a panic.
#![no_main]

use chatsignal_ingest::ndjson::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    chatsignal_fuzz::read(|context, sink| {
        let mut reader = Reader::new(*context, None);
        for (number, line) in (1..).zip(bytes.split(|&b| b == b'\n')) {
            reader.line(number, line, sink);
        }
    });
});
