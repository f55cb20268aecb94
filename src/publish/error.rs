//! Why something isn't published or registered, and the number of each reason.

use crate::clock::Timestamp;
use crate::condition::ConditionError;
use crate::diag::{Sentence, say};
use crate::id::{DeviceId, MessageId};
use crate::model::State;
use crate::store::StoreError;
use std::fmt;

/// Why a message isn't published, found or cancelled.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The body is no object.
    Body {
        /// What it is.
        found: Sentence,
    },
    /// There is no message.
    MessageMissing,
    /// The message is too large.
    TooLarge {
        /// Its bytes as JSON.
        bytes: usize,
        /// The bound.
        most: usize,
    },
    /// Lists and objects too deep inside one another.
    TooDeep {
        /// The bound.
        most: usize,
    },
    /// The channel can't have that name.
    Channel {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: Sentence,
    },
    /// A header can't be sent.
    Header {
        /// Its name.
        name: String,
        /// What is wrong and how to mend it.
        problem: Sentence,
    },
    /// A field has the wrong type.
    Field {
        /// The field.
        field: &'static str,
        /// What it is.
        found: Sentence,
        /// What it must be.
        expected: Sentence,
    },
    /// No such policy.
    PublishPolicy {
        /// What was given.
        given: String,
    },
    /// No such platforms.
    PushBroadcast {
        /// What was given.
        given: String,
    },
    /// The device ids can't be used.
    PushSinglecast {
        /// What is wrong and how to mend it.
        problem: Sentence,
    },
    /// The segment's condition can't be read.
    SegmentQuery(ConditionError),
    /// No such time, or it is over.
    PublishAt {
        /// What is wrong and how to mend it.
        problem: Sentence,
    },
    /// No such interval.
    RepeatEvery {
        /// What is wrong and how to mend it.
        problem: Sentence,
    },
    /// No such end, or it comes before the beginning.
    RepeatExpiresAt {
        /// What is wrong and how to mend it.
        problem: Sentence,
    },
    /// The key can't be kept.
    IdempotencyKey {
        /// Its bytes.
        length: usize,
    },
    /// Too late, or there is no such message.
    NotCancellable {
        /// Which message.
        id: MessageId,
        /// Its state.
        state: State,
    },
    /// The store failed.
    Store(#[from] StoreError),
}

/// In English.
impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence().english())
    }
}

impl PublishError {
    /// What is wrong, and how to mend it.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::Body { found } => {
                say!("the body is {found}, not an object; send `{\"message\": ...}`", found)
            }
            Self::MessageMissing => {
                say!("`message` is missing; give it any value but null, an empty text is fine")
            }
            Self::TooLarge { bytes, most } => say!(
                "message and headers take {bytes} bytes, more than {most}; send a link to the content",
                bytes,
                most,
            ),
            Self::TooDeep { most } => say!(
                "`message` nests deeper than {most} levels; flatten it, or send it as text",
                most
            ),
            Self::Channel { name, problem } => {
                say!("the channel name `{name}` {problem}; choose another name", name, problem)
            }
            Self::Header { name, problem } => say!("header `{name}` {problem}", name, problem),
            Self::Field { field, found, expected } => {
                say!("`{field}` is {found}; it must be {expected}", field, found, expected)
            }
            Self::PublishPolicy { given } => {
                say!("`publishPolicy` is `{given}`; use PUSH, PUBSUB or BOTH, or 0, 1 or 2", given)
            }
            Self::PushBroadcast { given } => say!(
                "`pushBroadcast` is `{given}`; use names joined by `|` (IOS, ANDROID, WP, OSX, ALL) or \
                 a number from 0 to 15",
                given
            ),
            Self::PushSinglecast { problem } => field("pushSinglecast", problem),
            Self::SegmentQuery(error) => say!("`segmentQuery` is wrong {error}", error),
            Self::PublishAt { problem } => field("publishAt", problem),
            Self::RepeatEvery { problem } => field("repeatEvery", problem),
            Self::RepeatExpiresAt { problem } => field("repeatExpiresAt", problem),
            Self::IdempotencyKey { length } => {
                say!("the idempotency key has {length} bytes; use 1 to 255", length)
            }
            Self::NotCancellable { id, state } => {
                say!("message `{id}` can't be cancelled: {why}", id, why = why_not(*state))
            }
            Self::Store(error) => error.to_string().into(),
        }
    }
}

fn field(field: &str, problem: &Sentence) -> Sentence {
    say!("`{field}` {problem}", field, problem)
}

/// Why a device isn't registered or found.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// A field is missing or wrong.
    #[error("`{field}` {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// The end of the registration is over.
    #[error(
        "unable to register device: invalid expiration date, {given} is over; use a later time, or \
         leave `expiration` out for a registration without end"
    )]
    Expiration {
        /// The end that was given.
        given: Timestamp,
    },
    /// Asked for a device nobody knows.
    #[error("no device `{id}` is registered; register it first")]
    Unknown {
        /// Its id.
        id: DeviceId,
    },
    /// Asked to forget a device nobody knows.
    #[error("no device `{id}` is registered, so there is nothing to cancel; check the id")]
    NothingToForget {
        /// Its id.
        id: DeviceId,
    },
    /// A channel can't have that name.
    #[error(transparent)]
    Channel(PublishError),
    /// Asked to delete a channel nobody knows.
    #[error("no channel `{name}` exists; it is made by the first message or device on it")]
    UnknownChannel {
        /// Its name.
        name: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn why_not(state: State) -> Sentence {
    match state {
        State::Published => {
            say!("it is published already; only scheduled messages can be cancelled")
        }
        State::Scheduled => say!("it is being sent right now; ask for its status"),
        State::Cancelled => say!("it is cancelled already; nothing is left to do"),
        State::Failed => say!("it has failed already; nothing is left to do"),
        State::Unknown => say!("there is no such message; check the id that publishing returned"),
    }
}

/// One reason's stable word and wire number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorNumber {
    /// The stable word, kebab-case.
    pub code: &'static str,
    /// The number in the wire's error envelope.
    pub number: i64,
    /// Whether the messaging API documents the number. Where it doesn't, it is OURS, so
    /// that a real one can take its place when it becomes known.
    pub documented: bool,
}

const fn documented(code: &'static str, number: i64) -> ErrorNumber {
    ErrorNumber { code, number, documented: true }
}

const fn ours(code: &'static str, number: i64) -> ErrorNumber {
    ErrorNumber { code, number, documented: false }
}

/// Every reason there is, with its number. Ours start at 90001.
pub const ERRORS: &[ErrorNumber] = &[
    documented("not-cancellable", 5040),
    documented("device-unknown", 5000),
    documented("device-nothing-to-cancel", 5001),
    documented("device-expiration", 5004),
    documented("user-token", 3064),
    ours("body-not-an-object", 90001),
    ours("message-missing", 90002),
    ours("message-too-large", 90003),
    ours("message-too-deep", 90004),
    ours("channel-name", 90005),
    ours("header", 90006),
    ours("field-type", 90007),
    ours("publish-policy", 90008),
    ours("push-broadcast", 90009),
    ours("push-singlecast", 90010),
    ours("segment-query", 90011),
    ours("publish-at", 90012),
    ours("repeat-every", 90013),
    ours("repeat-expires-at", 90014),
    ours("idempotency-key", 90015),
    ours("channel-unknown", 90016),
    ours("device-field", 90020),
    // What the server itself refuses.
    ours("credentials", 90030),
    ours("json", 90031),
    ours("body-too-large", 90032),
    ours("path-unknown", 90033),
    ours("method-not-allowed", 90034),
    ours("path-text", 90035),
    ours("origin", 90036),
    ours("query", 90037),
    // What is refused in real time.
    ours("realtime-name", 90040),
    ours("realtime-options", 90041),
    ours("realtime-subscriptions", 90042),
    ours("selector", 90043),
    ours("subscription-unknown", 90044),
    ours("store", 90050),
    ours("bug", 90051),
    // Who may do what, and the admin API.
    ours("headers-too-large", 90060),
    ours("no-permission-to-publish", 90061),
    ours("no-permission", 90062),
    ours("too-many-requests", 90063),
    ours("admin-credentials", 90064),
    ours("admin-field", 90065),
    ours("admin-unknown", 90066),
    ours("version-stale", 90067),
    ours("version-missing", 90068),
    ours("idempotency-key-reused", 90069),
    ours("exists", 90070),
    ours("full", 90071),
    ours("first-app", 90072),
    // Push templates.
    ours("template-unknown", 90080),
    ours("template-invalid", 90081),
    ours("template-values", 90082),
    ours("template-renamed", 90083),
    // The delivery of messages.
    ours("not-pausable", 90120),
    ours("ledger-pruned", 90121),
    // Stored flows, their runs, and signing in.
    ours("flow-unknown", 90090),
    ours("flow-field", 90091),
    ours("flow-stale", 90092),
    ours("flow-invalid", 90093),
    ours("event-unknown", 90094),
    ours("trace-gone", 90095),
    ours("flow-failed", 90096),
    ours("hook-unknown", 90097),
    ours("sign-in-link", 90100),
    ours("csrf", 90101),
    ours("session", 90102),
];

/// The wire number of a reason; 0, which the wire uses for "none known", if it has none.
pub(crate) fn number_of(code: &str) -> i64 {
    ERRORS.iter().find(|error| error.code == code).map_or(0, |error| error.number)
}

impl PublishError {
    /// The reason's stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Body { .. } => "body-not-an-object",
            Self::MessageMissing => "message-missing",
            Self::TooLarge { .. } => "message-too-large",
            Self::TooDeep { .. } => "message-too-deep",
            Self::Channel { .. } => "channel-name",
            Self::Header { .. } => "header",
            Self::Field { .. } => "field-type",
            Self::PublishPolicy { .. } => "publish-policy",
            Self::PushBroadcast { .. } => "push-broadcast",
            Self::PushSinglecast { .. } => "push-singlecast",
            Self::SegmentQuery(_) => "segment-query",
            Self::PublishAt { .. } => "publish-at",
            Self::RepeatEvery { .. } => "repeat-every",
            Self::RepeatExpiresAt { .. } => "repeat-expires-at",
            Self::IdempotencyKey { .. } => "idempotency-key",
            Self::NotCancellable { .. } => "not-cancellable",
            Self::Store(_) => "store",
        }
    }

    /// The reason's number on the wire.
    pub fn number(&self) -> i64 {
        number_of(self.code())
    }
}

impl DeviceError {
    /// The reason's stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Field { .. } => "device-field",
            Self::Expiration { .. } => "device-expiration",
            Self::Unknown { .. } => "device-unknown",
            Self::NothingToForget { .. } => "device-nothing-to-cancel",
            Self::Channel(error) => error.code(),
            Self::UnknownChannel { .. } => "channel-unknown",
            Self::Store(_) => "store",
        }
    }

    /// The reason's number on the wire.
    pub fn number(&self) -> i64 {
        number_of(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::{DeviceError, ERRORS, PublishError, number_of};
    use crate::id::{DeviceId, MessageId};
    use crate::model::State;

    #[test]
    fn words_and_numbers_are_unique() {
        for (index, error) in ERRORS.iter().enumerate() {
            for earlier in &ERRORS[..index] {
                assert_ne!(error.code, earlier.code);
                assert_ne!(error.number, earlier.number, "{}", error.code);
            }
            assert_eq!(error.documented, error.number < 90_000, "{}", error.code);
        }
    }

    #[test]
    fn documented_numbers_are_kept() {
        let id = MessageId::new("message:X");
        assert_eq!(PublishError::NotCancellable { id, state: State::Unknown }.number(), 5040);
        let id = DeviceId::new("d");
        assert_eq!(DeviceError::Unknown { id: id.clone() }.number(), 5000);
        assert_eq!(DeviceError::NothingToForget { id }.number(), 5001);
        assert_eq!(number_of("publish-at"), 90_012);
        assert_ne!(number_of("publish-at"), number_of("repeat-expires-at"));
    }
}
