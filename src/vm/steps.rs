//! What each instruction does, whatever it meets.
//!
//! The same for numbers only, and faster, is in [`quick`](super::quick).

use super::builtins;
use super::coerce;
use super::fault::{Fault, Interrupt};
use super::image::Image;
use super::state::State;
use super::value::Value;
use crate::number::power;
use crate::program::{Instruction as I, Label, Slot};
use std::cmp::Ordering;
use std::sync::Arc;

impl State {
    /// Takes steps up to the number `pause`, or until something is to be said.
    ///
    /// `self.next` points at the instruction at hand whenever something is asked or
    /// fails, so that a fault is told of the right block and an instruction that
    /// asked is run again.
    ///
    /// What is frequent is done in [`quick`](super::quick) or by machine code.
    pub(super) fn step(&mut self, image: &Arc<Image>, pause: u64) -> Result<(), Interrupt> {
        let mut code = image.native.code(image);
        loop {
            self.advance(image, &mut code, pause)?;
            if self.steps >= pause || self.next >= image.program.code.len() {
                return Ok(());
            }
            self.one(image)?;
        }
    }

    /// Takes one step, whatever it is. One that asks for something is counted when it is
    /// taken again with the answer.
    #[inline]
    pub(super) fn one(&mut self, image: &Image) -> Result<(), Interrupt> {
        self.steps += 1;
        self.heap.allow_steps(self.limits.steps.saturating_sub(self.steps));
        let done = match image.program.code[self.next] {
            // What machine code leaves to us is nearly always one of these.
            I::Builtin { site, arguments, to } => {
                self.builtin(image, site.0 as usize, arguments).map(|value| {
                    self.set(to, value);
                    self.allocated();
                    self.next += 1;
                })
            }
            I::AppendJoined { variable, values, count } => {
                let appended = self.append_joined(variable, values, count);
                appended.map(|()| self.next += 1).map_err(Interrupt::from)
            }
            other => self.slow(image, other),
        };
        self.steps += self.heap.take_steps();
        done
    }

    /// One instruction, whatever it takes.
    #[expect(clippy::too_many_lines, reason = "one arm an instruction: a table")]
    fn slow(&mut self, image: &Image, instruction: I) -> Result<(), Interrupt> {
        match instruction {
            I::Move { to, from } => {
                let value = self.get(from);
                self.set(to, value);
            }
            I::Add { to, a, b } => self.add(to, a, b)?,
            I::Subtract { to, a, b } => self.calculate(to, a, b, |a, b| a - b)?,
            I::Multiply { to, a, b } => self.calculate(to, a, b, |a, b| a * b)?,
            I::Divide { to, a, b } => self.calculate(to, a, b, |a, b| a / b)?,
            I::Power { to, a, b } => self.calculate(to, a, b, power)?,
            I::Modulo { to, a, b } => self.calculate(to, a, b, coerce::remainder)?,
            I::Equal { to, a, b } => self.set_equal(to, a, b, true)?,
            I::NotEqual { to, a, b } => self.set_equal(to, a, b, false)?,
            I::Less { to, a, b } => self.set_ordered(to, a, b, Ordering::is_lt)?,
            I::LessOrEqual { to, a, b } => self.set_ordered(to, a, b, Ordering::is_le)?,
            I::Greater { to, a, b } => self.set_ordered(to, a, b, Ordering::is_gt)?,
            I::GreaterOrEqual { to, a, b } => self.set_ordered(to, a, b, Ordering::is_ge)?,
            I::UnlessEqual { a, b, label } => {
                let holds = self.equal(a, b)?;
                self.go(holds, label);
                return Ok(());
            }
            I::UnlessNotEqual { a, b, label } => {
                let holds = !self.equal(a, b)?;
                self.go(holds, label);
                return Ok(());
            }
            I::UnlessLess { a, b, label } => {
                let holds = self.ordered(a, b, Ordering::is_lt)?;
                self.go(holds, label);
                return Ok(());
            }
            I::UnlessLessOrEqual { a, b, label } => {
                let holds = self.ordered(a, b, Ordering::is_le)?;
                self.go(holds, label);
                return Ok(());
            }
            I::UnlessGreater { a, b, label } => {
                let holds = self.ordered(a, b, Ordering::is_gt)?;
                self.go(holds, label);
                return Ok(());
            }
            I::UnlessGreaterOrEqual { a, b, label } => {
                let holds = self.ordered(a, b, Ordering::is_ge)?;
                self.go(holds, label);
                return Ok(());
            }
            I::Not { to, a } => {
                let value = Value::Bool(!coerce::truthy(self.get(a)));
                self.set(to, value);
            }
            I::Jump { label } => {
                self.go(false, label);
                return Ok(());
            }
            I::JumpIf { condition, label } => {
                let holds = coerce::truthy(self.get(condition));
                self.go(!holds, label);
                return Ok(());
            }
            I::JumpUnless { condition, label } => {
                let holds = coerce::truthy(self.get(condition));
                self.go(holds, label);
                return Ok(());
            }
            other => {
                if self.rarer(image, other)? {
                    return Ok(());
                }
            }
        }
        self.next += 1;
        Ok(())
    }

    /// The other instructions; true when the next one was chosen already.
    fn rarer(&mut self, image: &Image, instruction: I) -> Result<bool, Interrupt> {
        match instruction {
            I::RepeatNext { count, limit, exit } => return self.repeat_next(count, limit, exit),
            I::ForStart { start, end, step } => self.for_start(start, end, step)?,
            I::ForTest { variable, end, step } => self.for_test(variable, end, step)?,
            I::ForNext { variable, end, step } => {
                let body = image.program.code.get(self.next + 1);
                match (self.for_next(variable, end, step)?, body) {
                    (true, Some(I::Jump { label })) => self.jump(*label),
                    _ => self.next += 2,
                }
                return Ok(true);
            }
            I::EachStart { list, state, strays } => self.each_start(list, state, strays),
            I::EachNext { state, list, to } => self.each_next(state, list, to)?,
            I::Item { to, list, at } => {
                self.read_item(to, list, self.get(at), image.program.one_based)?;
            }
            I::ItemAt { to, list, place } => {
                self.read_item(to, list, Value::Number(f64::from(place)), false)?;
            }
            I::SetItem { list, at, value } => {
                self.write_item(list, self.get(at), value, image.program.one_based)?;
            }
            I::SetItemAt { list, place, value } => {
                self.write_item(list, Value::Number(f64::from(place)), value, false)?;
            }
            I::Append { variable, value } => self.append(variable, value)?,
            I::Change { variable, delta } => self.change(variable, delta)?,
            I::Call { procedure, arguments, to } => {
                self.next += 1;
                if let Err(fault) = self.call(image, procedure, arguments, to) {
                    self.next -= 1;
                    return Err(fault.into());
                }
                return Ok(true);
            }
            I::Return { value } => {
                let value = self.get(value);
                self.return_value(value);
                return Ok(true);
            }
            I::End => {
                self.end_stack();
                return Ok(true);
            }
            I::Stop { value } => {
                let value = self.get(value);
                self.stop(value);
                return Ok(true);
            }
            I::Fail { fault } => {
                let known = &image.program.faults[fault as usize];
                return Err(
                    Fault::new(known.code, known.message.clone(), known.hint.clone()).into()
                );
            }
            _ => unreachable!("the others are taken before"),
        }
        Ok(false)
    }

    /// Adds to a variable; what is no number counts as 0.
    fn change(&mut self, variable: Slot, delta: Slot) -> Result<(), Fault> {
        let current = match self.get(variable) {
            number @ Value::Number(_) => number,
            _ => Value::Number(0.0),
        };
        let delta = self.get(delta);
        let sum = coerce::add(&mut self.heap, current, delta)?;
        self.set(variable, sum);
        self.allocated();
        Ok(())
    }

    #[inline]
    pub(super) fn get(&self, slot: Slot) -> Value {
        self.slots[slot.address(self.base)]
    }

    #[inline]
    pub(super) fn set(&mut self, slot: Slot, value: Value) {
        let at = slot.address(self.base);
        self.slots[at] = value;
    }

    #[inline]
    pub(super) fn jump(&mut self, label: Label) {
        self.next = label.0 as usize;
    }

    /// Goes on with the next instruction if `on`, else at `label`.
    fn go(&mut self, on: bool, label: Label) {
        if on {
            self.next += 1;
        } else {
            self.jump(label);
        }
    }

    #[inline]
    fn add(&mut self, to: Slot, a: Slot, b: Slot) -> Result<(), Fault> {
        match (self.get(a), self.get(b)) {
            (Value::Number(a), Value::Number(b)) => self.set(to, Value::Number(a + b)),
            (a, b) => {
                let value = coerce::add(&mut self.heap, a, b)?;
                self.set(to, value);
                self.allocated();
            }
        }
        Ok(())
    }

    #[inline]
    fn calculate(
        &mut self,
        to: Slot,
        a: Slot,
        b: Slot,
        operation: impl Fn(f64, f64) -> f64,
    ) -> Result<(), Fault> {
        let value = match (self.get(a), self.get(b)) {
            (Value::Number(a), Value::Number(b)) => operation(a, b),
            (a, b) => operation(coerce::number(&self.heap, a)?, coerce::number(&self.heap, b)?),
        };
        self.set(to, Value::Number(value));
        Ok(())
    }

    fn equal(&self, a: Slot, b: Slot) -> Result<bool, Fault> {
        coerce::loosely_equal(&self.heap, self.get(a), self.get(b))
    }

    fn ordered(&self, a: Slot, b: Slot, holds: fn(Ordering) -> bool) -> Result<bool, Fault> {
        Ok(coerce::order(&self.heap, self.get(a), self.get(b))?.is_some_and(holds))
    }

    fn set_equal(&mut self, to: Slot, a: Slot, b: Slot, wanted: bool) -> Result<(), Fault> {
        let equal = self.equal(a, b)?;
        self.set(to, Value::Bool(equal == wanted));
        Ok(())
    }

    fn set_ordered(
        &mut self,
        to: Slot,
        a: Slot,
        b: Slot,
        holds: fn(Ordering) -> bool,
    ) -> Result<(), Fault> {
        let holds = self.ordered(a, b, holds)?;
        self.set(to, Value::Bool(holds));
        Ok(())
    }

    fn read_item(&mut self, to: Slot, list: Slot, at: Value, one_based: bool) -> Result<(), Fault> {
        let list = self.get(list);
        let value = builtins::item(&mut self.heap, list, at, one_based)?;
        self.set(to, value);
        if matches!(value, Value::Text(_)) {
            self.allocated();
        }
        Ok(())
    }

    fn write_item(
        &mut self,
        list: Slot,
        at: Value,
        value: Slot,
        one_based: bool,
    ) -> Result<(), Fault> {
        let (list, value) = (self.get(list), self.get(value));
        builtins::set_item(&mut self.heap, list, at, value, one_based)?;
        self.allocated();
        Ok(())
    }

    fn append_joined(&mut self, variable: Slot, values: Slot, count: u32) -> Result<(), Fault> {
        let from = values.address(self.base);
        let values = &self.slots[from..from + count as usize];
        if let Value::Text(current) = self.get(variable)
            && let Some(text) = self.heap.append_ascii(current, values)?
        {
            self.set(variable, text);
            self.allocated();
            return Ok(());
        }
        let current = coerce::text(&self.heap, self.get(variable))?.into_text(&mut self.heap)?;
        let joined = builtins::joined(&self.heap, values)?;
        let text = self.heap.append_buffer(current, joined)?;
        self.set(variable, text);
        self.allocated();
        Ok(())
    }

    fn append(&mut self, variable: Slot, value: Slot) -> Result<(), Fault> {
        let (current, value) = (self.get(variable), self.get(value));
        // `variable += String(value)`: undefined gives "undefined...".
        let current = coerce::text(&self.heap, current)?.into_text(&mut self.heap)?;
        let value = coerce::text(&self.heap, value)?.into_text(&mut self.heap)?;
        let text = self.heap.append(current, value)?;
        self.set(variable, text);
        self.allocated();
        Ok(())
    }
}
