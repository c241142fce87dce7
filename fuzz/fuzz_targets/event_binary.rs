//! The binary form of an event is refused, or it is canonical and can be folded.
#![no_main]

use chatsignal_core::contact::ContactState;
use chatsignal_core::event::binary;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = binary::decode(bytes) else { return };
    let mut again = Vec::new();
    binary::encode(&event, &mut again);
    assert_eq!(again, bytes);
    ContactState::new().apply(&event);
});
