//! The nouns of the service: plain records that every room below may speak of.
//!
//! Nothing here reads a wire body, knows SQL or decides anything; it only says
//! what a message, a device, a status or a notification is made of.

mod access;
mod automation;
mod device;
mod message;
mod notification;
mod status;
mod template;

pub use access::{AppRecord, ChannelRule, KeyRecord, Role, Roles, UserToken};
pub use automation::{FlowDraft, FlowRecord, RunFilter, RunOutcome, RunRecord, VersionRecord};
pub use device::{Device, DeviceKey, Os, Person, Platforms, User};
pub use message::{Publication, PublishPolicy, Repeat, TIME_TO_LIVE, json_text, seconds_to_live};
pub use notification::{
    Action, AndroidFace, Carriage, InboxEntry, IosFace, Notification, Priority,
};
pub use status::{MessageStatus, Receipt, State};
pub use template::{
    AndroidOptions, Button, Cancel, IosOptions, Template, TemplateOptions, TemplatePush,
    TemplateRecord, Variant,
};

use crate::id::AppId;

/// The name of the channel used when none is given.
pub const DEFAULT_CHANNEL: &str = "default";

/// An application's secrets in clear. They exist once, when the application is made.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The application's id.
    pub app_id: AppId,
    /// What clients put into the path.
    pub api_key: String,
    /// What operators send as a bearer token.
    pub admin_token: String,
}

impl std::fmt::Debug for Credentials {
    /// Without the secrets, so that they can't reach a log by accident.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// How much an application holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Registered devices.
    pub devices: u64,
    /// Messages accepted, copies of repeating ones included.
    pub messages: u64,
}
