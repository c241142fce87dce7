//! The binary form of a contact's state is refused, or it is canonical and its features can be read.
#![no_main]

use chatsignal_core::contact::ContactState;
use chatsignal_core::feature::{ChurnRaw, EngagementRaw, LeadRaw};
use chatsignal_core::time::TimestampMs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(state) = ContactState::decode(bytes) else { return };
    let mut again = Vec::new();
    state.encode(&mut again);
    assert_eq!(again, bytes);
    for as_of in [0, 1_700_000_000_000, TimestampMs::MAX.0] {
        let _ = LeadRaw::extract(&state, TimestampMs(as_of));
        let _ = ChurnRaw::extract(&state, TimestampMs(as_of));
        let _ = EngagementRaw::extract(&state, TimestampMs(as_of));
    }
});
