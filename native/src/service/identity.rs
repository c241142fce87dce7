//! Identities of requests.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest text of an identity, bytes.
const TEXT_MAX: usize = 35;

/// Identity of one request: in its answer, in the header `X-Request-Id` and in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestId {
    process: u64,
    count: u64,
}

impl RequestId {
    /// A fresh one: random for the process, counted within it.
    #[must_use]
    pub(crate) fn next() -> Self {
        static PROCESS: OnceLock<u64> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let process = *PROCESS.get_or_init(|| {
            let mut bytes = [0u8; 8];
            // Without random bytes the start of the process still tells it apart.
            if getrandom::fill(&mut bytes).is_err() {
                return crate::cli::clock::now().0.unsigned_abs();
            }
            u64::from_le_bytes(bytes)
        });
        Self { process, count: COUNT.fetch_add(1, Ordering::Relaxed) }
    }

    /// The text, `r-`, sixteen digits of the process, a dash, the count.
    pub(crate) fn with_text<T>(self, read: impl FnOnce(&str) -> T) -> T {
        let mut text = *b"r-0000000000000000-0000000000000000";
        hex(self.process.into(), &mut text[2..18]);
        let digits = (16 - self.count.leading_zeros() as usize / 4).max(1);
        hex(self.count.into(), &mut text[19..19 + digits]);
        let written = text.get(..19 + digits).unwrap_or(&text[..TEXT_MAX]);
        read(std::str::from_utf8(written).unwrap_or_default())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

/// Hexadecimal digits, by hand: every request has them.
pub(crate) fn hex(mut value: u128, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(value & 15) as usize];
        value >>= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_process_and_the_count() {
        for (process, count) in [(0, 0), (7, 1), (u64::MAX, 0x10), (1 << 63, u64::MAX)] {
            let text = RequestId { process, count }.to_string();
            assert_eq!(text, format!("r-{process:016x}-{count:x}"));
        }
        assert_ne!(RequestId::next(), RequestId::next());
    }
}
