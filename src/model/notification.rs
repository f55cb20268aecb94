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
}

/// What iOS shows.
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
