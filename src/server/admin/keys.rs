//! API keys of an application. A key's secret is in one answer only.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::problem::Problem;
use super::super::request::{Asked, Body, Name, Typed, typed};
use super::apps::{Paging, once, paged, versioned};
use super::page::{Page, Preconditions, made, with_version};
use crate::access::{AccessError, KeyDraft, Shown};
use crate::clock::Timestamp;
use crate::model::{ChannelRule, KeyRecord, Role};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An API key, without its secret.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Key {
    id: String,
    name: String,
    roles: Vec<Role>,
    channels: ChannelRule,
    /// Requests a second; null takes the server's setting.
    rate_per_second: Option<u32>,
    /// Milliseconds since 1970; null is never.
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
    version: u64,
}

impl From<KeyRecord> for Key {
    fn from(key: KeyRecord) -> Self {
        Self {
            id: key.id,
            name: key.name,
            roles: key.roles.list(),
            channels: key.channels,
            rate_per_second: key.rate_per_s,
            expires_at: key.expires_at,
            created_at: key.created_at,
            version: key.version,
        }
    }
}

/// An API key, and its secret this once.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct KeyWithSecret {
    #[serde(flatten)]
    key: Key,
    /// What clients put into the path; null when the same request has shown it before.
    secret: Option<String>,
}

/// What a key is to be.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "KeyDraft")]
pub(super) struct Draft {
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// What it may do; a client's roles when not said.
    #[serde(default = "messaging")]
    #[schemars(length(min = 1))]
    roles: Vec<Role>,
    /// On which channels; on all when not said.
    #[serde(default)]
    channels: ChannelRule,
    /// Requests a second; null takes the server's setting.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    rate_per_second: Option<u32>,
    /// Milliseconds since 1970, in the future; null is never.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// What is to be changed of a key; what is left out stays, null takes it away.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "KeyChange")]
#[expect(dead_code, reason = "only its schema is used; the change is merged as JSON")]
struct Change {
    name: Option<String>,
    roles: Option<Vec<Role>>,
    channels: Option<ChannelRule>,
    rate_per_second: Option<u32>,
    expires_at: Option<Timestamp>,
}

fn messaging() -> Vec<Role> {
    crate::model::Roles::MESSAGING.list()
}

impl From<Draft> for KeyDraft {
    fn from(draft: Draft) -> Self {
        Self {
            name: draft.name,
            roles: draft.roles,
            channels: draft.channels,
            rate_per_s: draft.rate_per_second,
            expires_at: draft.expires_at,
        }
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = "/apps/{app}/keys";
    let one = "/apps/{app}/keys/{name}";
    let of_app = |method, path, id, endpoint: fn(_, _, _) -> Endpoint| {
        let endpoint = endpoint(method, path, id);
        endpoint.parameter::<String>("path", "app", "The application's id.")
    };
    let of_key = |method, path, id, endpoint| {
        of_app(method, path, id, endpoint).parameter::<String>("path", "name", "The key's id.")
    };
    vec![
        paged(of_app(Method::GET, all, "listKeys", |m, p, id| {
            Endpoint::new(m, p, Access::Admin, list, id)
        }))
        .about("An application's keys by id, without their secrets.")
        .answers::<Page<Key>>(200, "A page."),
        once(of_app(Method::POST, all, "createKey", |m, p, id| {
            Endpoint::new(m, p, Access::Admin, create, id)
        }))
        .about("Makes a key. Its secret is in this answer, and nowhere else.")
        .takes::<Draft>()
        .answers::<KeyWithSecret>(201, "It is made.")
        .answers::<KeyWithSecret>(200, "The same request made it before."),
        of_key(Method::GET, one, "getKey", |m, p, id| Endpoint::new(m, p, Access::Admin, show, id))
            .about("A key, without its secret.")
            .answers::<Key>(200, "The key."),
        versioned(of_key(Method::PATCH, one, "changeKey", |m, p, id| {
            Endpoint::new(m, p, Access::Admin, change, id)
        }))
        .about("Changes what a key may do, in force at once; its secret stays.")
        .takes::<Change>()
        .answers::<Key>(200, "As it is now."),
        versioned(of_key(
            Method::POST,
            "/apps/{app}/keys/{name}/rotate",
            "rotateKey",
            |m, p, id| Endpoint::new(m, p, Access::Admin, rotate, id),
        ))
        .about("Gives a key a new secret; the old one is refused at once.")
        .answers::<KeyWithSecret>(200, "With its new secret."),
        of_key(Method::DELETE, one, "revokeKey", |m, p, id| {
            Endpoint::new(m, p, Access::Admin, revoke, id)
        })
        .about("Revokes a key: it is refused at once.")
        .answers_nothing("It is revoked."),
    ]
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Key>>, Problem> {
    let wanted = paging.wanted()?;
    let after = wanted.after.clone().unwrap_or_default();
    let mut keys = door.app.gate.keys(manager.app()?).unwrap_or_default();
    keys.retain(|key| key.id > after);
    Ok(Json(wanted.page(keys, |key| key.id.clone(), Key::from)))
}

async fn create(
    manager: Manager,
    State(door): State<Door>,
    preconditions: Preconditions,
    Typed(draft): Typed<Draft>,
) -> Result<Response, Problem> {
    let app = manager.app()?;
    let once = preconditions.once(app.as_str(), "key", &draft)?;
    let shown = door.app.gate.create_key(app, draft.into(), once).await?;
    let place = format!("/api/v1/apps/{app}/keys/{}", shown.record.id);
    Ok(made(shown.secret.is_some(), &place, with_secret(shown)))
}

async fn show(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Response, Problem> {
    let key = door.app.gate.key(manager.app()?, &id)?;
    Ok(with_version(key.version, Key::from(key)))
}

async fn change(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
    preconditions: Preconditions,
    Body(change): Body,
) -> Result<Response, Problem> {
    let version = preconditions.version()?;
    let app = manager.app()?;
    let key = door.app.gate.key(app, &id)?;
    if version.is_some_and(|version| version != key.version) {
        return Err(AccessError::Stale { version: key.version }.into());
    }
    // Against the version that was read here: what is merged is what is replaced.
    let version = Some(key.version);
    let draft: Draft = typed(merged(&Key::from(key), change)?)?;
    let key = door.app.gate.change_key(app, &id, draft.into(), version).await?;
    Ok(with_version(key.version, Key::from(key)))
}

/// A change laid over a key, as in a JSON merge patch of its first level.
fn merged(key: &Key, change: Value) -> Result<Value, Problem> {
    let Value::Object(change) = change else {
        let message = "the body is no object; send the fields to change";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "admin-field", message));
    };
    let mut draft = serde_json::json!({
        "name": key.name, "roles": key.roles, "channels": key.channels,
        "ratePerSecond": key.rate_per_second, "expiresAt": key.expires_at,
    });
    for (field, value) in change {
        draft[field] = value;
    }
    Ok(draft)
}

async fn rotate(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    let version = preconditions.version()?;
    Ok(with_secret(door.app.gate.rotate_key(manager.app()?, &id, version).await?))
}

async fn revoke(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Response, Problem> {
    door.app.gate.revoke_key(manager.app()?, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn with_secret(shown: Shown<KeyRecord>) -> Response {
    let version = shown.record.version;
    with_version(version, KeyWithSecret { key: shown.record.into(), secret: shown.secret })
}
