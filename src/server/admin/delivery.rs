//! The delivery of a message: how far it is, holding it, and the ledger of its devices.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::problem::Problem;
use super::super::request::{Asked, Name};
use crate::access::AccessError;
use crate::clock::Timestamp;
use crate::id::{DeviceId, MessageId};
use crate::model::{DeviceKey, State as MessageState};
use crate::store::{Delivery, Kind, LedgerEntry, MessageKey, Store};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// How far a message is, counted in devices.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Delivery")]
struct DeliveryView {
    message_id: MessageId,
    /// SCHEDULED, PUBLISHED, FAILED or CANCELLED.
    status: String,
    /// Whether it is held.
    paused: bool,
    /// Why it failed, or what holds it up.
    note: Option<String>,
    /// Devices it is for; null until a broadcast has counted them.
    audience: Option<u64>,
    /// Devices whose service has it.
    accepted: u64,
    /// Devices that refused it, or were tried too often.
    failed: u64,
    /// Devices that were gone.
    gone: u64,
    /// Devices for which it came too late.
    expired: u64,
    /// Devices that a policy kept it from.
    skipped: u64,
    /// Devices that wait for another attempt.
    waiting: u64,
    /// Devices a second; null when it isn't being sent now.
    per_second: Option<u64>,
    begun_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    /// False when what became of each device is forgotten by now.
    ledger: bool,
}

/// One line of a ledger.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LedgerLine")]
struct Line {
    /// Null when the device has unregistered since.
    device_id: Option<DeviceId>,
    /// accepted, waiting, failed, gone, expired, skipped or cancelled.
    outcome: &'static str,
    reason: Option<String>,
}

/// How a ledger is written.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// A JSON object a line.
    #[default]
    Jsonl,
    /// Comma-separated values with a line of names.
    Csv,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerQuery {
    format: Option<Format>,
}

fn of_message(endpoint: Endpoint) -> Endpoint {
    endpoint.parameter::<String>("path", "app", "The application's id.").parameter::<String>(
        "path",
        "name",
        "The message's id.",
    )
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let delivery = "/apps/{app}/messages/{name}/delivery";
    let pause_path = "/apps/{app}/messages/{name}/pause";
    let resume_path = "/apps/{app}/messages/{name}/resume";
    let ledger_path = "/apps/{app}/messages/{name}/ledger";
    vec![
        of_message(Endpoint::new(Method::GET, delivery, Access::Admin, show, "getDelivery"))
            .about("How far the delivery of a message is.")
            .answers::<DeliveryView>(200, "The delivery."),
        of_message(Endpoint::new(Method::POST, pause_path, Access::Admin, pause, "pauseMessage"))
            .about("Holds a message; what is on its way to devices arrives.")
            .answers::<DeliveryView>(200, "It is held.")
            .fails(&[409]),
        of_message(Endpoint::new(
            Method::POST,
            resume_path,
            Access::Admin,
            resume,
            "resumeMessage",
        ))
        .about("Lets a message that is held go on where it was.")
        .answers::<DeliveryView>(200, "It goes on.")
        .fails(&[409]),
        of_message(Endpoint::new(Method::GET, ledger_path, Access::Admin, ledger, "getLedger"))
            .about("What became of a message at each device, one a line, as a stream.")
            .parameter::<Option<Format>>("query", "format", "`jsonl` (the default) or `csv`.")
            .answers_text(200, "application/x-ndjson", "An object a line.")
            .answers_text(200, "text/csv", "Values with a line of names.")
            .fails(&[410]),
    ]
}

async fn show(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<DeliveryView>, Problem> {
    view(&manager, &door, &id).await
}

async fn pause(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<DeliveryView>, Problem> {
    hold(&manager, &door, &id, true).await
}

async fn resume(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Json<DeliveryView>, Problem> {
    hold(&manager, &door, &id, false).await
}

async fn hold(
    manager: &Manager,
    door: &Door,
    id: &str,
    paused: bool,
) -> Result<Json<DeliveryView>, Problem> {
    let held = door.app.pause(manager.app()?, &MessageId::new(id), paused).await?;
    match held {
        None => Err(unknown(id)),
        Some(MessageState::Scheduled) => view(manager, door, id).await,
        Some(state) => {
            let message = format!(
                "message `{id}` is {}; only one that isn't done can be held",
                state.lower()
            );
            Err(Problem::new(StatusCode::CONFLICT, "not-pausable", message))
        }
    }
}

async fn view(manager: &Manager, door: &Door, id: &str) -> Result<Json<DeliveryView>, Problem> {
    let found = find(manager, door, id).await?;
    Ok(Json(DeliveryView {
        message_id: MessageId::new(id),
        status: found.state.upper().to_owned(),
        paused: found.paused,
        note: found.note,
        audience: found.audience,
        accepted: found.accepted,
        failed: found.failed,
        gone: found.gone,
        expired: found.expired,
        skipped: found.skipped,
        waiting: found.waiting,
        per_second: door.app.delivery_rate(found.key),
        begun_at: found.begun_at,
        ended_at: found.ended_at,
        ledger: !found.ledger_pruned,
    }))
}

async fn find(manager: &Manager, door: &Door, id: &str) -> Result<Delivery, Problem> {
    let found = door.app.store().delivery(manager.app()?, &MessageId::new(id)).await?;
    found.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Problem {
    AccessError::Unknown { kind: "message", id: id.chars().take(100).collect() }.into()
}

async fn ledger(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
    Asked(query): Asked<LedgerQuery>,
) -> Result<Response, Problem> {
    let delivery = find(&manager, &door, &id).await?;
    if delivery.ledger_pruned {
        let message = format!(
            "what became of message `{id}` at each device is forgotten by now; its amounts are kept"
        );
        return Err(Problem::new(StatusCode::GONE, "ledger-pruned", message));
    }
    let format = query.format.unwrap_or_default();
    let media_type = match format {
        Format::Jsonl => "application/x-ndjson",
        Format::Csv => "text/csv",
    };
    let reading = Reading {
        store: door.app.store().clone(),
        key: delivery.key,
        cancelled: delivery.state == MessageState::Cancelled,
        after: Some(DeviceKey(0)),
        format,
        begins: true,
    };
    let body = Body::from_stream(stream::unfold(reading, Reading::next));
    Ok(([(CONTENT_TYPE, media_type)], body).into_response())
}

/// Where the writing of a ledger is.
struct Reading {
    store: Store,
    key: MessageKey,
    cancelled: bool,
    /// The last device that was written; `None` at the end.
    after: Option<DeviceKey>,
    format: Format,
    begins: bool,
}

impl Reading {
    async fn next(mut self) -> Option<(Result<Bytes, std::io::Error>, Self)> {
        let after = self.after?;
        let mut text = String::new();
        if std::mem::take(&mut self.begins) && matches!(self.format, Format::Csv) {
            text.push_str("deviceId,outcome,reason\n");
        }
        let entries = match self.store.ledger_after(self.key, after).await {
            Ok(entries) => entries,
            Err(error) => {
                // The answer has begun: cutting it short is all that says so.
                tracing::error!(%error, "server: a ledger can't be read to its end");
                self.after = None;
                return Some((Err(std::io::Error::other("the store failed")), self));
            }
        };
        self.after = entries.last().map(|entry| entry.key);
        for entry in entries {
            self.write(&mut text, entry);
        }
        Some((Ok(text.into()), self))
    }

    fn write(&self, text: &mut String, entry: LedgerEntry) {
        let cancelled = self.cancelled && entry.kind == Kind::Waiting;
        let outcome = if cancelled { "cancelled" } else { entry.kind.name() };
        let line = Line { device_id: entry.device, outcome, reason: entry.reason };
        match self.format {
            Format::Jsonl => {
                text.push_str(&serde_json::to_string(&line).unwrap_or_default());
                text.push('\n');
            }
            Format::Csv => {
                let id = line.device_id.as_ref().map_or("", DeviceId::as_str);
                let reason = line.reason.as_deref().unwrap_or_default();
                let _ = writeln!(text, "{},{outcome},{}", quoted(id), quoted(reason));
            }
        }
    }
}

/// A value of CSV, in quotes where they are needed (RFC 4180).
fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}
