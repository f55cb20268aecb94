//! Stored flows: making, saving, going live. Versions are in [`versions`](super::versions).

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::problem::Problem;
use super::super::request::{Asked, Deep, FlowId, Typed};
use super::apps::{Paging, once, paged, versioned};
use super::flow_shapes::{Conflict, Flow, FlowSent, Source, raw};
use super::page::{Page, Preconditions, made, with_version};
use crate::automation::AutomationError;
use crate::model::FlowRecord;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::to_raw_value;

/// What is to go live.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Publication {
    /// A version that there is; the draft when left out.
    #[serde(default)]
    version: Option<u32>,
    /// What is to be said of a new version.
    #[serde(default)]
    note: Option<String>,
}

/// A version that the draft is to be again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Restoration {
    version: u32,
}

const ADMIN: Access = Access::Admin;

pub(super) fn endpoints() -> Vec<Endpoint> {
    keeping().into_iter().chain(going_live()).map(of_app).collect()
}

/// Adds the parameter that all have.
pub(super) fn of_app(endpoint: Endpoint) -> Endpoint {
    endpoint.parameter::<String>("path", "app", "The application's id.")
}

fn keeping() -> Vec<Endpoint> {
    let (all, one) = ("/apps/{app}/flows", "/apps/{app}/flows/{flow}");
    let id = "The flow's id.";
    vec![
        paged(Endpoint::new(Method::GET, all, ADMIN, list, "listFlows"))
            .about("Stored flows in the order they were made, without their drafts.")
            .answers::<Page<Flow>>(200, "A page."),
        once(Endpoint::new(Method::POST, all, ADMIN, create, "createFlow"))
            .about("Keeps a new flow. A draft with errors is kept as well.")
            .takes::<FlowSent>()
            .answers::<Flow>(201, "It is kept.")
            .answers::<Flow>(200, "The same request made it before."),
        Endpoint::new(Method::GET, one, ADMIN, show, "getFlow")
            .about("A flow with its draft and what is to be said of that.")
            .parameter::<String>("path", "flow", id)
            .answers::<Flow>(200, "The flow."),
        versioned(Endpoint::new(Method::PUT, one, ADMIN, save, "saveFlow"))
            .about(
                "Saves a flow's draft, errors or not. When somebody else saved it meanwhile, \
                 nothing is saved, and `errorData` has both and what differs.",
            )
            .parameter::<String>("path", "flow", id)
            .takes::<FlowSent>()
            .answers::<Flow>(200, "As it is now."),
        Endpoint::new(Method::DELETE, one, ADMIN, remove, "removeFlow")
            .about("Removes a flow with its versions and runs.")
            .parameter::<String>("path", "flow", id)
            .answers_nothing("It is removed."),
        Endpoint::new(Method::GET, "/apps/{app}/flows/{flow}/export", ADMIN, export, "exportFlow")
            .about("A flow's draft as a flow file.")
            .parameter::<String>("path", "flow", id)
            .answers::<serde_json::Map<String, Value>>(200, "The file."),
    ]
}

fn going_live() -> Vec<Endpoint> {
    let live = "/apps/{app}/flows/{flow}/live";
    let id = "The flow's id.";
    vec![
        Endpoint::new(Method::POST, live, ADMIN, publish, "publishFlow")
            .about(
                "Makes a version live: one that there is, or a new one of the draft. One with \
                 errors is refused, with its problems in `errorData`.",
            )
            .parameter::<String>("path", "flow", id)
            .parameter::<Option<String>>(
                "header",
                "If-Match",
                "The `ETag` of the draft that was read; needed without `version`.",
            )
            .takes::<Publication>()
            .answers::<Flow>(200, "As it is now.")
            .fails(&[409, 412, 422, 428]),
        Endpoint::new(Method::DELETE, live, ADMIN, take_down, "takeDownFlow")
            .about("Lets no version be live.")
            .parameter::<String>("path", "flow", id)
            .answers::<Flow>(200, "As it is now."),
        Endpoint::new(Method::POST, "/apps/{app}/flows/{flow}/enable", ADMIN, enable, "enableFlow")
            .about("Lets events set a flow off.")
            .parameter::<String>("path", "flow", id)
            .answers::<Flow>(200, "As it is now."),
        Endpoint::new(
            Method::POST,
            "/apps/{app}/flows/{flow}/disable",
            ADMIN,
            disable,
            "disableFlow",
        )
        .about("Lets no event set a flow off; what is live stays so.")
        .parameter::<String>("path", "flow", id)
        .answers::<Flow>(200, "As it is now."),
        versioned(Endpoint::new(
            Method::POST,
            "/apps/{app}/flows/{flow}/restore",
            ADMIN,
            restore,
            "restoreFlow",
        ))
        .about("Makes a version the draft again.")
        .parameter::<String>("path", "flow", id)
        .takes::<Restoration>()
        .answers::<Flow>(200, "As it is now."),
    ]
}

async fn shown(door: &Door, flow: FlowRecord) -> Result<Response, Problem> {
    Ok(with_version(flow.revision, whole(door, flow).await?))
}

async fn whole(door: &Door, flow: FlowRecord) -> Result<Flow, Problem> {
    let checkup = door.app.automation.check(&flow.source);
    let broken = door.app.automation.broken(&flow).await?;
    Ok(Flow::whole(flow, checkup, &broken))
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Flow>>, Problem> {
    let wanted = paging.wanted()?;
    let after = wanted.after.clone().unwrap_or_default();
    let flows = door.app.store().flows(manager.app()?, &after, wanted.size + 1).await?;
    let mut broken = Vec::with_capacity(flows.len());
    for flow in flows {
        let errors = door.app.automation.broken(&flow).await?;
        broken.push((flow, errors));
    }
    let page = wanted.page(
        broken,
        |(flow, _)| flow.id.clone(),
        |(flow, errors)| Flow::listed(flow, &errors),
    );
    Ok(Json(page))
}

async fn create(
    manager: Manager,
    State(door): State<Door>,
    preconditions: Preconditions,
    Deep(sent): Deep<FlowSent>,
) -> Result<Response, Problem> {
    let app = manager.app()?;
    let once = preconditions.once(app.as_str(), "flow", &sent)?;
    let (flow, new) = door.app.automation.create(app, sent.draft(None)?, once).await?;
    let place = format!("/api/v1/apps/{app}/flows/{}", flow.id);
    Ok(made(new, &place, shown(&door, flow).await?))
}

async fn show(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
) -> Result<Response, Problem> {
    let flow = door.app.automation.flow(manager.app()?, &id).await?;
    shown(&door, flow).await
}

async fn save(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
    preconditions: Preconditions,
    Deep(sent): Deep<FlowSent>,
) -> Result<Response, Problem> {
    let revision = preconditions.version()?;
    let (app, automation) = (manager.app()?, &door.app.automation);
    let draft = sent.draft(Some(&automation.flow(app, &id).await?))?;
    match automation.save(app, &id, revision, draft.clone()).await {
        Ok(flow) => shown(&door, flow).await,
        Err(AutomationError::Stale(theirs)) => {
            let flow = whole(&door, (*theirs).clone()).await?;
            let conflict = Conflict::new(flow, &theirs.source, draft);
            Err(Problem::from(AutomationError::Stale(theirs)).with_data(conflict))
        }
        Err(error) => Err(error.into()),
    }
}

async fn remove(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
) -> Result<StatusCode, Problem> {
    door.app.automation.remove(manager.app()?, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn export(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
) -> Result<Response, Problem> {
    let flow = door.app.automation.flow(manager.app()?, &id).await?;
    let name: String = flow
        .name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.json\"")),
    ];
    Ok((headers, flow_file(&flow)).into_response())
}

/// The draft as a flow file: by the name that the flow has now.
fn flow_file(flow: &FlowRecord) -> String {
    let read: Result<IndexMap<String, Source>, _> = serde_json::from_str(&flow.source);
    let mut file = read.unwrap_or_default();
    if !file.contains_key("workspace") {
        let workspace = raw(flow.source.clone());
        file = [("workspace".to_owned(), workspace)].into_iter().collect();
    }
    for (key, text) in [("description", &flow.description), ("name", &flow.name)] {
        if let Ok(text) = to_raw_value(text) {
            file.shift_remove(key);
            file.shift_insert(0, key.to_owned(), text);
        }
    }
    serde_json::to_string(&file).unwrap_or_default()
}

async fn publish(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
    preconditions: Preconditions,
    Typed(publication): Typed<Publication>,
) -> Result<Response, Problem> {
    let (app, automation) = (manager.app()?, &door.app.automation);
    let flow = if let Some(number) = publication.version {
        automation.publish_version(app, &id, number).await?
    } else {
        let revision = preconditions.version()?;
        let note = publication.note.unwrap_or_default();
        automation.publish_draft(app, &id, revision, &note).await?
    };
    shown(&door, flow).await
}

async fn take_down(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
) -> Result<Response, Problem> {
    let flow = door.app.automation.take_down(manager.app()?, &id).await?;
    shown(&door, flow).await
}

async fn enable(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
) -> Result<Response, Problem> {
    let flow = door.app.automation.enable(manager.app()?, &id, true).await?;
    shown(&door, flow).await
}

async fn disable(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
) -> Result<Response, Problem> {
    let flow = door.app.automation.enable(manager.app()?, &id, false).await?;
    shown(&door, flow).await
}

async fn restore(
    manager: Manager,
    State(door): State<Door>,
    FlowId(id): FlowId,
    preconditions: Preconditions,
    Typed(Restoration { version }): Typed<Restoration>,
) -> Result<Response, Problem> {
    let revision = preconditions.version()?;
    let flow = door.app.automation.restore(manager.app()?, &id, revision, version).await?;
    shown(&door, flow).await
}
