//! A publication: what a publisher said, checked, in one form.

use super::{Platforms, TemplatePush};
use crate::clock::Timestamp;
use crate::id::DeviceId;
use crate::limits;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A publication as it is kept. Its wire form has more spellings; this has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    /// Any JSON but null.
    pub message: Value,
    /// Text, number or boolean by name, as given; never null or empty.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, Value>,
    /// Free text that names the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher_id: Option<String>,
    /// An older way to divide channels (`a.b`); carried, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtopic: Option<String>,
    /// What the publisher asked for; `None` when it left that open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PublishPolicy>,
    /// The platforms the publisher named; `None` when it named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broadcast: Option<Platforms>,
    /// The only devices to reach; empty means all of the channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub singlecast: Vec<DeviceId>,
    /// Only devices of this segment: a condition that was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_query: Option<String>,
    /// When to send; `None` means at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish_at: Option<Timestamp>,
    /// How to repeat; `None` means once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// The template that draws it for each device; `None` when its headers do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Box<TemplatePush>>,
}

/// The header that says for how many seconds a push is worth delivering; 0: now or never. Ours:
/// the messaging API has such a field for push templates alone.
pub const TIME_TO_LIVE: &str = "push-time-to-live";

/// How a message repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// Seconds from one copy to the next, at least 1.
    pub every_s: i64,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// Which legs a message takes. Source: the wire's `publishPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PublishPolicy {
    /// Push notifications only.
    Push,
    /// Subscribers only.
    Pubsub,
    /// Both.
    Both,
}

impl PublishPolicy {
    /// All, in the order of their wire numbers 0, 1, 2.
    pub const ALL: [Self; 3] = [Self::Push, Self::Pubsub, Self::Both];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "PUSH",
            Self::Pubsub => "PUBSUB",
            Self::Both => "BOTH",
        }
    }
}

impl Publication {
    /// A header's text as it is delivered; `None` when the header isn't there.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(json_text)
    }

    /// Seconds for which it is worth delivering, if its header says so.
    pub fn time_to_live(&self) -> Option<u32> {
        seconds_to_live(self.headers.get(TIME_TO_LIVE)?)
    }

    /// Whether some header's name starts so.
    pub fn has_header_like(&self, prefix: &str) -> bool {
        self.headers.keys().any(|name| name.starts_with(prefix))
    }

    /// The message as text: a text as it is, anything else as JSON.
    pub fn message_text(&self) -> String {
        json_text(&self.message)
    }
}

/// The seconds that a value of [`TIME_TO_LIVE`] stands for: whole ones, as a number or a text, as
/// many as push services take.
pub fn seconds_to_live(value: &Value) -> Option<u32> {
    let seconds = json_text(value).trim().parse().ok()?;
    (seconds <= limits::TIME_TO_LIVE_MAX_S).then_some(seconds)
}

/// A JSON value as text for people: a text as it is, a whole number without a
/// point (as JavaScript writes it), anything else as JSON.
pub fn json_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(|| number.to_string(), |float| float.to_string())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::json_text;
    use serde_json::json;

    #[test]
    fn values_become_the_text_a_phone_shows() {
        for (value, text) in [
            (json!("a \"b\""), "a \"b\""),
            (json!(5), "5"),
            (json!(5.0), "5"),
            (json!(0.5), "0.5"),
            (json!(true), "true"),
            (json!({"b": 1, "a": [2]}), "{\"b\":1,\"a\":[2]}"),
        ] {
            assert_eq!(json_text(&value), text);
        }
    }
}
