//! Machine code that calls: the interpreter's function for one instruction, and
//! procedures of the flow.

use super::blame::Blame;
use super::context::Context;
use super::emit::{CONTENTS, Emitter, LEFT, VALUE, tag};
use super::facts::{Kind, Known, State};
use super::unit::next;
use crate::program::Slot;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use std::mem::offset_of;

impl Emitter<'_, '_> {
    /// An instruction done by the interpreter's function; whether the block is ended.
    pub(super) fn generic(&mut self, at: usize, after: State) -> bool {
        self.by_interpreter(at);
        self.finish(after);
        let ways = next(self.facts.program, at);
        let [yes, no] = ways[..] else { return false };
        let went = self.field(offset_of!(Context, next), types::I64);
        let yes_number = i64::try_from(yes).expect("code is bounded");
        let went_there = self.b.ins().icmp_imm_s(IntCC::Equal, went, yes_number);
        self.branch(at, went_there, yes, no);
        true
    }

    /// Lets the interpreter's function do the instruction at `at`, which it counts with what
    /// it took: behind this, the instruction is still to be counted. Where it asks for
    /// something or fails, the interpreter does it again, and says so.
    fn by_interpreter(&mut self, at: usize) {
        self.flush_all();
        let function = self.b.ins().iconst(types::I64, self.addresses.instruction);
        let (number, steps) = (self.number_of(at), self.counted());
        let arguments = [self.context, number, self.base, steps];
        let call = self.b.ins().call_indirect(self.calls.instruction, function, &arguments);
        let taken = self.b.inst_results(call)[0];
        let failed = self.b.ins().icmp_imm_s(IntCC::Equal, taken, -1);
        self.guard_not(failed, at, Blame::Nothing);
        let pending = self.pending;
        let counted = self.b.ins().iadd_imm_s(taken, -(pending + 1));
        self.set_steps(counted);
        self.pending = pending;
        let pause = self.field(offset_of!(Context, pause), types::I64);
        let late = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, taken, pause);
        let [rest, within] = self.fork(late);
        self.b.set_cold_block(rest);
        self.b.switch_to_block(rest);
        // All is in memory, and the context says where it goes on.
        self.set_field(offset_of!(Context, steps), taken);
        self.set_field(offset_of!(Context, base), self.base);
        let blame = self.b.ins().iconst(types::I64, 0);
        self.set_field(offset_of!(Context, blame), blame);
        self.give_left();
        self.b.switch_to_block(within);
    }

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
        let entry = routine.entry.0 as usize;
        let Some(unit) = self.units.get(&entry).copied() else {
            self.leave(at, Blame::Nothing);
            return true;
        };
        let slots = self.facts.slots;
        for slot in slots.covered(arguments).chain(slots.shared()) {
            if self.state[slot].dirty {
                self.flush(slot);
                self.set_state(slot, Known { dirty: false, ..self.state[slot] });
            }
        }
        let bytes = |slots: u32| i64::from(slots) * i64::from(VALUE);
        let base = self.b.ins().iadd_imm_s(self.base, bytes(arguments.index()));
        let top = self.b.ins().iadd_imm_s(base, bytes(routine.frame));
        let end = self.field(offset_of!(Context, slots_end), types::I64);
        let room = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, top, end);
        let stack = self.b.ins().get_stack_pointer(types::I64);
        let stack_min = self.field(offset_of!(Context, stack_min), types::I64);
        let shallow = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, stack, stack_min);
        self.guard(room, at, Blame::Nothing);
        self.guard(shallow, at, Blame::Nothing);
        self.pending += 1;
        let steps = self.counted();
        let start = self.b.ins().iconst(types::I32, 0);
        let call = self.b.ins().call(unit, &[self.context, base, start, steps]);
        let [tag, contents, steps] = self.b.inst_results(call)[..] else {
            unreachable!("a unit gives a tag, contents and steps")
        };
        let target = slots.number(to);
        let mut before = after.clone();
        before[target] = Known::MEMORY;
        self.state.clone_from(&before);
        let left = self.b.ins().icmp_imm_s(IntCC::Equal, tag, LEFT);
        let [out, done] = self.fork(left);
        self.b.set_cold_block(out);
        self.b.switch_to_block(out);
        // The interpreter has the procedure now; it must find this frame below it.
        self.flush_all();
        let unwind = self.b.ins().iconst(types::I64, self.addresses.unwind);
        let back = self.number_of(at);
        self.b.ins().call_indirect(self.calls.unwind, unwind, &[self.context, back, self.base]);
        self.b.ins().return_(&[tag, contents, steps]);
        self.at_block(done, 0, before);
        self.set_steps(steps);
        self.take_result(at, target, after[target], (tag, contents));
        let late = self.must_pause();
        self.guard_not(late, at + 1, Blame::Nothing);
        false
    }

    /// Takes what a procedure gave: a number, where one is expected, in a register.
    fn take_result(
        &mut self,
        at: usize,
        to: usize,
        expected: Known,
        (tag, contents): (Value, Value),
    ) {
        let place = self.place(to);
        let keep = |emitter: &mut Self| {
            emitter.store(tag, place, 0);
            emitter.store(contents, place, CONTENTS);
        };
        if expected.kind != Kind::Number {
            return keep(self);
        }
        let is_number = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::NUMBER);
        let [number, other] = self.fork(is_number);
        self.b.set_cold_block(other);
        let state = self.state.clone();
        self.at_block(other, 0, state.clone());
        keep(self);
        self.leave(at + 1, Blame::Result);
        self.at_block(number, 0, state);
        self.define(to, Kind::Number, contents);
        self.set_state(to, expected);
    }

    /// Ends a procedure with a value.
    pub(super) fn give_back(&mut self, value: Slot) -> bool {
        let (tag, contents) = self.parts(value);
        let contents = match self.b.func.dfg.value_type(contents) {
            types::F64 => contents,
            _ => self.b.ins().bitcast(types::F64, MemFlagsData::new(), contents),
        };
        // Nobody sees the frame again.
        for slot in self.facts.slots.shared() {
            if self.state[slot].dirty {
                self.flush(slot);
            }
        }
        self.pending += 1;
        let steps = self.counted();
        self.set_field(offset_of!(Context, steps), steps);
        self.set_field(offset_of!(Context, given), contents);
        self.b.ins().return_(&[tag, contents, steps]);
        true
    }
}
