//! The functions of the blocks that answer an HTTP request. How the answer is sent, and what
//! it must not say, is in [`server`](crate::server).

use super::want::{finite, object};
use super::{Builtin, Call};
use crate::diag::say;
use crate::vm::coerce;
use crate::vm::effect::{Effect, Response};
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::json::to_json;
use crate::vm::value::Value;
use indexmap::IndexMap;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[("trigger_respond", trigger_respond)];

/// STATUS, HEADERS, BODY.
fn trigger_respond(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    call.ask(|call| {
        let status = finite(call, 0, "STATUS")?;
        let body = to_json(call.heap, call.arg(2))?;
        Ok(Effect::Respond(Box::new(Response {
            status: http_status(status)?,
            headers: headers(call)?,
            body,
        })))
    })?;
    Ok(Value::Undefined)
}

fn http_status(status: f64) -> Result<u16, Fault> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and what changed by it is refused"
    )]
    let whole = status as u16;
    if f64::from(whole) == status && (200..=599).contains(&whole) {
        return Ok(whole);
    }
    Err(Fault::new(
        "http-status",
        say!("`STATUS` is {status}, which is no HTTP status", status),
        say!("use a whole number from 200 to 599, such as 200, 404 or 422"),
    ))
}

fn headers(call: &Call<'_>) -> Result<IndexMap<String, String>, Fault> {
    if matches!(call.arg(1), Value::Undefined | Value::Null) {
        return Ok(IndexMap::new());
    }
    let object = object(call, 1, "HEADERS")?;
    let mut headers = IndexMap::new();
    for (name, value) in call.heap.entries(object).iter() {
        headers.insert(name.to_lowercase(), plain(call, *value, name)?);
    }
    Ok(headers)
}

/// A header's value: a text, or what shows plainly as one.
fn plain(call: &Call<'_>, value: Value, name: &str) -> Result<String, Fault> {
    if matches!(value, Value::Text(_) | Value::Number(_) | Value::Bool(_)) {
        return Ok(coerce::text(call.heap, value)?.to_str(call.heap).into_owned());
    }
    Err(Fault::kind(
        say!("the header `{name}` is no text", name),
        say!("give each header a text or a number"),
    ))
}
