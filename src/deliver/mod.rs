//! Delivery: from a queued message to the devices it is for, and what became of each.
//!
//! The [`Engine`] takes what is due from the store, page by page; a [`Provider`] knows
//! how to reach a device. Who gets a message is not decided here.

mod engine;
mod faces;
mod outlet;
mod payload;
mod provider;
mod retry;
mod upstream;
mod virtual_device;

pub use engine::Engine;
pub use outlet::{BUCKETS_MS, BreakerState, Reading};
pub use payload::notification;
pub use provider::{
    ByPlatform, Outcome, Outgoing, Parcel, Provider, Providers, Reach, Scope, Sending,
    is_subscription,
};
pub use upstream::{Upstream, UpstreamError};
