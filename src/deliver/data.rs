//! What of a message travels as data: the message itself, and headers that no platform draws.

use crate::model::{Action, Notification, Os};
use serde_json::{Map, Value, json};

/// The custom data of a notification, in order: `message`, what the platform's push service
/// has no words for, under the names that the messaging API's headers have, and every header
/// that neither this platform draws nor another one owns.
pub(super) fn data(notification: &Notification) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("message".to_owned(), notification.message.clone());
    if let Some(face) = &notification.android {
        let texts =
            [("android-summary-subtext", &face.sub_text), ("android-large-icon", &face.large_icon)];
        for (name, text) in texts {
            if let Some(text) = text {
                data.insert(name.to_owned(), json!(text));
            }
        }
        put_actions(&mut data, "android-actions", &face.actions);
    }
    if let Some(face) = &notification.ios {
        if let Some(image) = &face.image {
            // The name that the messaging API's notification extension looks for.
            data.insert("attachment-url".to_owned(), json!(image));
        }
        put_actions(&mut data, "ios-actions", &face.actions);
    }
    for (name, value) in &notification.headers {
        if travels(name, notification.os) && !data.contains_key(name) {
            data.insert(name.clone(), json!(value));
        }
    }
    data
}

fn put_actions(data: &mut Map<String, Value>, name: &str, actions: &[Action]) {
    if !actions.is_empty() {
        data.insert(name.to_owned(), json!(actions));
    }
}

/// Headers that a notification shows itself. Source: the messaging API's page on headers.
const DRAWN: [&str; 15] = [
    "android-ticker-text",
    "android-content-title",
    "android-content-text",
    "android-summary-subtext",
    "android-content-sound",
    "android-large-icon",
    "android-attachment-url",
    "ios-alert",
    "ios-alert-title",
    "ios-alert-subtitle",
    "ios-alert-body",
    "ios-badge",
    "ios-sound",
    "ios-content-available",
    "ios-rich-media-url",
];

fn travels(name: &str, os: Os) -> bool {
    let foreign = |prefix: &str, own: bool| name.starts_with(prefix) && !own;
    !DRAWN.contains(&name)
        && !foreign("android-", os == Os::Android)
        && !foreign("ios-", matches!(os, Os::Ios | Os::Osx))
        && !foreign("wp-", os == Os::Wp)
}
