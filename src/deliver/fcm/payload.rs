//! A notification as FCM takes it: the message's JSON, without the token it goes to.
//!
//! Source: Firebase, the resource `projects.messages` of the HTTP v1 API.

use crate::deliver::apns;
use crate::deliver::data::data;
use crate::deliver::identity::collapse_id;
use crate::deliver::service::too_large;
use crate::limits;
use crate::model::{AndroidFace, Notification, Os, Priority, json_text};
use serde_json::{Map, Value, json};

/// The message of a notification; the same for all devices. The error says how large it is.
pub(in crate::deliver) fn payload(notification: &Notification) -> Result<Value, String> {
    let mut message = Map::new();
    let size = if matches!(notification.os, Os::Ios | Os::Osx) {
        let payload = apns::payload(notification);
        let headers: Map<String, Value> = payload
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        let size = payload.json.to_string().len();
        message.insert("apns".to_owned(), json!({ "headers": headers, "payload": payload.json }));
        size
    } else {
        let data = texts(data(notification));
        let android = android(notification);
        let size =
            bytes(&data) + android.get("notification").map_or(0, |shown| shown.to_string().len());
        message.insert("data".to_owned(), Value::Object(data));
        message.insert("android".to_owned(), Value::Object(android));
        size
    };
    if size > limits::FCM_BYTES_MAX {
        return Err(too_large("fcm", size, limits::FCM_BYTES_MAX));
    }
    Ok(Value::Object(message))
}

/// Data as FCM takes it: texts only, and no key that is its own.
fn texts(data: Map<String, Value>) -> Map<String, Value> {
    let own = |name: &str| {
        matches!(name, "from" | "message_type" | "collapse_key")
            || name.starts_with("google.")
            || name.starts_with("gcm.")
    };
    data.into_iter()
        .map(|(name, value)| {
            let name = if own(&name) { format!("header-{name}") } else { name };
            (name, json!(json_text(&value)))
        })
        .collect()
}

fn bytes(data: &Map<String, Value>) -> usize {
    data.iter().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len)).sum()
}

fn android(notification: &Notification) -> Map<String, Value> {
    let mut android = Map::new();
    let carriage = &notification.carriage;
    // FCM keeps at most four keys a device: one for each message would push others out, so
    // only the publisher's own goes there. The tag replaces on the phone.
    if let Some(key) = &carriage.collapse_key {
        android.insert("collapse_key".to_owned(), json!(key));
    }
    if let Some(priority) = carriage.priority {
        let priority = match priority {
            Priority::High => "high",
            Priority::Normal => "normal",
        };
        android.insert("priority".to_owned(), json!(priority));
    }
    if let Some(seconds) = carriage.time_to_live {
        let seconds = seconds.min(limits::FCM_TTL_MAX_S);
        android.insert("ttl".to_owned(), json!(format!("{seconds}s")));
    }
    if notification.os == Os::Android && notification.is_silent() {
        return android;
    }
    let face = notification.android.clone().unwrap_or_else(|| AndroidFace {
        text: Some(json_text(&notification.message)),
        ..AndroidFace::default()
    });
    android.insert("notification".to_owned(), Value::Object(shown(&face, notification)));
    android
}

fn shown(face: &AndroidFace, notification: &Notification) -> Map<String, Value> {
    let mut shown = Map::new();
    for (name, text) in [
        ("title", &face.title),
        ("body", &face.text),
        ("ticker", &face.ticker),
        ("icon", &face.icon),
        ("color", &face.color),
        ("sound", &face.sound),
        ("channel_id", &face.channel_id),
        ("image", &face.image),
    ] {
        if let Some(text) = text {
            shown.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(count) = face.badge {
        shown.insert("notification_count".to_owned(), json!(count));
    }
    let tag = collapse_id(notification, limits::FCM_TAG_BYTES);
    shown.insert("tag".to_owned(), json!(tag));
    shown
}
