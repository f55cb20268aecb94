//! Runs: one that is asked for now, and those that events set off.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::language::spoken;
use super::super::problem::Problem;
use super::super::request::{Asked, Deep, Name, Typed, param};
use super::apps::paged;
use super::flow_shapes::{Source, object, raw};
use super::flows::of_app;
use super::page::{Page, Wanted};
use crate::automation::{Order, RunReport};
use crate::clock::Timestamp;
use crate::diag::Sentence;
use crate::diag::sentence::kept;
use crate::flow::{Event, Trace};
use crate::id::AppId;
use crate::model::{RunFilter, RunOutcome, RunRecord};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// A run that is asked for: of a source, of a stored flow's draft, or of one of its versions.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunOrder {
    /// A flow file, or a bare workspace.
    #[schemars(with = "Option<Map<String, Value>>")]
    #[serde(default)]
    source: Option<Source>,
    /// A stored flow, instead.
    #[serde(default)]
    flow: Option<String>,
    /// A version of it; its draft when left out.
    #[serde(default)]
    version: Option<u32>,
    /// What sets it off.
    #[serde(default)]
    event: Event,
    /// Publish nothing, and say whom it would have reached.
    #[serde(default = "yes")]
    dry: bool,
    /// Tell it step by step.
    #[serde(default = "yes")]
    trace: bool,
}

fn yes() -> bool {
    true
}

/// What came of a run.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ran {
    #[serde(flatten)]
    report: RunReport,
    trace: Option<Trace>,
    /// Stacks of the flow that the event started; 0 when no hat waits for it.
    stacks: usize,
}

/// A run that an event set off.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    id: String,
    flow: String,
    /// The flow's name now.
    flow_name: String,
    version: u32,
    /// Milliseconds since 1970.
    started_at: Timestamp,
    /// Microseconds from start to end; null while it runs.
    elapsed_us: Option<u64>,
    outcome: RunOutcome,
    event: EventShown,
    /// Messages published.
    publishes: u64,
    /// Instructions taken; null while it runs.
    steps: Option<u64>,
    error: Option<ErrorShown>,
    /// What came of it; not in lists, and null when it was too much to keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<RunReport>,
}

/// What set a run off.
#[derive(Serialize, JsonSchema)]
struct EventShown {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    /// Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

/// Why a run failed.
#[derive(Serialize, Deserialize, JsonSchema)]
struct ErrorShown {
    code: String,
    #[serde(deserialize_with = "kept::deserialize", serialize_with = "in_words")]
    #[schemars(with = "String")]
    message: Sentence,
    /// The block's id.
    block: Option<String>,
}

/// In the language of the request.
fn in_words<S: Serializer>(sentence: &Sentence, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&sentence.said(spoken()))
}

/// A run step by step.
#[derive(Serialize, JsonSchema)]
pub(super) struct Traced {
    /// The flow file that ran.
    #[schemars(with = "Map<String, Value>")]
    source: Source,
    trace: Trace,
}

/// An event's runs.
#[derive(Serialize, JsonSchema)]
pub(super) struct Emitted {
    /// Ids of the runs, which have begun.
    runs: Vec<String>,
}

/// Which runs are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sought {
    limit: Option<usize>,
    cursor: Option<String>,
    flow: Option<String>,
    outcome: Option<RunOutcome>,
    event: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// The id of a run in the path.
pub(super) struct RunId(String);

impl FromRequestParts<Door> for RunId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        Ok(Self(param(parts, door, "run").await?.unwrap_or_default()))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let (one, id) = ("/apps/{app}/runs/{run}", "The run's id.");
    let endpoints = [
        Endpoint::new(Method::POST, "/apps/{app}/flows/run", Access::Admin, run, "runFlow")
            .about(
                "Runs a flow now, dry unless told otherwise. A dry run publishes nothing, and its \
                 clock stands still. One with errors is refused with its problems.",
            )
            .takes::<RunOrder>()
            .answers::<Ran>(200, "What came of it, a failure included.")
            .fails(&[422]),
        Endpoint::new(Method::POST, "/apps/{app}/events/{name}", Access::Admin, emit, "emitEvent")
            .about("Sets off every live flow that waits for an event; its data is the body.")
            .parameter::<String>("path", "name", "The event's name.")
            .takes::<Map<String, Value>>()
            .answers::<Emitted>(202, "The runs are recorded, and go on."),
        paged(Endpoint::new(Method::GET, "/apps/{app}/runs", Access::Admin, list, "listRuns"))
            .about("Runs that events set off, the newest first.")
            .parameter::<Option<String>>("query", "flow", "Only of this flow.")
            .parameter::<Option<RunOutcome>>("query", "outcome", "Only with this outcome.")
            .parameter::<Option<String>>("query", "event", "Only of events of this name.")
            .parameter::<Option<i64>>("query", "since", "Begun then or later; ms since 1970.")
            .parameter::<Option<i64>>("query", "until", "Begun before; milliseconds since 1970.")
            .answers::<Page<Run>>(200, "A page."),
        Endpoint::new(Method::GET, one, Access::Admin, show, "getRun")
            .about("A run, with the event and what came of it.")
            .parameter::<String>("path", "run", id)
            .answers::<Run>(200, "The run."),
        Endpoint::new(
            Method::GET,
            "/apps/{app}/runs/{run}/trace",
            Access::Admin,
            retrace,
            "traceRun",
        )
        .about("A run step by step: it is run again, with the event and the answers of then.")
        .parameter::<String>("path", "run", id)
        .answers::<Traced>(200, "The steps, and the flow that ran.")
        .fails(&[409]),
    ];
    endpoints.into_iter().map(of_app).collect()
}

async fn run(
    manager: Manager,
    State(door): State<Door>,
    Deep(order): Deep<RunOrder>,
) -> Result<Json<Ran>, Problem> {
    let app = manager.app()?;
    let source = match (order.source, &order.flow) {
        (Some(source), None) => object(source)?,
        (None, Some(id)) => stored(&door, app, id, order.version).await?,
        _ => {
            let message = "give either `source` or `flow`; `version` goes with `flow`";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "flow-field", message));
        }
    };
    if let Some(problem) = order.event.problem() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "flow-field", problem.to_string()));
    }
    let order = Order { source, event: order.event, dry: order.dry, trace: order.trace };
    let answer = door.app.automation.run(app, order).await?;
    Ok(Json(Ran {
        report: answer.report.said(spoken()),
        trace: answer.trace,
        stacks: answer.stacks,
    }))
}

async fn stored(
    door: &Door,
    app: &AppId,
    id: &str,
    version: Option<u32>,
) -> Result<String, Problem> {
    let automation = &door.app.automation;
    Ok(match version {
        Some(number) => automation.version(app, id, number).await?.source,
        None => automation.flow(app, id).await?.source,
    })
}

async fn emit(
    manager: Manager,
    State(door): State<Door>,
    Name(name): Name,
    Typed(data): Typed<Map<String, Value>>,
) -> Result<(StatusCode, Json<Emitted>), Problem> {
    let firings = door.app.automation.emit(manager.app()?, &name, Value::Object(data)).await?;
    let runs = firings.into_iter().map(|firing| firing.run).collect();
    Ok((StatusCode::ACCEPTED, Json(Emitted { runs })))
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    Asked(sought): Asked<Sought>,
) -> Result<Json<Page<Run>>, Problem> {
    let wanted = Wanted::new(sought.limit, sought.cursor.as_deref())?;
    let filter = RunFilter {
        flow: sought.flow,
        outcome: sought.outcome,
        event: sought.event,
        since: sought.since,
        until: sought.until,
    };
    let before = wanted.after.clone();
    let runs = door.app.store().runs(manager.app()?, filter, before, wanted.size + 1).await?;
    Ok(Json(wanted.page(runs, |run| run.id.clone(), Run::from)))
}

async fn show(
    manager: Manager,
    State(door): State<Door>,
    RunId(id): RunId,
) -> Result<Json<Run>, Problem> {
    let (run, event, report) = door.app.automation.recorded(manager.app()?, &id).await?;
    let report = report.map(|report| report.said(spoken()));
    let mut shown = Run { report, ..Run::from(run) };
    shown.event.data = event.and_then(|event| event.data);
    Ok(Json(shown))
}

async fn retrace(
    manager: Manager,
    State(door): State<Door>,
    RunId(id): RunId,
) -> Result<Json<Traced>, Problem> {
    let (source, trace) = door.app.automation.retrace(manager.app()?, &id).await?;
    Ok(Json(Traced { source: raw(source), trace }))
}

impl From<RunRecord> for Run {
    fn from(run: RunRecord) -> Self {
        let error = run.error.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Self {
            id: run.id,
            flow: run.flow,
            flow_name: run.flow_name,
            version: run.version,
            started_at: run.started_at,
            elapsed_us: run.elapsed_us,
            outcome: run.outcome,
            event: EventShown { kind: run.event_type, name: run.event_name, data: None },
            publishes: run.publishes,
            steps: run.steps,
            error,
            report: None,
        }
    }
}
