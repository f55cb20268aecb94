//! Versions of a flow, which never change, and what differs between two.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::problem::Problem;
use super::super::request::{Asked, FlowId, Typed, VersionNumber};
use super::apps::{Paging, paged, versioned};
use super::flow_shapes::Version;
use super::flows::of_app;
use super::page::{Page, Preconditions, made};
use crate::automation::{Diff, diff};
use crate::id::AppId;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use schemars::JsonSchema;
use serde::Deserialize;

/// A version that is to be made of the draft.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionDraft {
    /// What is to be said of it.
    #[serde(default)]
    note: String,
}

/// What is to be compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Compared {
    from: String,
    to: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let (all, id) = ("/apps/{app}/flows/{flow}/versions", "The flow's id.");
    let which = "The number of a version, `draft` or `live`.";
    let endpoints = [
        paged(Endpoint::new(Method::GET, all, Access::Admin, list, "listVersions"))
            .about("A flow's versions, the newest first, without their sources.")
            .parameter::<String>("path", "flow", id)
            .answers::<Page<Version>>(200, "A page."),
        versioned(Endpoint::new(Method::POST, all, Access::Admin, create, "createVersion"))
            .about("Makes a version of the draft, unless the newest is the same.")
            .parameter::<String>("path", "flow", id)
            .takes::<VersionDraft>()
            .answers::<Version>(201, "It is made.")
            .answers::<Version>(200, "The newest version is the same.")
            .fails(&[409]),
        Endpoint::new(
            Method::GET,
            "/apps/{app}/flows/{flow}/versions/{number}",
            Access::Admin,
            show,
            "getVersion",
        )
        .about("A version with its source.")
        .parameter::<String>("path", "flow", id)
        .parameter::<u32>("path", "number", "The version's number.")
        .answers::<Version>(200, "The version."),
        Endpoint::new(
            Method::GET,
            "/apps/{app}/flows/{flow}/diff",
            Access::Admin,
            compare,
            "compareVersions",
        )
        .about("What differs between two versions of a flow, block by block.")
        .parameter::<String>("path", "flow", id)
        .parameter::<String>("query", "from", which)
        .required()
        .parameter::<String>("query", "to", which)
        .required()
        .answers::<Diff>(200, "What differs."),
    ];
    endpoints.into_iter().map(of_app).collect()
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Version>>, Problem> {
    let (wanted, app) = (paging.wanted()?, manager.app()?);
    let below = u32::try_from(wanted.after_number(i64::from(u32::MAX))?).unwrap_or(u32::MAX);
    let live = door.app.automation.flow(app, &id).await?.live;
    let versions = door.app.store().versions(app, &id, below, wanted.size + 1).await?;
    let shown = |version| Version::listed(version, live);
    Ok(Json(wanted.page(versions, |version| version.number.to_string(), shown)))
}

async fn create(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
    preconditions: Preconditions,
    Typed(draft): Typed<VersionDraft>,
) -> Result<Response, Problem> {
    let revision = preconditions.version()?;
    let (app, automation) = (manager.app()?, &door.app.automation);
    let (number, new) = automation.keep_version(app, &id, revision, &draft.note).await?;
    let live = automation.flow(app, &id).await?.live;
    let version = Version::listed(automation.version(app, &id, number).await?, live);
    let place = format!("/api/v1/apps/{app}/flows/{id}/versions/{number}");
    Ok(made(new, &place, Json(version).into_response()))
}

async fn show(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
    VersionNumber(number): VersionNumber,
) -> Result<Json<Version>, Problem> {
    let (app, automation) = (manager.app()?, &door.app.automation);
    let live = automation.flow(app, &id).await?.live;
    Ok(Json(Version::whole(automation.version(app, &id, number).await?, live)))
}

async fn compare(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
    Asked(Compared { from, to }): Asked<Compared>,
) -> Result<Json<Diff>, Problem> {
    let app = manager.app()?;
    let from = source_of(&door, app, &id, &from).await?;
    let to = source_of(&door, app, &id, &to).await?;
    Ok(Json(diff(&from, &to)))
}

/// The source of a version, of the draft, or of what is live.
async fn source_of(door: &Door, app: &AppId, id: &str, which: &str) -> Result<String, Problem> {
    let automation = &door.app.automation;
    let flow = automation.flow(app, id).await?;
    let number = match which {
        "draft" => return Ok(flow.source),
        "live" => flow.live,
        number => number.parse().ok(),
    };
    let number = number.ok_or_else(|| {
        let shown: String = which.chars().take(100).collect();
        let message = format!("there is no version `{shown}`; give a number, `draft` or `live`");
        Problem::new(StatusCode::NOT_FOUND, "flow-unknown", message)
    })?;
    Ok(automation.version(app, id, number).await?.source)
}
