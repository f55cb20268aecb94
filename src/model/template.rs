//! A stored template of push notifications, and one that is on its way with its values.
//!
//! Names and shapes are those of the messaging API's console; what is ours is marked so. What
//! is wrong with one that a person wrote, and how it is drawn, is in `template`.

use super::{Os, Platforms};
use crate::clock::Timestamp;
use crate::smart::SmartText;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A template of a push notification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Template {
    /// A JSON schema for editors; says nothing to us.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What it is pushed by; unique in its application.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// The text, where a platform doesn't say its own.
    #[serde(default)]
    pub message: SmartText,
    /// The platforms it goes to; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Os>,
    /// The channel it goes to.
    #[serde(default = "default_channel")]
    pub channel_name: String,
    /// Only devices of this segment. `{name}` in it is filled from the values of a push, and
    /// is a value wherever it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_query: Option<String>,
    /// Headers for all platforms. Ours: the console has them for each platform only.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub custom_headers: IndexMap<String, SmartText>,
    /// What each platform shows.
    #[serde(default, skip_serializing_if = "TemplateOptions::is_empty")]
    pub options: TemplateOptions,
    /// What is said otherwise in a language, by its tag (`de`, `de-AT`). Ours.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub locales: IndexMap<String, Variant>,
}

fn default_channel() -> String {
    super::DEFAULT_CHANNEL.to_owned()
}

impl Template {
    /// The platforms it goes to.
    pub fn reaches(&self) -> Platforms {
        if self.platforms.is_empty() {
            return Platforms::ALL;
        }
        self.platforms.iter().fold(Platforms::NONE, |all, os| all.with(*os))
    }
}

/// What is said otherwise in one language; what is left out is as in the template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Variant {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<SmartText>,
    /// Headers for all platforms, laid over the template's.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub custom_headers: IndexMap<String, SmartText>,
    /// What each platform shows, laid over the template's.
    #[serde(default, skip_serializing_if = "TemplateOptions::is_empty")]
    pub options: TemplateOptions,
}

/// What each platform shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateOptions {
    /// On Android.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android: Option<AndroidOptions>,
    /// On iOS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ios: Option<IosOptions>,
    /// On macOS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub osx: Option<IosOptions>,
}

impl TemplateOptions {
    /// Whether no platform says anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What Android shows, and how the notification travels there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AndroidOptions {
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_title: Option<SmartText>,
    /// The text under the title; the message when not said. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_text: Option<SmartText>,
    /// The line that runs through the status bar. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticker_text: Option<SmartText>,
    /// A short line beside the app's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary_sub_text: Option<SmartText>,
    /// Headers for Android only.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub custom_headers: IndexMap<String, SmartText>,
    /// The number on the app's icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 2_147_483_647))]
    pub badge: Option<u32>,
    /// The same by another name of the console; it outweighs `badge`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 2_147_483_647))]
    pub badge_number: Option<u32>,
    /// The small icon: a drawable of the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The large icon: a drawable of the app, or the address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub large_icon: Option<SmartText>,
    /// Colour of icon and title, `#RRGGBB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub color_code: Option<String>,
    /// The sound: a resource of the app, or `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// When the notification goes away by itself; the device's part of the API does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Cancel>,
    /// The big picture's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_url: Option<SmartText>,
    /// What a tap starts; carried to the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_on_tap: Option<String>,
    /// Buttons under it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Button>,
    /// The app's name for a set of buttons; carried to the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub button_template: Option<String>,
    /// The notification channel of the app (Android 8 and later).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_template: Option<String>,
    /// Wakes the app, whether or not it shows something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_available: Option<bool>,
    /// Whether it may come before the phone was unlocked after a start; carried to the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_boot: Option<bool>,
    /// How soon the push service should deliver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_priority: Option<super::Priority>,
    /// Seconds that it is worth delivering; 0: now or never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 2_419_200))]
    pub ttl_seconds: Option<u32>,
    /// A later notification with the same key replaces this one. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collapse_key: Option<SmartText>,
}

/// When an Android notification goes away by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cancel {
    /// Seconds after it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// When it is tapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ontap: Option<bool>,
}

/// What iOS or macOS shows, and how the notification travels there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IosOptions {
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_title: Option<SmartText>,
    /// The line under the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_subtitle: Option<SmartText>,
    /// The alert's text; the message when not said. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_body: Option<SmartText>,
    /// Headers for this platform only.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub custom_headers: IndexMap<String, SmartText>,
    /// The number on the app's icon; 0 clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 2_147_483_647))]
    pub badge: Option<u32>,
    /// The sound's name, or `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// The picture's address; the app's notification extension fetches it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_url: Option<SmartText>,
    /// Buttons under it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Button>,
    /// The category: the app's name for a set of buttons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub button_template: Option<String>,
    /// Notifications of one thread are shown as one group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<SmartText>,
    /// How a group sums itself up; carried to the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary_format: Option<String>,
    /// Wakes the app, whether or not it shows something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_available: Option<bool>,
    /// The app's notification extension may change it; on when there is a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutable_content: Option<bool>,
    /// How soon the push service should deliver. Ours, as the two below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_priority: Option<super::Priority>,
    /// Seconds that it is worth delivering; 0: now or never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 2_419_200))]
    pub ttl_seconds: Option<u32>,
    /// A later notification with the same key replaces this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collapse_key: Option<SmartText>,
}

/// A button under a notification.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Button {
    /// What the app is told when it is pressed.
    pub id: String,
    /// What the button says.
    pub title: SmartText,
    /// Whether it asks for a line of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inline_reply: Option<bool>,
    /// The hint in its empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_input_placeholder: Option<SmartText>,
    /// What the button beside the field says; iOS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_button_title: Option<String>,
}

/// A template as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateRecord {
    /// The template.
    pub template: Template,
    /// When it was changed last. Rises with each change, so it is the version, too.
    pub changed_at: Timestamp,
}

impl TemplateRecord {
    /// Its version.
    pub fn version(&self) -> u64 {
        self.changed_at.millis().unsigned_abs()
    }
}

/// A template that is on its way: as it was when it was pushed, so that a change or a removal
/// doesn't reach what waits for its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplatePush {
    /// The template.
    pub template: Template,
    /// Text, number or boolean by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
}
