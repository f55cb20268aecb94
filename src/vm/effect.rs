//! What a run can want from outside, and what comes back.
//!
//! The machine performs none of these: it yields them, and whoever drives it
//! answers. They are data, so that a journal can keep them.

use crate::diag::Sentence;
use crate::diag::sentence::kept;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Something only the outside can do for a run. Small, since it is handed on and on: what is
/// large and rare in it has a box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum Effect {
    /// A number drawn evenly from 0 (included) to 1 (not). Answer: [`Answer::Number`].
    Random,
    /// The time now, in milliseconds since 1970 UTC. Answer: [`Answer::Number`].
    Now,
    /// Publish a message. Answer: [`Answer::Status`], or [`Answer::Refused`] when
    /// nobody reads the result and it failed.
    Publish {
        /// Where to.
        channel: String,
        /// The wire body of `POST /messaging/{channel}`.
        body: Box<serde_json::Value>,
        /// Whether the flow reads the result; if not, a failure is the run's failure.
        result: bool,
    },
    /// Push a stored template. Answer: as for [`Effect::Publish`].
    PushTemplate {
        /// The template's name.
        template: String,
        /// The wire body of `POST /messaging/push/{template}`.
        body: Box<serde_json::Value>,
        /// Whether the flow reads the result; if not, a failure is the run's failure.
        result: bool,
    },
    /// Answer the HTTP request that set the run off. Answer: [`Answer::Done`], or
    /// [`Answer::Refused`] when that can't be sent.
    Respond(Box<Response>),
    /// Ask how a message fares. Answer: [`Answer::Status`].
    MessageStatus {
        /// The id that publishing gave.
        message_id: String,
    },
    /// Cancel a scheduled message. Answer: [`Answer::Status`].
    CancelMessage {
        /// The id that publishing gave.
        message_id: String,
    },
}

/// What a flow answers to an HTTP request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The HTTP status, from 200 to 599.
    pub status: u16,
    /// Headers by their names.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, String>,
    /// A text is sent as it is, null as nothing, anything else as JSON.
    #[serde(default)]
    pub body: serde_json::Value,
}

/// What the outside answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is done; there is nothing to say.
    Done,
    /// A number.
    Number(f64),
    /// How a message fares.
    Status(Box<Status>),
    /// It could not be done; the run fails at the block.
    Refused {
        /// A stable kebab-case word.
        code: String,
        /// What happened, and how to mend it.
        #[serde(with = "kept")]
        message: Sentence,
    },
}

const _: () = assert!(size_of::<Effect>() <= 40 && size_of::<Answer>() <= 48);

impl Answer {
    /// Whether it could not be done.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// How a message fares, as a flow sees it.
///
/// Source: the messaging API's `MessageStatus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The message's id; none when publishing failed before there was one.
    pub message_id: Option<String>,
    /// FAILED, PUBLISHED, SCHEDULED, CANCELLED or UNKNOWN.
    pub status: String,
    /// Why it failed.
    pub error_message: Option<String>,
}
