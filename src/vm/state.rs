//! What one run has in memory while it goes: slots and frames, texts and lists, and how far
//! it has come.
//!
//! Frames lie one behind the other in one list of slots. A run's state is emptied at its end
//! and serves another: most runs take a microsecond, and getting memory would be much of that.

use super::body::{Allowance, Kept};
use super::builtins::Call;
use super::console::Console;
use super::effect::Answer;
use super::fault::{Fault, Interrupt};
use super::heap::Heap;
use super::image::{Function, Image};
use super::run_limits::Limits;
use super::value::Value;
use crate::clock::Deadline;
use crate::diag::say;
use crate::limits;
use crate::program::{Program, Slot, Stacks};
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    /// What the last run of the thread left, empty.
    static RETIRED: Cell<Option<Box<State>>> = const { Cell::new(None) };
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

/// What a run has in memory.
#[derive(Clone, Debug)]
pub(super) struct State {
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
    pub(super) waiting: Stacks,
    pub(super) console: Console,
    /// Answers to what the call at hand asked for.
    pub(super) answers: Vec<Answer>,
    /// The instruction at hand was already tried once before a collection.
    pub(super) collected: bool,
    pub(super) result: Value,
    /// When bodies must have ended. The machine itself doesn't look at the time.
    pub(super) deadline: Option<Deadline>,
    pub(super) kept: Kept,
}

impl State {
    /// Before the first step, and before it is known which stacks are run.
    pub(super) fn before(image: &Image, limits: Limits) -> Box<Self> {
        let mut state = match RETIRED.take() {
            Some(mut state) => {
                state.heap.serve(&image.texts, limits.bytes);
                state.limits = limits;
                state
            }
            None => Self::new(image, limits),
        };
        state.base = image.fixed.len();
        state.top = state.base + image.program.frame as usize;
        state.slots.extend_from_slice(&image.fixed);
        state.slots.resize(state.top, Value::Undefined);
        state
    }

    fn new(image: &Image, limits: Limits) -> Box<Self> {
        Box::new(Self {
            heap: Heap::new(Arc::clone(&image.texts), limits.bytes),
            slots: Vec::new(),
            base: 0,
            top: 0,
            frames: Vec::new(),
            next: usize::MAX,
            steps: 0,
            limits,
            waiting: Stacks::new(),
            console: Console::default(),
            answers: Vec::new(),
            collected: false,
            result: Value::Undefined,
            deadline: None,
            kept: Kept::default(),
        })
    }

    /// Begins with the last of these stacks.
    pub(super) fn begin(&mut self, stacks: Stacks) {
        self.waiting = stacks;
        self.end_stack();
    }

    /// Empties it, for the next run on this thread. What grew large is given back.
    pub(super) fn retire(mut self: Box<Self>) {
        let small = self.slots.capacity() <= limits::RETIRED_SLOTS
            && self.frames.capacity() <= limits::RETIRED_SLOTS;
        if !(small && self.heap.empty()) {
            return;
        }
        self.slots.clear();
        self.frames.clear();
        self.next = usize::MAX;
        self.steps = 0;
        self.waiting.clear();
        self.console.clear();
        self.answers.clear();
        self.collected = false;
        self.result = Value::Undefined;
        self.deadline = None;
        self.kept.forget_all();
        RETIRED.set(Some(self));
    }

    /// Stacks that have not begun.
    pub(super) fn stacks(&self) -> usize {
        self.waiting.len() + usize::from(self.next != usize::MAX)
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
        // The step is counted already.
        self.console.caller = (self.next, self.steps.saturating_sub(1));
        let mut call = Call {
            heap: &mut self.heap,
            console: &mut self.console,
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

    /// Ends a stack of top blocks: goes on with the next one, nowhere when none is left.
    pub(super) fn end_stack(&mut self) {
        self.next = self.waiting.pop().map_or(usize::MAX, |entry| entry.0 as usize);
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

    pub(super) fn collect(&mut self) {
        let roots = self.slots[..self.top].iter().copied().chain([self.result]);
        self.heap.collect(roots);
    }

    /// The fault with the block it happened at and the calls that led there.
    pub(super) fn placed(&self, program: &Program, mut fault: Fault) -> Fault {
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
}
