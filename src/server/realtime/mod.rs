//! Real time on the wire: socket.io 5 over engine.io 4, as the SDKs' real-time client
//! speaks it. HTTP polling opens a session, a websocket may take it over.
//!
//! Ours rather than a crate's: a subscriber's queue holds pointers to a message that is
//! written once, so that a slow reader costs little and a burst fits; the crates that
//! exist queue a finished frame for each.

mod events;
mod packet;
mod polling;
mod session;
mod websocket;

pub(super) use session::Sessions;

use super::door::Door;
use super::endpoint::{Access, Endpoint};
use super::origin::{BaseUrl, strange_name};
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use session::{Greeting, Session};
use std::collections::BTreeMap;
use std::sync::Arc;

type Asked = Query<BTreeMap<String, String>>;
type Upgrade = Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>;

/// The endpoint that is not HTTP in spirit. Who may connect is checked at socket.io's
/// handshake, and what it may hear at each subscription.
pub(super) fn endpoints() -> Vec<Endpoint> {
    // Exactly this path: as a prefix it would take the whole API.
    let path = "/{app}/";
    let both = |endpoint: Endpoint| {
        endpoint
            .parameter::<String>("path", "app", "The application's id.")
            .parameter::<Option<String>>("query", "EIO", "4: engine.io's version.")
            .parameter::<Option<String>>("query", "transport", "`polling` or `websocket`.")
            .parameter::<Option<String>>("query", "sid", "The session, once there is one.")
            .parameter::<Option<String>>("query", "apiKey", "One of the application's API keys.")
            .parameter::<Option<String>>(
                "query",
                "clientId",
                "What only this client knows; the same with every request of a session.",
            )
            .parameter::<Option<String>>("query", "userToken", "A logged-in user's token.")
            .answers_text(200, "text/plain", "Packets of engine.io.")
            .answers::<EngineError>(400, "What engine.io's clients know as an error.")
            .answers::<EngineError>(503, "There are too many sessions.")
    };
    vec![
        both(Endpoint::new(Method::GET, path, Access::Open, get, "realTime"))
            .about("Opens a session of real time, waits for packets, or becomes a websocket.")
            .fails(&[404]),
        both(Endpoint::new(Method::POST, path, Access::Open, post, "realTimePackets"))
            .about("Takes packets of a client that polls.")
            .fails(&[413]),
    ]
}

/// An error as engine.io writes it.
#[derive(schemars::JsonSchema)]
struct EngineError {
    #[expect(dead_code, reason = "only its schema is used")]
    code: i64,
    #[expect(dead_code, reason = "only its schema is used")]
    message: String,
}

/// engine.io's own errors, with its numbers: its clients know no other form.
#[derive(Clone, Copy, Debug)]
enum Fault {
    UnknownTransport,
    UnknownSession,
    BadMethod,
    BadRequest,
    Version,
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (code, message) = match self {
            Self::UnknownTransport => (0, "Transport unknown"),
            Self::UnknownSession => (1, "Session ID unknown"),
            Self::BadMethod => (2, "Bad handshake method"),
            Self::BadRequest => (3, "Bad request"),
            Self::Version => (5, "Unsupported protocol version"),
        };
        let body = json!({"code": code, "message": message}).to_string();
        (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/json")], body).into_response()
    }
}

/// `GET /{app}/`: opens a session, waits for what is to be sent, or becomes a websocket.
/// What doesn't speak engine.io is asking for a page.
pub(super) async fn get(
    State(door): State<Door>,
    Path(app): Path<String>,
    Query(asked): Asked,
    BaseUrl(own): BaseUrl,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let field = |name: &str| asked.get(name).map(String::as_str);
    if field("EIO").is_none() {
        return super::assets::page_or_nothing(Method::GET, uri, headers).await;
    }
    let found = match find(&door, &asked, &app) {
        Ok(found) => found,
        Err(fault) => return fault.into_response(),
    };
    let origin = headers.get(ORIGIN);
    let from_strange_page = origin.is_some_and(|origin| origin.as_bytes() != own.as_bytes())
        || strange_name(&headers, &uri, &door).is_some();
    let greeting = || Greeting {
        app: app.clone(),
        // A client without a key writes it as the text "null".
        api_key: field("apiKey").filter(|key| !matches!(*key, "" | "null")).map(str::to_owned),
        client_id: field("clientId").map(str::to_owned),
        user_token: field("userToken")
            .filter(|token| !matches!(*token, "" | "null" | "undefined"))
            .map(str::to_owned),
        from_strange_page,
    };
    match (field("transport"), found, upgrade) {
        (Some("polling"), None, _) => polling::open(&door, greeting()),
        (Some("polling"), Some(session), _) => polling::wait(&door, &session).await,
        (Some("websocket"), found, Ok(upgrade)) => {
            websocket::upgrade(door, found.ok_or_else(greeting), upgrade)
        }
        (Some("websocket"), _, Err(_)) => Fault::BadRequest.into_response(),
        _ => Fault::UnknownTransport.into_response(),
    }
}

/// `POST /{app}/`: packets from a client that polls.
pub(super) async fn post(
    State(door): State<Door>,
    Path(app): Path<String>,
    Query(asked): Asked,
    body: Bytes,
) -> Response {
    match find(&door, &asked, &app) {
        Ok(Some(session)) => polling::take(&door, &session, &body).await,
        Ok(None) => Fault::BadMethod.into_response(),
        Err(fault) => fault.into_response(),
    }
}

/// The session that a request names, if it names one.
fn find(
    door: &Door,
    asked: &BTreeMap<String, String>,
    app: &str,
) -> Result<Option<Arc<Session>>, Fault> {
    if asked.get("EIO").map(String::as_str) != Some("4") {
        return Err(Fault::Version);
    }
    let Some(id) = asked.get("sid") else { return Ok(None) };
    let session = door.sessions.find(id).filter(|session| {
        let greeting = &session.greeting;
        greeting.app == app && greeting.client_id.as_ref() == asked.get("clientId")
    });
    session.map(Some).ok_or(Fault::UnknownSession)
}

/// engine.io's first packet. `can_upgrade`: whether a websocket is still to be offered.
fn opening(session: &Session, can_upgrade: bool) -> String {
    let upgrades: &[&str] = if can_upgrade { &["websocket"] } else { &[] };
    let opening = json!({
        "sid": session.id,
        "upgrades": upgrades,
        "pingInterval": crate::limits::REALTIME_PING_MS,
        "pingTimeout": crate::limits::REALTIME_PONG_MS,
        "maxPayload": crate::limits::REALTIME_BYTES_MAX,
    });
    format!("0{opening}")
}

/// What a client is told when there are too many.
fn full() -> Response {
    let body = json!({"code": 4, "message": "Too many sessions; try again later"}).to_string();
    (StatusCode::SERVICE_UNAVAILABLE, [(CONTENT_TYPE, "application/json")], body).into_response()
}
