//! How the simulator is looked at, and told what to do: plain HTTP on a port of its own.

use super::log::Count;
use super::world::World;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Json};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

type TheWorld = State<Arc<World>>;

/// `GET /stats`, `GET /tokens`, `GET /requests?token=T`, `GET /subscriptions/NAME`,
/// `POST /forget-tokens`, `POST /clear`.
pub(super) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/stats", get(|State(world): TheWorld| async move { Json(world.log.stats()) }))
        .route("/tokens", get(tokens))
        .route("/requests", get(requests))
        .route("/subscriptions/{name}", get(subscription))
        .route("/forget-tokens", post(forget_tokens))
        .route("/clear", post(clear))
        .with_state(world)
}

#[derive(Serialize)]
struct TokenLine<'a> {
    token: &'a str,
    #[serde(flatten)]
    count: &'a Count,
}

/// A line of JSON a token: how often it was asked for, how often that was taken, and how often
/// of that with the same ids as the first time.
async fn tokens(State(world): TheWorld) -> impl IntoResponse {
    let mut lines = String::new();
    world.log.each(|token, count| {
        // Texts and numbers can be written.
        lines.push_str(&serde_json::to_string(&TokenLine { token, count }).unwrap_or_default());
        lines.push('\n');
    });
    ([(CONTENT_TYPE, "application/x-ndjson")], lines)
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    token: String,
}

async fn requests(State(world): TheWorld, Query(which): Query<Which>) -> impl IntoResponse {
    Json(world.log.kept(&which.token))
}

/// A subscription of a browser that the simulator is: its text is the device token.
async fn subscription(State(world): TheWorld, Path(name): Path<String>) -> Json<Value> {
    let browser = &world.checks.browser;
    Json(json!({
        "endpoint": format!("{}/push/{name}", world.url),
        "expirationTime": null,
        "keys": { "p256dh": browser.public, "auth": URL_SAFE_NO_PAD.encode(browser.auth) },
    }))
}

async fn forget_tokens(State(world): TheWorld) {
    world.checks.forget_tokens();
}

async fn clear(State(world): TheWorld) {
    world.log.clear();
}
