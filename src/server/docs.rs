//! The block reference, below `/docs/blocks`: pages without scripts.

use super::door::Door;
use aws_lc_rs::digest;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// Where the page of one type is.
pub(super) const PAGE: &str = "/docs/blocks/{type}";

/// All types.
pub(super) async fn index(State(door): State<Door>) -> Response {
    answer(&door, StatusCode::OK, door.app.reference.index.clone())
}

/// One type.
pub(super) async fn page(State(door): State<Door>, Path(name): Path<String>) -> Response {
    match door.app.reference.pages.get(&name) {
        Some(page) => answer(&door, StatusCode::OK, page.clone()),
        None => answer(&door, StatusCode::NOT_FOUND, door.app.reference.missing(&name)),
    }
}

fn answer(door: &Door, status: StatusCode, page: String) -> Response {
    styled(status, &door.app.reference.style, page)
}

/// The page may have its own style and nothing else: no script, no picture, no other server.
pub(super) fn styled(status: StatusCode, style: &str, page: String) -> Response {
    let hash = digest::digest(&digest::SHA256, style.as_bytes());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        base64(hash.as_ref())
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "no-cache".to_owned()),
    ];
    (status, headers, page).into_response()
}

/// Source: RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[bits >> (18 - 6 * place) & 63];
            text.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_of_types_lie_below_the_reference() {
        assert_eq!(super::PAGE, format!("{}/{{type}}", crate::reference::PATH));
    }

    #[test]
    fn base64_is_as_in_the_rfc() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let coded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(texts.map(|text| super::base64(text.as_bytes())), coded);
    }
}
