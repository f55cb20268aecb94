//! HTTP/2 to a push service: several connections, each used within its peer's stream limit.
//!
//! A client of its own (RFC 9113, RFC 7541) with what push services need and no more: a request
//! with a short body that is known at once, and its short answer. What it does for each is a
//! copy of some hundred bytes: most headers are in the peer's table, what many have to say is
//! written at once, and no request has a task.
//!
//! A [`Pool`] opens further connections only when all it has are full, sends again by itself
//! what a peer surely didn't process, and never guesses about the rest: a request that had
//! left when its connection broke is [`Fault::Lost`]. It knows nothing of push.
//!
//! - `frame`, `settings`, `hpack`: what bytes mean;
//! - `connection`, `receive`, `stream`: what they do, without I/O, tasks or time;
//! - `driver`, `line`, `connect`, `wide`, `tls`: a connection that is alive;
//! - `pool`: several of them.

mod connect;
mod connection;
mod driver;
mod frame;
#[cfg(fuzzing)]
mod fuzzed;
mod hpack;
mod line;
mod pool;
mod receive;
mod settings;
mod stream;
mod target;
#[cfg(test)]
mod tests;
mod tls;
mod wide;

#[cfg(fuzzing)]
pub use fuzzed::http2_hears;
pub(super) use hpack::{Fields, Keep};
pub(super) use pool::Pool;
pub(super) use target::Target;
pub(super) use tls::{TlsError, client as tls_client};

use http::{HeaderMap, StatusCode};

/// A request, in pieces that are copied once, to where they are sent from.
pub(super) struct Request<'a> {
    /// The path in parts, when it is this request's own; else it is among `shared`.
    pub(super) path: &'a [&'a [u8]],
    /// Headers that other requests have, too; the first ones have the pseudo-headers.
    pub(super) shared: &'a [&'a Fields],
    /// A header that no other has.
    pub(super) own: Option<(&'a str, &'a [u8])>,
    /// The body in parts.
    pub(super) body: &'a [&'a [u8]],
}

/// Headers of answers that somebody reads; others aren't kept.
const KEPT: [&str; 2] = ["retry-after", "location"];

/// What a peer answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Those that somebody reads, `retry-after` and `location`.
    pub(super) headers: HeaderMap,
    /// At most [`crate::limits::ANSWER_BYTES_MAX`]; more is cut off.
    pub(super) body: Vec<u8>,
}

/// How an exchange ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Broken {
    /// Surely not processed.
    Unprocessed(String),
    /// Not processed, and the peer has had too much.
    Unwelcome(String),
    /// It may have been processed.
    Lost(String),
}

impl Broken {
    fn lost(self, server: &str) -> Fault {
        match self {
            Self::Unprocessed(reason) | Self::Unwelcome(reason) => {
                Fault::Refused { server: server.to_owned(), reason }
            }
            Self::Lost(reason) => Fault::Lost { server: server.to_owned(), reason },
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// There is no connection, and nothing has left.
    #[error("can't reach {server}: {reason}")]
    Unreachable {
        /// Host and port.
        server: String,
        /// What the connection said.
        reason: String,
    },
    /// The peer isn't who it should be, or speaks no HTTP/2: no waiting mends that.
    #[error("{server} can't be trusted or used: {reason}")]
    Untrusted {
        /// Host and port.
        server: String,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// The peer refused the stream, again and again: not processed.
    #[error("{server} takes no more requests: {reason}")]
    Refused {
        /// Host and port.
        server: String,
        /// What it said.
        reason: String,
    },
    /// The request had left; whether it was processed nobody knows.
    #[error("{server} gave no answer: {reason}")]
    Lost {
        /// Host and port.
        server: String,
        /// What broke.
        reason: String,
    },
}
