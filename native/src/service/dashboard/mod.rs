//! The dashboard: a page that is part of the program (see `native/build.rs`), served without a key.
//! It holds no data; what it shows it asks the API for, with the key that it was given.

mod file;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chatsignal_api::error::ErrorCode;

use file::File;

use super::error::ApiError;
use super::state::AppState;

/// The files of `web-demo/dist`; none when the program was built without it.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));

/// The page may run its own scripts and modules of WebAssembly, and talk to this service alone.
/// Workers take it from their own files, so that every file carries it.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// The file that is shown at `/`.
const INDEX: &str = "index.html";
/// Where files lie whose names change with their content.
const ASSETS: &str = "assets/";

/// Shown at `/` by a program that was built without the dashboard.
const MISSING: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>chatsignal</title>
</head>
<body>
<main>
<h1>chatsignal runs</h1>
<p>This program was built without the dashboard. To have it here, run <code>cargo xtask web</code>
(it needs Node) and build the program again.</p>
<p><a href="/docs">Every route of the API, to read and to try out</a></p>
</main>
</body>
</html>
"#;

/// The routes; they are not in the description of the API.
pub(super) fn pages() -> Router<AppState> {
    routes(FILES)
}

fn routes<S: Clone + Send + Sync + 'static>(files: &'static [File]) -> Router<S> {
    let Some(index) = files.iter().find(|file| file.path == INDEX) else {
        return Router::new().route("/", get(async || missing()));
    };
    let serve = |file: &'static File| get(async move |headers: HeaderMap| answer(file, &headers));
    let asset = async move |uri: axum::http::Uri, headers: HeaderMap| {
        let path = uri.path().trim_start_matches('/');
        let found = files.iter().find(|file| file.path == path);
        found.map(|file| answer(file, &headers)).ok_or_else(|| ApiError::new(ErrorCode::NotFound))
    };
    let router = Router::new().route("/", serve(index)).route("/assets/{*file}", get(asset));
    // Files outside the folder of assets are few: each is a route, by which metrics name it.
    let others = files.iter().filter(|file| !file.path.starts_with(ASSETS));
    others.fold(router, |router, file| router.route(&format!("/{}", file.path), serve(file)))
}

fn missing() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, MISSING).into_response()
}

fn answer(file: &'static File, headers: &HeaderMap) -> Response {
    let mut response = file.answer(headers);
    let policy = HeaderValue::from_static(POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    const fn file(path: &'static str, bytes: &'static [u8], gzip: Option<&'static [u8]>) -> File {
        File { path, tag: "0123456789ab", bytes, gzip }
    }

    static BUILT: &[File] = &[
        file("assets/core-DeadBe_f.wasm", b"\0asm", None),
        file("assets/index-Ab3dEf-h.js", b"run()", Some(b"small")),
        file("assets/plain.css", b"a{}", None),
        file("index.html", b"<!doctype html>", Some(b"tiny")),
    ];

    struct Answer(StatusCode, HeaderMap, Vec<u8>);

    impl Answer {
        fn header(&self, name: &str) -> &str {
            self.1.get(name).map_or("", |value| value.to_str().expect("text"))
        }
    }

    fn ask(files: &'static [File], path: &str, given: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in given {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let Ok(answer) = routes::<()>(files).oneshot(request).await;
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.expect("a body").to_bytes().to_vec();
            Answer(parts.status, parts.headers, body)
        })
    }

    #[test]
    fn the_page_is_asked_for_again_and_its_parts_are_not() {
        let page = ask(BUILT, "/", &[]);
        assert_eq!((page.0, &*page.2), (StatusCode::OK, &b"<!doctype html>"[..]));
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache");
        let part = ask(BUILT, "/assets/index-Ab3dEf-h.js", &[]);
        assert_eq!(part.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(part.header("content-type"), "text/javascript; charset=utf-8");
        let module = ask(BUILT, "/assets/core-DeadBe_f.wasm", &[]);
        assert_eq!(module.header("content-type"), "application/wasm");
        // A name without a hash may stand for other bytes tomorrow.
        assert_eq!(ask(BUILT, "/assets/plain.css", &[]).header("cache-control"), "no-cache");
        for path in ["/assets/nope.js", "/assets/../index.html", "/assets/"] {
            assert_eq!(ask(BUILT, path, &[]).0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn every_file_has_the_policy() {
        for path in ["/", "/assets/core-DeadBe_f.wasm"] {
            assert_eq!(ask(BUILT, path, &[]).header("content-security-policy"), POLICY, "{path}");
        }
    }

    #[test]
    fn who_takes_gzip_gets_it_and_who_has_the_file_gets_nothing() {
        let small = ask(BUILT, "/", &[("accept-encoding", "br, gzip;q=0.8")]);
        assert_eq!((small.header("content-encoding"), &*small.2), ("gzip", &b"tiny"[..]));
        assert_eq!(small.header("vary"), "accept-encoding");
        for refused in ["", "br", "gzip;q=0", "gzip; q=0.000, br", "x-gzip"] {
            let plain = ask(BUILT, "/", &[("accept-encoding", refused)]);
            assert_eq!(plain.header("content-encoding"), "", "{refused}");
            assert_ne!(plain.header("etag"), small.header("etag"));
        }
        let again = [("accept-encoding", "gzip"), ("if-none-match", small.header("etag"))];
        let known = ask(BUILT, "/", &again);
        assert_eq!((known.0, known.2.len()), (StatusCode::NOT_MODIFIED, 0));
        assert_eq!(known.header("etag"), small.header("etag"));
    }

    #[test]
    fn without_the_dashboard_a_page_says_how_to_have_it() {
        let page = ask(&[], "/", &[]);
        assert_eq!(page.0, StatusCode::OK);
        assert!(String::from_utf8_lossy(&page.2).contains("cargo xtask web"));
        assert_eq!(page.header("content-security-policy"), POLICY);
        assert_eq!(ask(&[], "/index.html", &[]).0, StatusCode::NOT_FOUND);
    }
}
