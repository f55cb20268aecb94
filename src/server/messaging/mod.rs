//! The messaging API on the wire, endpoint by endpoint. Its JSON lives in [`wire`] only.

pub(super) mod devices;
mod events;
pub(super) mod messages;
pub(super) mod notifications;
pub(super) mod polling;
pub(super) mod routes;
pub(super) mod start;
pub(super) mod stream;
mod wire;

pub(super) use wire::Registration;
