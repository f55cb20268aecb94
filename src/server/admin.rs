//! The operator's API, behind the admin token.

use super::Door;
use super::problem::Problem;
use super::request::Admin;
use crate::model::Platforms;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Json;
use serde_json::{Value, json};

/// `GET /api/v1/app`: which application this is and how much it holds.
pub(super) async fn app(_: Admin, State(door): State<Door>) -> Result<Json<Value>, Problem> {
    let counts = door.app.counts().await?;
    Ok(Json(json!({
        "appId": door.app.app_id(),
        "name": door.app.app_name(),
        "devices": counts.devices,
        "messages": counts.messages,
    })))
}

/// What `GET /api/v1/audience` is asked. All of it may be left out.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AudienceQuery {
    #[serde(default)]
    channel: String,
    platforms: Option<String>,
    #[serde(rename = "where")]
    segment: Option<String>,
}

/// `GET /api/v1/audience?channel=news&platforms=IOS,ANDROID&where=tags='vip'`: how many
/// devices a push would go to now.
pub(super) async fn audience(
    _: Admin,
    State(door): State<Door>,
    query: Result<Query<AudienceQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query.map_err(|rejection| {
        let message = format!("{}; use channel, platforms and where", rejection.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "query", message)
    })?;
    let platforms = query.platforms.map_or_else(|| json!(Platforms::ALL.mask()), Value::String);
    let count = door
        .app
        .publisher
        .count(door.app.app_id(), &query.channel, &platforms, query.segment.as_deref())
        .await?;
    Ok(Json(json!({ "devices": count })))
}
