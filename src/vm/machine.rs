//! The machine: one run of a program, stopped and resumed at will.
//!
//! Nothing recurses and nothing waits. What a run has in memory is in
//! [`state`](super::state), what single instructions do to it in [`steps`](super::steps).

use super::console::{Answers, Print};
use super::effect::{Answer, Effect};
use super::fault::{Fault, Interrupt};
use super::image::Image;
use super::json;
use super::run_limits::Limits;
use super::state::State;
use crate::clock::Deadline;
use crate::diag::say;
use serde_json::Value as Json;
use std::sync::Arc;

/// What starts a run: an event's type, name and data.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trigger<'e> {
    /// The event's type. Without one it is `custom` if it has a name, else `start`.
    pub kind: Option<&'e str>,
    /// The event's name.
    pub name: Option<&'e str>,
    /// What it brings.
    pub data: Option<&'e Json>,
    /// What prompts get.
    pub answers: Option<&'e Arc<Answers>>,
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

/// One run of a program.
#[derive(Clone, Debug)]
pub struct Machine<'i> {
    pub(super) image: &'i Arc<Image>,
    pub(super) state: Box<State>,
}

impl<'i> Machine<'i> {
    /// A run of `image` for an event, before its first step.
    ///
    /// # Errors
    /// The event's data is larger than the memory limit.
    pub fn start(
        image: &'i Arc<Image>,
        trigger: Trigger<'_>,
        limits: Limits,
    ) -> Result<Self, Fault> {
        let mut state = State::before(image, limits);
        state.console.serve(trigger.answers);
        if let Some(data) = trigger.data {
            let data = json::from_json(&mut state.heap, data)?;
            state.slots[image.program.variables.len()] = data;
        }
        let mut stacks = image.program.stacks_for(trigger.kind, trigger.name);
        stacks.reverse();
        state.begin(stacks);
        Ok(Self { image, state })
    }

    /// Gives up the run. What it had in memory serves the next run on this thread, emptied.
    pub fn end(self) {
        self.state.retire();
    }

    /// When the bodies of blocks must have ended; everything else ends between steps.
    pub fn set_deadline(&mut self, deadline: Option<Deadline>) {
        self.state.deadline = deadline;
    }

    /// Stacks of the flow that the event starts and that have not begun.
    pub fn stacks(&self) -> usize {
        self.state.stacks()
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.state.steps
    }

    /// What a finished run answered, as JSON; null when it said nothing.
    ///
    /// # Errors
    /// The result is nested too deep to be told.
    pub fn result(&self) -> Result<Json, Fault> {
        json::to_json(&self.state.heap, self.state.result)
    }

    /// The lines printed since they were taken out last.
    pub fn printed(&mut self) -> impl Iterator<Item = Print> {
        let program = &self.image.program;
        self.state.console.lines.drain(..).map(|(at, step, text)| {
            let block = &program.blocks[program.source_map[at] as usize].id;
            Print { text, block: Arc::clone(block), step }
        })
    }

    /// Goes on with the answer to what the last step needed.
    pub fn resume(&mut self, answer: Answer, slice: u64) -> Step {
        self.state.answers.push(answer);
        self.go_on(slice)
    }

    /// Goes on for at most `slice` steps.
    pub fn go_on(&mut self, slice: u64) -> Step {
        let step = self.take_steps(slice);
        // A run that waits holds nothing that there is a limited number of.
        self.state.kept.forget_all();
        step
    }

    fn take_steps(&mut self, slice: u64) -> Step {
        let (image, state) = (self.image, &mut *self.state);
        let pause = state.steps.saturating_add(slice).min(state.limits.steps);
        loop {
            if state.next == usize::MAX {
                return Step::Done;
            }
            if state.steps >= pause {
                if state.steps < state.limits.steps {
                    return Step::Paused;
                }
                let steps = state.limits.steps;
                let fault = Fault::new(
                    "step-limit",
                    say!("the run took more than {steps} steps", steps),
                    say!("look for a loop that never ends, or raise the limit"),
                );
                return Step::Failed(state.placed(&image.program, fault));
            }
            match state.step(image, pause) {
                Ok(()) => {}
                Err(Interrupt::Need(effect)) => {
                    // The instruction is run again with the answer, and counted then.
                    state.steps -= 1;
                    return Step::Need(effect);
                }
                Err(Interrupt::Fault(fault)) if fault.code == Fault::MEMORY && !state.collected => {
                    // Perhaps there is room once garbage is gone: try this step again.
                    state.collect();
                    state.collected = true;
                }
                Err(Interrupt::Fault(mut fault)) => {
                    fault.inputs = state.inputs(&image.program);
                    return Step::Failed(state.placed(&image.program, fault));
                }
            }
        }
    }

    /// A fault of the run's surroundings, told at the block at hand.
    pub fn fault(&self, fault: Fault) -> Fault {
        self.state.placed(&self.image.program, fault)
    }

    /// The id of the block about to run.
    pub fn block(&self) -> Option<&Arc<str>> {
        let program = &self.image.program;
        let block = program.source_map.get(self.state.next)?;
        Some(&program.blocks[*block as usize].id)
    }
}
