//! What all connections have in common: how to answer, who may send, what came.

use super::checks::Checks;
use super::log::Log;
use crate::clock::Clock;

/// How it answers.
#[derive(Clone, Debug)]
pub struct Options {
    /// Milliseconds before each answer.
    pub latency_ms: i64,
    /// Milliseconds before an answer to a token that starts with `slow`.
    pub slow_ms: i64,
    /// Streams at once on a connection.
    pub streams: u32,
    /// Seconds an access token for FCM lasts.
    pub token_seconds: i64,
    /// Requests that are kept whole, the latest of them.
    pub keep: usize,
}

/// All connections' common ground.
pub(super) struct World {
    pub(super) options: Options,
    pub(super) checks: Checks,
    pub(super) log: Log,
    pub(super) clock: Clock,
    /// The push services' own address, `https://127.0.0.1:PORT`.
    pub(super) url: String,
}
