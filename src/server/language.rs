//! Which language a request wants to be answered in: its `Accept-Language`.

use crate::language::Language;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// The language of these headers; English when they name none that we speak.
pub(super) fn wanted(headers: &HeaderMap) -> Language {
    let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Language::accepted(header.unwrap_or_default())
}
