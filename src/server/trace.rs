//! A request's id: taken over or made, in the answer and in every line of the log; the bound
//! on headers, and the headers of every answer.

use super::door::Door;
use super::problem::Problem;
use crate::clock::Stopwatch;
use crate::id::fresh_uuid;
use crate::limits;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

/// The header of a request's id, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives a request its id and logs how it ended. The log has the route and not the path: an
/// API key stands in that.
pub(super) async fn identified(State(door): State<Door>, request: Request, next: Next) -> Response {
    let given = request.headers().get(REQUEST_ID).filter(|id| is_plain(id)).cloned();
    let id = match given {
        Some(id) => id,
        None => HeaderValue::from_str(&fresh_uuid(door.app.now()).to_lowercase())
            .unwrap_or(HeaderValue::from_static("none")),
    };
    let shown = id.to_str().unwrap_or_default().to_owned();
    let span = tracing::error_span!("request", id = shown);
    let mut response = answered(request, next).instrument(span).await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    response
}

async fn answered(request: Request, next: Next) -> Response {
    let bytes = header_bytes(request.headers());
    if bytes > limits::REQUEST_HEADERS_BYTES_MAX {
        let most = limits::REQUEST_HEADERS_BYTES_MAX;
        let message = format!("the headers have {bytes} bytes, more than {most}; send fewer");
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Problem::new(status, "headers-too-large", message).into_response();
    }
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let since = Stopwatch::start();
    let response = next.run(request).await;
    tracing::info!(
        %method,
        route = route.as_ref().map_or("none", MatchedPath::as_str),
        status = response.status().as_u16(),
        elapsed_us = since.elapsed().as_micros(),
        "server: answered"
    );
    response
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Letters, digits and `-_.`, not too many: it goes into logs as it is.
fn is_plain(id: &HeaderValue) -> bool {
    let id = id.as_bytes();
    (1..=limits::REQUEST_ID_BYTES_MAX).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}
