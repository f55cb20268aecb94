//! Messages of an application, and those of them that are still to come: schedules. Messages
//! are published by the messaging API.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::problem::Problem;
use super::super::request::{Asked, Name};
use super::apps::paged;
use super::page::{Page, Wanted};
use crate::access::AccessError;
use crate::clock::Timestamp;
use crate::id::MessageId;
use crate::model::State as MessageState;
use crate::store::{MessageFilter, MessageRow};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A message and how it fares.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Message")]
struct MessageView {
    message_id: MessageId,
    /// SCHEDULED, PUBLISHED, FAILED or CANCELLED.
    status: String,
    error_message: Option<String>,
    successful_sends_amount: u64,
    failed_sends_amount: u64,
    channel: String,
    /// Any JSON.
    message: Value,
    headers: Map<String, Value>,
    publisher_id: Option<String>,
    /// Milliseconds since 1970.
    accepted_at: Timestamp,
    /// When it is sent, or its next copy is; null when nothing is to come.
    due_at: Option<Timestamp>,
    /// Seconds from one copy to the next; null when it doesn't repeat.
    repeat_every: Option<i64>,
    repeat_expires_at: Option<Timestamp>,
    /// Copies of a repeating message so far.
    copies: u64,
}

impl From<MessageRow> for MessageView {
    fn from(mut row: MessageRow) -> Self {
        let mut taken = |field: &str| row.publication.get_mut(field).map(Value::take);
        let message = taken("message").unwrap_or_default();
        let headers = match taken("headers") {
            Some(Value::Object(headers)) => headers,
            _ => Map::new(),
        };
        let publisher_id = taken("publisher_id").and_then(|id| id.as_str().map(str::to_owned));
        Self {
            message_id: row.status.message_id,
            status: row.status.state.upper().to_owned(),
            error_message: row.status.error_message,
            successful_sends_amount: row.status.sent,
            failed_sends_amount: row.status.failed,
            channel: row.channel,
            message,
            headers,
            publisher_id,
            accepted_at: row.accepted_at,
            due_at: row.due_at,
            repeat_every: row.repeat_every_s,
            repeat_expires_at: row.repeat_expires_at,
            copies: row.copies,
        }
    }
}

/// Which messages are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageQuery {
    limit: Option<usize>,
    cursor: Option<String>,
    status: Option<String>,
    channel: Option<String>,
}

fn of_app(endpoint: Endpoint) -> Endpoint {
    endpoint.parameter::<String>("path", "app", "The application's id.")
}

fn of_message(endpoint: Endpoint) -> Endpoint {
    of_app(endpoint).parameter::<String>("path", "name", "The message's id.").fails(&[400])
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = "/apps/{app}/messages";
    let one = "/apps/{app}/messages/{name}";
    let cancel_path = "/apps/{app}/messages/{name}/cancel";
    vec![
        paged(of_app(Endpoint::new(Method::GET, all, Access::Admin, list, "listMessages")))
            .about("Messages, the newest first; copies of repeating ones are among them.")
            .parameter::<Option<String>>("query", "status", "Only those of this status.")
            .parameter::<Option<String>>("query", "channel", "Only those of this channel.")
            .answers::<Page<MessageView>>(200, "A page."),
        of_message(Endpoint::new(Method::GET, one, Access::Admin, show, "getMessage"))
            .about("A message and how it fares.")
            .answers::<MessageView>(200, "The message."),
        of_message(Endpoint::new(
            Method::POST,
            cancel_path,
            Access::Admin,
            cancel,
            "cancelAppMessage",
        ))
        .about("Cancels a message that isn't sent yet or is being sent, or stops a repeating one.")
        .answers::<MessageView>(200, "It is cancelled."),
    ]
}

pub(super) fn schedule_endpoints() -> Vec<Endpoint> {
    let all = "/apps/{app}/schedules";
    let one = "/apps/{app}/schedules/{name}";
    vec![
        paged(of_app(Endpoint::new(Method::GET, all, Access::Admin, schedules, "listSchedules")))
            .about("Messages that wait for their time, or repeat; the newest first.")
            .parameter::<Option<String>>("query", "channel", "Only those of this channel.")
            .answers::<Page<MessageView>>(200, "A page."),
        of_message(Endpoint::new(Method::GET, one, Access::Admin, schedule, "getSchedule"))
            .about("A message that waits for its time, or repeats.")
            .answers::<MessageView>(200, "The message."),
        of_message(Endpoint::new(Method::DELETE, one, Access::Admin, unschedule, "cancelSchedule"))
            .about("Cancels a message that waits for its time, or stops a repeating one.")
            .answers::<MessageView>(200, "It is cancelled."),
    ]
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    Asked(query): Asked<MessageQuery>,
) -> Result<Json<Page<MessageView>>, Problem> {
    let state = query.status.as_deref().map(state_named).transpose()?;
    page(&manager, &door, &query, MessageFilter { state, ..MessageFilter::default() }).await
}

async fn schedules(
    manager: Manager,
    State(door): State<Door>,
    Asked(query): Asked<MessageQuery>,
) -> Result<Json<Page<MessageView>>, Problem> {
    if query.status.is_some() {
        return Err(refused("`status` of a schedule is always SCHEDULED; leave it out"));
    }
    page(&manager, &door, &query, MessageFilter { scheduled: true, ..MessageFilter::default() })
        .await
}

async fn page(
    manager: &Manager,
    door: &Door,
    query: &MessageQuery,
    filter: MessageFilter,
) -> Result<Json<Page<MessageView>>, Problem> {
    let wanted = Wanted::new(query.limit, query.cursor.as_deref())?;
    let before = wanted.after_number(i64::MAX)?;
    let filter = MessageFilter { channel: query.channel.clone(), ..filter };
    let rows = door.app.store().messages(manager.app()?, filter, before, wanted.size + 1).await?;
    Ok(Json(wanted.page(rows, |row| row.number.to_string(), MessageView::from)))
}

async fn show(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<MessageView>, Problem> {
    Ok(Json(find(&manager, &door, &id).await?.into()))
}

async fn schedule(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<MessageView>, Problem> {
    let row = find(&manager, &door, &id).await?;
    let waits = row.repeat_every_s.is_some() || row.due_at > Some(row.accepted_at);
    if row.status.state == MessageState::Scheduled && waits {
        return Ok(Json(row.into()));
    }
    Err(unknown("schedule", &id))
}

async fn cancel(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<MessageView>, Problem> {
    door.app.cancel(manager.app()?, &MessageId::new(&id)).await?;
    Ok(Json(find(&manager, &door, &id).await?.into()))
}

async fn unschedule(
    manager: Manager,
    name: Name,
    door: State<Door>,
) -> Result<Json<MessageView>, Problem> {
    cancel(manager, name, door).await
}

async fn find(manager: &Manager, door: &Door, id: &str) -> Result<MessageRow, Problem> {
    let found = door.app.store().message(manager.app()?, &MessageId::new(id)).await?;
    found.ok_or_else(|| unknown("message", id))
}

fn unknown(kind: &'static str, id: &str) -> Problem {
    AccessError::Unknown { kind, id: id.chars().take(100).collect() }.into()
}

fn state_named(name: &str) -> Result<MessageState, Problem> {
    let found = MessageState::from_name(name).filter(|state| *state != MessageState::Unknown);
    found.ok_or_else(|| refused("`status` must be SCHEDULED, PUBLISHED, FAILED or CANCELLED"))
}

fn refused(message: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "query", message)
}
