//! Pushing a stored template, and templates as devices read them.

use super::super::auth::Tenant;
use super::super::door::Door;
use super::super::problem::Problem;
use super::super::request::{Body, Name};
use super::wire::StatusAnswer;
use crate::id::AppId;
use crate::model::{Os, Role};
use crate::publish::DeviceError;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Json;
use serde_json::{Map, Value};

/// `POST /messaging/push/{template}`. With an `Idempotency-Key` a repeated request gets the
/// first one's answer and pushes nothing.
pub(in crate::server) async fn push(
    tenant: Tenant,
    Name(name): Name,
    State(door): State<Door>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Json<StatusAnswer>, Problem> {
    let templates = &door.app.templates;
    if !tenant.caller.is_free_of_rules() {
        let record = templates.get(&tenant.app, &name).await?;
        tenant.may_on(&[Role::Publish], &record.template.channel_name)?;
    }
    let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()));
    let receipt = templates.push(&tenant.app, &name, &body, key.as_deref()).await?;
    Ok(Json(StatusAnswer::of_template_push(receipt)))
}

/// `GET /messaging/pushtemplates`: those for iOS, as the Swift SDK asks.
pub(in crate::server) async fn of_ios(
    tenant: Tenant,
    State(door): State<Door>,
) -> Result<Json<Map<String, Value>>, Problem> {
    of(tenant, door, Os::Ios).await
}

/// `GET /messaging/pushtemplates/{deviceType}`, in any case.
pub(in crate::server) async fn of_platform(
    tenant: Tenant,
    Name(platform): Name,
    State(door): State<Door>,
) -> Result<Json<Map<String, Value>>, Problem> {
    let os = Os::from_name(&platform).ok_or_else(|| DeviceError::Field {
        field: "deviceType",
        problem: format!(
            "is `{}`; use ANDROID, IOS, WP or OSX",
            platform.chars().take(60).collect::<String>()
        ),
    })?;
    of(tenant, door, os).await
}

/// A key that is kept to some channels sees templates of these only.
async fn of(tenant: Tenant, door: Door, os: Os) -> Result<Json<Map<String, Value>>, Problem> {
    let app: &AppId = &tenant.app;
    let free = tenant.caller.is_free_of_rules();
    let sees = |channel: &str| free || tenant.may_on(&Role::ALL, channel).is_ok();
    let templates = &door.app.templates;
    let sides = templates.device_side(app, os, |template| sees(&template.channel_name)).await?;
    Ok(Json(sides))
}
