//! Which language a request is answered in: its `Accept-Language`.
//!
//! Everything below a handler that becomes words asks [`spoken`], as a log line asks its span:
//! handed on, the language would pass through every handler and every conversion of an error.

use crate::language::Language;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::middleware::Next;
use axum::response::Response;

tokio::task_local! {
    static SPOKEN: Language;
}

/// The language that these headers want; English when they name none that we speak.
pub(super) fn wanted(headers: &HeaderMap) -> Language {
    let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Language::accepted(header.unwrap_or_default())
}

/// Answers a request in its language.
pub(super) async fn heard(request: Request, next: Next) -> Response {
    let language = wanted(request.headers());
    SPOKEN.scope(language, next.run(request)).await
}

/// The language of the request that is being answered; English where nobody listens.
pub(super) fn spoken() -> Language {
    SPOKEN.try_with(|language| *language).unwrap_or_default()
}
