//! Delivery: from a queued message to the devices it is for, and what became of each.
//!
//! The [`Engine`] takes what is due from the store, page by page; a [`Provider`] knows
//! how to reach a device. Who gets a message is not decided here.

mod engine;
mod faces;
mod outlet;
mod payload;
mod policy;
mod provider;
mod providers;
mod retry;
mod upstream;
mod virtual_device;

mod apns;
mod data;
mod drawn;
mod fcm;
mod http2;
mod identity;
mod jwt;
mod off;
mod service;
mod suspicion;
mod trial;
mod wait;
mod watched;
mod webhook;
mod webpush;

pub use engine::Engine;
#[cfg(fuzzing)]
pub use http2::http2_hears;
pub use outlet::{BUCKETS_MS, BreakerState, Reading};
pub use payload::notification;
pub use provider::{Outcome, Outgoing, Parcel, Provider, Reach, Scope, Sending, is_subscription};
pub use providers::{ByPlatform, Providers, ProvidersError};
pub use trial::{Trial, check, payload_of};
pub use upstream::{Upstream, UpstreamError};
pub use webpush::decrypt as web_push_decrypt;
