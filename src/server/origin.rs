//! Where this server is, as clients see it, and which pages may send requests that carry no
//! key: its own.
//!
//! Who asks, and what they may do, is in [`auth`](super::auth).

use super::door::Door;
use super::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};
use std::borrow::Cow;
use std::net::IpAddr;

/// The server's address without a path, as the client wrote it or the settings say.
pub(super) struct BaseUrl(pub(super) String);

impl FromRequestParts<Door> for BaseUrl {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        if let Some(url) = &door.app.config().public_url {
            return Ok(Self(url.clone()));
        }
        let host = host(&parts.headers, &parts.uri);
        Ok(Self(format!("http://{}", host.as_deref().unwrap_or("127.0.0.1"))))
    }
}

/// The host that a request names, with its port.
fn host<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<Cow<'r, str>> {
    let named = headers.get(HOST).map(|host| String::from_utf8_lossy(host.as_bytes()));
    // HTTP/2 has it in the address instead.
    named.or_else(|| uri.authority().map(|authority| authority.as_str().into()))
}

/// Without a key in the path, any page that somebody visits could publish here: pages
/// of another origin must use the form with id and key.
pub(super) async fn refuse_strange_pages(parts: &mut Parts, door: &Door) -> Result<(), Problem> {
    let Some(origin) = parts.headers.get(ORIGIN).cloned() else { return Ok(()) };
    let BaseUrl(own) = BaseUrl::from_request_parts(parts, door).await?;
    if origin.as_bytes() == own.as_bytes() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "origin",
        "a page of another origin can't use the paths without app id and API key; use \
         `/APP-ID/API-KEY/...`, or the admin token",
    ))
}

/// A name that its owner makes lead to this machine (DNS rebinding) turns a page from there
/// into one of our own origin. It can't do without its name in `host`.
pub(super) fn refuse_strange_names(parts: &Parts, door: &Door) -> Result<(), Problem> {
    let Some(name) = strange_name(&parts.headers, &parts.uri, door) else { return Ok(()) };
    let message = format!(
        "the paths without app id and API key don't answer to the name `{name}`; if it is this \
         server's, set `public_url`, or use `/APP-ID/API-KEY/...`"
    );
    Err(Problem::new(StatusCode::FORBIDDEN, "origin", message))
}

/// The host that a request names, if it is a name that others may own.
pub(super) fn strange_name(headers: &HeaderMap, uri: &Uri, door: &Door) -> Option<String> {
    // Browsers always name one.
    let host = host(headers, uri)?;
    (!is_ours(&host, door.app.config().public_url.as_deref())).then(|| host.into_owned())
}

fn is_ours(host: &str, public_url: Option<&str>) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    is_nobodys(name) || public_url.is_some_and(|url| is_host_of(url, name))
}

/// Whether no stranger can own it: an address, a name without a dot, or one that always
/// means the machine itself (RFC 6761, section 6.3).
fn is_nobodys(name: &str) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let lower = name.to_ascii_lowercase();
    bare.parse::<IpAddr>().is_ok() || !name.contains('.') || lower.ends_with(".localhost")
}

fn is_host_of(url: &str, name: &str) -> bool {
    let host = url.parse::<Uri>().ok().and_then(|url| url.host().map(str::to_owned));
    host.is_some_and(|host| host.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_names_that_others_may_own_are_strange() {
        let url = Some("https://push.example.com");
        let cases = [
            ("127.0.0.1:8080", None, true),
            ("[::1]:8080", None, true),
            ("localhost:8080", None, true),
            ("blockcast:8080", None, true),
            ("app.LOCALHOST", None, true),
            ("push.example.com", url, true),
            ("PUSH.example.com:443", url, true),
            ("push.example.com", None, false),
            ("evil.example:8080", url, false),
            ("push.example.com.", url, false),
            ("localhost.evil.example", None, false),
            ("127.0.0.1.evil.example", None, false),
            ("127.0.0.1@evil.example", None, false),
            ("a b", None, false),
            ("", None, false),
        ];
        for (host, public_url, ours) in cases {
            assert_eq!(is_ours(host, public_url), ours, "{host}");
        }
    }
}
