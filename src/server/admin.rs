//! The operator's API, behind the admin token.

use super::Door;
use super::problem::Problem;
use super::request::Admin;
use axum::extract::State;
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
