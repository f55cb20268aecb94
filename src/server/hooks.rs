//! HTTP requests that set flows off, below `/hooks/{app}`, and the answers that flows give.
//!
//! An answer is a flow author's text in the server's own origin. So that it can do nothing
//! there, browsers are told to sandbox it: it runs no script and is of no origin.

use super::door::Door;
use super::endpoint::{Access, Endpoint};
use super::problem::Problem;
use super::request::Raw;
use crate::automation::{Call, Firing, Routed};
use crate::flow::Response as Said;
use crate::id::AppId;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{
    ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use indexmap::IndexMap;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// No script, no form, no frame, no origin.
const SANDBOX: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                       frame-ancestors 'none'";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let (path, open) = ("/hooks/{*path}", Access::Open);
    let endpoints = [
        Endpoint::new(Method::GET, path, open, answer, "hookGet"),
        Endpoint::new(Method::POST, path, open, answer, "hookPost"),
        Endpoint::new(Method::PUT, path, open, answer, "hookPut"),
        Endpoint::new(Method::PATCH, path, open, answer, "hookPatch"),
        Endpoint::new(Method::DELETE, path, open, answer, "hookDelete"),
    ];
    endpoints.into_iter().map(documented).collect()
}

fn documented(endpoint: Endpoint) -> Endpoint {
    endpoint
        .about(
            "Sets off the live flows with a hat for this method and path. What is answered is up \
             to them.",
        )
        .parameter::<String>("path", "path", "The application's id, then a path of a hat's.")
        .answers_text(200, "text/plain", "What the flow answers; any status is possible.")
        .answers_nothing("The flow has run, and said nothing.")
        .fails(&[404, 405, 413])
}

async fn answer(State(door): State<Door>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let mut path = parts_of(parts.uri.path()).into_iter().skip(1);
    let app = AppId::new(path.next().unwrap_or_default());
    if door.app.gate.app(&app).is_none() {
        return Err(nothing_there());
    }
    let head = parts.clone();
    let Raw(bytes) = Raw::from_request(Request::from_parts(parts, body), &door).await?;
    let call = call(&head, path.collect(), &bytes);
    match door.app.automation.request(&app, call).await? {
        Routed::NoPath => Err(nothing_there()),
        Routed::NoMethod(methods) => Ok(other_method(&methods)),
        Routed::Runs(firings) => said(firings).await,
    }
}

/// The parts of a path, each decoded by itself: a `/` in one takes nothing apart.
fn parts_of(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
}

fn nothing_there() -> Problem {
    let message = "no live flow waits for requests to this path; see its hat, and make it live";
    Problem::new(StatusCode::NOT_FOUND, "hook-unknown", message)
}

fn other_method(methods: &[String]) -> Response {
    let methods = methods.join(", ");
    let message = format!("flows take {methods} here, and nothing else");
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", message);
    let mut response = problem.into_response();
    if let Ok(allow) = HeaderValue::from_str(&methods) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// What flows get of a request: all but the cookies, which are the page's.
fn call(parts: &Parts, path: Vec<String>, bytes: &[u8]) -> Call {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let headers = parts.headers.keys().filter(|name| **name != COOKIE).map(|name| {
        let values = parts.headers.get_all(name).iter();
        let values: Vec<_> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        (name.as_str().to_owned(), values.join(", "))
    });
    let query = parts.uri.query().unwrap_or_default();
    Call {
        method: parts.method.as_str().to_owned(),
        path,
        query: pairs(query),
        body: body_of(&parts.headers, &text),
        headers: headers.collect(),
        text,
    }
}

/// The body as JSON where it is that, a form as an object, anything else as a text.
fn body_of(headers: &HeaderMap, text: &str) -> Value {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    let as_text = || if text.is_empty() { Value::Null } else { text.into() };
    if kind == "application/x-www-form-urlencoded" {
        return json!(pairs(text));
    }
    if kind.is_empty() || kind.ends_with("/json") || kind.ends_with("+json") {
        return serde_json::from_str(text).unwrap_or_else(|_| as_text());
    }
    as_text()
}

/// Names and values of a query or a form; of several with one name the last.
fn pairs(text: &str) -> IndexMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// The first answer that a flow gives, or what they come to when none does.
async fn said(firings: Vec<Firing>) -> Result<Response, Problem> {
    let mut results = Vec::new();
    for mut firing in firings {
        // Goes away without an answer when the flow ends without one.
        if let Ok(response) = (&mut firing.responded).await {
            return Ok(sent(response));
        }
        results.extend(firing.ended().await);
    }
    let failed = results.iter().any(|ended| ended.report.error.is_some());
    let mut answers = results.into_iter().map(|ended| ended.report.result);
    match answers.find(|answer| !answer.is_null()) {
        Some(body) => Ok(sent(Said { status: 200, headers: IndexMap::new(), body })),
        // Why is for the author, not for whoever calls.
        None if failed => Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "flow-failed",
            "the flow failed; its run tells why",
        )),
        None => Ok(sent(Said { status: 204, headers: IndexMap::new(), body: Value::Null })),
    }
}

fn sent(said: Said) -> Response {
    let status = StatusCode::from_u16(said.status).unwrap_or(StatusCode::OK);
    let (kind, body) = match said.body {
        Value::Null => (None, Body::empty()),
        Value::String(text) => (Some("text/plain; charset=utf-8"), Body::from(text)),
        other => (Some("application/json"), Body::from(other.to_string())),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    if let Some(kind) = kind {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &said.headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value))
        {
            headers.insert(name, value);
        }
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
