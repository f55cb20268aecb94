//! Registered devices of an application. Devices register themselves by the messaging API.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::messaging::Registration;
use super::super::problem::Problem;
use super::super::request::{Asked, Name};
use super::apps::paged;
use super::page::{Page, Wanted};
use crate::id::DeviceId;
use crate::model::DeviceKey;
use crate::publish::PublishError;
use crate::store::Segment;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;

/// Which devices are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceQuery {
    limit: Option<usize>,
    cursor: Option<String>,
    #[serde(rename = "where")]
    segment: Option<String>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = "/apps/{app}/devices";
    let one = "/apps/{app}/devices/{name}";
    let app =
        |endpoint: Endpoint| endpoint.parameter::<String>("path", "app", "The application's id.");
    let named = |endpoint| app(endpoint).parameter::<String>("path", "name", "The device's id.");
    vec![
        paged(app(Endpoint::new(Method::GET, all, Access::Admin, list, "listDevices")))
            .about("Registered devices in the order in which they came.")
            .parameter::<Option<String>>(
                "query",
                "where",
                "Only those of a segment, e.g. `os = 'IOS' and tags = 'vip'`.",
            )
            .answers::<Page<Registration>>(200, "A page."),
        named(Endpoint::new(Method::GET, one, Access::Admin, show, "getDevice"))
            .about("A device's registration.")
            .answers::<Registration>(200, "The registration.")
            .fails(&[400]),
        named(Endpoint::new(Method::DELETE, one, Access::Admin, delete, "deleteDevice"))
            .about("Forgets a device, and what its inbox holds.")
            .answers_nothing("It is forgotten.")
            .fails(&[400]),
    ]
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    Asked(query): Asked<DeviceQuery>,
) -> Result<Json<Page<Registration>>, Problem> {
    let wanted = Wanted::new(query.limit, query.cursor.as_deref())?;
    let after = DeviceKey(wanted.after_number(0)?);
    let segment = query.segment.as_deref().filter(|text| !text.trim().is_empty());
    let segment = segment.map(Segment::parse).transpose().map_err(PublishError::SegmentQuery)?;
    let found = door.app.registry.list(manager.app()?, segment, after, wanted.size + 1).await?;
    let key = |(key, _): &(DeviceKey, _)| key.0.to_string();
    Ok(Json(wanted.page(found, key, |(_, device)| device.into())))
}

async fn show(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<Registration>, Problem> {
    let (_, device) = door.app.registry.device(manager.app()?, &DeviceId::new(id)).await?;
    Ok(Json(device.into()))
}

async fn delete(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Response, Problem> {
    door.app.registry.forget(manager.app()?, &DeviceId::new(id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
