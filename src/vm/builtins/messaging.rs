//! The functions of the messaging blocks: from sockets to the wire body.
//!
//! What a message's options mean is in [`publish`](crate::publish); here the
//! block's arguments only take their places in it.
//!
//! Source: Backendless' Codeless block "Publish Push Notification".

use super::{Builtin, Call, unexpected};
use crate::diag::say;
use crate::program::RETURNS_RESULT;
use crate::vm::effect::{Answer, Effect};
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::heap::Entries;
use crate::vm::json::to_json;
use crate::vm::value::Value;
use serde_json::{Map, Value as Json};

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("messaging_publish_push", messaging_publish_push),
    ("messaging_publish_options", messaging_publish_options),
    ("messaging_push_with_template", messaging_push_with_template),
    ("messaging_get_status", messaging_get_status),
    ("messaging_cancel", messaging_cancel),
];

/// The header that each typed socket of the block fills, in the order of its sockets.
const TYPED_HEADERS: [&str; 5] = [
    "android-ticker-text",
    "android-content-title",
    "android-content-text",
    "ios-alert",
    "ios-badge",
];

/// CHANNEL, `DEVICE_IDS`, MESSAGE, the five typed headers, HEADERS.
fn messaging_publish_push(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let channel = channel(call, 0)?;
    let mut body = Map::new();
    body.insert("message".into(), message(call, 2)?);
    let mut headers = headers(call, 8)?;
    for (offset, name) in TYPED_HEADERS.iter().enumerate() {
        if let Some(value) = given(call, 3 + offset)? {
            // Ours: on a clash the block's own socket wins over an entry of
            // `headers`; it is the one the author sees beside the phone.
            headers.insert((*name).into(), value);
        }
    }
    if !headers.is_empty() {
        body.insert("headers".into(), Json::Object(headers));
    }
    // Ours: this block is for push; what the original sends is not known.
    body.insert("publishPolicy".into(), "PUSH".into());
    if let Some(ids) = device_ids(call, 1)? {
        body.insert("pushSinglecast".into(), ids);
    }
    publish(call, channel, body)
}

/// CHANNEL, MESSAGE, HEADERS, `PUBLISHER_ID`, `DEVICE_IDS`, `PUBLISH_AT`,
/// `REPEAT_EVERY`, `REPEAT_EXPIRES_AT`; fields `PUBLISH_POLICY`, `FOR_IOS`,
/// `FOR_ANDROID`, `FOR_WP`, `FOR_OSX`.
fn messaging_publish_options(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let channel = channel(call, 0)?;
    let mut body = Map::new();
    body.insert("message".into(), message(call, 1)?);
    let headers = headers(call, 2)?;
    if !headers.is_empty() {
        body.insert("headers".into(), Json::Object(headers));
    }
    body.insert("publishPolicy".into(), call.field(0).into());
    // Source: the SDKs' PushBroadcastMask.
    let mask: i64 = [(1, 1), (2, 2), (3, 4), (4, 8)]
        .into_iter()
        .filter(|(field, _)| call.field(*field) == "TRUE")
        .map(|(_, bit)| bit)
        .sum();
    if mask != 0 {
        body.insert("pushBroadcast".into(), mask.into());
    }
    if let Some(ids) = device_ids(call, 4)? {
        body.insert("pushSinglecast".into(), ids);
    }
    if let Some(publisher) = given(call, 3)? {
        body.insert("publisherId".into(), publisher);
    }
    for (socket, name) in [(5, "publishAt"), (6, "repeatEvery"), (7, "repeatExpiresAt")] {
        if let Some(value) = moment(call, socket)? {
            body.insert(name.into(), value);
        }
    }
    publish(call, channel, body)
}

/// TEMPLATE, VALUES, `PUBLISH_AT`.
fn messaging_push_with_template(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let template = match given(call, 0)? {
        Some(Json::String(name)) => name,
        Some(other) => other.to_string(),
        None => {
            let hint = say!("give the template by the name under which it is saved");
            return Err(Fault::kind(say!("the template's name is empty"), hint).into());
        }
    };
    let mut body = Map::new();
    match given(call, 1)? {
        None => {}
        Some(values @ Json::Object(_)) => {
            body.insert("templateValues".into(), values);
        }
        Some(_) => {
            return Err(Fault::kind(
                say!("the values must be an object and are {kind}", kind = call.arg(1).kind()),
                say!("build them with the block `create object`"),
            )
            .into());
        }
    }
    if let Some(time) = moment(call, 2)? {
        body.insert("publishAt".into(), time);
    }
    let result = reads_result(call);
    let answer = call.ask(|_| {
        Ok(Effect::PushTemplate { template, body: Box::new(Json::Object(body)), result })
    })?;
    if result { status_object(call, answer) } else { Ok(Value::Undefined) }
}

/// `MESSAGE_ID`.
fn messaging_get_status(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let answer = call.ask(|call| Ok(Effect::MessageStatus { message_id: call.string(0)? }))?;
    status_object(call, answer)
}

/// `MESSAGE_ID`.
fn messaging_cancel(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let answer = call.ask(|call| Ok(Effect::CancelMessage { message_id: call.string(0)? }))?;
    status_object(call, answer)
}

fn publish(
    call: &mut Call<'_>,
    channel: String,
    body: Map<String, Json>,
) -> Result<Value, Interrupt> {
    let result = reads_result(call);
    let answer =
        call.ask(|_| Ok(Effect::Publish { channel, body: Box::new(Json::Object(body)), result }))?;
    if result { status_object(call, answer) } else { Ok(Value::Undefined) }
}

/// The shape that `returnResult` in the extra state gives comes as the last field.
fn reads_result(call: &Call<'_>) -> bool {
    call.fields.last().is_some_and(|shape| &**shape == RETURNS_RESULT)
}

/// A time, a number or what else the service may read as one; `None` if empty.
fn moment(call: &Call<'_>, index: usize) -> Result<Option<Json>, Fault> {
    match call.arg(index) {
        Value::Date(ms) => Ok(Some(crate::vm::json::number_to_json(ms))),
        _ => given(call, index),
    }
}

/// "default" if empty.
fn channel(call: &Call<'_>, index: usize) -> Result<String, Fault> {
    match given(call, index)? {
        None => Ok("default".into()),
        Some(Json::String(name)) => Ok(name),
        Some(other) => Ok(other.to_string()),
    }
}

/// The message as JSON; an empty socket sends an empty text.
fn message(call: &Call<'_>, index: usize) -> Result<Json, Fault> {
    match call.arg(index) {
        Value::Undefined | Value::Null => Ok(Json::String(String::new())),
        value => to_json(call.heap, value),
    }
}

/// An argument as JSON, unless it is absent or empty: undefined, null, "", [] or {}.
fn given(call: &Call<'_>, index: usize) -> Result<Option<Json>, Fault> {
    let value = to_json(call.heap, call.arg(index))?;
    let empty = match &value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    };
    Ok((!empty).then_some(value))
}

fn headers(call: &Call<'_>, index: usize) -> Result<Map<String, Json>, Fault> {
    match given(call, index)? {
        None => Ok(Map::new()),
        Some(Json::Object(entries)) => {
            Ok(entries.into_iter().filter(|(_, value)| !value.is_null()).collect())
        }
        Some(_) => Err(Fault::kind(
            say!("headers must be an object and are {kind}", kind = call.arg(index).kind()),
            say!("build them with the block `create object`"),
        )),
    }
}

fn device_ids(call: &Call<'_>, index: usize) -> Result<Option<Json>, Fault> {
    match given(call, index)? {
        None => Ok(None),
        Some(Json::Array(ids)) => {
            let mut texts = Vec::with_capacity(ids.len());
            for (place, id) in ids.into_iter().enumerate() {
                match id {
                    Json::String(id) if !id.is_empty() => texts.push(Json::String(id)),
                    Json::Number(id) => texts.push(Json::String(id.to_string())),
                    _ => {
                        return Err(Fault::kind(
                            say!("device id {place} in the list is not a text", place = place + 1),
                            say!("give each device by its id, as it was registered"),
                        ));
                    }
                }
            }
            Ok(Some(Json::Array(texts)))
        }
        Some(_) => Err(Fault::kind(
            say!("device ids must be a list and are {kind}", kind = call.arg(index).kind()),
            say!("put the id into a list with the block `create list with`"),
        )),
    }
}

fn status_object(call: &mut Call<'_>, answer: &Answer) -> Result<Value, Interrupt> {
    let Answer::Status(told) = answer else {
        return Err(unexpected(answer).into());
    };
    let mut entries = Entries::new();
    for (key, text) in [
        ("messageId", told.message_id.as_deref()),
        ("status", Some(told.status.as_str())),
        ("errorMessage", told.error_message.as_deref()),
    ] {
        let value = text.map_or(Ok(Value::Null), |text| call.heap.text(text))?;
        entries.insert(key.into(), value);
    }
    Ok(call.heap.object(entries)?)
}
