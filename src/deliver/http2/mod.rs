//! HTTP/2 to a push service: several connections, each used within its peer's stream limit.
//!
//! A [`Pool`] opens a further connection only when all it has are full, sends again by itself
//! what a peer surely didn't process, and never guesses about the rest: a request that had
//! left when its connection broke is [`Fault::Lost`]. It knows nothing of push.

mod connect;
mod joined;
mod line;
mod pool;
mod tls;

pub(super) use pool::{Pool, Target};
pub(super) use tls::{TlsError, client as tls_client};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// What a peer answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// At most [`crate::limits::ANSWER_BYTES_MAX`]; more is cut off.
    pub(super) body: Bytes,
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
