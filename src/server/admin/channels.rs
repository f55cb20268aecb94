//! Channels of an application, which are also made by the first message or device on them.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::problem::Problem;
use super::super::request::{Asked, Name, Typed};
use super::apps::{Paging, paged};
use super::page::{Page, made};
use crate::clock::Timestamp;
use crate::publish::DeviceError;
use crate::store::ChannelRow;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A channel.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Channel {
    name: String,
    created_at: Timestamp,
    /// Devices that listen to it.
    devices: u64,
}

impl From<ChannelRow> for Channel {
    fn from(row: ChannelRow) -> Self {
        Self { name: row.name, created_at: row.created_at, devices: row.devices }
    }
}

/// A channel that is to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ChannelDraft")]
struct Draft {
    #[schemars(length(min = 1, max = 200))]
    name: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = "/apps/{app}/channels";
    let one = "/apps/{app}/channels/{name}";
    let app =
        |endpoint: Endpoint| endpoint.parameter::<String>("path", "app", "The application's id.");
    let named = |endpoint| app(endpoint).parameter::<String>("path", "name", "The channel.");
    vec![
        paged(app(Endpoint::new(Method::GET, all, Access::Admin, list, "listChannels")))
            .about("An application's channels by name.")
            .answers::<Page<Channel>>(200, "A page."),
        app(Endpoint::new(Method::POST, all, Access::Admin, create, "createChannel"))
            .about("Makes a channel. Its name makes the request idempotent: it is made once.")
            .takes::<Draft>()
            .answers::<Channel>(201, "It is made.")
            .answers::<Channel>(200, "It was there."),
        named(Endpoint::new(Method::GET, one, Access::Admin, show, "getChannel"))
            .about("A channel.")
            .answers::<Channel>(200, "The channel.")
            .fails(&[400]),
        named(Endpoint::new(Method::DELETE, one, Access::Admin, delete, "deleteAppChannel"))
            .about("Deletes a channel; its devices stay registered on their others.")
            .answers_nothing("It is gone.")
            .fails(&[400]),
    ]
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Channel>>, Problem> {
    let wanted = paging.wanted()?;
    let after = wanted.after.clone().unwrap_or_default();
    let rows = door.app.store().channels(manager.app()?, after, wanted.size + 1).await?;
    Ok(Json(wanted.page(rows, |row| row.name.clone(), Channel::from)))
}

async fn create(
    manager: Manager,
    State(door): State<Door>,
    Typed(draft): Typed<Draft>,
) -> Result<Response, Problem> {
    let app = manager.app()?;
    let (name, new) = door.app.registry.add_channel(app, &draft.name).await?;
    let channel = find(&manager, &door, &name).await?;
    Ok(made(new, &format!("/api/v1/apps/{app}/channels"), Json(channel).into_response()))
}

async fn show(
    manager: Manager,
    Name(name): Name,
    State(door): State<Door>,
) -> Result<Json<Channel>, Problem> {
    find(&manager, &door, &name).await.map(Json)
}

async fn delete(
    manager: Manager,
    Name(name): Name,
    State(door): State<Door>,
) -> Result<Response, Problem> {
    door.app.registry.delete_channel(manager.app()?, &name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn find(manager: &Manager, door: &Door, name: &str) -> Result<Channel, Problem> {
    let found = door.app.store().channel(manager.app()?, name).await?;
    let found = found.ok_or_else(|| DeviceError::UnknownChannel { name: name.to_owned() })?;
    Ok(found.into())
}
