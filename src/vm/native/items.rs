//! Machine code for items of lists and walks over them. What is no list, or no place in
//! it, goes the interpreter's way.

use super::context::Context;
use super::emit::{CONTENTS, Emitter, tag};
use super::facts::{Kind, Known, State};
use crate::program::Slot;
use crate::vm::heap::CELL_LIST_AT;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use std::mem::offset_of;

impl Emitter<'_, '_> {
    pub(super) fn item(
        &mut self,
        at: usize,
        to: Slot,
        list: Slot,
        place: Slot,
        after: State,
    ) -> bool {
        self.expect(at, &[place]);
        let slow = self.b.create_block();
        let index = self.index(place, slow);
        self.read(at, to, list, index, slow, after)
    }

    pub(super) fn item_at(
        &mut self,
        at: usize,
        to: Slot,
        list: Slot,
        place: u32,
        after: State,
    ) -> bool {
        let slow = self.b.create_block();
        let index = self.b.ins().iconst(types::I64, i64::from(place));
        self.read(at, to, list, index, slow, after)
    }

    fn read(
        &mut self,
        at: usize,
        to: Slot,
        list: Slot,
        index: Value,
        slow: Block,
        after: State,
    ) -> bool {
        let (cell, done) = (self.list_cell(list, slow), self.b.create_block());
        let item = self.item_address(cell, index, slow);
        let tag = self.load(types::I64, (item, 0), 0);
        let contents = self.load(types::I64, (item, 0), CONTENTS);
        let none = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::HOLE);
        let undefined = self.b.ins().iconst(types::I64, 0);
        let tag = self.b.ins().select(none, undefined, tag);
        let place = self.place(self.facts.slots.number(to));
        self.store(tag, place, 0);
        self.store(contents, place, CONTENTS);
        self.b.ins().jump(done, &[]);
        self.or_slow(at, slow, done, after)
    }

    pub(super) fn set_item(
        &mut self,
        at: usize,
        list: Slot,
        place: Slot,
        value: Slot,
        after: State,
    ) -> bool {
        self.expect(at, &[place]);
        let slow = self.b.create_block();
        let index = self.index(place, slow);
        self.write(at, list, index, value, slow, after)
    }

    pub(super) fn set_item_at(
        &mut self,
        at: usize,
        list: Slot,
        place: u32,
        value: Slot,
        after: State,
    ) -> bool {
        let slow = self.b.create_block();
        let index = self.b.ins().iconst(types::I64, i64::from(place));
        self.write(at, list, index, value, slow, after)
    }

    fn write(
        &mut self,
        at: usize,
        list: Slot,
        index: Value,
        value: Slot,
        slow: Block,
        after: State,
    ) -> bool {
        let (cell, done) = (self.list_cell(list, slow), self.b.create_block());
        let item = self.item_address(cell, index, slow);
        let (tag, contents) = self.parts(value);
        self.store(tag, (item, 0), 0);
        self.store(contents, (item, 0), CONTENTS);
        self.b.ins().jump(done, &[]);
        self.or_slow(at, slow, done, after)
    }

    /// Ends an instruction that is done at `done`, or by the interpreter's function at `slow`.
    fn or_slow(&mut self, at: usize, slow: Block, done: Block, after: State) -> bool {
        self.b.set_cold_block(slow);
        self.b.switch_to_block(slow);
        self.by_interpreter(at);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        self.finish(after)
    }

    pub(super) fn each_next(
        &mut self,
        at: usize,
        walk: Slot,
        list: Slot,
        to: Slot,
        after: State,
    ) -> bool {
        let slots = self.facts.slots;
        let (reached, target) = (slots.number(walk.after(1)), slots.number(to));
        // It keeps its value where the walk ends, and is in memory from then on.
        if self.state[target].dirty {
            self.flush(target);
            self.state[target] = Known::MEMORY;
        }
        self.expect(at, &[walk.after(1), walk.after(2)]);
        let [slow, some, next, end, within] = std::array::from_fn(|_| self.b.create_block());
        let kind = self.facts.kind(&self.state, walk.after(1));
        let place = self.as_kind(walk.after(1), kind);
        let before_end = self.compared_places((place, kind), walk.after(2));
        let written = self.facts.written(at, &self.state);
        let following = self.following(place, kind, written);
        self.define(reached, written, following);
        // What it was, for the way by the interpreter, which reads memory.
        let dirty = std::mem::replace(&mut self.state[reached].dirty, false);
        self.b.ins().brif(before_end, within, &[], end, &[]);
        self.b.switch_to_block(within);
        let index = self.whole_place((place, kind), slow);
        let cell = self.list_cell(walk, slow);
        let other = self.list_cell(list, slow);
        let same = self.b.ins().icmp(IntCC::Equal, cell, other);
        self.b.ins().brif(same, some, &[], slow, &[]);
        self.b.switch_to_block(some);
        let item = self.item_address(cell, index, slow);
        let tag = self.load(types::I64, (item, 0), 0);
        let hole = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::HOLE);
        let filled = self.b.create_block();
        self.b.ins().brif(hole, slow, &[], filled, &[]);
        self.b.switch_to_block(filled);
        let contents = self.load(types::I64, (item, 0), CONTENTS);
        let there = self.place(target);
        self.store(tag, there, 0);
        self.store(contents, there, CONTENTS);
        self.b.ins().jump(next, &[]);
        self.b.set_cold_block(slow);
        self.b.switch_to_block(slow);
        if dirty {
            let value = match kind {
                Kind::Whole => self.b.ins().fcvt_from_sint(types::F64, place),
                _ => place,
            };
            let tag = self.b.ins().iconst(types::I64, tag::NUMBER);
            let there = self.place(reached);
            self.store(tag, there, 0);
            self.store(value, there, CONTENTS);
        }
        self.by_interpreter(at);
        let value = self.load(types::F64, self.place(reached), CONTENTS);
        let value = match written {
            Kind::Whole => self.b.ins().fcvt_to_sint_sat(types::I64, value),
            _ => value,
        };
        self.define(reached, written, value);
        let went = self.field(offset_of!(Context, next), types::I64);
        let behind = i64::try_from(at + 2).expect("code is bounded");
        let went_on = self.b.ins().icmp_imm_s(IntCC::Equal, went, behind);
        self.b.ins().brif(went_on, next, &[], end, &[]);
        self.finish(after);
        let pending = self.pending;
        for (block, to) in [(next, at + 2), (end, at + 1)] {
            self.b.switch_to_block(block);
            self.pending = pending;
            self.pass_on();
            let before = self.state.clone();
            self.go(at, to);
            self.state = before;
        }
        true
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

    fn compared_places(&mut self, (place, kind): (Value, Kind), places: Slot) -> Value {
        if (kind, self.facts.kind(&self.state, places)) == (Kind::Whole, Kind::Whole) {
            let places = self.as_kind(places, Kind::Whole);
            return self.b.ins().icmp(IntCC::SignedLessThan, place, places);
        }
        let place = match kind {
            Kind::Whole => self.b.ins().fcvt_from_sint(types::F64, place),
            _ => place,
        };
        let places = self.as_kind(places, Kind::Number);
        self.b.ins().fcmp(FloatCC::LessThan, place, places)
    }

    /// The index in a list, counted from 0, that a place means; at `slow` if it is none.
    fn index(&mut self, place: Slot, slow: Block) -> Value {
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
        self.whole_place((value, kind), slow)
    }

    fn whole_place(&mut self, (value, kind): (Value, Kind), slow: Block) -> Value {
        if kind == Kind::Whole {
            return value;
        }
        let whole = self.b.ins().fcvt_to_sint_sat(types::I64, value);
        let back = self.b.ins().fcvt_from_sint(types::F64, whole);
        let same = self.b.ins().fcmp(FloatCC::Equal, value, back);
        let within = self.b.create_block();
        self.b.ins().brif(same, within, &[], slow, &[]);
        self.b.switch_to_block(within);
        whole
    }

    /// The number of the cell of the list in `list`; at `slow` if it is no list.
    fn list_cell(&mut self, list: Slot, slow: Block) -> Value {
        let place = self.place(self.facts.slots.number(list));
        let tag = self.load(types::I64, place, 0);
        let is_list = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::LIST);
        let within = self.b.create_block();
        self.b.ins().brif(is_list, within, &[], slow, &[]);
        self.b.switch_to_block(within);
        let cell = self.load(types::I32, place, CONTENTS);
        self.b.ins().uextend(types::I64, cell)
    }

    /// Where the item of this index lies; at `slow` if there is none.
    fn item_address(&mut self, cell: Value, index: Value, slow: Block) -> Value {
        let cells = self.field(offset_of!(Context, cells), types::I64);
        let offset = self.b.ins().imul_imm_s(cell, self.addresses.cell_bytes);
        let list = self.b.ins().iadd(cells, offset);
        let at = i32::try_from(CELL_LIST_AT).expect("a small offset");
        let items = self.load(types::I64, (list, at), self.addresses.list.items);
        let len = self.load(types::I64, (list, at), self.addresses.list.len);
        let is_there = self.b.ins().icmp(IntCC::UnsignedLessThan, index, len);
        let within = self.b.create_block();
        self.b.ins().brif(is_there, within, &[], slow, &[]);
        self.b.switch_to_block(within);
        let offset = self.b.ins().ishl_imm_s(index, 4);
        self.b.ins().iadd(items, offset)
    }
}
