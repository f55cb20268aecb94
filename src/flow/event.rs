//! The event that starts a run, as an event file or a trigger gives it.

use crate::vm::Answers;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;

/// What happened. Everything may be left out: a flow without hats needs no event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// A JSON schema for editors; says nothing to us.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Its type. Without one it is `custom` if it has a name, else `start`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its name, which hats compare with theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it brings: what the block `event data` gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Json>,
    /// What prompts get, by their text; one that is not here is cancelled.
    #[serde(default, skip_serializing_if = "nothing")]
    pub answers: Arc<Answers>,
}

/// An event file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// It is no JSON, or not of an event's shape.
    #[error("this is not an event: {0}")]
    Shape(serde_json::Error),
    /// A prompt's answer is a list or an object.
    #[error("the answer to `{prompt}` must be a text, a number, true, false or null")]
    Answer {
        /// The prompt's text.
        prompt: String,
    },
}

impl Event {
    /// Reads an event file.
    ///
    /// # Errors
    /// [`EventError`], with line and column when the shape is wrong.
    pub fn read(text: &[u8]) -> Result<Self, EventError> {
        let event: Self = serde_json::from_slice(text).map_err(EventError::Shape)?;
        match event.problem() {
            Some(problem) => Err(problem),
            None => Ok(event),
        }
    }

    /// Why it can't be used, if it can't.
    pub fn problem(&self) -> Option<EventError> {
        let mut answers = self.answers.iter();
        let (prompt, _) = answers.find(|(_, answer)| answer.is_array() || answer.is_object())?;
        Some(EventError::Answer { prompt: prompt.clone() })
    }
}

fn nothing(answers: &Arc<Answers>) -> bool {
    answers.is_empty()
}
