//! Subscribing without real time: a client asks now and then what came. The messaging
//! API's older way; the SDKs no longer use it.

use super::super::auth::Tenant;
use super::super::door::Door;
use super::super::problem::Problem;
use super::super::request::{Body, Name, SubscriptionId};
use super::wire::{Polled, PolledMessage, Subscribed};
use crate::model::Role;
use crate::publish::channel_name;
use crate::realtime::Selector;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use serde_json::Value;

/// `POST /messaging/{channel}/subscribe`, with `selector` and `subtopic` in the body.
/// A `subscriberId` is taken and not used.
pub(in crate::server) async fn subscribe(
    tenant: Tenant,
    Name(channel): Name,
    State(door): State<Door>,
    Body(body): Body,
) -> Result<Json<Subscribed>, Problem> {
    let channel = channel_name(&channel)?;
    tenant.may_on(&[Role::Subscribe], &channel)?;
    let selector = text(&body, "selector")?.unwrap_or_default();
    let subtopic = text(&body, "subtopic")?.filter(|subtopic| !subtopic.is_empty());
    let selector = Selector::read(selector, subtopic)?;
    let subscription_id =
        door.app.hub.open_mailbox(&tenant.app, &channel, selector, door.app.now())?;
    Ok(Json(Subscribed { subscription_id }))
}

/// `GET /messaging/{channel}/{subscriptionId}`: each message once, for a minute.
pub(in crate::server) async fn get(
    tenant: Tenant,
    Name(channel): Name,
    SubscriptionId(id): SubscriptionId,
    State(door): State<Door>,
) -> Result<Json<Polled>, Problem> {
    let channel = channel_name(&channel)?;
    tenant.may_on(&[Role::Subscribe], &channel)?;
    let found = door.app.hub.empty_mailbox(&tenant.app, &channel, &id, door.app.now());
    let Some(messages) = found else {
        let message = format!(
            "channel `{channel}` has no subscription `{}`; subscribe anew, one that isn't asked for \
             is forgotten after a while",
            id.chars().take(60).collect::<String>()
        );
        return Err(Problem::new(StatusCode::NOT_FOUND, "subscription-unknown", message));
    };
    let messages =
        messages.iter().map(|message| PolledMessage::new(&tenant.app, message)).collect();
    Ok(Json(Polled { messages }))
}

fn text<'a>(body: &'a Value, field: &str) -> Result<Option<&'a str>, Problem> {
    match &body[field] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => {
            let message = format!("`{field}` must be a text");
            Err(Problem::new(StatusCode::BAD_REQUEST, "field-type", message))
        }
    }
}
