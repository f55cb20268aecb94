//! From a checked graph to the instructions that the machine runs.
//!
//! Compiling can't fail: what is doubtful became a warning before, and what can't
//! run at all becomes an instruction that fails in its place.

mod calls;
mod compile;
mod constants;
mod control;
mod functional;
mod instruction;
mod listing;
mod values;

pub use compile::{compile, is_instruction};
pub use constants::Constant;
pub(crate) use instruction::Written;
pub use instruction::{Instruction, Label, SiteIndex, Slot};

use crate::block::EventHat;
use crate::diag::Sentence;
use smallvec::SmallVec;
use std::sync::Arc;

/// The last field of a call whose block says that its result is read.
pub const RETURNS_RESULT: &str = "returns-result";

/// The last field of a call for part of a text or list that Blockly gives to a function
/// of its own, instead of writing `slice` where it is used.
pub const BY_FUNCTION: &str = "by-function";

/// A flow ready to run; shared by all its runs.
#[derive(Debug)]
pub struct Program {
    /// What to do, one stack after another.
    pub(crate) code: Vec<Instruction>,
    /// For each instruction the block it came from, as a number in `blocks`.
    pub(crate) source_map: Vec<u32>,
    /// Ids and types of the flow's blocks.
    pub(crate) blocks: Vec<BlockName>,
    /// Names of variables, by slot.
    pub(crate) variables: Vec<String>,
    /// Constants, which follow the variables and the event in the slots.
    pub(crate) constants: Vec<Constant>,
    /// What built-in calls need to know beside their arguments.
    pub(crate) sites: Vec<CallSite>,
    /// Procedures, by their number.
    pub(crate) procedures: Vec<Routine>,
    /// Top stacks in order of running.
    pub(crate) stacks: Vec<Stack>,
    /// Slots of a top stack's frame.
    pub(crate) frame: u32,
    /// Faults that are known to happen where [`Instruction::Fail`] stands.
    pub(crate) faults: Vec<KnownFault>,
    /// Whether items are counted from 1.
    pub(crate) one_based: bool,
}

/// A block's id and type, for faults and steps.
#[derive(Debug)]
pub(crate) struct BlockName {
    /// Shared, since a run's report names blocks by it.
    pub(crate) id: Arc<str>,
    pub(crate) kind: Box<str>,
    /// Whether it stands for a value.
    pub(crate) is_value: bool,
}

/// A call of a built-in function.
#[derive(Debug)]
pub(crate) struct CallSite {
    pub(crate) function: Box<str>,
    pub(crate) arguments: u32,
    /// The sockets that the arguments come from, for what faults tell; no name where nothing
    /// is plugged in.
    pub(crate) sockets: Box<[Box<str>]>,
    pub(crate) fields: Box<[Box<str>]>,
}

/// A procedure's code.
#[derive(Debug)]
pub(crate) struct Routine {
    pub(crate) name: String,
    /// The names of its parameters, which lie at the beginning of its frame.
    pub(crate) parameters: Vec<String>,
    pub(crate) entry: Label,
    /// Slots of its frame, parameters first.
    pub(crate) frame: u32,
}

/// A stack of top blocks.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) entry: Label,
    /// The event it waits for; a stack without one runs at once.
    pub(crate) hat: Option<Hat>,
}

/// A hat block's condition on the event.
#[derive(Debug)]
pub(crate) struct Hat {
    pub(crate) event: EventHat,
    /// The name in its field or fields.
    pub(crate) name: String,
    /// The id of the block.
    pub(crate) block: Arc<str>,
}

/// A fault known before the run.
#[derive(Debug)]
pub(crate) struct KnownFault {
    pub(crate) code: &'static str,
    pub(crate) message: Sentence,
    pub(crate) hint: Sentence,
}

/// Where stacks begin; there are seldom many.
pub(crate) type Stacks = SmallVec<[Label; 4]>;

impl Program {
    /// The stacks to run for an event of type `kind` and name `name`.
    ///
    /// Every stack when the flow has no hats, else those whose hat matches. An event
    /// without a type is `custom` if it has a name, else a `start`.
    pub(crate) fn stacks_for(&self, kind: Option<&str>, name: Option<&str>) -> Stacks {
        let kind = kind.unwrap_or(if name.is_some() { "custom" } else { "start" });
        let has_hats = self.stacks.iter().any(|stack| stack.hat.is_some());
        self.stacks
            .iter()
            .filter(|stack| match &stack.hat {
                None => !has_hats,
                Some(hat) => {
                    hat.event.kind == kind
                        && (hat.event.name_fields.is_empty() || name == Some(hat.name.as_str()))
                }
            })
            .map(|stack| stack.entry)
            .collect()
    }
}
