//! Is a webhook request from the Chatwoot that knows the secret?
//!
//! Chatwoot signs the time of sending, a dot and the raw body: `X-Chatwoot-Signature: sha256=` and
//! 64 hexadecimal digits, `X-Chatwoot-Timestamp: ` seconds. The time is part of what is signed but
//! not compared with a clock: a request that comes again makes the same events, which are known.

use alloc::vec::Vec;

use crate::whatsapp::signature::{SignatureError, verify as verify_body};

/// Longest timestamp, bytes.
const TIMESTAMP_BYTES_MAX: usize = 32;

/// Checks the two headers against the raw bytes of the body, for each of `secrets` in a time that
/// does not tell which one matched.
///
/// # Errors
/// When a header is absent or malformed, or no secret matches.
pub fn verify(
    body: &[u8],
    signature: Option<&str>,
    timestamp: Option<&str>,
    secrets: &[&[u8]],
) -> Result<(), SignatureError> {
    let timestamp = timestamp.map(str::as_bytes).unwrap_or_default();
    if timestamp.is_empty() || timestamp.len() > TIMESTAMP_BYTES_MAX {
        return Err(SignatureError::Malformed);
    }
    let mut signed = Vec::with_capacity(timestamp.len() + 1 + body.len());
    signed.extend_from_slice(timestamp);
    signed.push(b'.');
    signed.extend_from_slice(body);
    verify_body(&signed, signature, secrets, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    // printf '%s' '1700000000.{"event":"message_created"}' | openssl dgst -sha256 -hmac chatwoot-secret
    const HEX: &str = "3fdcca276239854b135f64beb3774a398b59725f26b41eabcdee09f06dd55d44";

    #[test]
    fn a_known_signature_passes_and_every_change_is_refused() {
        let (body, at) = (br#"{"event":"message_created"}"#, Some("1700000000"));
        let secrets: &[&[u8]] = &[b"new-one", b"chatwoot-secret"];
        let header = format!("sha256={HEX}");
        assert_eq!(verify(body, Some(&header), at, secrets), Ok(()));
        for (body, header, at, secrets) in [
            (&body[1..], Some(&*header), at, secrets),
            (body, Some(&*header), Some("1700000001"), secrets),
            (body, Some(&*header), Some(""), secrets),
            (body, Some(&*header), None, secrets),
            (body, None, at, secrets),
            (body, Some(HEX), at, secrets),
            (body, Some(&*header), at, &secrets[..1]),
            (body, Some(&*header), at, &[]),
        ] {
            assert!(verify(body, header, at, secrets).is_err());
        }
    }
}
