//! Why a run ended without finishing.
//!
//! A fault is found where no block is known; the machine adds the block and the
//! calls that led there. Problems known before a run are diagnostics.

use super::effect::Effect;
use crate::diag::{Sentence, say};
use indexmap::IndexMap;
use serde::Serialize;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A run-time error at a block. One pointer, so that results stay small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Fault(Box<Details>);

/// What a [`Fault`] tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Details {
    /// A stable kebab-case word.
    pub code: &'static str,
    /// What happened: lower case, no final period.
    pub message: Sentence,
    /// How to mend it.
    #[serde(skip_serializing_if = "Sentence::is_empty")]
    pub hint: Sentence,
    /// The id of the block it happened at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// That block's type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub block_type: Option<String>,
    /// What was in the block's sockets, shortened, by their names.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub inputs: IndexMap<String, String>,
    /// Ids of the procedure-call blocks that led there, innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
}

impl Fault {
    /// A fault with no place yet.
    pub fn new(
        code: &'static str,
        message: impl Into<Sentence>,
        hint: impl Into<Sentence>,
    ) -> Self {
        Self(Box::new(Details {
            code,
            message: message.into(),
            hint: hint.into(),
            block: None,
            block_type: None,
            inputs: IndexMap::new(),
            calls: Vec::new(),
        }))
    }

    /// The wrong kind of value in a socket: JavaScript's `TypeError`.
    pub fn kind(message: impl Into<Sentence>, hint: impl Into<Sentence>) -> Self {
        Self::new("wrong-kind", message, hint)
    }

    /// The run holds more memory than it may.
    pub fn memory(bytes: usize, bytes_max: usize) -> Self {
        Self::new(
            Self::MEMORY,
            say!(
                "the run needs {bytes} bytes of texts, lists and objects; its limit is {bytes_max}",
                bytes,
                bytes_max
            ),
            say!("keep less at once, or look for a list or text that grows without end"),
        )
    }

    /// Something inside one step used up the run's steps.
    pub fn out_of_steps() -> Self {
        Self::new(
            "step-limit",
            say!("the block took all steps that the run had left"),
            say!("look for a loop that never ends or a list that is very long, or raise the limit"),
        )
    }

    /// Something inside one step ran into the run's deadline.
    pub fn out_of_time() -> Self {
        Self::new(
            "time-limit",
            say!("the block ran until the run's time was over"),
            say!("do less in one run, or raise the limit"),
        )
    }

    pub(super) const MEMORY: &'static str = "memory-limit";

    /// Lists or objects inside one another by more than `most` levels.
    pub fn too_deep(most: usize) -> Self {
        let hint = say!("look for a list or object that contains itself");
        Self::nested(most, hint)
    }

    /// Lists inside one another by more than `most` levels, none of which is in itself.
    pub fn joined_too_deep(most: usize) -> Self {
        let hint = say!("look for what puts a list into another again and again");
        Self::nested(most, hint)
    }

    fn nested(most: usize, hint: Sentence) -> Self {
        let what = say!("lists and objects are nested deeper than {most} levels", most);
        Self::new("value-nesting", what, hint)
    }
}

impl Deref for Fault {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Fault {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message.english())?;
        if let Some(block) = &self.block {
            write!(f, "\n  at block `{block}`")?;
            if let Some(kind) = &self.block_type {
                write!(f, " ({kind})")?;
            }
        }
        for (n, (socket, value)) in self.inputs.iter().enumerate() {
            write!(f, "{} `{socket}` = {value}", if n == 0 { "\n  with" } else { "," })?;
        }
        for call in &self.calls {
            write!(f, "\n  called from block `{call}`")?;
        }
        if !self.hint.is_empty() {
            write!(f, "\n  hint: {}", self.hint.english())?;
        }
        Ok(())
    }
}

/// Why a built-in function stopped before it had a value.
#[derive(Debug)]
pub enum Interrupt {
    /// It can't go on.
    Fault(Fault),
    /// It wants something from outside and will be called again with the answer.
    Need(Effect),
}

impl From<Fault> for Interrupt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
