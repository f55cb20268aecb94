//! Publishing a message, asking for its status, cancelling it.

use super::super::auth::Tenant;
use super::super::door::Door;
use super::super::problem::Problem;
use super::super::request::{Body, Name};
use super::wire::StatusAnswer;
use crate::id::MessageId;
use crate::model::Role;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Json;

/// `POST /messaging/{channel}`. With an `Idempotency-Key` a repeated request gets the
/// first one's answer and publishes nothing.
pub(in crate::server) async fn publish(
    tenant: Tenant,
    Name(channel): Name,
    State(door): State<Door>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Json<StatusAnswer>, Problem> {
    tenant.may_on(&[Role::Publish], &channel)?;
    let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()));
    let receipt = door.app.publisher.publish(&tenant.app, &channel, &body, key.as_deref()).await?;
    Ok(Json(StatusAnswer::of_publish(receipt)))
}

/// `GET /messaging/{messageId}`. An unknown id has the status UNKNOWN (ours).
pub(in crate::server) async fn status(
    tenant: Tenant,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<StatusAnswer>, Problem> {
    let id = MessageId::new(id);
    may_on_its_channel(&tenant, &door, &id, &[Role::Read, Role::Publish]).await?;
    let status = door.app.publisher.status(&tenant.app, &id).await?;
    Ok(Json(StatusAnswer::of_message(status)))
}

/// `DELETE /messaging/{messageId}`.
pub(in crate::server) async fn cancel(
    tenant: Tenant,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<StatusAnswer>, Problem> {
    let id = MessageId::new(id);
    may_on_its_channel(&tenant, &door, &id, &[Role::Publish]).await?;
    let status = door.app.publisher.cancel(&tenant.app, &id).await?;
    Ok(Json(StatusAnswer::of_message(status)))
}

/// Whether the caller may do this on the channel that the message was published to. An unknown
/// message is for the publisher to tell.
async fn may_on_its_channel(
    tenant: &Tenant,
    door: &Door,
    id: &MessageId,
    roles: &'static [Role],
) -> Result<(), Problem> {
    if tenant.caller.is_free_of_rules() {
        return Ok(());
    }
    match door.app.store().channel_of(&tenant.app, id).await? {
        Some(channel) => tenant.may_on(roles, &channel),
        None => Ok(()),
    }
}
