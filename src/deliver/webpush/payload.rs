//! A notification as the page's service worker gets it, and the headers it travels with.
//!
//! The JSON is ours. `title`, `body`, `icon`, `image`, `tag`, `silent` and `actions` are named
//! as `registration.showNotification(title, options)` wants them; `data` is the rest.

use crate::deliver::data::data;
use crate::deliver::identity::collapse_id;
use crate::limits;
use crate::model::{Action, Notification, Priority, json_text};
use serde_json::{Map, Value, json};

/// The JSON, and its headers by name.
#[derive(Debug)]
pub(in crate::deliver) struct Payload {
    pub(in crate::deliver) json: Value,
    pub(in crate::deliver) headers: Vec<(&'static str, String)>,
}

/// The payload of a notification; the same for all browsers, before it is encrypted.
pub(in crate::deliver) fn payload(notification: &Notification) -> Payload {
    let mut json = shown(notification);
    json.insert("tag".to_owned(), json!(collapse_id(notification, limits::WEB_PUSH_TOPIC_BYTES)));
    json.insert("messageId".to_owned(), json!(notification.message_id));
    json.insert("channel".to_owned(), json!(notification.channel));
    json.insert("data".to_owned(), Value::Object(data(notification)));
    Payload { json: Value::Object(json), headers: headers(notification) }
}

fn shown(notification: &Notification) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut put = |name: &str, text: Option<&String>| {
        if let Some(text) = text {
            shown.insert(name.to_owned(), json!(text));
        }
    };
    let (android, ios) = (notification.android.as_ref(), notification.ios.as_ref());
    let message = json_text(&notification.message);
    let (actions, quiet): (&[Action], bool) = match (android, ios) {
        (Some(face), _) => {
            put("title", face.title.as_ref());
            put("body", face.text.as_ref());
            put("icon", face.large_icon.as_ref().filter(|icon| icon.starts_with("https://")));
            put("image", face.image.as_ref());
            (&face.actions, false)
        }
        (None, Some(face)) => {
            put("title", face.title.as_ref().or(face.subtitle.as_ref()));
            put("body", face.body.as_ref());
            put("image", face.image.as_ref());
            (&face.actions, false)
        }
        (None, None) => {
            put("body", Some(&message).filter(|text| !text.is_empty()));
            (&[], message.is_empty())
        }
    };
    if quiet || notification.is_silent() && (android.is_some() || ios.is_some()) {
        shown.insert("silent".to_owned(), json!(true));
    }
    if !actions.is_empty() {
        let action = |action: &Action| match &action.reply {
            None => json!({ "action": action.id, "title": action.title }),
            Some(hint) => json!({
                "action": action.id, "title": action.title, "type": "text", "placeholder": hint
            }),
        };
        shown.insert("actions".to_owned(), actions.iter().map(action).collect());
    }
    shown
}

/// Source: RFC 8030, section 5. A topic has characters of base64url only.
fn headers(notification: &Notification) -> Vec<(&'static str, String)> {
    let carriage = &notification.carriage;
    let seconds = carriage.time_to_live.unwrap_or(limits::WEB_PUSH_TTL_S);
    let mut headers = vec![("ttl", seconds.to_string())];
    let urgency = match carriage.priority {
        Some(Priority::High) => Some("high"),
        Some(Priority::Normal) => Some("normal"),
        None => None,
    };
    if let Some(urgency) = urgency {
        headers.push(("urgency", urgency.to_owned()));
    }
    headers.push(("topic", topic(notification)));
    headers
}

fn topic(notification: &Notification) -> String {
    let id = collapse_id(notification, limits::WEB_PUSH_TOPIC_BYTES);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if id.bytes().all(plain) {
        return id;
    }
    // A publisher's own key may have any character.
    crate::deliver::identity::hashed(&id, limits::WEB_PUSH_TOPIC_BYTES)
}
