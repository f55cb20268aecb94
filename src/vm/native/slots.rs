//! Slots while machine code runs: in memory, as the interpreter has them, or in registers,
//! with what moves them between the two.

use super::blame::Blame;
use super::context::Context;
use super::emit::{CONTENTS, Emitter, Kept, VALUE, tag};
use super::facts::{Kind, Known, State, WHOLE_MAX};
use crate::program::{Instruction, Slot};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{
    InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, Type, Value, types,
};
use cranelift_frontend::Variable;
use std::mem::offset_of;

impl Emitter<'_, '_> {
    /// Lets a procedure that calls keep its pointers on the stack meanwhile.
    pub(super) fn keep_pointers(&mut self) {
        let unit = &self.facts.unit;
        let code = &self.facts.program.code[unit.code.clone()];
        if !unit.is_procedure || !code.iter().any(|it| matches!(it, Instruction::Call { .. })) {
            return;
        }
        let stack = StackSlotData::new(StackSlotKind::ExplicitSlot, 16, 3);
        let stack = self.b.create_sized_stack_slot(stack);
        let registers = self.pointers.map(|pointer| {
            let register = self.b.declare_var(types::I64);
            self.b.def_var(register, pointer);
            register
        });
        self.kept = Some(Kept { registers, stack });
    }

    /// Before a call.
    pub(super) fn put_pointers_away(&mut self) {
        let Some(stack) = self.kept.as_ref().map(|kept| kept.stack) else { return };
        for (place, pointer) in [(0, self.context()), (8, self.base())] {
            self.b.ins().stack_store(types::I64, pointer, stack, place);
        }
    }

    /// Behind a call.
    pub(super) fn take_pointers_back(&mut self) {
        let Some(Kept { registers, stack }) = self.kept else { return };
        for (place, register) in [(0, registers[0]), (8, registers[1])] {
            let pointer = self.b.ins().stack_load(types::I64, types::I64, stack, place);
            self.b.def_var(register, pointer);
        }
        let fixed = self.slots_of_all();
        self.b.def_var(registers[2], fixed);
    }

    fn pointer(&mut self, number: usize) -> Value {
        match &self.kept {
            Some(kept) => self.b.use_var(kept.registers[number]),
            None => self.pointers[number],
        }
    }

    pub(super) fn context(&mut self) -> Value {
        self.pointer(0)
    }

    pub(super) fn base(&mut self) -> Value {
        self.pointer(1)
    }

    /// Where a slot is in memory: a pointer, and bytes behind it.
    pub(super) fn place(&mut self, slot: usize) -> (Value, i32) {
        let (base, index) = if slot < self.facts.slots.frame {
            (self.base(), slot)
        } else {
            (self.pointer(2), slot - self.facts.slots.frame)
        };
        (base, i32::try_from(index).expect("a unit's slots are bounded") * VALUE)
    }

    pub(super) fn load(&mut self, kind: Type, (pointer, offset): (Value, i32), more: i32) -> Value {
        self.b.ins().load(kind, MemFlagsData::trusted(), pointer, offset + more)
    }

    pub(super) fn store(&mut self, value: Value, (pointer, offset): (Value, i32), more: i32) {
        self.b.ins().store(MemFlagsData::trusted(), value, pointer, offset + more);
    }

    pub(super) fn field(&mut self, offset: usize, kind: Type) -> Value {
        let context = self.context();
        self.load(kind, (context, 0), i32::try_from(offset).expect("a small struct"))
    }

    /// Where the slots lie that all units have: nowhere else while machine code runs, so that a
    /// unit which uses none doesn't look.
    pub(super) fn slots_of_all(&mut self) -> Value {
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        let place = i32::try_from(offset_of!(Context, slots)).expect("a small struct");
        let context = self.context();
        self.b.ins().load(types::I64, flags, context, place)
    }

    pub(super) fn set_field(&mut self, offset: usize, value: Value) {
        let context = self.context();
        self.store(value, (context, 0), i32::try_from(offset).expect("a small struct"));
    }

    pub(super) fn number_of(&mut self, at: usize) -> Value {
        let at = i64::try_from(at).expect("code is bounded");
        self.b.ins().iconst(types::I64, at)
    }

    fn variable(&mut self, slot: usize, kind: Kind) -> Variable {
        let variables = match kind {
            Kind::Number => &mut self.numbers,
            Kind::Whole => &mut self.wholes,
            Kind::Bool | Kind::Memory => &mut self.bools,
        };
        *variables[slot].get_or_insert_with(|| self.b.declare_var(kind.register()))
    }

    /// Keeps a slot's new value in a register.
    pub(super) fn define(&mut self, slot: usize, kind: Kind, value: Value) {
        let variable = self.variable(slot, kind);
        self.b.def_var(variable, value);
        self.way = None;
    }

    /// A slot's value that is in a register, as this kind.
    pub(super) fn in_register(&mut self, slot: usize, kind: Kind) -> Value {
        let is = self.state[slot].kind;
        let variable = self.variable(slot, is);
        let value = self.b.use_var(variable);
        if (is, kind) == (Kind::Whole, Kind::Number) {
            return self.b.ins().fcvt_from_sint(types::F64, value);
        }
        value
    }

    /// The number that a slot in memory holds, or out.
    pub(super) fn guarded(&mut self, slot: usize, at: usize, blame: Blame) -> Value {
        let place = self.place(slot);
        let tag = self.load(types::I64, place, 0);
        let is_number = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::NUMBER);
        self.guard(is_number, at, blame);
        self.load(types::F64, place, CONTENTS)
    }

    /// A number as a whole one, or out.
    pub(super) fn whole_or_out(&mut self, number: Value, at: usize, blame: Blame) -> Value {
        let whole = self.b.ins().fcvt_to_sint_sat(types::I64, number);
        let back = self.b.ins().fcvt_from_sint(types::F64, whole);
        let flags = MemFlagsData::new();
        let bits = self.b.ins().bitcast(types::I64, flags, number);
        let back = self.b.ins().bitcast(types::I64, flags, back);
        // By their bits: -0 is no whole number, and NaN is none.
        let same = self.b.ins().icmp(IntCC::Equal, bits, back);
        let small = self.is_small(whole);
        let both = self.b.ins().band(same, small);
        self.guard(both, at, blame);
        whole
    }

    /// Whether a whole number is near enough to 0 to be kept as one.
    pub(super) fn is_small(&mut self, whole: Value) -> Value {
        let moved = self.b.ins().iadd_imm_s(whole, WHOLE_MAX);
        self.b.ins().icmp_imm_s(IntCC::UnsignedLessThanOrEqual, moved, 2 * WHOLE_MAX)
    }

    /// Writes the slots to memory whose value is newer than what is there.
    pub(super) fn flush_all(&mut self) {
        for slot in 0..self.state.len() {
            if self.state[slot].dirty {
                self.flush(slot);
                self.set_state(slot, Known { dirty: false, ..self.state[slot] });
            }
        }
    }

    pub(super) fn flush(&mut self, slot: usize) {
        let (kind, value) = self.register(slot);
        let value = self.as_in_memory(kind, value);
        self.put(slot, value);
    }

    /// Writes the slots that other units see to memory, before nobody looks at this one's state
    /// again.
    pub(super) fn flush_shared(&mut self) {
        for slot in self.facts.slots.shared() {
            if self.state[slot].dirty {
                self.flush(slot);
            }
        }
    }

    /// Writes a value, as memory has it, to a slot.
    pub(super) fn put(&mut self, slot: usize, (tag, contents): (Value, Value)) {
        let place = self.place(slot);
        self.store(tag, place, 0);
        self.store(contents, place, CONTENTS);
    }

    /// What a slot holds in its register.
    pub(super) fn register(&mut self, slot: usize) -> (Kind, Value) {
        let kind = self.state[slot].kind;
        (kind, self.in_register(slot, kind))
    }

    /// A value in a register as memory has it: its tag and its contents.
    pub(super) fn as_in_memory(&mut self, kind: Kind, value: Value) -> (Value, Value) {
        let (tag, contents) = match kind {
            Kind::Bool => (tag::BOOL, self.b.ins().uextend(types::I64, value)),
            Kind::Whole => (tag::NUMBER, self.b.ins().fcvt_from_sint(types::F64, value)),
            Kind::Number | Kind::Memory => (tag::NUMBER, value),
        };
        (self.b.ins().iconst(types::I64, tag), contents)
    }

    /// A slot's value as memory has it: its tag and its contents.
    pub(super) fn parts(&mut self, slot: Slot) -> (Value, Value) {
        if let Some(value) = self.facts.known_number(slot) {
            let tag = self.b.ins().iconst(types::I64, tag::NUMBER);
            return (tag, self.b.ins().f64const(value));
        }
        let number = self.facts.slots.number(slot);
        if self.state[number].kind != Kind::Memory {
            let (kind, value) = self.register(number);
            return self.as_in_memory(kind, value);
        }
        let place = self.place(number);
        (self.load(types::I64, place, 0), self.load(types::I64, place, CONTENTS))
    }

    /// Whether a slot's value counts as true.
    pub(super) fn truth(&mut self, slot: Slot) -> Value {
        let number = self.facts.slots.number(slot);
        match self.state[number].kind {
            Kind::Bool => self.in_register(number, Kind::Bool),
            Kind::Whole => {
                let value = self.in_register(number, Kind::Whole);
                self.b.ins().icmp_imm_s(IntCC::NotEqual, value, 0)
            }
            Kind::Number => {
                let value = self.in_register(number, Kind::Number);
                let zero = self.b.ins().f64const(0.0);
                self.b.ins().fcmp(FloatCC::OrderedNotEqual, value, zero)
            }
            Kind::Memory => {
                let place = self.place(number);
                let tag = self.load(types::I64, place, 0);
                let done = self.b.create_block();
                let answer = self.b.append_block_param(done, types::I8);
                let is_bool = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::BOOL);
                let [plain, other] = self.fork(is_bool);
                self.b.switch_to_block(plain);
                let value = self.load(types::I8, place, CONTENTS);
                self.b.ins().jump(done, &[value.into()]);
                self.b.switch_to_block(other);
                let (pointer, offset) = place;
                let address = self.b.ins().iadd_imm_s(pointer, i64::from(offset));
                let function = self.b.ins().iconst(types::I64, self.addresses.truth);
                let call = self.b.ins().call_indirect(self.calls.truth, function, &[address]);
                let value = self.b.inst_results(call)[0];
                self.b.ins().jump(done, &[value.into()]);
                self.b.switch_to_block(done);
                answer
            }
        }
    }

    /// Copies a slot's value to another.
    pub(super) fn copy(&mut self, to: Slot, from: Slot, after: State) -> bool {
        let slot = self.facts.slots.number(to);
        match self.facts.kind(&self.state, from) {
            Kind::Memory => {
                let value = self.parts(from);
                self.put(slot, value);
            }
            Kind::Bool => {
                let from = self.facts.slots.number(from);
                let value = self.in_register(from, Kind::Bool);
                self.define(slot, Kind::Bool, value);
            }
            kind => {
                let value = self.as_kind(from, kind);
                self.define(slot, kind, value);
            }
        }
        self.finish(after)
    }
}
