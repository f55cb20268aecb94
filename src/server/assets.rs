//! The web page, from inside the binary.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

/// The built page. It is built before the binary (`make web`); without it the binary
/// still builds, and says so.
#[derive(Embed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Web;

/// Scripts, styles and connections from here only, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What a path shows; `None` when it shows nothing.
pub(super) fn find(path: &str, request: &HeaderMap) -> Option<Response> {
    let path = path.trim_start_matches('/');
    let name = if path.is_empty() { "index.html" } else { path };
    if takes_brotli(request)
        && let Some(file) = Web::get(&format!("{name}.br"))
    {
        let mut answer = answer(name, file, request);
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        return Some(answer);
    }
    match Web::get(name) {
        Some(file) => Some(answer(name, file, request)),
        None if name == "index.html" => Some(not_built()),
        None => None,
    }
}

/// Whether the browser takes what `make web` has compressed. Browsers say so over HTTPS and to
/// this machine only.
fn takes_brotli(request: &HeaderMap) -> bool {
    let accepted = request.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted
        .is_some_and(|names| names.split(',').any(|name| name.trim().eq_ignore_ascii_case("br")))
}

fn answer(name: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let hash = u128::from_be_bytes(*file.metadata.sha256_hash().first_chunk().unwrap_or(&[0; 16]));
    let tag = format!("\"{hash:032x}\"");
    // Files under assets/ have a hash in their name: another content is another file.
    let hashed = name.starts_with("assets/");
    let keep = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (CONTENT_TYPE, media_type(name).to_owned()),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (CACHE_CONTROL, keep.to_owned()),
        (ETAG, tag.clone()),
        (VARY, ACCEPT_ENCODING.as_str().to_owned()),
    ];
    if request.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, Body::from(file.data.into_owned())).into_response()
}

fn not_built() -> Response {
    let text = "The web page is not in this binary. Run `make web`, then build again.\n";
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
