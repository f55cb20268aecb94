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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::value::TextBuffer;
    use serde_json::json;

    fn answer(console: &Console, asked: &str) -> Option<Json> {
        let asked = TextBuffer::from_text(asked);
        console.answer(asked.view(asked.len())).cloned()
    }

    #[test]
    fn a_prompt_gets_the_answer_by_its_text_however_many_there_are() {
        for others in [0, FEW + 1] {
            let mut answers: Answers =
                (0..others).map(|other| (format!("other {other}"), json!("no"))).collect();
            for (asked, given) in
                [("who?", json!("Ann")), ("café?", json!(2)), ("none", json!(null))]
            {
                answers.insert(asked.to_owned(), given);
            }
            let mut console = Console::default();
            console.serve(Some(&Arc::new(answers)));
            assert_eq!(answer(&console, "who?"), Some(json!("Ann")));
            assert_eq!(answer(&console, "café?"), Some(json!(2)));
            assert_eq!(answer(&console, "none"), None, "null cancels");
            assert_eq!(answer(&console, "who"), None);
            console.serve(None);
            assert_eq!(answer(&console, "who?"), None, "the next run has its own");
        }
    }

    #[test]
    fn each_run_may_print_as_often_and_as_much_as_any_other() {
        let mut console = Console::default();
        for _ in 0..2 {
            for _ in 0..limits::RUN_PRINTS {
                assert_eq!(console.print(String::new()), Ok(()));
            }
            let over = console.print(String::new()).map_err(|fault| fault.code);
            assert_eq!(over, Err("output-limit"));
            console.clear();
            assert!(console.lines.is_empty() && console.lines.capacity() <= limits::RETIRED_SLOTS);
            assert_eq!(console.print("x".repeat(limits::RUN_PRINT_BYTES)), Ok(()));
            let over = console.print("x".to_owned()).map_err(|fault| fault.code);
            assert_eq!(over, Err("output-limit"));
            console.clear();
        }
    }
}
