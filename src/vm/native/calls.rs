//! Machine code that calls procedures of the flow, and gives values back.

use super::blame::Blame;
use super::context::Context;
use super::emit::{Emitter, LEFT, VALUE, tag};
use super::facts::{Kind, Known, State};
use super::unit::{Comparison, comparison, next};
use crate::program::{Instruction as I, Routine, Slot};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value, types};
use std::mem::offset_of;

/// How a procedure that begins by asking whether it gives something back at once does so.
///
/// Most that call themselves begin so, and half of their calls or more end there.
struct Shortcut {
    asks: Comparison,
    /// What it gives back, if the comparison comes out so.
    gives: Slot,
    when: bool,
}

impl Emitter<'_, '_> {
    /// Calls a procedure: a call of its function, as deep as there is room.
    pub(super) fn call(
        &mut self,
        at: usize,
        procedure: u32,
        arguments: Slot,
        to: Slot,
        after: &State,
    ) -> bool {
        let routine = &self.facts.program.procedures[procedure as usize];
        let Some(unit) = self.calls.units.get(&(routine.entry.0 as usize)).copied() else {
            self.leave(at, Blame::Nothing);
            return true;
        };
        let context = self.context();
        let base = self.frame_for(at, routine, arguments);
        self.pending += 1;
        let slots = self.facts.slots;
        let target = slots.number(to);
        let done = self.shortcut(routine, arguments).map(|shortcut| {
            let done = self.b.create_block();
            self.take(&shortcut, target, done, after);
            done
        });
        for slot in slots.covered(arguments).chain(slots.shared()) {
            if self.state[slot].dirty {
                self.flush(slot);
                self.set_state(slot, Known { dirty: false, ..self.state[slot] });
            }
        }
        let steps = self.counted();
        let start = self.b.ins().iconst(types::I32, 0);
        self.put_pointers_away();
        let call = self.b.ins().call(unit, &[context, base, start, steps]);
        let [tag, contents, steps] = self.b.inst_results(call)[..] else {
            unreachable!("a unit gives a tag, contents and steps")
        };
        self.take_pointers_back();
        self.receive(at, target, [tag, contents, steps], after);
        if let Some(done) = done {
            self.b.ins().jump(done, &[]);
            self.b.seal_block(done);
            self.at_block(done, 0, after.clone());
        }
        let late = self.must_pause();
        self.guard_not(late, at + 1, Blame::Nothing);
        false
    }

    /// Where the frame of a called procedure begins; out if there is no room for it.
    fn frame_for(&mut self, at: usize, routine: &Routine, arguments: Slot) -> Value {
        let bytes = |slots: u32| i64::from(slots) * i64::from(VALUE);
        let base = self.base();
        let base = self.b.ins().iadd_imm_s(base, bytes(arguments.index()));
        let top = self.b.ins().iadd_imm_s(base, bytes(routine.frame));
        let end = self.field(offset_of!(Context, slots_end), types::I64);
        let room = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, top, end);
        self.guard(room, at, Blame::Nothing);
        if self.calls.looks_at_stack {
            let stack = self.b.ins().get_stack_pointer(types::I64);
            let stack_min = self.field(offset_of!(Context, stack_min), types::I64);
            let shallow = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, stack, stack_min);
            self.guard(shallow, at, Blame::Nothing);
        }
        base
    }

    /// The procedure's shortcut, in slots of the frame that calls; none if it has none, or asks
    /// for what isn't known to be a number here.
    fn shortcut(&self, routine: &Routine, arguments: Slot) -> Option<Shortcut> {
        let (program, entry) = (self.facts.program, routine.entry.0 as usize);
        let asks = comparison(program.code[entry])?;
        let [_, label] = next(program, entry)[..] else { return None };
        let gives = |at: usize| match program.code[at] {
            I::Return { value } => Some(value),
            _ => None,
        };
        let (when, gives) = match gives(entry + 1) {
            Some(value) => (true, value),
            None => (false, gives(label)?),
        };
        let here = |slot: Slot| {
            let is_argument = || (slot.index() as usize) < routine.parameters.len();
            let here = if slot.is_local() {
                is_argument().then(|| arguments.after(slot.index()))?
            } else {
                self.facts.known_number(slot).map(|_| slot)?
            };
            let kind = self.facts.kind(&self.state, here);
            matches!(kind, Kind::Number | Kind::Whole).then_some(here)
        };
        let asks = Comparison { a: here(asks.a)?, is: asks.is, b: here(asks.b)? };
        let gives = here(gives)?;
        let learned = &self.facts.learned.generic;
        (!learned.contains(&entry)).then_some(Shortcut { asks, gives, when })
    }

    /// Asks what the procedure would ask first, and goes to `done` with what it would give back at
    /// once; else goes on here.
    fn take(&mut self, shortcut: &Shortcut, target: usize, done: Block, after: &State) {
        let holds = self.compare(shortcut.asks);
        let [yes, no] = self.fork(holds);
        let [short, call] = if shortcut.when { [yes, no] } else { [no, yes] };
        let (pending, before) = (self.pending, self.state.clone());
        // The comparison and the return are counted as if they had been called.
        self.at_block(short, pending + 2, before.clone());
        self.pass_on();
        self.flush_shared();
        let value = self.as_kind(shortcut.gives, Kind::Number);
        if after[target].kind == Kind::Number {
            self.define(target, Kind::Number, value);
        } else {
            let value = self.as_in_memory(Kind::Number, value);
            self.put(target, value);
        }
        self.b.ins().jump(done, &[]);
        self.at_block(call, pending, before);
    }

    /// Takes what a call gave: a number, where one is expected, in a register.
    fn receive(&mut self, at: usize, target: usize, given: [Value; 3], after: &State) {
        let [tag, contents, steps] = given;
        let mut before = after.clone();
        before[target] = Known::MEMORY;
        let number = (after[target].kind == Kind::Number).then(|| {
            let is_number = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::NUMBER);
            let [number, other] = self.fork(is_number);
            self.b.set_cold_block(other);
            self.b.switch_to_block(other);
            number
        });
        self.state.clone_from(&before);
        let done = self.unless_left(at, tag);
        self.set_steps(steps);
        self.put(target, (tag, contents));
        if let Some(number) = number {
            self.b.set_cold_block(done);
            self.leave(at + 1, Blame::Result);
            self.at_block(number, 0, before);
            self.set_steps(steps);
            self.define(target, Kind::Number, contents);
            self.set_state(target, after[target]);
        }
    }

    /// Goes on unless the call at `at` was left: then the interpreter has the procedure, and it
    /// must find this frame below it.
    fn unless_left(&mut self, at: usize, tag: Value) -> Block {
        let left = self.b.ins().icmp_imm_s(IntCC::Equal, tag, LEFT);
        let [out, done] = self.fork(left);
        self.b.set_cold_block(out);
        self.b.switch_to_block(out);
        let before = self.state.clone();
        self.flush_all();
        let unwind = self.b.ins().iconst(types::I64, self.addresses.unwind);
        let arguments = [self.context(), self.number_of(at), self.base()];
        self.b.ins().call_indirect(self.calls.unwind, unwind, &arguments);
        self.b.ins().jump(self.left, &[]);
        self.at_block(done, 0, before);
        done
    }

    /// Ends a procedure with a value.
    pub(super) fn give_back(&mut self, value: Slot) -> bool {
        let (tag, contents) = self.parts(value);
        let contents = match self.b.func.dfg.value_type(contents) {
            types::F64 => contents,
            _ => self.b.ins().bitcast(types::F64, MemFlagsData::new(), contents),
        };
        // Nobody sees the frame again.
        self.flush_shared();
        self.pending += 1;
        let steps = self.counted();
        self.set_field(offset_of!(Context, steps), steps);
        self.set_field(offset_of!(Context, given), contents);
        self.b.ins().return_(&[tag, contents, steps]);
        true
    }
}
