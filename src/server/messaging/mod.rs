//! The messaging API on the wire, endpoint by endpoint. Its JSON lives in [`wire`] only.

pub(super) mod devices;
pub(super) mod messages;
pub(super) mod notifications;
pub(super) mod start;
mod wire;
