//! The one reader of a publish body, in every form the SDKs send it.
//!
//! Null, empty text, empty list and a time of 0 mean "not given"; unknown keys are
//! ignored. What is ours rather than the messaging API's is marked so.

use super::error::PublishError;
use crate::clock::Timestamp;
use crate::diag::{Sentence, say};
use crate::id::DeviceId;
use crate::limits;
use crate::model::{
    DEFAULT_CHANNEL, Os, Platforms, Publication, PublishPolicy, Repeat, TIME_TO_LIVE,
    seconds_to_live,
};
use crate::store::Segment;
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value};

/// What a body asks for, checked: who would get what.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The channel's name.
    pub channel: String,
    /// What is published.
    pub publication: Publication,
    /// The platforms it goes to.
    pub platforms: Platforms,
    /// Only these devices of the channel; empty means all.
    pub device_ids: Vec<DeviceId>,
    /// Only devices of this segment.
    pub segment: Option<Segment>,
    /// Whether push notifications are sent at all.
    pub delivers_push: bool,
}

/// Channel names that the messaging API's own paths use up.
const RESERVED: [&str; 5] = ["registrations", "email", "push", "channels", "pushtemplates"];

/// The last moment of the year 9999: a later time is a mistake in its unit.
const LAST_TIME_MS: f64 = 253_402_300_799_999.0;

/// Checks a publish body and says who would get it. Pure.
///
/// # Errors
/// [`PublishError`], which names the field and how to mend it.
pub fn plan(channel: &str, body: &Value, now: Timestamp) -> Result<Plan, PublishError> {
    let channel = channel_name(channel)?;
    let Value::Object(body) = body else {
        return Err(PublishError::Body { found: kind(body) });
    };
    let message = body.get("message").filter(|message| !message.is_null());
    let message = message.ok_or(PublishError::MessageMissing)?.clone();
    if too_deep(&message, limits::MESSAGE_NESTING_MAX) {
        return Err(PublishError::TooDeep { most: limits::MESSAGE_NESTING_MAX });
    }
    let publish_at = publish_at(body, now)?;
    let segment_query = text(body, "segmentQuery")?;
    let segment = segment_query.as_deref().map(Segment::parse).transpose();
    let segment = segment.map_err(PublishError::SegmentQuery)?;
    let publication = Publication {
        message,
        headers: headers(body)?,
        publisher_id: text(body, "publisherId")?,
        subtopic: text(body, "subtopic")?,
        policy: policy(body)?,
        broadcast: broadcast(body)?,
        singlecast: singlecast(body)?,
        segment_query,
        publish_at,
        repeat: repeat(body, publish_at.unwrap_or(now))?,
        template: None,
    };
    let bytes = size(&publication.message)
        + publication.headers.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>();
    if bytes > limits::MESSAGE_BYTES_MAX {
        return Err(PublishError::TooLarge { bytes, most: limits::MESSAGE_BYTES_MAX });
    }
    Ok(Plan {
        channel,
        platforms: platforms(&publication),
        device_ids: publication.singlecast.clone(),
        segment,
        delivers_push: delivers_push(&publication),
        publication,
    })
}

/// The channel's name; an empty one is the default channel (ours).
///
/// # Errors
/// [`PublishError::Channel`].
pub fn channel_name(name: &str) -> Result<String, PublishError> {
    let problem = if name.is_empty() {
        return Ok(DEFAULT_CHANNEL.to_owned());
    } else if name.len() > limits::CHANNEL_BYTES_MAX {
        say!("is longer than {most} bytes", most = limits::CHANNEL_BYTES_MAX)
    } else if name.contains('/') {
        say!("contains `/`")
    } else if name.chars().any(char::is_control) {
        say!("contains a control character")
    } else if RESERVED.contains(&name) {
        say!("is reserved by the messaging API")
    } else {
        return Ok(name.to_owned());
    };
    let shown: String =
        name.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect();
    Err(PublishError::Channel { name: shown, problem })
}

/// Which platforms. A broadcast says so itself. Named devices outweigh a broadcast
/// (ours). Else the platforms are those that some header is for; with none, or for both
/// phones, all of them (ours, from the messaging API's example of an Android-only push).
fn platforms(publication: &Publication) -> Platforms {
    match publication.broadcast {
        Some(_) if !publication.singlecast.is_empty() => return Platforms::ALL,
        Some(broadcast) => return broadcast,
        None => {}
    }
    let mut named = Platforms::NONE;
    for (os, prefix) in [(Os::Android, "android-"), (Os::Ios, "ios-"), (Os::Wp, "wp-")] {
        if publication.has_header_like(prefix) {
            named = named.with(os);
        }
    }
    let both_phones = named.contains(Os::Android) && named.contains(Os::Ios);
    if named.is_empty() || both_phones { Platforms::ALL } else { named }
}

/// Whether devices are notified. Without a policy only when something in the message
/// is about notifications (ours: the SDKs' comments call the rest "not a push").
fn delivers_push(publication: &Publication) -> bool {
    match publication.policy {
        Some(PublishPolicy::Push | PublishPolicy::Both) => true,
        Some(PublishPolicy::Pubsub) => false,
        None => {
            publication.broadcast.is_some()
                || !publication.singlecast.is_empty()
                || publication.segment_query.is_some()
                || ["android-", "ios-", "wp-"].iter().any(|os| publication.has_header_like(os))
        }
    }
}

/// A field that says something: neither absent nor null nor an empty text or list.
fn given<'a>(body: &'a Map<String, Value>, field: &str) -> Option<&'a Value> {
    body.get(field).filter(|value| match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    })
}

fn text(body: &Map<String, Value>, field: &'static str) -> Result<Option<String>, PublishError> {
    match given(body, field) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => {
            Err(PublishError::Field { field, found: kind(other), expected: say!("a text") })
        }
    }
}

fn headers(body: &Map<String, Value>) -> Result<IndexMap<String, Value>, PublishError> {
    let entries = match body.get("headers") {
        None | Some(Value::Null) => return Ok(IndexMap::new()),
        Some(Value::Object(entries)) => entries,
        Some(other) => {
            let found = kind(other);
            return Err(PublishError::Field {
                field: "headers",
                found,
                expected: say!("an object"),
            });
        }
    };
    let mut headers = IndexMap::new();
    for (name, value) in entries {
        let problem = match value {
            Value::Null => continue,
            Value::String(text) if text.is_empty() => continue,
            Value::Array(_) | Value::Object(_) => {
                say!("is {kind}; use a text, a number or a boolean", kind = kind(value))
            }
            _ if name.is_empty() => say!("has no name; give it one"),
            _ if name.len() > limits::HEADER_NAME_BYTES_MAX => {
                say!(
                    "has a name longer than {most} bytes; shorten it",
                    most = limits::HEADER_NAME_BYTES_MAX
                )
            }
            _ if headers.len() == limits::HEADERS_MAX => {
                say!("is one more than {most}; put data into `message`", most = limits::HEADERS_MAX)
            }
            _ if name == TIME_TO_LIVE && seconds_to_live(value).is_none() => {
                let most = limits::TIME_TO_LIVE_MAX_S;
                say!(
                    "is `{value}`; use whole seconds from 0 to {most}, four weeks",
                    value = shown(value),
                    most
                )
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                headers.insert(name.clone(), value.clone());
                continue;
            }
        };
        return Err(PublishError::Header { name: name.chars().take(60).collect(), problem });
    }
    Ok(headers)
}

/// `PUSH`, `PUBSUB` or `BOTH` in any case, or their numbers 0, 1, 2, also as text.
fn policy(body: &Map<String, Value>) -> Result<Option<PublishPolicy>, PublishError> {
    let Some(value) = given(body, "publishPolicy") else { return Ok(None) };
    let found = match value {
        Value::Number(number) => whole(number).and_then(numbered_policy),
        Value::String(text) => {
            let text = text.trim();
            let named = PublishPolicy::ALL
                .into_iter()
                .find(|policy| policy.name().eq_ignore_ascii_case(text));
            named.or_else(|| text.parse().ok().and_then(numbered_policy))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    found.map(Some).ok_or_else(|| PublishError::PublishPolicy { given: shown(value) })
}

fn numbered_policy(number: u64) -> Option<PublishPolicy> {
    PublishPolicy::ALL.get(usize::try_from(number).ok()?).copied()
}

/// A mask 0 to 15, or names joined by `|`: `FOR_IOS|FOR_ANDROID`, `IOS| ANDROID`, `ALL`,
/// `"3"`.
fn broadcast(body: &Map<String, Value>) -> Result<Option<Platforms>, PublishError> {
    let Some(value) = given(body, "pushBroadcast") else { return Ok(None) };
    let found = match value {
        Value::Number(number) => whole(number).and_then(Platforms::from_mask),
        Value::String(text) => text.split('|').try_fold(Platforms::NONE, |all, name| {
            named_platforms(name.trim()).map(|platforms| all.union(platforms))
        }),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    found.map(Some).ok_or_else(|| PublishError::PushBroadcast { given: shown(value) })
}

fn named_platforms(name: &str) -> Option<Platforms> {
    let upper = name.to_ascii_uppercase();
    match upper.strip_prefix("FOR_").unwrap_or(&upper) {
        "ALL" => Some(Platforms::ALL),
        "NONE" => Some(Platforms::NONE),
        name => match Os::from_name(name) {
            Some(os) => Some(Platforms::NONE.with(os)),
            None => name.parse().ok().and_then(Platforms::from_mask),
        },
    }
}

fn singlecast(body: &Map<String, Value>) -> Result<Vec<DeviceId>, PublishError> {
    let wrong = |problem: Sentence| PublishError::PushSinglecast { problem };
    let ids = match given(body, "pushSinglecast") {
        None => return Ok(Vec::new()),
        Some(Value::Array(ids)) => ids,
        Some(other) => {
            return Err(wrong(say!(
                "is {kind}; it must be a list of device ids",
                kind = kind(other)
            )));
        }
    };
    if ids.len() > limits::SINGLECAST_MAX {
        let most = limits::SINGLECAST_MAX;
        return Err(wrong(say!(
            "names {count} devices, more than {most}; use a channel",
            count = ids.len(),
            most
        )));
    }
    let mut unique = IndexSet::new();
    for (index, id) in ids.iter().enumerate() {
        match id {
            Value::String(id) if !id.is_empty() => {
                unique.insert(DeviceId::new(id.as_str()));
            }
            Value::Null | Value::String(_) => {}
            other => {
                let found = kind(other);
                return Err(wrong(say!(
                    "has {found} at {index}; a device id is a text",
                    found,
                    index
                )));
            }
        }
    }
    if unique.is_empty() {
        return Err(wrong(say!("names no device; leave it out to reach the whole channel")));
    }
    Ok(unique.into_iter().collect())
}

/// A time as milliseconds, or as ISO 8601 text (which a JavaScript `Date` becomes).
/// `Ok(None)`: not given.
fn time(body: &Map<String, Value>, field: &str) -> Result<Option<Timestamp>, Sentence> {
    let Some(value) = given(body, field) else { return Ok(None) };
    let read = match value {
        Value::Number(number) => {
            number.as_f64().filter(|ms| (0.0..=LAST_TIME_MS).contains(ms)).map(
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "whole milliseconds below 2^53"
                )]
                |ms| Timestamp::from_millis(ms as i64),
            )
        }
        Value::String(text) => Timestamp::from_iso(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match read {
        Some(time) if time.millis() == 0 && value.is_number() => Ok(None),
        Some(time) => Ok(Some(time)),
        None => Err(say!(
            "is `{value}`, which is no time; use milliseconds since 1970 or a text like \
             `2026-11-23T22:28:09Z`",
            value = shown(value)
        )),
    }
}

fn publish_at(
    body: &Map<String, Value>,
    now: Timestamp,
) -> Result<Option<Timestamp>, PublishError> {
    let time = time(body, "publishAt").map_err(|problem| PublishError::PublishAt { problem })?;
    let Some(at) = time else { return Ok(None) };
    if at < now.plus_millis(-limits::PUBLISH_AT_GRACE_MS) {
        let problem = say!("is {at}, which is over; {hint}", at, hint = later_hint(at, now));
        return Err(PublishError::PublishAt { problem });
    }
    Ok(Some(at))
}

/// Seconds between copies, and the end. An end without an interval means nothing.
fn repeat(body: &Map<String, Value>, first: Timestamp) -> Result<Option<Repeat>, PublishError> {
    let ends = time(body, "repeatExpiresAt")
        .map_err(|problem| PublishError::RepeatExpiresAt { problem })?;
    let Some(value) = given(body, "repeatEvery") else { return Ok(None) };
    let every = match value {
        Value::Number(number) => whole(number).and_then(|every| i64::try_from(every).ok()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    };
    let every_s = match every {
        Some(0) => return Ok(None),
        Some(every @ 1..=limits::REPEAT_EVERY_MAX_S) => every,
        Some(_) | None => {
            let problem = say!("is `{value}`; use whole seconds, 1 or more", value = shown(value));
            return Err(PublishError::RepeatEvery { problem });
        }
    };
    if let Some(end) = ends
        && end <= first
    {
        let problem = say!(
            "is {end}, not after the first copy at {first}; {hint}",
            end,
            first,
            hint = later_hint(end, first)
        );
        return Err(PublishError::RepeatExpiresAt { problem });
    }
    Ok(Some(Repeat { every_s, expires_at: ends }))
}

fn later_hint(given: Timestamp, now: Timestamp) -> Sentence {
    // As seconds it would be a time of these years: the unit is what is wrong.
    if given.millis() > now.millis() / 2_000 && given.millis() < now.millis() / 500 {
        say!("it looks like seconds, multiply by 1000")
    } else {
        say!("use a later time, in milliseconds since 1970")
    }
}

fn whole(number: &serde_json::Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
        (0.0..=9e15).contains(&float).then_some(float as u64)
    })
}

fn too_deep(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| too_deep(item, levels - 1)),
        Value::Object(entries) => {
            levels == 0 || entries.values().any(|entry| too_deep(entry, levels - 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// About the bytes of a value as JSON, without writing it.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| 1 + size(item)).sum::<usize>(),
        Value::Object(entries) => {
            2 + entries.iter().map(|(name, value)| 4 + name.len() + size(value)).sum::<usize>()
        }
    }
}

pub(super) fn kind(value: &Value) -> Sentence {
    match value {
        Value::Null => say!("null"),
        Value::Bool(_) => say!("a boolean"),
        Value::Number(_) => say!("a number"),
        Value::String(_) => say!("a text"),
        Value::Array(_) => say!("a list"),
        Value::Object(_) => say!("an object"),
    }
}

fn shown(value: &Value) -> String {
    let text = crate::model::json_text(value);
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests;
