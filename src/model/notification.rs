//! What a phone shows: one message as one platform draws it.

use super::Os;
use crate::clock::Timestamp;
use crate::id::{DeviceId, MessageId};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A notification for one platform. The same for every device of it, so it is
/// built and kept once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Which message; a phone shows each once.
    pub message_id: MessageId,
    /// The channel it was published to.
    pub channel: String,
    /// The platform it was made for.
    pub os: Os,
    /// When it was published.
    pub published_at: Timestamp,
    /// How Android draws it; there for Android only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android: Option<AndroidFace>,
    /// How iOS draws it; there for iOS only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ios: Option<IosFace>,
    /// The message itself.
    pub message: Value,
    /// All headers, as text.
    pub headers: IndexMap<String, String>,
    /// How it travels, as far as the publisher said so.
    #[serde(default, skip_serializing_if = "Carriage::is_plain")]
    pub carriage: Carriage,
}

impl Notification {
    /// Whether a phone shows nothing of it, and the app only gets its data.
    pub fn is_silent(&self) -> bool {
        let says = match (&self.android, &self.ios) {
            (Some(face), _) => face.title.is_some() || face.text.is_some(),
            (_, Some(face)) => {
                face.title.is_some() || face.subtitle.is_some() || face.body.is_some()
            }
            (None, None) => true,
        };
        !says
    }
}

/// How a notification travels. The same for all platforms; each push service has its
/// own words for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Carriage {
    /// Whether it may wake the phone at once; the service decides when it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Seconds that it is worth delivering; 0: now or never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_live: Option<u32>,
    /// A later one with the same key replaces this one on the phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collapse_key: Option<String>,
    /// It wakes the app, whether or not it shows something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content_available: bool,
}

impl Carriage {
    /// Whether nothing was asked for.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// How soon a push service should deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// When it suits the phone.
    Normal,
    /// At once.
    High,
}

/// A button under a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// What the app is told when it is pressed.
    pub id: String,
    /// What the button says.
    pub title: String,
    /// There when the button asks for a line of text: the hint in its empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}

/// What Android shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AndroidFace {
    /// The line that runs through the status bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticker: Option<String>,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text under the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A short line beside the app's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_text: Option<String>,
    /// The small icon: a drawable of the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The large icon: a drawable of the app, or the address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_icon: Option<String>,
    /// The big picture's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Colour of icon and title, `#RRGGBB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// The sound: a resource of the app, or `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// The notification channel of the app (Android 8 and later) that it is shown in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// The number on the app's icon, where the launcher shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<u64>,
    /// Buttons under it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// What iOS and macOS show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IosFace {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The line under the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// The alert's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The number on the app's icon; 0 clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<u64>,
    /// The sound's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// The picture's address; the app's notification extension fetches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Notifications with the same thread are shown as one group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// The app's name for the buttons it has registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The app's notification extension may change it before it is shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mutable_content: bool,
    /// Buttons under it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// A notification in a virtual device's inbox.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxEntry {
    /// Rises with every notification of the store; what a phone asks to go on from.
    pub sequence: i64,
    /// Whose inbox.
    pub device_id: DeviceId,
    /// What it got.
    pub notification: Notification,
}
