//! Custom events: `POST /servercode/events/{name}` sets off every live flow that waits.

use super::super::auth::Tenant;
use super::super::door::Door;
use super::super::problem::Problem;
use super::super::request::{Name, Typed};
use crate::automation::Ended;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Json;
use serde_json::{Map, Value, json};

/// Says whether the answer waits for the flows.
const EXECUTION: &str = "bl-execution-type";

/// The answer is what the first flow answered that answered anything; what is no object is
/// wrapped as `{"result": ...}`. With `async`, it is `{}` as soon as the runs are kept.
///
/// Source: the JavaScript SDK. Ours: an unknown event is 404, and a flow that fails is 400.
pub(in crate::server) async fn emit(
    tenant: Tenant,
    Name(name): Name,
    State(door): State<Door>,
    headers: HeaderMap,
    Typed(data): Typed<Map<String, Value>>,
) -> Result<Json<Value>, Problem> {
    let waits = match headers.get(EXECUTION).map(HeaderValue::as_bytes) {
        None | Some(b"" | b"sync") => true,
        Some(b"async" | b"async-low-priority") => false,
        Some(_) => {
            let message = "`bl-execution-type` is sync, async or async-low-priority";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "flow-field", message));
        }
    };
    let firings = door.app.automation.emit(&tenant.app, &name, Value::Object(data)).await?;
    let mut ended = Vec::new();
    if waits {
        for firing in firings {
            ended.extend(firing.ended().await);
        }
    }
    answer(ended)
}

fn answer(ended: Vec<Ended>) -> Result<Json<Value>, Problem> {
    let mut failed = None;
    for Ended { report } in ended {
        match (report.error, report.result) {
            (Some(error), _) => failed = failed.or(Some(error)),
            (None, Value::Null) => {}
            (None, answer @ Value::Object(_)) => return Ok(Json(answer)),
            (None, answer) => return Ok(Json(json!({ "result": answer }))),
        }
    }
    match failed {
        None => Ok(Json(json!({}))),
        Some(error) => {
            let message = format!("the flow failed: {} ({})", error.message.english(), error.code);
            Err(Problem::new(StatusCode::BAD_REQUEST, "flow-failed", message))
        }
    }
}
