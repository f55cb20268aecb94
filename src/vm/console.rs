//! The console of a run: the answers to its prompts, which the event brought, and the lines it
//! printed. Both are at hand, and nothing waits for them, so they are no effects.

use super::fault::Fault;
use super::value::TextView;
use crate::diag::say;
use crate::limits;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::sync::Arc;

/// What prompts get, by their text.
pub type Answers = IndexMap<String, Json>;

/// In so few answers the right one is found sooner by looking at them than by a hash.
const FEW: usize = 8;

/// A printed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// The line, without a line end.
    pub text: String,
    /// The id of the block.
    pub block: Arc<str>,
    /// Steps that the run had taken.
    pub step: u64,
}

/// What a call of a built-in function can hear and say.
#[derive(Clone, Debug, Default)]
pub struct Console {
    answers: Option<Arc<Answers>>,
    /// Printed, and not yet taken out: the instruction, the steps before it, the line.
    pub(super) lines: Vec<(usize, u64, String)>,
    /// Lines printed so far.
    count: usize,
    /// Bytes in them.
    bytes: usize,
    /// The instruction that calls, and the steps before it.
    pub(super) caller: (usize, u64),
}

impl Console {
    /// Begins a run with these answers.
    pub(super) fn serve(&mut self, answers: Option<&Arc<Answers>>) {
        self.answers = answers.filter(|answers| !answers.is_empty()).cloned();
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.answers = None;
        self.lines.clear();
        self.lines.shrink_to(limits::RETIRED_SLOTS);
        (self.count, self.bytes) = (0, 0);
    }

    /// What the prompt gets; none when it is cancelled.
    pub fn answer(&self, asked: TextView<'_>) -> Option<&Json> {
        let answers = self.answers.as_deref()?;
        let answer = match asked {
            TextView::Ascii(asked) if answers.len() <= FEW => answers
                .iter()
                .find(|(known, _)| known.as_bytes() == asked)
                .map(|(_, answer)| answer),
            asked => answers.get(&*asked.to_str()),
        };
        answer.filter(|answer| !answer.is_null())
    }

    /// Prints a line.
    ///
    /// # Errors
    /// The run printed too often or too much.
    pub fn print(&mut self, text: String) -> Result<(), Fault> {
        let bytes = self.bytes + text.len();
        if self.count >= limits::RUN_PRINTS {
            return Err(Fault::new(
                "output-limit",
                say!("the run printed more than {most} times", most = limits::RUN_PRINTS),
                say!("look for a loop that never ends"),
            ));
        }
        if bytes > limits::RUN_PRINT_BYTES {
            let bytes_max = limits::RUN_PRINT_BYTES;
            return Err(Fault::new(
                "output-limit",
                say!("the run printed more than {bytes_max} bytes", bytes_max),
                say!("print less, or look for a text that grows without end"),
            ));
        }
        self.count += 1;
        self.bytes = bytes;
        let (at, step) = self.caller;
        self.lines.push((at, step, text));
        Ok(())
    }
}
