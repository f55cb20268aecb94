//! Applications: each has its own keys, channels, devices and messages.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::problem::Problem;
use super::super::request::{Asked, Typed};
use super::page::{Page, Preconditions, Wanted, made, with_version};
use crate::access::AccessError;
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::model::AppRecord;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An application.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct App {
    id: AppId,
    name: String,
    /// Milliseconds since 1970.
    created_at: Timestamp,
    version: u64,
}

impl From<AppRecord> for App {
    fn from(app: AppRecord) -> Self {
        Self { id: app.id, name: app.name, created_at: app.created_at, version: app.version }
    }
}

/// The application of the first start, and how much it holds.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FirstApp {
    app_id: AppId,
    name: String,
    devices: u64,
    messages: u64,
}

/// An application that is to be made or renamed.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AppDraft {
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
}

/// Which page of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    limit: Option<usize>,
    cursor: Option<String>,
}

impl Paging {
    pub(super) fn wanted(&self) -> Result<Wanted, Problem> {
        Wanted::new(self.limit, self.cursor.as_deref())
    }
}

/// Adds what every list takes.
pub(super) fn paged(endpoint: Endpoint) -> Endpoint {
    endpoint
        .parameter::<Option<Limit>>("query", "limit", "Things on the page; 50 when not said.")
        .parameter::<Option<String>>("query", "cursor", "The `nextCursor` of the page before.")
}

/// Things on a page.
#[derive(JsonSchema)]
#[schemars(inline)]
pub(super) struct Limit(
    #[expect(dead_code, reason = "only its schema is used")]
    #[schemars(range(min = 1, max = 200))]
    usize,
);

/// Adds what everything that makes something takes.
pub(super) fn once(endpoint: Endpoint) -> Endpoint {
    endpoint
        .parameter::<Option<String>>(
            "header",
            "Idempotency-Key",
            "The same request with the same key makes it once. Remembered for a day.",
        )
        .fails(&[409, 422])
}

/// Adds what every change of something that has versions takes.
pub(super) fn versioned(endpoint: Endpoint) -> Endpoint {
    endpoint
        .parameter::<String>("header", "If-Match", "The `ETag` of what was read; `*` takes any.")
        .required()
        .fails(&[412, 428])
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let one = "/apps/{app}";
    let id = "The application's id.";
    vec![
        Endpoint::new(Method::GET, "/app", Access::Operator, first, "firstApp")
            .about("The application of the first start, and how much it holds.")
            .answers::<FirstApp>(200, "The application."),
        paged(Endpoint::new(Method::GET, "/apps", Access::Admin, list, "listApps"))
            .about("Applications by id; a key sees its own only.")
            .answers::<Page<App>>(200, "A page."),
        once(Endpoint::new(Method::POST, "/apps", Access::Operator, create, "createApp"))
            .about("Makes an application. It has no key yet.")
            .takes::<AppDraft>()
            .answers::<App>(201, "It is made.")
            .answers::<App>(200, "The same request made it before."),
        Endpoint::new(Method::GET, one, Access::Admin, show, "getApp")
            .about("An application.")
            .parameter::<String>("path", "app", id)
            .answers::<App>(200, "The application."),
        versioned(Endpoint::new(Method::PATCH, one, Access::Operator, rename, "renameApp"))
            .about("Renames an application.")
            .parameter::<String>("path", "app", id)
            .takes::<AppDraft>()
            .answers::<App>(200, "As it is now."),
        Endpoint::new(Method::DELETE, one, Access::Operator, remove, "removeApp")
            .about(
                "Removes an application with its keys, devices and messages. Nobody is let in from \
                 now on, and nothing it scheduled is sent.",
            )
            .parameter::<String>("path", "app", id)
            .parameter::<Option<String>>("header", "If-Match", "Only if it is of this version.")
            .answers_nothing("It is removed.")
            .fails(&[409, 412]),
    ]
}

async fn first(_: Manager, State(door): State<Door>) -> Result<Json<FirstApp>, Problem> {
    let id = door.app.app_id();
    let counts = door.app.counts(id).await?;
    let app = door.app.gate.app(id).ok_or_else(|| unknown(id))?;
    let (devices, messages) = (counts.devices, counts.messages);
    Ok(Json(FirstApp { app_id: app.id, name: app.name, devices, messages }))
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<App>>, Problem> {
    let wanted = paging.wanted()?;
    let after = wanted.after.clone().unwrap_or_default();
    let mut apps = door.app.gate.apps();
    apps.retain(|app| {
        app.id.as_str() > after.as_str() && manager.only_app().is_none_or(|only| *only == app.id)
    });
    Ok(Json(wanted.page(apps, |app| app.id.as_str().to_owned(), App::from)))
}

async fn create(
    _: Manager,
    State(door): State<Door>,
    preconditions: Preconditions,
    Typed(draft): Typed<AppDraft>,
) -> Result<Response, Problem> {
    let once = preconditions.once("", "app", &draft)?;
    let (app, new) = door.app.gate.create_app(&draft.name, once).await?;
    let place = format!("/api/v1/apps/{}", app.id);
    Ok(made(new, &place, with_version(app.version, App::from(app))))
}

async fn show(manager: Manager, State(door): State<Door>) -> Result<Response, Problem> {
    let id = manager.app()?;
    let app = door.app.gate.app(id).ok_or_else(|| unknown(id))?;
    Ok(with_version(app.version, App::from(app)))
}

async fn rename(
    manager: Manager,
    State(door): State<Door>,
    preconditions: Preconditions,
    Typed(draft): Typed<AppDraft>,
) -> Result<Response, Problem> {
    let version = preconditions.version()?;
    let app = door.app.gate.rename_app(manager.app()?, &draft.name, version).await?;
    Ok(with_version(app.version, App::from(app)))
}

async fn remove(
    manager: Manager,
    State(door): State<Door>,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    let version = preconditions.version_if_given()?;
    door.app.gate.remove_app(manager.app()?, version).await?;
    door.app.purge_in_background();
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn unknown(id: &AppId) -> Problem {
    AccessError::Unknown { kind: "app", id: id.as_str().to_owned() }.into()
}
