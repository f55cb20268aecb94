//! The headers that all requests have.

use crate::deliver::http2::{Fields, Keep};
use http::HeaderValue;

/// The headers of all requests; by a token, or none.
pub(super) fn head(authority: &HeaderValue, token: Option<&HeaderValue>) -> Fields {
    let (post, https) = (HeaderValue::from_static("POST"), HeaderValue::from_static("https"));
    let pseudo = [(":method", &post), (":scheme", &https), (":authority", authority)];
    let token = token.map(|token| ("authorization", token));
    Fields::new(Keep::AtOnce, pseudo.into_iter().chain(token))
}
