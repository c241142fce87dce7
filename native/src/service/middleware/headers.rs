//! Headers that every answer carries.

use std::sync::LazyLock;

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Written where the route did not say otherwise.
const DEFAULTS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds what is missing.
pub(crate) fn secure(headers: &mut HeaderMap) {
    // A copy of the whole takes less time than six headers one by one, and most routes say little.
    static ALL: LazyLock<HeaderMap> = LazyLock::new(|| {
        let named = DEFAULTS.into_iter();
        named.map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
    });
    let mut own = std::mem::replace(headers, ALL.clone());
    let mut last = None;
    for (name, value) in own.drain() {
        // Further values of a header come without its name.
        let first = name.is_some();
        last = name.or(last);
        let Some(name) = last.clone() else { continue };
        if first {
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_route_said_stays_and_the_rest_is_added() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.append(header::ALLOW, HeaderValue::from_static("GET"));
        headers.append(header::ALLOW, HeaderValue::from_static("HEAD"));
        headers.insert(header::ETAG, HeaderValue::from_static("\"a\""));
        secure(&mut headers);
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        assert_eq!(headers[header::ETAG], "\"a\"");
        let allowed: Vec<_> = headers.get_all(header::ALLOW).iter().collect();
        assert_eq!(allowed, ["GET", "HEAD"]);
        for (name, value) in DEFAULTS.iter().skip(1) {
            assert_eq!(headers[name], *value, "{name}");
        }
    }
}
