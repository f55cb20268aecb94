//! What is read from a request: the name in the path, the query, the JSON body. Who asks is
//! in [`auth`](super::auth).

use super::door::Door;
use super::problem::Problem;
use crate::limits;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The last variable part of the path, decoded.
pub(super) struct Name(pub(super) String);

impl FromRequestParts<Door> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let name = param(parts, door, "name").await?;
        name.map(Self).ok_or_else(|| Problem::no_such_path(whole_path(parts)))
    }
}

/// The path as it was asked for: nested routes see only their own part of it.
pub(super) fn whole_path(parts: &Parts) -> &str {
    parts.extensions.get::<OriginalUri>().map_or(parts.uri.path(), |uri| uri.path())
}

pub(super) async fn param(
    parts: &mut Parts,
    door: &Door,
    name: &str,
) -> Result<Option<String>, Problem> {
    let params = RawPathParams::from_request_parts(parts, door).await.map_err(|_| {
        let message = "the path is no UTF-8 when decoded; encode it as UTF-8, then percent";
        Problem::new(StatusCode::BAD_REQUEST, "path-text", message)
    })?;
    Ok(params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()))
}

/// The id of a polled subscription in the path, decoded.
pub(super) struct SubscriptionId(pub(super) String);

impl FromRequestParts<Door> for SubscriptionId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let id = param(parts, door, "subscription").await?;
        id.map(Self).ok_or_else(|| Problem::no_such_path(whole_path(parts)))
    }
}

/// The id of a stored flow in the path, decoded.
pub(super) struct FlowId(pub(super) String);

impl FromRequestParts<Door> for FlowId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let id = param(parts, door, "flow").await?;
        id.map(Self).ok_or_else(|| Problem::no_such_path(whole_path(parts)))
    }
}

/// The number of a flow's version in the path; what is no number is no version.
pub(super) struct VersionNumber(pub(super) u32);

impl FromRequestParts<Door> for VersionNumber {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let number = param(parts, door, "number").await?;
        let number = number.and_then(|number| number.parse().ok());
        number.map(Self).ok_or_else(|| {
            let message = "a version is a number, from 1; list them to see those that are there";
            Problem::new(StatusCode::NOT_FOUND, "flow-unknown", message)
        })
    }
}

/// The body as JSON, whatever its content type says: not every client sends one.
pub(super) struct Body(pub(super) Value);

impl FromRequest<Door> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let Raw(bytes) = Raw::from_request(request, door).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| no_json(&error))
    }
}

fn no_json(error: &serde_json::Error) -> Problem {
    let message = format!("the body is no JSON: {error}; send one JSON object as UTF-8");
    Problem::new(StatusCode::BAD_REQUEST, "json", message)
}

/// The body as it came, if it isn't too large.
pub(super) struct Raw(pub(super) Bytes);

impl FromRequest<Door> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let announced = request.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limits::BODY_BYTES_MAX) {
            return Err(too_large());
        }
        Bytes::from_request(request, door).await.map(Self).map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                return too_large();
            }
            let message = format!("the body can't be read: {}", rejection.body_text());
            Problem::new(rejection.status(), "json", message)
        })
    }
}

/// The body as this type, where parts of it may nest without bound: those are a
/// [`RawValue`](serde_json::value::RawValue).
pub(super) struct Deep<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Door> for Deep<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let Raw(bytes) = Raw::from_request(request, door).await?;
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        // A list would be taken as the fields in their order.
        if first != Some(&b'{') {
            // What is no JSON is told as such.
            let Typed::<T>(typed) = typed_bytes(&bytes)?;
            return Ok(Self(typed));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            if error.is_data() {
                let message = format!("the body can't be used: {error}");
                return Problem::new(StatusCode::BAD_REQUEST, "admin-field", message);
            }
            no_json(&error)
        })
    }
}

fn typed_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<Typed<T>, Problem> {
    let value = serde_json::from_slice(bytes).map_err(|error| no_json(&error))?;
    typed(value).map(Typed)
}

fn too_large() -> Problem {
    let message = format!(
        "the body is larger than {} bytes; send a link to the content",
        limits::BODY_BYTES_MAX
    );
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message)
}

/// The body as this type; what is wrong is told with its field.
pub(super) struct Typed<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Door> for Typed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let Body(body) = Body::from_request(request, door).await?;
        typed(body).map(Self)
    }
}

/// JSON as this type.
pub(super) fn typed<T: DeserializeOwned>(body: Value) -> Result<T, Problem> {
    let refused = |message| Problem::new(StatusCode::BAD_REQUEST, "admin-field", message);
    // A list would be taken as the fields in their order.
    if !body.is_object() {
        return Err(refused("the body is no object; send the fields by their names".to_owned()));
    }
    serde_path_to_error::deserialize(body).map_err(|error| {
        let path = error.path().to_string();
        let whole = path == ".";
        let place = if whole { "the body".to_owned() } else { format!("`{path}`") };
        refused(format!("{place} can't be used: {}", error.into_inner()))
    })
}

/// The query as this type.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Door> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Result<Self, Problem> {
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        read.map(|axum::extract::Query(query)| Self(query)).map_err(|rejection| {
            let message = format!("the query can't be used: {}", rejection.body_text());
            Problem::new(StatusCode::BAD_REQUEST, "query", message)
        })
    }
}
