//! The header `traceparent` (W3C Trace Context, version 00).

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::service::identity::hex;

/// The header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("traceparent");

/// Identity of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceId(u128);

impl TraceId {
    /// The text, 32 digits.
    pub(crate) fn with_text<T>(self, read: impl FnOnce(&str) -> T) -> T {
        let mut digits = [0; 32];
        hex(self.0, &mut digits);
        read(std::str::from_utf8(&digits).unwrap_or_default())
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

/// Where a request stands in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceContext {
    /// The trace.
    pub(crate) trace: TraceId,
    /// The caller's span; none when the trace begins here.
    pub(crate) parent: Option<u64>,
    /// The span of this request.
    pub(crate) span: u64,
    /// Whether the trace is recorded.
    pub(crate) sampled: bool,
}

impl TraceContext {
    /// The context of a request: a child of the caller's span, or a new trace when the caller sent
    /// none or a damaged one (as the standard demands).
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(&HEADER).iter();
        let text = values.next().and_then(|value| value.to_str().ok());
        let parent = text.filter(|_| values.next().is_none()).and_then(parse);
        match parent {
            Some((trace, parent, sampled)) => {
                Self { trace, parent: Some(parent), span: random(), sampled }
            }
            None => {
                let trace = TraceId(u128::from(random()) << 64 | u128::from(random()));
                Self { trace, parent: None, span: random(), sampled: true }
            }
        }
    }
}

impl TraceContext {
    /// As a header: the next one's parent is this span.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        hex(self.trace.0, &mut text[3..35]);
        hex(u128::from(self.span), &mut text[36..52]);
        text[54] += u8::from(self.sampled);
        HeaderValue::from_bytes(&text).ok()
    }
}

/// Trace, span and flag. Later versions may add fields behind a dash; zeros are no ids.
fn parse(text: &str) -> Option<(TraceId, u64, bool)> {
    let hex = |from: usize, until: usize| {
        let part = text.get(from..until)?;
        let sound = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        sound.then(|| u128::from_str_radix(part, 16).ok())?
    };
    let dash = |at: usize| text.as_bytes().get(at) == Some(&b'-');
    let version = hex(0, 2)?;
    let whole = text.len() == 55 || (version > 0 && text.len() > 55 && dash(55));
    if version == 0xff || !whole || !dash(2) || !dash(35) || !dash(52) {
        return None;
    }
    let (trace, span, flags) = (hex(3, 35)?, u64::try_from(hex(36, 52)?).ok()?, hex(53, 55)?);
    (trace != 0 && span != 0).then_some((TraceId(trace), span, flags & 1 == 1))
}

/// A number that is never 0: random for the process, mixed with a count (splitmix64). Ids must be
/// distinct, not secret; the system's generator would cost a call for each.
fn random() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let seed = *SEED.get_or_init(|| {
        let mut bytes = [0; 8];
        if getrandom::fill(&mut bytes).is_err() {
            return crate::cli::clock::now().0.unsigned_abs();
        }
        u64::from_le_bytes(bytes)
    });
    let step = COUNT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut z = seed.wrapping_add(step);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ z >> 31).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> TraceContext {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, text.parse().expect("a header"));
        TraceContext::of(&headers)
    }

    #[test]
    fn the_callers_trace_goes_on() {
        let context = of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert_eq!(context.trace, TraceId(0x4bf92f3577b34da6a3ce929d0e0e4736));
        assert_eq!((context.parent, context.sampled), (Some(0x00f067aa0ba902b7), true));
        assert_ne!(context.span, 0x00f067aa0ba902b7);
        let written = context.header().expect("a header");
        let written = written.to_str().expect("text");
        assert_eq!(parse(written), Some((context.trace, context.span, true)));
        assert_eq!(context.trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(!of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").sampled);
        // A later version with a further field.
        assert!(of("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x").parent.is_some());
    }

    #[test]
    fn what_is_no_context_begins_a_trace() {
        for text in [
            "",
            "00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            let context = of(text);
            assert_eq!(context.parent, None, "{text}");
            assert!(context.trace != TraceId(0) && context.span != 0 && context.sampled);
        }
        assert_ne!(of("").trace, of("").trace);
    }
}
