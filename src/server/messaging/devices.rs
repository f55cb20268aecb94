//! Registering devices, and deleting channels.

use super::super::auth::Tenant;
use super::super::door::Door;
use super::super::problem::Problem;
use super::super::request::{Body, Name};
use super::wire::{Done, Registered, Registration};
use crate::id::DeviceId;
use crate::model::{DEFAULT_CHANNEL, Role};
use axum::extract::State;
use axum::response::Json;
use serde_json::Value;

/// `POST /messaging/registrations`.
pub(in crate::server) async fn register(
    tenant: Tenant,
    State(door): State<Door>,
    Body(body): Body,
) -> Result<Json<Registered>, Problem> {
    for channel in named_channels(&body) {
        tenant.may_on(&[Role::Register], channel)?;
    }
    let registration_id = door.app.registry.register(&tenant.app, &body).await?;
    Ok(Json(Registered { registration_id }))
}

/// `GET /messaging/registrations/{deviceId}`: a list of one, as the SDKs read it.
pub(in crate::server) async fn get(
    tenant: Tenant,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<[Registration; 1]>, Problem> {
    let (_, device) = door.app.registry.device(&tenant.app, &DeviceId::new(id)).await?;
    Ok(Json([device.into()]))
}

/// `DELETE /messaging/registrations/{deviceId}`.
pub(in crate::server) async fn delete(
    tenant: Tenant,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<Done>, Problem> {
    door.app.registry.forget(&tenant.app, &DeviceId::new(id)).await?;
    Ok(Json(Done { result: true }))
}

/// `DELETE /messaging/channels/{name}`.
pub(in crate::server) async fn delete_channel(
    tenant: Tenant,
    Name(name): Name,
    State(door): State<Door>,
) -> Result<Json<Done>, Problem> {
    tenant.may_on(&[Role::Publish], &name)?;
    door.app.registry.delete_channel(&tenant.app, &name).await?;
    Ok(Json(Done { result: true }))
}

/// The channels a registration asks for; what can't be one is for the registry to refuse.
fn named_channels(body: &Value) -> Vec<&str> {
    let named = body["channels"].as_array().map(|named| named.iter().filter_map(Value::as_str));
    let named: Vec<&str> = named.into_iter().flatten().collect();
    if named.is_empty() { vec![DEFAULT_CHANNEL] } else { named }
}
