//! How a message fares.

use crate::id::MessageId;

/// The states of a message. Source: the messaging API's `MessageStatus`, in its
/// numeric order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody got it; the reason is in the error message.
    Failed,
    /// It was given to everyone it was for.
    Published,
    /// Accepted, and not done yet.
    Scheduled,
    /// Stopped before it was sent.
    Cancelled,
    /// No such message.
    Unknown,
}

impl State {
    /// All of them, in the order of their wire numbers 0 to 4.
    pub const ALL: [Self; 5] =
        [Self::Failed, Self::Published, Self::Scheduled, Self::Cancelled, Self::Unknown];

    /// The text that a status or a cancellation answers.
    pub fn upper(self) -> &'static str {
        match self {
            Self::Failed => "FAILED",
            Self::Published => "PUBLISHED",
            Self::Scheduled => "SCHEDULED",
            Self::Cancelled => "CANCELLED",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The text that a publish answers.
    pub fn lower(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Published => "published",
            Self::Scheduled => "scheduled",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// The state of that name, in any case; one documentation page writes `canceled`.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("canceled") {
            return Some(Self::Cancelled);
        }
        Self::ALL.into_iter().find(|state| state.upper().eq_ignore_ascii_case(name))
    }
}

/// How a message fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageStatus {
    /// Which message.
    pub message_id: MessageId,
    /// Its state.
    pub state: State,
    /// Why it failed.
    pub error_message: Option<String>,
    /// Devices that it was given to.
    pub sent: u64,
    /// Devices that can't be reached or refused it.
    pub failed: u64,
}

/// What a publisher gets when its message has been taken in: its status at that
/// moment, which is `Scheduled` always.
pub type Receipt = MessageStatus;

impl MessageStatus {
    /// The status of a message that was just taken in.
    pub fn accepted(message_id: MessageId) -> Self {
        Self { message_id, state: State::Scheduled, error_message: None, sent: 0, failed: 0 }
    }

    /// The status of a message nobody knows.
    pub fn unknown(message_id: MessageId) -> Self {
        Self { message_id, state: State::Unknown, error_message: None, sent: 0, failed: 0 }
    }
}
