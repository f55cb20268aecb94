//! The instructions that loops are made of: counting, from a number to another, over items.

use super::coerce;
use super::fault::{Fault, Interrupt};
use super::heap::Entries;
use super::state::State;
use super::value::{ListRef, Value};
use crate::diag::say;
use crate::program::{Label, Slot};
use std::cmp::Ordering;

impl State {
    pub(super) fn repeat_next(
        &mut self,
        count: Slot,
        limit: Slot,
        exit: Label,
    ) -> Result<bool, Interrupt> {
        let limit = match self.get(limit) {
            Value::Number(limit) => limit,
            other => coerce::number(&self.heap, other)?,
        };
        let Value::Number(before) = self.get(count) else { unreachable!("a count is a number") };
        let now = before + 1.0;
        self.set(count, Value::Number(now));
        let goes_on = now < limit;
        if !goes_on {
            self.jump(exit);
        }
        Ok(!goes_on)
    }

    /// Source: Blockly's generated loop: `start > end` decides the direction once.
    pub(super) fn for_start(&mut self, start: Slot, end: Slot, step: Slot) -> Result<(), Fault> {
        let size = coerce::number(&self.heap, self.get(step))?.abs();
        let (start, end) = (self.get(start), self.get(end));
        let down = coerce::order(&self.heap, start, end)?.is_some_and(Ordering::is_gt);
        self.set(step, Value::Number(if down { -size } else { size }));
        Ok(())
    }

    /// Adds the step; whether the loop goes on. Nothing is changed before all is known.
    pub(super) fn for_next(
        &mut self,
        variable: Slot,
        end: Slot,
        step: Slot,
    ) -> Result<bool, Fault> {
        let (before, size) = (self.get(variable), self.get(step));
        let now = coerce::add(&mut self.heap, before, size)?;
        let within = self.is_within(now, end, step)?;
        self.set(variable, now);
        self.allocated();
        Ok(within)
    }

    pub(super) fn for_test(&mut self, variable: Slot, end: Slot, step: Slot) -> Result<(), Fault> {
        if self.is_within(self.get(variable), end, step)? {
            self.next += 1;
        }
        Ok(())
    }

    /// Whether a loop's variable has not passed its end.
    fn is_within(&self, now: Value, end: Slot, step: Slot) -> Result<bool, Fault> {
        let up = matches!(self.get(step), Value::Number(step) if step >= 0.0);
        Ok(match (now, self.get(end)) {
            (Value::Number(now), Value::Number(end)) if up => now <= end,
            (Value::Number(now), Value::Number(end)) => now >= end,
            (now, end) => coerce::order(&self.heap, now, end)?.is_some_and(if up {
                Ordering::is_le
            } else {
                Ordering::is_ge
            }),
        })
    }

    /// Source: JavaScript's `for...in`: the places there are when the loop begins, and behind
    /// them, where `strays` are walked as well, what was set at none.
    pub(super) fn each_start(&mut self, list: Slot, state: Slot, strays: bool) {
        let walked = self.get(list);
        let places = match walked {
            Value::List(list) => self.heap.items(list).len(),
            Value::Text(text) => text.len(),
            Value::Object(object) => self.heap.entries(object).len(),
            _ => 0,
        };
        let more = match walked {
            Value::List(list) if strays => self.heap.strays_of(list).map_or(0, Entries::len),
            _ => 0,
        };
        self.set(state, walked);
        self.set(state.after(1), Value::Number(0.0));
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        for (after, count) in [(2, places), (3, more)] {
            self.set(state.after(after), Value::Number(count as f64));
        }
    }

    pub(super) fn each_next(&mut self, state: Slot, list: Slot, to: Slot) -> Result<(), Fault> {
        let walked = self.get(state);
        let [Value::Number(place), Value::Number(places), Value::Number(strays)] =
            [1, 2, 3].map(|after| self.get(state.after(after)))
        else {
            unreachable!("places are numbers")
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "places are whole and far below 2^53"
        )]
        let (mut place, places, strays) = (place as usize, places as usize, strays as usize);
        while place < places && !self.is_place(walked, place) {
            place += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        self.set(state.after(1), Value::Number((place + 1) as f64));
        if place < places + strays {
            let list = self.get(list);
            let value = match place.checked_sub(places) {
                None => self.item_at(list, place)?,
                Some(stray) => self.stray_at(walked, list, stray),
            };
            self.set(to, value);
            self.allocated();
            self.next += 1;
        }
        Ok(())
    }

    /// Whether there is something at this place: a hole, or what was removed, is not.
    fn is_place(&self, walked: Value, place: usize) -> bool {
        match walked {
            Value::List(list) => {
                self.heap.items(list).get(place).is_some_and(|item| !matches!(item, Value::Hole))
            }
            Value::Text(text) => place < text.len(),
            Value::Object(object) => place < self.heap.entries(object).len(),
            _ => false,
        }
    }

    fn item_at(&mut self, list: Value, place: usize) -> Result<Value, Fault> {
        match list {
            Value::List(list) => Ok(self.item(list, place)),
            Value::Text(text) if place < text.len() => self.heap.part(text, place, place + 1),
            Value::Object(object) => {
                let entry = self.heap.entries(object).get_index(place);
                Ok(entry.map_or(Value::Undefined, |(_, value)| *value))
            }
            Value::Undefined | Value::Null | Value::Hole => Err(Fault::kind(
                say!("the list became {kind} while the loop went over it", kind = list.kind()),
                say!("don't change the list's variable inside the loop"),
            )),
            _ => Ok(Value::Undefined),
        }
    }

    /// What `list` has where stray number `number` of the list that is walked is.
    fn stray_at(&self, walked: Value, list: Value, number: usize) -> Value {
        let (Value::List(walked), Value::List(list)) = (walked, list) else {
            return Value::Undefined;
        };
        let key = self.heap.strays_of(walked).and_then(|strays| strays.get_index(number));
        key.map_or(Value::Undefined, |(key, _)| self.heap.stray(list, key))
    }

    fn item(&self, list: ListRef, place: usize) -> Value {
        self.heap.items(list).get(place).copied().unwrap_or(Value::Undefined).filled()
    }
}
