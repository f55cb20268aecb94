//! The short way: frequent instructions that meet the frequent kinds (numbers, items of
//! lists, calls within the frames there are, our own functions), with the machine's state in
//! local variables.
//!
//! Each does what [`steps`](super::steps) says it does; what meets anything else, can
//! fail or needs more memory is left to that. Functions are only called here.

use super::builtins::{Builtin, Call, exact};
use super::coerce;
use super::console::Console;
use super::effect::Answer;
use super::fault::Interrupt;
use super::heap::Heap;
use super::image::{Function, Image};
use super::state::{Frame, State};
use super::value::Value;
use crate::program::{CallSite, Instruction as I};
use std::cmp::Ordering;

impl State {
    /// Runs until an instruction needs more than is done here, which is not counted yet, or
    /// until a call or the next round of a loop is to begin at one that `leaves`.
    ///
    /// # Errors
    /// What a function asks for, or why it failed; `self.next` is its instruction then.
    #[expect(clippy::too_many_lines, reason = "one arm an instruction: a table")]
    pub(super) fn quick(
        &mut self,
        image: &Image,
        pause: u64,
        leaves: impl Fn(usize) -> bool,
    ) -> Result<(), Interrupt> {
        let program = &image.program;
        let code = &program.code[..];
        let first = if program.one_based { 1.0 } else { 0.0 };
        let (heap, console, frames) = (&mut self.heap, &mut self.console, &mut self.frames);
        let (mut base, mut top, slots) = (self.base, self.top, &mut self.slots[..]);
        let (mut next, mut steps) = (self.next, self.steps);
        let (mut outcome, mut is_full) = (Ok(()), false);
        macro_rules! number {
            ($slot:expr) => {
                match slots[$slot.address(base)] {
                    Value::Number(number) => number,
                    _ => break,
                }
            };
        }
        macro_rules! set {
            ($slot:expr, $value:expr) => {{
                let value = $value;
                slots[$slot.address(base)] = value;
            }};
        }
        macro_rules! calculate {
            ($to:expr, $a:expr, $op:tt, $b:expr) => {
                set!($to, Value::Number(number!($a) $op number!($b)))
            };
        }
        macro_rules! compare {
            ($to:expr, $a:expr, $op:tt, $b:expr) => {
                set!($to, Value::Bool(number!($a) $op number!($b)))
            };
        }
        macro_rules! jump_unless {
            ($a:expr, $op:tt, $b:expr, $label:expr) => {{
                let holds = number!($a) $op number!($b);
                if !holds {
                    next = $label.0 as usize;
                    steps += 1;
                    continue;
                }
            }};
        }
        while steps < pause {
            let Some(instruction) = code.get(next) else { break };
            match *instruction {
                I::Move { to, from } => set!(to, slots[from.address(base)]),
                I::Add { to, a, b } => calculate!(to, a, +, b),
                I::Subtract { to, a, b } => calculate!(to, a, -, b),
                I::Multiply { to, a, b } => calculate!(to, a, *, b),
                I::Divide { to, a, b } => calculate!(to, a, /, b),
                I::Modulo { to, a, b } => {
                    set!(to, Value::Number(coerce::remainder(number!(a), number!(b))));
                }
                I::Equal { to, a, b } => compare!(to, a, ==, b),
                I::NotEqual { to, a, b } => compare!(to, a, !=, b),
                I::Less { to, a, b } => compare!(to, a, <, b),
                I::LessOrEqual { to, a, b } => compare!(to, a, <=, b),
                I::Greater { to, a, b } => compare!(to, a, >, b),
                I::GreaterOrEqual { to, a, b } => compare!(to, a, >=, b),
                I::UnlessEqual { a, b, label } => jump_unless!(a, ==, b, label),
                I::UnlessNotEqual { a, b, label } => jump_unless!(a, !=, b, label),
                I::UnlessLess { a, b, label } => jump_unless!(a, <, b, label),
                I::UnlessLessOrEqual { a, b, label } => jump_unless!(a, <=, b, label),
                I::UnlessGreater { a, b, label } => jump_unless!(a, >, b, label),
                I::UnlessGreaterOrEqual { a, b, label } => jump_unless!(a, >=, b, label),
                I::Not { to, a } => set!(to, Value::Bool(!coerce::truthy(slots[a.address(base)]))),
                I::Jump { label } => {
                    next = label.0 as usize;
                    steps += 1;
                    if leaves(next) {
                        break;
                    }
                    continue;
                }
                I::JumpIf { condition, label } => {
                    if coerce::truthy(slots[condition.address(base)]) {
                        next = label.0 as usize;
                        steps += 1;
                        continue;
                    }
                }
                I::JumpUnless { condition, label } => {
                    if !coerce::truthy(slots[condition.address(base)]) {
                        next = label.0 as usize;
                        steps += 1;
                        continue;
                    }
                }
                I::RepeatNext { count, limit, exit } => {
                    let limit = number!(limit);
                    let now = number!(count) + 1.0;
                    set!(count, Value::Number(now));
                    // Not `now >= limit`: a limit that is no number is no reason to go on.
                    if !matches!(now.partial_cmp(&limit), Some(Ordering::Less)) {
                        next = exit.0 as usize;
                        steps += 1;
                        continue;
                    }
                }
                I::ForTest { variable, end, step } => {
                    let (now, end, step) = (number!(variable), number!(end), number!(step));
                    if if step >= 0.0 { now <= end } else { now >= end } {
                        next += 1;
                    }
                }
                I::ForNext { variable, end, step } => {
                    let (end, step) = (number!(end), number!(step));
                    let now = number!(variable) + step;
                    let within = if step >= 0.0 { now <= end } else { now >= end };
                    set!(variable, Value::Number(now));
                    steps += 1;
                    next = match code.get(next + 1) {
                        Some(I::Jump { label }) if within => label.0 as usize,
                        _ => next + 2,
                    };
                    if leaves(next) {
                        break;
                    }
                    continue;
                }
                I::Change { variable, delta } => {
                    set!(variable, Value::Number(number!(variable) + number!(delta)));
                }
                I::Item { to, list, at } => {
                    let Value::List(list) = slots[list.address(base)] else { break };
                    let items = heap.items(list);
                    let Some(at) = exact(number!(at) - first, items.len()) else { break };
                    set!(to, items[at].filled());
                }
                I::ItemAt { to, list, place } => {
                    let Value::List(list) = slots[list.address(base)] else { break };
                    let Some(item) = heap.items(list).get(place as usize) else { break };
                    set!(to, item.filled());
                }
                I::SetItemAt { list, place, value } => {
                    let Value::List(list) = slots[list.address(base)] else { break };
                    let Some(item) = heap.items_mut(list).get_mut(place as usize) else { break };
                    *item = slots[value.address(base)];
                }
                I::SetItem { list, at, value } => {
                    let Value::List(list) = slots[list.address(base)] else { break };
                    let items = heap.items_mut(list);
                    let Some(at) = exact(number!(at) - first, items.len()) else { break };
                    items[at] = slots[value.address(base)];
                }
                I::EachNext { state, list, to } => {
                    let Value::List(walked) = slots[state.address(base)] else { break };
                    let Value::List(list) = slots[list.address(base)] else { break };
                    let (at, places) = (number!(state.after(1)), number!(state.after(2)));
                    let items = heap.items(list);
                    let Some(place) = exact(at, items.len()) else { break };
                    if walked != list || at >= places || matches!(items[place], Value::Hole) {
                        break;
                    }
                    set!(to, items[place]);
                    set!(state.after(1), Value::Number(at + 1.0));
                    next += 1;
                }
                I::Call { procedure, arguments, to } => {
                    let routine = &program.procedures[procedure as usize];
                    let called = arguments.address(base);
                    let called_top = called + routine.frame as usize;
                    if frames.len() >= self.limits.calls || called_top > slots.len() {
                        break;
                    }
                    let Ok(back) = u32::try_from(next + 1) else { break };
                    frames.push(Frame { back, base, top, to });
                    (base, top, next) = (called, called_top, routine.entry.0 as usize);
                    steps += 1;
                    if leaves(next) {
                        break;
                    }
                    continue;
                }
                I::Return { value } => {
                    let value = slots[value.address(base)];
                    let Some(frame) = frames.pop() else { break };
                    (base, top, next) = (frame.base, frame.top, frame.back as usize);
                    set!(frame.to, value);
                    steps += 1;
                    continue;
                }
                I::Builtin { site, arguments, to } => {
                    let site = site.0 as usize;
                    let Function::Builtin(builtin) = image.functions[site] else { break };
                    heap.allow_steps(self.limits.steps.saturating_sub(steps + 1));
                    let args = &slots[arguments.address(base)..];
                    let site = &program.sites[site];
                    console.caller = (next, steps);
                    let one_based = program.one_based;
                    let value =
                        call(builtin, (heap, console), args, site, one_based, &self.answers);
                    steps += 1;
                    match value {
                        Ok(value) => set!(to, value),
                        Err(interrupt) => {
                            steps += heap.take_steps();
                            outcome = Err(interrupt);
                            break;
                        }
                    }
                    if !self.answers.is_empty() {
                        self.answers.clear();
                    }
                    self.collected = false;
                    next += 1;
                    is_full = heap.wants_collection();
                    if is_full {
                        break;
                    }
                    steps += heap.take_steps();
                    continue;
                }
                I::End => {
                    next = self.waiting.pop().map_or(usize::MAX, |entry| entry.0 as usize);
                    steps += 1;
                    continue;
                }
                I::Power { .. }
                | I::ForStart { .. }
                | I::EachStart { .. }
                | I::Append { .. }
                | I::AppendJoined { .. }
                | I::Stop { .. }
                | I::Fail { .. } => break,
            }
            next += 1;
            steps += 1;
        }
        (self.next, self.steps, self.base, self.top) = (next, steps, base, top);
        if is_full {
            self.collect();
            self.steps += self.heap.take_steps();
        }
        outcome
    }
}

/// Calls one of our functions: out of line, so that everything else keeps its registers.
#[inline(never)]
fn call(
    builtin: Builtin,
    (heap, console): (&mut Heap, &mut Console),
    args: &[Value],
    site: &CallSite,
    one_based: bool,
    answers: &[Answer],
) -> Result<Value, Interrupt> {
    let args = &args[..site.arguments as usize];
    builtin(&mut Call { heap, console, args, fields: &site.fields, one_based, answers, read: 0 })
}
