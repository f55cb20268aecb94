//! What a run did, block by block, so that it can be looked at forwards and backwards.
//!
//! A run that is traced goes one instruction at a time; the machine itself knows nothing of
//! it and takes the same steps. Kept are changes, and now and then all variables. What is
//! longer than [`limits::TRACE_STEPS`] is thinned out to every second step, again and again,
//! and goes on in larger strides: so a trace is bounded, and even over the whole run.

use crate::limits;
use crate::vm::{Machine, Standing};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A run, step by step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// The steps in order.
    pub steps: Vec<TraceStep>,
    /// All variables, before some of the steps.
    pub keyframes: Vec<Keyframe>,
    /// Whether steps between these were left out, because there were too many.
    pub sampled: bool,
}

/// A block at work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TraceStep {
    /// When: instructions that the run had taken before.
    pub at: u64,
    /// The id of the block.
    pub block: String,
    /// The values in its inputs before it ran, by the inputs' names: short JSON.
    #[serde(rename = "in", default, skip_serializing_if = "IndexMap::is_empty")]
    pub inputs: IndexMap<String, String>,
    /// The value it gave.
    #[serde(rename = "out", default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Variables that changed until the next step, with what they became.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub set: IndexMap<String, String>,
    /// Calls of functions that were open.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: usize,
}

/// All variables before a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Keyframe {
    /// The number of the step, from 0.
    pub step: usize,
    /// What the variables were, by name.
    pub variables: IndexMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl TraceStep {
    /// About the bytes it takes.
    fn bytes(&self) -> usize {
        let texts = self.inputs.iter().chain(&self.set);
        let texts: usize = texts.map(|(name, value)| name.len() + value.len() + 16).sum();
        size_of::<Self>() + self.block.len() + texts + self.output.as_ref().map_or(0, String::len)
    }
}

/// Looks on while a machine goes.
#[derive(Debug, Default)]
pub struct Tracer {
    steps: Vec<TraceStep>,
    bytes: usize,
    /// Instructions to go between two steps; 0 while every step is kept.
    stride: u64,
    /// The next step is to be looked at, after a stride.
    due: bool,
    /// Of the last step: its block's number, and where its value will be.
    last: Option<(u32, Option<usize>)>,
    /// All variables as last seen.
    seen: IndexMap<String, (Standing, String)>,
    first: IndexMap<String, String>,
}

impl Tracer {
    /// Looks at a machine before it goes on; gives how many instructions it may go for now.
    pub fn before(&mut self, machine: &Machine<'_>) -> u64 {
        if self.stride > 0 && !self.due {
            self.due = true;
            return self.stride;
        }
        let Some(work) = machine.work() else { return 1 };
        self.after_last(machine);
        if work.silent {
            return 1;
        }
        let again = self.last.is_some_and(|(block, _)| block == work.block);
        match self.steps.last_mut() {
            // The instructions of one block are one step.
            Some(last) if again && last.depth == work.depth && self.stride == 0 => {
                for (name, value) in machine.shown_inputs() {
                    last.inputs.entry(name).or_insert(value);
                }
            }
            _ => self.add(machine, work.block, work.depth),
        }
        self.last = Some((work.block, work.writes));
        self.due = false;
        1
    }

    /// The trace of a machine that has ended; what it `failed` at gave no value.
    pub fn finish(mut self, machine: &Machine<'_>, failed: bool) -> Trace {
        if let (true, Some(last)) = (failed, &mut self.last) {
            last.1 = None;
        }
        self.after_last(machine);
        // Fewer where there are very many variables, so that they don't outweigh the steps.
        let one = self.seen.iter().map(|(name, (_, text))| name.len() + text.len() + 16);
        let most = (limits::TRACE_BYTES / one.sum::<usize>().max(1)).max(1);
        let every = limits::TRACE_KEYFRAME_EVERY.max(self.steps.len().div_ceil(most));
        let mut variables = self.first;
        let mut keyframes = Vec::new();
        for (number, step) in self.steps.iter().enumerate() {
            if number % every == 0 {
                keyframes.push(Keyframe { step: number, variables: variables.clone() });
            }
            variables.extend(step.set.clone());
        }
        Trace { sampled: self.stride > 0, steps: self.steps, keyframes }
    }

    fn add(&mut self, machine: &Machine<'_>, block: u32, depth: usize) {
        if self.steps.len() >= limits::TRACE_STEPS || self.bytes > limits::TRACE_BYTES {
            self.thin_out(machine.steps());
        }
        let step = TraceStep {
            at: machine.steps(),
            block: machine.block_id(block).to_owned(),
            inputs: machine.shown_inputs(),
            depth,
            ..TraceStep::default()
        };
        self.bytes += step.bytes();
        self.steps.push(step);
    }

    /// Notes what came of the last step.
    fn after_last(&mut self, machine: &Machine<'_>) {
        let mut set = IndexMap::new();
        for (name, place) in machine.variables() {
            let standing = machine.standing(place);
            if self.seen.get(name).is_some_and(|(was, _)| was.is_surely(standing)) {
                continue;
            }
            let shown = machine.shown_at(place).unwrap_or_default();
            match self.seen.get_mut(name) {
                Some(seen) if seen.1 == shown => seen.0 = standing,
                Some(seen) => {
                    set.insert(name.to_owned(), shown.clone());
                    *seen = (standing, shown);
                }
                None => {
                    set.insert(name.to_owned(), shown.clone());
                    self.seen.insert(name.to_owned(), (standing, shown));
                }
            }
        }
        let Some(last) = self.steps.last_mut() else {
            self.first.extend(set);
            return;
        };
        self.bytes += set.iter().map(|(name, value)| name.len() + value.len() + 16).sum::<usize>();
        last.set.extend(set);
        // Where its value was is its value's place only until something else runs.
        if let Some((_, Some(place))) = self.last.as_mut().map(|last| (last.0, last.1.take())) {
            last.output = machine.shown_at(place);
        }
    }

    /// Leaves out every second step, and goes on in larger strides.
    fn thin_out(&mut self, taken: u64) {
        let kept = self.steps.len().div_ceil(2).max(1);
        let mut steps: Vec<TraceStep> = Vec::with_capacity(self.steps.len());
        for (number, step) in std::mem::take(&mut self.steps).into_iter().enumerate() {
            match steps.last_mut() {
                Some(before) if number % 2 == 1 => before.set.extend(step.set),
                _ => steps.push(step),
            }
        }
        self.bytes = steps.iter().map(TraceStep::bytes).sum();
        self.steps = steps;
        self.stride = (taken / kept as u64).max(1);
    }
}
