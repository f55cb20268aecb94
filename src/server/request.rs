//! What is read from a request: who asks, the name in the path, the JSON body.

use super::Door;
use super::problem::Problem;
use crate::id::AppId;
use crate::limits;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use serde_json::Value;

/// The application that a request speaks for: its id and key stand in the path and
/// were checked, or the request came by the domain form, which has neither.
pub(super) struct Tenant {
    pub(super) app: AppId,
    /// The key as the client gave it; the server has none in clear.
    pub(super) api_key: Option<String>,
}

impl FromRequestParts<Door> for Tenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let app = param(parts, door, "app").await?;
        let key = param(parts, door, "key").await?;
        match (app, key) {
            (Some(app), Some(key)) if door.app.knows(&app, &key) => {
                Ok(Self { app: AppId::new(app), api_key: Some(key) })
            }
            (None, None) if door.app.config().domain_api => {
                refuse_strange_pages(parts, door).await?;
                Ok(Self { app: door.app.app_id().clone(), api_key: None })
            }
            (None, None) => Err(Problem::no_such_path(whole_path(parts))),
            _ => Err(Problem::wrong_credentials()),
        }
    }
}

/// Without a key in the path, any page that somebody visits could publish here: pages
/// of another origin must use the form with id and key.
async fn refuse_strange_pages(parts: &mut Parts, door: &Door) -> Result<(), Problem> {
    let Some(origin) = parts.headers.get(ORIGIN).cloned() else { return Ok(()) };
    let BaseUrl(own) = BaseUrl::from_request_parts(parts, door).await?;
    if origin.as_bytes() == own.as_bytes() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "origin",
        "a page of another origin can't use the paths without app id and API key; use \
         `/APP-ID/API-KEY/...`",
    ))
}

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
fn whole_path(parts: &Parts) -> &str {
    parts.extensions.get::<OriginalUri>().map_or(parts.uri.path(), |uri| uri.path())
}

async fn param(parts: &mut Parts, door: &Door, name: &str) -> Result<Option<String>, Problem> {
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

/// The body as JSON, whatever its content type says: not every client sends one.
pub(super) struct Body(pub(super) Value);

impl FromRequest<Door> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let announced = request.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limits::BODY_BYTES_MAX) {
            return Err(too_large());
        }
        let bytes = Bytes::from_request(request, door).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                return too_large();
            }
            let message = format!("the body can't be read: {}", rejection.body_text());
            Problem::new(rejection.status(), "json", message)
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let message = format!("the body is no JSON: {error}; send one JSON object as UTF-8");
            Problem::new(StatusCode::BAD_REQUEST, "json", message)
        })
    }
}

fn too_large() -> Problem {
    let message = format!(
        "the body is larger than {} bytes; send a link to the content",
        limits::BODY_BYTES_MAX
    );
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message)
}

/// Proof that the request holds the admin token.
pub(super) struct Admin;

impl FromRequestParts<Door> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        match token {
            Some(token) if door.app.is_admin(token.trim()) => Ok(Self),
            _ => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "credentials",
                "the admin token is missing or wrong; send `Authorization: Bearer TOKEN`, it was \
                 printed at the first start",
            )),
        }
    }
}

/// The server's address without a path, as the client wrote it or the settings say.
pub(super) struct BaseUrl(pub(super) String);

impl FromRequestParts<Door> for BaseUrl {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        if let Some(url) = &door.app.config().public_url {
            return Ok(Self(url.clone()));
        }
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        // HTTP/2 has the host in the address instead.
        let host = host.or_else(|| parts.uri.authority().map(Authority::as_str));
        Ok(Self(format!("http://{}", host.unwrap_or("127.0.0.1"))))
    }
}
