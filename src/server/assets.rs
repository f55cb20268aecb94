//! The web page, from inside the binary. The page's build puts a compressed twin beside each
//! file that gains by it (`web/compress.mjs`); whoever can read one gets that.

use super::problem::Problem;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

/// The built page. It is built before the binary (`make web`); without it the binary
/// still builds, and says so.
#[derive(Embed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Web;

/// Everything from here only, nothing inline, in nobody's frame. Blockly's own style sheets are
/// adopted by the page (`web/src/canvas/styles.ts`).
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Encodings with the endings of the files that have them, the smaller first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// What isn't an endpoint: a file of the page, or nothing.
pub(super) async fn page_or_nothing(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if matches!(method, Method::GET | Method::HEAD)
        && let Some(page) = find(uri.path(), &headers)
    {
        return page;
    }
    Problem::no_such_path(uri.path()).into_response()
}

/// What a path shows; `None` when it shows nothing.
fn find(path: &str, request: &HeaderMap) -> Option<Response> {
    let path = path.trim_start_matches('/');
    let name = if path.is_empty() { "index.html" } else { path };
    if ENCODINGS.iter().any(|(_, ending)| name.ends_with(ending)) {
        return None;
    }
    let Some(plain) = Web::get(name) else {
        return (name == "index.html").then(not_built);
    };
    let mut twins = ENCODINGS.iter().filter(|(encoding, _)| accepts(request, encoding));
    let twin = twins
        .find_map(|(encoding, ending)| Some((*encoding, Web::get(&format!("{name}{ending}"))?)));
    Some(match twin {
        Some((encoding, file)) => answer(name, file, Some(encoding), request),
        None => answer(name, plain, None, request),
    })
}

/// Whether the client reads an encoding.
///
/// Source: RFC 9110, section 12.5.3; a weight of 0 means that it doesn't.
pub(super) fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let all = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f64>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight.is_none_or(|weight| weight > 0.0)
    })
}

fn answer(
    name: &str,
    file: EmbeddedFile,
    encoding: Option<&'static str>,
    request: &HeaderMap,
) -> Response {
    // Another for each encoding, since their bytes differ.
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
        (VARY, "accept-encoding".to_owned()),
    ];
    if request.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let mut response = (headers, Body::from(file.data.into_owned())).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
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

#[cfg(test)]
mod tests {
    use super::accepts;
    use axum::http::HeaderMap;
    use axum::http::header::ACCEPT_ENCODING;

    #[test]
    fn an_encoding_is_read_unless_its_weight_is_0() {
        let accepts = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, value.parse().unwrap());
            accepts(&headers, "br")
        };
        assert!(accepts("gzip, deflate, br, zstd") && accepts("BR;q=0.5"));
        assert!(!accepts("gzip") && !accepts("br;q=0, gzip") && !accepts("brotli"));
    }
}
