//! A notification as APNs takes it: the JSON payload and the headers that say how it travels.
//!
//! Source: Apple, "Generating a remote notification" and "Sending notification requests to APNs".

use crate::deliver::data::data;
use crate::deliver::identity::collapse_id;
use crate::limits;
use crate::model::{IosFace, Notification, Priority, json_text};
use serde_json::{Map, Value, json};

/// A payload, and its headers by name.
#[derive(Debug)]
pub(in crate::deliver) struct Payload {
    pub(in crate::deliver) json: Value,
    pub(in crate::deliver) headers: Vec<(&'static str, String)>,
}

/// The payload of a notification; the same for all devices.
pub(in crate::deliver) fn payload(notification: &Notification) -> Payload {
    let shown = notification.ios.clone().unwrap_or_else(|| plain(notification));
    let silent = is_silent(&shown);
    let mut json = Map::new();
    json.insert("aps".to_owned(), Value::Object(aps(&shown, silent, notification)));
    for (name, value) in data(notification) {
        // Beside `aps` there may be anything, but no second one.
        let name = if name == "aps" { "header-aps".to_owned() } else { name };
        json.insert(name, value);
    }
    Payload { json: Value::Object(json), headers: headers(notification, silent) }
}

/// What a device of a system without a face of its own shows.
fn plain(notification: &Notification) -> IosFace {
    IosFace { body: Some(json_text(&notification.message)), ..IosFace::default() }
}

fn is_silent(face: &IosFace) -> bool {
    let texts = [&face.title, &face.subtitle, &face.body, &face.sound];
    texts.iter().all(|text| text.is_none()) && face.badge.is_none()
}

fn aps(face: &IosFace, silent: bool, notification: &Notification) -> Map<String, Value> {
    let mut aps = Map::new();
    let mut put = |name: &str, value: Value| {
        aps.insert(name.to_owned(), value);
    };
    match (&face.title, &face.subtitle, &face.body) {
        (None, None, None) => {}
        (None, None, Some(body)) => put("alert", json!(body)),
        (title, subtitle, body) => {
            let mut alert = Map::new();
            for (name, text) in [("title", title), ("subtitle", subtitle), ("body", body)] {
                if let Some(text) = text {
                    alert.insert(name.to_owned(), json!(text));
                }
            }
            put("alert", Value::Object(alert));
        }
    }
    if let Some(badge) = face.badge {
        put("badge", json!(badge));
    }
    let texts =
        [("sound", &face.sound), ("thread-id", &face.thread_id), ("category", &face.category)];
    for (name, text) in texts {
        if let Some(text) = text {
            put(name, json!(text));
        }
    }
    if face.mutable_content {
        put("mutable-content", json!(1));
    }
    // APNs takes nothing that neither shows something nor wakes the app.
    if silent || notification.carriage.content_available {
        put("content-available", json!(1));
    }
    aps
}

fn headers(notification: &Notification, silent: bool) -> Vec<(&'static str, String)> {
    let carriage = &notification.carriage;
    let push_type = if silent { "background" } else { "alert" };
    let mut headers = vec![("apns-push-type", push_type.to_owned())];
    // 10, which is what APNs takes when nothing is said, is an error for the background.
    let priority = match (silent, carriage.priority) {
        (true, _) | (false, Some(Priority::Normal)) => Some("5"),
        (false, Some(Priority::High)) => Some("10"),
        (false, None) => None,
    };
    if let Some(priority) = priority {
        headers.push(("apns-priority", priority.to_owned()));
    }
    match carriage.time_to_live {
        Some(0) => headers.push(("apns-expiration", "0".to_owned())),
        Some(seconds) => {
            let until = notification.published_at.plus_millis(i64::from(seconds) * 1_000);
            headers.push(("apns-expiration", (until.millis() / 1_000).to_string()));
        }
        None => {}
    }
    headers.push(("apns-collapse-id", collapse_id(notification, limits::APNS_COLLAPSE_BYTES)));
    headers
}
