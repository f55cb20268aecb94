//! A subscriber's selector: the condition that a message's headers must meet.

use super::Envelope;
use crate::condition::Condition;
use crate::limits;

/// A selector, read once and asked for every message.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    condition: Option<Condition>,
    subtopic: Option<String>,
}

/// Why a text is no selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// It is too long.
    #[error("the selector has {bytes} bytes, more than {}", limits::SELECTOR_BYTES_MAX)]
    TooLong {
        /// Its bytes.
        bytes: usize,
    },
    /// It is no condition.
    #[error("the selector can't be read at character {at}: {message}\n{pointed}")]
    Condition {
        /// The character, counted from 1.
        at: usize,
        /// What is wrong and what was expected.
        message: String,
        /// The line with a mark under the character.
        pointed: String,
    },
}

impl Selector {
    /// Reads a selector, such as `city = 'Kyiv' and n > 3`; an empty text is none. With a
    /// `subtopic` only messages of that one meet it.
    ///
    /// # Errors
    /// [`SelectorError`], which points at the character.
    pub fn read(text: &str, subtopic: Option<&str>) -> Result<Option<Self>, SelectorError> {
        if text.len() > limits::SELECTOR_BYTES_MAX {
            return Err(SelectorError::TooLong { bytes: text.len() });
        }
        let condition = if text.trim().is_empty() {
            None
        } else {
            let condition = Condition::parse(text).map_err(|error| SelectorError::Condition {
                at: error.at + 1,
                pointed: error.pointed(),
                message: error.message,
            })?;
            Some(condition)
        };
        if condition.is_none() && subtopic.is_none() {
            return Ok(None);
        }
        Ok(Some(Self { condition, subtopic: subtopic.map(str::to_owned) }))
    }

    /// Whether the message meets it.
    pub fn admits(&self, envelope: &Envelope) -> bool {
        let header = |name: &str| envelope.headers.get(name).map(String::as_str);
        let of_subtopic = self.subtopic.is_none() || self.subtopic == envelope.subtopic;
        of_subtopic && self.condition.as_ref().is_none_or(|condition| condition.holds(&header))
    }
}
