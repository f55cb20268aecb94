//! Registering devices, and deleting channels.

use super::super::Door;
use super::super::problem::Problem;
use super::super::request::{Body, Name, Tenant};
use super::wire::{Done, Registered, Registration};
use crate::id::DeviceId;
use axum::extract::State;
use axum::response::Json;

/// `POST /messaging/registrations`.
pub(in crate::server) async fn register(
    tenant: Tenant,
    State(door): State<Door>,
    Body(body): Body,
) -> Result<Json<Registered>, Problem> {
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
    door.app.registry.delete_channel(&tenant.app, &name).await?;
    Ok(Json(Done { result: true }))
}
