//! What is wrong with a condition, and where.

use std::fmt;

/// An error in a condition, at a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// The character, counted from 0 in the whole text.
    pub at: usize,
    /// What is wrong and what was expected, in one line.
    pub message: String,
    line: String,
    column: usize,
}

/// Characters of a long line that are shown on either side of the mistake.
const SHOWN_AROUND: usize = 60;

impl ConditionError {
    /// An error at a character of `text`, counted from 0. Rooms that know what names mean
    /// make such errors too.
    pub fn new(text: &str, at: usize, message: impl Into<String>) -> Self {
        let before: String = text.chars().take(at).collect();
        let begin = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before[begin..].chars().count();
        let line = text.get(begin..).and_then(|rest| rest.split('\n').next()).unwrap_or_default();
        let skipped = column.saturating_sub(SHOWN_AROUND);
        let line = line.chars().skip(skipped).take(2 * SHOWN_AROUND);
        let line = line.map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { at, message: message.into(), line, column: column - skipped }
    }

    /// The line and a caret below the character, for a terminal.
    pub fn pointed(&self) -> String {
        format!("{}\n{:>width$}", self.line, '^', width = self.column + 1)
    }
}

impl fmt::Display for ConditionError {
    /// One line; characters are counted from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.at + 1, self.message)
    }
}

impl std::error::Error for ConditionError {}
