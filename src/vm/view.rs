//! What a machine that stands still shows of itself, for traces: the block at work, the
//! values it gets, the variables. Looking changes nothing.

use super::explain::shown;
use super::machine::Machine;
use super::value::Value;
use crate::program::{Instruction as I, Routine, Slot, Written};
use indexmap::IndexMap;

/// The instruction about to run, as far as a trace tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// The number of the block it came from, for [`Machine::block_id`].
    pub block: u32,
    /// Procedure calls that are open.
    pub depth: usize,
    /// Where it writes a value, for [`Machine::shown_at`].
    pub writes: Option<usize>,
    /// It only puts something in its place or leads elsewhere.
    pub silent: bool,
}

/// A variable as it stands in a machine, to be compared with what it was.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    value: Value,
}

impl Standing {
    /// Whether it shows the same for certain: what is inside lists and objects may have changed.
    pub fn is_surely(self, other: Self) -> bool {
        match (self.value, other.value) {
            (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

impl Machine<'_> {
    /// What it is about to do; `None` when it is at its end.
    pub fn work(&self) -> Option<Work> {
        let program = &self.image.program;
        let instruction = *program.code.get(self.state.next)?;
        let block = *program.source_map.get(self.state.next)?;
        let silent = match instruction {
            // A literal or a variable on its way into an argument.
            I::Move { to, from } => to.is_local() && !from.is_local() && !self.is_parameter(to),
            I::Jump { .. } | I::End => true,
            _ => false,
        };
        let is_value = program.blocks.get(block as usize).is_some_and(|block| block.is_value);
        let writes = match instruction.written() {
            Written::Value(to) | Written::Item { to, .. } => Some(to),
            // What a call gives is written when the procedure returns.
            Written::Nothing | Written::Changed(_) | Written::Walk(_) | Written::Called { .. } => {
                None
            }
        };
        let writes = writes.filter(|_| is_value).map(|slot| slot.address(self.state.base));
        Some(Work { block, depth: self.state.frames.len(), writes, silent })
    }

    /// The id of the block with this number.
    pub fn block_id(&self, block: u32) -> &str {
        self.image.program.blocks.get(block as usize).map_or("", |block| &block.id)
    }

    /// The values in the sockets of the block about to run, shortened, by the sockets' names.
    pub fn shown_inputs(&self) -> IndexMap<String, String> {
        self.state.inputs(&self.image.program)
    }

    /// The value at this place, shortened; `None` when the place is gone.
    pub fn shown_at(&self, place: usize) -> Option<String> {
        self.state.slots.get(place).map(|value| shown(&self.state.heap, *value))
    }

    /// The variables that the block about to run sees, by name and place: all of the flow's,
    /// and then the parameters of the procedure that runs.
    pub fn variables(&self) -> impl Iterator<Item = (&str, usize)> {
        let globals = self.image.program.variables.iter().map(String::as_str).zip(0..);
        let routine = self.routine();
        let parameters = routine.into_iter().flat_map(|routine| &routine.parameters);
        globals.chain(parameters.map(String::as_str).zip(self.state.base..))
    }

    /// What stands at a place, for comparing.
    pub fn standing(&self, place: usize) -> Standing {
        Standing { value: self.state.slots.get(place).copied().unwrap_or(Value::Undefined) }
    }

    /// The procedure that runs.
    fn routine(&self) -> Option<&Routine> {
        self.state.frames.last()?;
        let procedures = self.image.program.procedures.iter();
        // They are compiled one behind the other.
        procedures.rev().find(|routine| routine.entry.0 as usize <= self.state.next)
    }

    fn is_parameter(&self, slot: Slot) -> bool {
        let count = self.routine().map_or(0, |routine| routine.parameters.len());
        slot.is_local() && (slot.index() as usize) < count
    }
}
