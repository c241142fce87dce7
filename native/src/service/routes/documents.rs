//! The description of the service (`/openapi.json`), what its errors mean (`/problems/...`) and a page that shows it and tries it out
//! (`/docs`), served from the program itself: no content network, no access to the internet.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::sync::OnceLock;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chatsignal_api::error::ErrorCode;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

use crate::service::error::ApiError;
use crate::service::extract::PagePath;
use crate::service::state::AppState;

/// Files of the archive that the page needs, with their types.
const FILES: [(&str, &str); 3] = [
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("favicon-32x32.png", "image/png"),
];

/// The page may load what the service itself serves; styles inside the elements are the viewer's.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>chatsignal API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"#;

const START: &str = "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, \
    validatorUrl: null, tryItOutEnabled: true, persistAuthorization: false });\n";

/// The routes; `openapi` is the description as JSON.
pub(crate) fn pages(openapi: String) -> Router<AppState> {
    let openapi = Bytes::from(openapi);
    let document = move || {
        let body = openapi.clone();
        async move { file("application/json", body) }
    };
    Router::new()
        .route("/openapi.json", get(document))
        .route(
            "/docs",
            get(async || file("text/html; charset=utf-8", Bytes::from_static(PAGE.as_bytes()))),
        )
        .route("/docs/", get(async || Redirect::permanent("/docs")))
        .route("/docs/{name}", get(asset))
        .route("/problems/{name}", get(problem))
}

/// What an error means: where its `type` points to.
async fn problem(PagePath(name): PagePath) -> Result<Response, ApiError> {
    let code = ErrorCode::ALL.iter().find(|code| code.as_str().replace('_', "-") == name);
    let code = code.ok_or_else(|| ApiError::new(ErrorCode::NotFound))?;
    let (title, status, name) = (code.title(), code.status(), code.as_str());
    let text = format!("{title}\n\nHTTP status {status}, code {name}\n");
    Ok(file("text/plain; charset=utf-8", Bytes::from(text)))
}

async fn asset(PagePath(name): PagePath) -> Result<Response, ApiError> {
    if name == "start.js" {
        return Ok(file("text/javascript; charset=utf-8", Bytes::from_static(START.as_bytes())));
    }
    let found = FILES.iter().find(|(known, _)| *known == name);
    let (name, content_type) = *found.ok_or_else(|| ApiError::new(ErrorCode::NotFound))?;
    let files = unpacked().as_ref().map_err(ApiError::internal)?;
    let body = files.get(name).cloned().ok_or_else(|| ApiError::internal("a file of /docs"))?;
    Ok(file(content_type, body))
}

fn file(content_type: &'static str, body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}

/// The archive's files, unpacked on the first use.
fn unpacked() -> &'static Result<HashMap<&'static str, Bytes>, String> {
    static FILES_BY_NAME: OnceLock<Result<HashMap<&'static str, Bytes>, String>> = OnceLock::new();
    FILES_BY_NAME.get_or_init(|| {
        let mut archive =
            zip::ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED)).map_err(|e| e.to_string())?;
        let mut files = HashMap::new();
        for at in 0..archive.len() {
            let mut entry = archive.by_index(at).map_err(|e| e.to_string())?;
            let path = entry.name().map_err(|e| e.to_string())?.into_owned();
            let Some((name, _)) =
                FILES.iter().find(|(name, _)| path.ends_with(&format!("/dist/{name}")))
            else {
                continue;
            };
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(|e| e.to_string())?;
            files.insert(*name, Bytes::from(bytes));
        }
        Ok(files)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_has_every_file() {
        let files = unpacked().as_ref().expect("the archive is sound");
        assert!(FILES.iter().all(|(name, _)| files.get(name).is_some_and(|f| f.len() > 500)));
    }
}
