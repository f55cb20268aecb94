//! The machine: one run of a program, stopped and resumed at will.
//!
//! Frames lie one behind the other in one list of slots; nothing recurses and
//! nothing waits. What single instructions do to values is in
//! [`steps`](super::steps).

use super::body::{Allowance, Kept};
use super::builtins::Call;
use super::effect::{Answer, Effect};
use super::fault::{Fault, Interrupt};
use super::heap::Heap;
use super::image::{Function, Image};
use super::json;
use super::value::Value;
use crate::clock::Deadline;
use crate::diag::say;
use crate::limits;
use crate::program::{Slot, Stacks};
use serde_json::Value as Json;
use smallvec::SmallVec;
use std::sync::Arc;

/// How far a run may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps: instructions, and what long work inside one counts for.
    pub steps: u64,
    /// Bytes of texts, lists and objects.
    pub bytes: usize,
    /// Procedure calls open at once.
    pub calls: usize,
    /// Steps after which the program is compiled to machine code. No limit, and no
    /// difference to what a run does.
    pub native_after: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: limits::RUN_STEPS,
            bytes: limits::RUN_BYTES,
            calls: limits::RUN_CALLS,
            native_after: limits::NATIVE_AFTER,
        }
    }
}

/// What starts a run: an event's type, name and data.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trigger<'e> {
    /// The event's type. Without one it is `custom` if it has a name, else `start`.
    pub kind: Option<&'e str>,
    /// The event's name.
    pub name: Option<&'e str>,
    /// What it brings.
    pub data: Option<&'e Json>,
}

/// Where a run stands after it was allowed to go on.
#[derive(Debug)]
pub enum Step {
    /// It is finished; see [`Machine::result`].
    Done,
    /// It wants something from outside: go on with [`Machine::resume`].
    Need(Effect),
    /// It used up the steps it was allowed for now: go on with [`Machine::go_on`].
    Paused,
    /// It can't go on.
    Failed(Fault),
}

/// Where the next stack begins; nowhere when none is left.
fn next_of(waiting: &mut Stacks) -> usize {
    waiting.pop().map_or(usize::MAX, |entry| entry.0 as usize)
}

/// A procedure call that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Where the caller goes on.
    pub(super) back: u32,
    /// Where the caller's frame begins.
    pub(super) base: usize,
    /// Where the caller's frame ends.
    pub(super) top: usize,
    /// Where the value goes, in the caller.
    pub(super) to: Slot,
}

/// One run of a program.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(super) image: Arc<Image>,
    pub(super) heap: Heap,
    pub(super) slots: Vec<Value>,
    pub(super) base: usize,
    /// Where the frame that runs ends; nothing behind it is in use.
    pub(super) top: usize,
    pub(super) frames: Vec<Frame>,
    pub(super) next: usize,
    pub(super) steps: u64,
    pub(super) limits: Limits,
    /// Stacks still to run, the next one last.
    waiting: Stacks,
    /// Answers to what the call at hand asked for.
    answers: SmallVec<[Answer; 1]>,
    /// The instruction at hand was already tried once before a collection.
    collected: bool,
    result: Value,
    /// When bodies must have ended. The machine itself doesn't look at the time.
    deadline: Option<Deadline>,
    kept: Kept,
}

impl Machine {
    /// A run of `image` for an event, before its first step.
    ///
    /// # Errors
    /// The event's data is larger than the memory limit.
    pub fn start(image: Arc<Image>, trigger: Trigger<'_>, limits: Limits) -> Result<Self, Fault> {
        let mut heap = Heap::new(image.texts.clone(), limits.bytes);
        let data = match trigger.data {
            Some(data) => json::from_json(&mut heap, data)?,
            None => Value::Undefined,
        };
        let program = &image.program;
        let base = image.fixed.len();
        let top = base + program.frame as usize;
        let mut slots = Vec::with_capacity(top);
        slots.extend_from_slice(&image.fixed);
        slots[program.variables.len()] = data;
        slots.resize(top, Value::Undefined);
        let mut waiting = program.stacks_for(trigger.kind, trigger.name);
        waiting.reverse();
        let next = next_of(&mut waiting);
        Ok(Self {
            heap,
            slots,
            base,
            top,
            frames: Vec::new(),
            next,
            steps: 0,
            limits,
            waiting,
            answers: SmallVec::new(),
            collected: false,
            result: Value::Undefined,
            deadline: None,
            kept: Kept::default(),
            image,
        })
    }

    /// When the bodies of blocks must have ended; everything else ends between steps.
    pub fn set_deadline(&mut self, deadline: Option<Deadline>) {
        self.deadline = deadline;
    }

    /// Stacks of the flow that the event starts and that have not begun.
    pub fn stacks(&self) -> usize {
        self.waiting.len() + usize::from(self.next != usize::MAX)
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What a finished run answered, as JSON; null when it said nothing.
    ///
    /// # Errors
    /// The result is nested too deep to be told.
    pub fn result(&self) -> Result<Json, Fault> {
        json::to_json(&self.heap, self.result)
    }

    /// Goes on with the answer to what the last step needed.
    pub fn resume(&mut self, answer: Answer, slice: u64) -> Step {
        self.answers.push(answer);
        self.go_on(slice)
    }

    /// Goes on for at most `slice` steps.
    pub fn go_on(&mut self, slice: u64) -> Step {
        let step = self.take_steps(slice);
        // A run that waits holds nothing that there is a limited number of.
        self.kept.forget_all();
        step
    }

    fn take_steps(&mut self, slice: u64) -> Step {
        let image = Arc::clone(&self.image);
        let pause = self.steps.saturating_add(slice).min(self.limits.steps);
        loop {
            if self.next == usize::MAX {
                return Step::Done;
            }
            if self.steps >= pause {
                if self.steps < self.limits.steps {
                    return Step::Paused;
                }
                let steps = self.limits.steps;
                return Step::Failed(self.placed(Fault::new(
                    "step-limit",
                    say!("the run took more than {steps} steps", steps),
                    say!("look for a loop that never ends, or raise the limit"),
                )));
            }
            match self.step(&image, pause) {
                Ok(()) => {}
                Err(Interrupt::Need(effect)) => {
                    // The instruction is run again with the answer, and counted then.
                    self.steps -= 1;
                    return Step::Need(effect);
                }
                Err(Interrupt::Fault(fault)) if fault.code == Fault::MEMORY && !self.collected => {
                    // Perhaps there is room once garbage is gone: try this step again.
                    self.collect();
                    self.collected = true;
                }
                Err(Interrupt::Fault(mut fault)) => {
                    fault.inputs = self.inputs();
                    return Step::Failed(self.placed(fault));
                }
            }
        }
    }

    /// Calls a built-in function; called again with one answer more when it asks.
    pub(super) fn builtin(
        &mut self,
        image: &Image,
        site: usize,
        arguments: Slot,
    ) -> Result<Value, Interrupt> {
        let call_site = &image.program.sites[site];
        let from = arguments.address(self.base);
        let mut call = Call {
            heap: &mut self.heap,
            args: &self.slots[from..from + call_site.arguments as usize],
            fields: &call_site.fields,
            one_based: image.program.one_based,
            answers: &self.answers,
            read: 0,
        };
        let value = match &image.functions[site] {
            Function::Builtin(builtin) => builtin(&mut call)?,
            Function::Body(body) => {
                let left = self.limits.steps.saturating_sub(self.steps);
                let (deadline, kept) = (self.deadline, &mut self.kept);
                let mut allowance = Allowance { steps: left, deadline, kept };
                let value = body.call(&mut call, &mut allowance);
                self.steps += left.saturating_sub(allowance.steps);
                value?
            }
        };
        self.answers.clear();
        Ok(value)
    }

    /// Opens a procedure's frame at `arguments`.
    pub(super) fn call(
        &mut self,
        image: &Image,
        procedure: u32,
        arguments: Slot,
        to: Slot,
    ) -> Result<(), Fault> {
        if self.frames.len() >= self.limits.calls {
            return Err(Fault::new(
                "call-limit",
                say!("more than {most} function calls are open at once", most = self.limits.calls),
                say!("look for a function that calls itself without end"),
            ));
        }
        let routine = &image.program.procedures[procedure as usize];
        let back = u32::try_from(self.next).unwrap_or(u32::MAX);
        self.frames.push(Frame { back, base: self.base, top: self.top, to });
        self.base = arguments.address(self.base);
        self.top = self.base + routine.frame as usize;
        if self.slots.len() < self.top {
            // Some more, so that not each deeper call stops here.
            self.slots.resize(self.top + self.top / 2, Value::Undefined);
        }
        self.next = routine.entry.0 as usize;
        Ok(())
    }

    /// Closes the frame that runs.
    pub(super) fn return_value(&mut self, value: Value) {
        if let Some(frame) = self.frames.pop() {
            self.base = frame.base;
            self.top = frame.top;
            self.next = frame.back as usize;
            let to = frame.to.address(self.base);
            self.slots[to] = value;
        }
    }

    /// Ends a stack of top blocks.
    pub(super) fn end_stack(&mut self) {
        self.next = next_of(&mut self.waiting);
    }

    /// Ends the run with a result.
    pub(super) fn stop(&mut self, value: Value) {
        self.result = value;
        self.waiting.clear();
        self.next = usize::MAX;
    }

    /// After a step that may have allocated.
    pub(super) fn allocated(&mut self) {
        self.collected = false;
        if self.heap.wants_collection() {
            self.collect();
        }
    }

    fn collect(&mut self) {
        let roots = self.slots[..self.top].iter().copied().chain([self.result]);
        self.heap.collect(roots);
    }

    /// The fault with the block it happened at and the calls that led there.
    fn placed(&self, mut fault: Fault) -> Fault {
        let program = &self.image.program;
        let name = |at: usize| {
            let block = program.source_map.get(at).map(|block| &program.blocks[*block as usize]);
            block.map(|block| (block.id.to_string(), block.kind.to_string()))
        };
        if let Some((id, kind)) = name(self.next) {
            fault.block = Some(id);
            fault.block_type = Some(kind);
        }
        let innermost = self.frames.iter().rev().take(limits::FAULT_CALLS);
        fault.calls = innermost
            .filter_map(|frame| name((frame.back as usize).saturating_sub(1)))
            .map(|(id, _)| id)
            .collect();
        fault
    }

    /// A fault of the run's surroundings, told at the block at hand.
    pub fn fault(&self, fault: Fault) -> Fault {
        self.placed(fault)
    }

    /// The id of the block about to run.
    pub fn block(&self) -> Option<&Arc<str>> {
        let program = &self.image.program;
        let block = program.source_map.get(self.next)?;
        Some(&program.blocks[*block as usize].id)
    }
}
