//! Leave to send, or none.

use crate::clock::Timestamp;
use std::time::Duration;

/// Whether something may be sent.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::deliver) enum Leave {
    /// Yes, now.
    Go,
    /// Not yet: look again after so long.
    Later(Duration),
    /// No: the provider is out of order.
    Refused {
        /// Until when it isn't tried.
        until: Timestamp,
        /// What is wrong.
        reason: String,
    },
}
