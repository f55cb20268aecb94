//! The JSON that the messaging API answers with. Nobody else spells these names, but for
//! what subscribers get, which is written once for all (`realtime/envelope.rs`).

use crate::clock::Timestamp;
use crate::id::{AppId, DeviceId, MessageId};
use crate::model::{Device, InboxEntry, MessageStatus, Notification, Os, User};
use crate::realtime::Envelope;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// The answer to `GET /info`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct Info {
    pub(in crate::server) app_id: AppId,
    /// Null by the domain form: the server keeps no key in clear.
    pub(in crate::server) api_key: Option<String>,
    /// Without a path: the SDK appends its own.
    #[serde(rename = "rtURL")]
    pub(in crate::server) rt_url: String,
    /// The SDK iterates over it unguarded, so it must be a list.
    pub(in crate::server) loggers: [Logger; 1],
}

/// A logger's level, which the SDK asks for.
#[derive(Serialize, JsonSchema)]
pub(in crate::server) struct Logger {
    pub(in crate::server) name: &'static str,
    pub(in crate::server) level: &'static str,
}

/// How a message fares. Publishing answers in lower case and leaves the counts out,
/// as the SDKs' own tests show; status and cancellation answer in upper case.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct StatusAnswer {
    error_message: Option<String>,
    message_id: MessageId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    successful_sends_amount: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_sends_amount: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sending_time_in_millis: Option<u64>,
}

impl StatusAnswer {
    pub(in crate::server) fn of_publish(status: MessageStatus) -> Self {
        Self {
            error_message: status.error_message,
            message_id: status.message_id,
            status: status.state.lower(),
            successful_sends_amount: None,
            failed_sends_amount: None,
            sending_time_in_millis: None,
        }
    }

    /// Nothing is sent yet when a push is answered, so nothing took time.
    pub(in crate::server) fn of_template_push(status: MessageStatus) -> Self {
        Self { sending_time_in_millis: Some(0), ..Self::of_message(status) }
    }

    pub(in crate::server) fn of_message(status: MessageStatus) -> Self {
        Self {
            status: status.state.upper(),
            successful_sends_amount: Some(status.sent),
            failed_sends_amount: Some(status.failed),
            sending_time_in_millis: None,
            error_message: status.error_message,
            message_id: status.message_id,
        }
    }
}

/// The answer to a registration.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct Registered {
    pub(in crate::server) registration_id: String,
}

/// A device's registration.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct Registration {
    id: String,
    device_token: String,
    device_id: DeviceId,
    os: Os,
    os_version: Option<String>,
    channels: Vec<String>,
    /// Milliseconds, whatever unit it came in.
    expiration: Option<Timestamp>,
    /// Ours, as the two below: left out when there is nothing to tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    properties: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
}

impl From<Device> for Registration {
    fn from(device: Device) -> Self {
        Self {
            id: device.object_id,
            device_token: device.token,
            device_id: device.id,
            os: device.os,
            os_version: device.os_version,
            channels: device.channels,
            expiration: device.expires_at,
            tags: device.tags,
            properties: device.properties,
            user: device.user,
        }
    }
}

/// The answer to a deletion: JSON true, which the Swift SDK casts to Bool.
#[derive(Serialize, JsonSchema)]
pub(in crate::server) struct Done {
    pub(in crate::server) result: bool,
}

/// The answer to a subscription that is polled.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct Subscribed {
    pub(in crate::server) subscription_id: String,
}

/// What came since the last time.
#[derive(Serialize, JsonSchema)]
pub(in crate::server) struct Polled {
    pub(in crate::server) messages: Vec<PolledMessage>,
}

/// A message as those who poll get it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct PolledMessage {
    message_id: MessageId,
    data: Value,
    published_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher_id: Option<String>,
    headers: IndexMap<String, String>,
}

impl PolledMessage {
    pub(in crate::server) fn new(app: &AppId, envelope: &Envelope) -> Self {
        let mut headers = envelope.headers.clone();
        headers.insert("BL_APPLICATION_ID".to_owned(), app.to_string());
        Self {
            message_id: envelope.id.clone(),
            data: envelope.message.clone(),
            published_at: envelope.published_at,
            publisher_id: envelope.publisher_id.clone(),
            headers,
        }
    }
}

/// A notification in a virtual device's inbox. Ours.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct Delivered {
    sequence: i64,
    device_id: DeviceId,
    #[serde(flatten)]
    notification: Notification,
}

impl From<InboxEntry> for Delivered {
    fn from(entry: InboxEntry) -> Self {
        Self {
            sequence: entry.sequence,
            device_id: entry.device_id,
            notification: entry.notification,
        }
    }
}
