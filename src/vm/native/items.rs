//! Machine code for items of lists and walks over them. What is no list, or no place in
//! it, is left to the interpreter.

use super::blame::Blame;
use super::context::Context;
use super::emit::{CONTENTS, Emitter, tag};
use super::facts::{Kind, Known, State};
use crate::program::Slot;
use crate::vm::value::TEXT_LEN_AT;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use std::mem::offset_of;

impl Emitter<'_, '_> {
    pub(super) fn item(
        &mut self,
        at: usize,
        to: Slot,
        list: Slot,
        index: Value,
        after: State,
    ) -> bool {
        let cell = self.list_cell(at, list);
        let item = self.item_address(at, cell, index);
        let tag = self.load(types::I64, (item, 0), 0);
        let to = self.facts.slots.number(to);
        if self.facts.written(at, &self.state) == Kind::Number {
            let is_number = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::NUMBER);
            self.guard(is_number, at, Blame::Item);
            let value = self.load(types::F64, (item, 0), CONTENTS);
            self.define(to, Kind::Number, value);
            return self.finish(after);
        }
        let contents = self.load(types::I64, (item, 0), CONTENTS);
        let none = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::HOLE);
        let undefined = self.b.ins().iconst(types::I64, 0);
        let tag = self.b.ins().select(none, undefined, tag);
        self.put(to, (tag, contents));
        self.finish(after)
    }

    pub(super) fn set_item(&mut self, at: usize, list: Slot, index: Value, value: Slot) {
        let cell = self.list_cell(at, list);
        let item = self.item_address(at, cell, index);
        let (tag, contents) = self.parts(value);
        self.store(tag, (item, 0), 0);
        self.store(contents, (item, 0), CONTENTS);
    }

    /// The length of a list or a text; out if it is neither.
    pub(super) fn length(&mut self, at: usize, of: Slot) -> Value {
        let place = self.place(self.facts.slots.number(of));
        let tag = self.load(types::I64, place, 0);
        let done = self.b.create_block();
        let answer = self.b.append_block_param(done, types::I64);
        let is_text = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::TEXT);
        let [text, other] = self.fork(is_text);
        self.b.switch_to_block(text);
        let at_len = i32::try_from(TEXT_LEN_AT).expect("a small offset");
        let len = self.load(types::I32, place, CONTENTS + at_len);
        let len = self.b.ins().uextend(types::I64, len);
        self.b.ins().jump(done, &[len.into()]);
        let (pending, state) = (self.pending, self.state.clone());
        self.at_block(other, pending, state.clone());
        let cell = self.list_cell(at, of);
        let list = self.cell(cell);
        let len = self.load(types::I64, list, self.addresses.list.len);
        self.b.ins().jump(done, &[len.into()]);
        self.at_block(done, pending, state);
        answer
    }

    /// The next item of a walk; another kind of walk than one over a list's own items is left
    /// to the interpreter.
    pub(super) fn each_next(
        &mut self,
        at: usize,
        walk: Slot,
        list: Slot,
        to: Slot,
        after: &State,
    ) -> bool {
        let slots = self.facts.slots;
        let target = slots.number(to);
        // It keeps its value where the walk ends, and is in memory from then on.
        if self.state[target].dirty {
            self.flush(target);
            self.set_state(target, Known::MEMORY);
        }
        let (reached, length) = (walk.after(1), walk.after(2));
        self.expect(at, &[reached, length]);
        let kind = self.facts.kind(&self.state, reached);
        let place = self.as_kind(reached, kind);
        let before_end = self.is_below((place, kind), length);
        let (written, before) = (self.facts.written(at, &self.state), self.state.clone());
        let [within, end] = self.fork(before_end);
        let pending = self.pending;
        for (block, next) in [(within, at + 2), (end, at + 1)] {
            self.at_block(block, pending, before.clone());
            if block == within {
                let index = self.whole_place(at, (place, kind));
                self.walk_item(at, walk, list, index, target);
            } else {
                self.no_strays(at, walk.after(3));
            }
            let following = self.following(place, kind, written);
            self.define(slots.number(reached), written, following);
            self.finish(after.clone());
            self.pass_on();
            self.go(at, next);
        }
        true
    }

    fn walk_item(&mut self, at: usize, walk: Slot, list: Slot, index: Value, to: usize) {
        let cell = self.list_cell(at, walk);
        let other = self.list_cell(at, list);
        let same = self.b.ins().icmp(IntCC::Equal, cell, other);
        self.guard(same, at, Blame::Operand);
        let item = self.item_address(at, cell, index);
        let tag = self.load(types::I64, (item, 0), 0);
        let filled = self.b.ins().icmp_imm_s(IntCC::NotEqual, tag, tag::HOLE);
        self.guard(filled, at, Blame::Operand);
        let contents = self.load(types::I64, (item, 0), CONTENTS);
        self.put(to, (tag, contents));
    }

    /// What was set at no place is walked by the interpreter.
    fn no_strays(&mut self, at: usize, count: Slot) {
        let place = self.place(self.facts.slots.number(count));
        let count = self.load(types::I64, place, CONTENTS);
        let none = self.b.ins().icmp_imm_s(IntCC::Equal, count, 0);
        self.guard(none, at, Blame::Operand);
    }

    fn following(&mut self, place: Value, kind: Kind, written: Kind) -> Value {
        if written == Kind::Whole {
            return self.b.ins().iadd_imm_s(place, 1);
        }
        let place = match kind {
            Kind::Whole => self.b.ins().fcvt_from_sint(types::F64, place),
            _ => place,
        };
        let one = self.b.ins().f64const(1.0);
        self.b.ins().fadd(place, one)
    }

    fn is_below(&mut self, (place, kind): (Value, Kind), length: Slot) -> Value {
        if (kind, self.facts.kind(&self.state, length)) == (Kind::Whole, Kind::Whole) {
            let length = self.as_kind(length, Kind::Whole);
            return self.b.ins().icmp(IntCC::SignedLessThan, place, length);
        }
        let place = match kind {
            Kind::Whole => self.b.ins().fcvt_from_sint(types::F64, place),
            _ => place,
        };
        let length = self.as_kind(length, Kind::Number);
        self.b.ins().fcmp(FloatCC::LessThan, place, length)
    }

    /// The index in a list, counted from 0, that a place means; out if it is none.
    pub(super) fn index(&mut self, at: usize, place: Slot) -> Value {
        self.expect(at, &[place]);
        let first = i64::from(self.facts.program.one_based);
        let kind = self.facts.kind(&self.state, place);
        let value = self.as_kind(place, kind);
        if kind == Kind::Whole {
            return self.b.ins().iadd_imm_s(value, -first);
        }
        let value = if first == 0 {
            value
        } else {
            let one = self.b.ins().f64const(1.0);
            self.b.ins().fsub(value, one)
        };
        self.whole_place(at, (value, kind))
    }

    fn whole_place(&mut self, at: usize, (value, kind): (Value, Kind)) -> Value {
        if kind == Kind::Whole {
            return value;
        }
        let whole = self.b.ins().fcvt_to_sint_sat(types::I64, value);
        let back = self.b.ins().fcvt_from_sint(types::F64, whole);
        let same = self.b.ins().fcmp(FloatCC::Equal, value, back);
        self.guard(same, at, Blame::Operand);
        whole
    }

    /// The number of the cell of the list in `list`; out if it is no list.
    fn list_cell(&mut self, at: usize, list: Slot) -> Value {
        let place = self.place(self.facts.slots.number(list));
        let tag = self.load(types::I64, place, 0);
        let is_list = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::LIST);
        self.guard(is_list, at, Blame::Operand);
        let cell = self.load(types::I32, place, CONTENTS);
        self.b.ins().uextend(types::I64, cell)
    }

    /// Where the cell of this number is.
    fn cell(&mut self, number: Value) -> (Value, i32) {
        let cells = self.field(offset_of!(Context, cells), types::I64);
        let offset = self.b.ins().imul_imm_s(number, self.addresses.cell_bytes);
        (self.b.ins().iadd(cells, offset), 0)
    }

    /// Where the item of this index lies; out if there is none.
    fn item_address(&mut self, at: usize, cell: Value, index: Value) -> Value {
        let list = self.cell(cell);
        let items = self.load(types::I64, list, self.addresses.list.items);
        let len = self.load(types::I64, list, self.addresses.list.len);
        let is_there = self.b.ins().icmp(IntCC::UnsignedLessThan, index, len);
        self.guard(is_there, at, Blame::Operand);
        let offset = self.b.ins().ishl_imm_s(index, 4);
        self.b.ins().iadd(items, offset)
    }
}
