//! One file of the dashboard, and how it is sent.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::ASSETS;
use crate::service::routes::tagged::names;

/// Characters of the hash in the name of an asset.
const HASH_CHARS: usize = 8;

/// A file that is part of the program.
#[derive(Debug)]
pub(super) struct File {
    /// Path below the address of the service.
    pub(super) path: &'static str,
    /// What tells its content from any other.
    pub(super) tag: &'static str,
    pub(super) bytes: &'static [u8],
    /// The same compressed, where that is much smaller.
    pub(super) gzip: Option<&'static [u8]>,
}

impl File {
    /// The file, or 304 for who has it.
    pub(super) fn answer(&'static self, asked: &HeaderMap) -> Response {
        let gzip = self.gzip.filter(|_| takes_gzip(asked));
        let tag = format!("\"{}{}\"", self.tag, if gzip.is_some() { "-gz" } else { "" });
        let known = names(asked, &header::IF_NONE_MATCH, &tag) == Some(true);
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Bytes::from_static(gzip.unwrap_or(self.bytes)).into_response()
        };
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
        put(header::CACHE_CONTROL, self.cache());
        if self.gzip.is_some() {
            put(header::VARY, "accept-encoding");
        }
        if known {
            return response;
        }
        put(header::CONTENT_TYPE, self.content_type());
        if gzip.is_some() {
            put(header::CONTENT_ENCODING, "gzip");
        }
        response
    }

    /// A name with a hash stands for the same bytes for ever; any other is asked for again.
    fn cache(&self) -> &'static str {
        let name = self.path.strip_prefix(ASSETS).and_then(|name| name.rsplit_once('.'));
        let hash = name.and_then(|(stem, _)| {
            let at = stem.len().checked_sub(HASH_CHARS + 1)?;
            stem.get(at..)?.strip_prefix('-')
        });
        let letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if hash.is_some_and(|hash| hash.chars().all(letter)) {
            return "public, max-age=31536000, immutable";
        }
        "no-cache"
    }

    fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "html" => "text/html; charset=utf-8",
            "js" | "mjs" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "json" => "application/json",
            "webmanifest" => "application/manifest+json",
            "wasm" => "application/wasm",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "ico" => "image/x-icon",
            "woff2" => "font/woff2",
            "txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

/// Whether a client takes gzip: it says so, with a weight that is not zero.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get_all(header::ACCEPT_ENCODING).iter();
    let text = given.filter_map(|value| value.to_str().ok());
    text.flat_map(|text| text.split(',')).any(|choice| {
        let mut parts = choice.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        named && weight.is_none_or(|weight| weight.parse().is_ok_and(|weight: f32| weight > 0.0))
    })
}
