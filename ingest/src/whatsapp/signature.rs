//! Is a webhook request from Meta? The check of `X-Hub-Signature-256`, and the handshake by which a
//! subscription is confirmed.

use alloc::string::String;
use core::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// The header is absent, or not `sha256=` and 64 hexadecimal digits.
    Malformed,
    /// The signature belongs to another body or another secret.
    Mismatch,
}

impl core::fmt::Display for SignatureError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the signature header is not sha256= and 64 hexadecimal digits",
            Self::Mismatch => "the signature does not match the body",
        })
    }
}

impl core::error::Error for SignatureError {}

/// Checks the value of `X-Hub-Signature-256` against the raw bytes of the body.
///
/// `secrets` are the app's secret and, while it is being changed, the one before. The comparison
/// takes the same time wherever the first difference is. When no secret matches and
/// `retry_escaped` is set, the body is tried once more with everything outside ASCII written as
/// `\uXXXX` (lower case), the form that some senders sign.
///
/// # Errors
/// When the header is malformed or no secret matches.
pub fn verify(
    body: &[u8],
    header: Option<&str>,
    secrets: &[&[u8]],
    retry_escaped: bool,
) -> Result<(), SignatureError> {
    let expected = header.and_then(parse_header).ok_or(SignatureError::Malformed)?;
    let matches = |body: &[u8]| {
        // Every secret is tried, so that the time does not tell which one matched.
        secrets.iter().fold(false, |found, secret| found | signed_by(secret, body, &expected))
    };
    if matches(body) {
        return Ok(());
    }
    let escaped = if retry_escaped && !body.is_ascii() { escape_non_ascii(body) } else { None };
    match escaped {
        Some(text) if matches(text.as_bytes()) => Ok(()),
        _ => Err(SignatureError::Mismatch),
    }
}

fn signed_by(secret: &[u8], body: &[u8], expected: &[u8; 32]) -> bool {
    Hmac::<Sha256>::new_from_slice(secret).is_ok_and(|mut mac| {
        mac.update(body);
        mac.verify_slice(expected).is_ok()
    })
}

fn parse_header(header: &str) -> Option<[u8; 32]> {
    let digits = header.trim().strip_prefix("sha256=")?.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut out = [0u8; 32];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| pair.get(at).and_then(|c| (*c as char).to_digit(16));
        *byte = (digit(0)? * 16 + digit(1)?) as u8;
    }
    Some(out)
}

fn escape_non_ascii(body: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(body).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").ok()?;
            }
        }
    }
    Some(out)
}

/// The answer to the GET request that confirms a subscription: the challenge to send back as plain
/// text when `mode` is `subscribe` and `token` is ours, else `None` (answer 403).
#[must_use]
pub fn handshake<'c>(
    mode: &str,
    token: &str,
    challenge: &'c str,
    verify_token: &str,
) -> Option<&'c str> {
    // Equal keyed hashes instead of equal texts: no time tells how much of the token was right.
    let same = !verify_token.is_empty()
        && Hmac::<Sha256>::new_from_slice(b"verify token").is_ok_and(|mut ours| {
            let mut theirs = ours.clone();
            ours.update(verify_token.as_bytes());
            theirs.update(token.as_bytes());
            ours.verify(&theirs.finalize().into_bytes()).is_ok()
        });
    (mode == "subscribe" && same).then_some(challenge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    const SECRET: &[u8] = b"abcd-app-secret";
    // printf '%s' BODY | openssl dgst -sha256 -hmac abcd-app-secret
    const EMPTY: (&str, &str) = (
        r#"{"object":"whatsapp_business_account","entry":[]}"#,
        "b764be418540cd28bca29fa8453ba82f531efea0d1ecb087ca1bfb8477c95ace",
    );
    const RAW: (&str, &str) =
        (r#"{"text":"Olá ✓"}"#, "05a5d0ec7ffc12069774e953099a219a97fb9ef1000c6f4fe652fcf43b5d49a8");
    const ESCAPED: (&str, &str) = (
        r#"{"text":"Ol\u00e1 \u2713"}"#,
        "5cebe8fd477fa69944321fd2cefa85f6a66eb83797f992eb940c628bf6d58cdd",
    );

    fn check(body: &str, hex: &str, retry: bool) -> Result<(), SignatureError> {
        verify(body.as_bytes(), Some(&format!("sha256={hex}")), &[SECRET], retry)
    }

    #[test]
    fn known_signatures() {
        for (body, hex) in [EMPTY, RAW, ESCAPED] {
            assert_eq!(check(body, hex, false), Ok(()), "{body}");
            assert_eq!(check(body, &hex.to_uppercase(), false), Ok(()), "{body}");
        }
        assert_eq!(check(RAW.0, ESCAPED.1, true), Ok(()));
        assert_eq!(check(RAW.0, ESCAPED.1, false), Err(SignatureError::Mismatch));
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let header = format!("sha256={}", RAW.1);
        let mut body = RAW.0.as_bytes().to_vec();
        for at in 0..body.len() {
            for bit in 0..8 {
                body[at] ^= 1 << bit;
                assert!(verify(&body, Some(&header), &[SECRET], true).is_err(), "{at}.{bit}");
                body[at] ^= 1 << bit;
            }
        }
        assert!(verify(&body, Some(&header), &[SECRET], true).is_ok());
    }

    #[test]
    fn headers_and_secrets() {
        let body = RAW.0.as_bytes();
        let good = format!("sha256={}", RAW.1);
        for bad in [
            "",
            "sha256=",
            &good[..70],
            &good[7..],
            &good.replace("sha256", "sha1"),
            &format!("{good}0"),
            &good.replace("05a5", "05aé"),
        ] {
            assert_eq!(verify(body, Some(bad), &[SECRET], true), Err(SignatureError::Malformed));
        }
        assert_eq!(verify(body, None, &[SECRET], true), Err(SignatureError::Malformed));
        assert_eq!(verify(body, Some(&good), &[b"new", SECRET], true), Ok(()));
        assert_eq!(verify(body, Some(&good), &[b"new"], true), Err(SignatureError::Mismatch));
        assert_eq!(verify(body, Some(&good), &[], true), Err(SignatureError::Mismatch));
    }

    #[test]
    fn the_handshake_gives_the_challenge_back() {
        assert_eq!(handshake("subscribe", "t", "123", "t"), Some("123"));
        assert_eq!(handshake("subscribe", "x", "123", "t"), None);
        assert_eq!(handshake("unsubscribe", "t", "123", "t"), None);
        assert_eq!(handshake("subscribe", "", "123", ""), None);
    }
}
