//! Publishing a message, asking for its status, cancelling it.

use super::super::Door;
use super::super::problem::Problem;
use super::super::request::{Body, Name, Tenant};
use super::wire::StatusAnswer;
use crate::id::MessageId;
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
    let status = door.app.publisher.status(&tenant.app, &MessageId::new(id)).await?;
    Ok(Json(StatusAnswer::of_message(status)))
}

/// `DELETE /messaging/{messageId}`.
pub(in crate::server) async fn cancel(
    tenant: Tenant,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<StatusAnswer>, Problem> {
    let status = door.app.publisher.cancel(&tenant.app, &MessageId::new(id)).await?;
    Ok(Json(StatusAnswer::of_message(status)))
}
