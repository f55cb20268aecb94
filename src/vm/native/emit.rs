//! Writes a unit's machine code: blocks, edges between them, and the ways out.
//!
//! What single instructions become is in [`numbers`](super::numbers),
//! [`items`](super::items) and [`leave`](super::leave); where slots are kept meanwhile, in
//! [`slots`](super::slots).

use super::context::{Addresses, Context};
use super::facts::{Facts, Kind, State};
use crate::program::{Instruction as I, Slot};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, FuncRef, InstBuilder, SigRef, Value, types};
use cranelift_frontend::{FunctionBuilder, Switch, Variable};
use std::collections::BTreeMap;
use std::mem::offset_of;

/// The tags of [`vm::Value`](crate::vm::Value), by the order of its variants.
pub(super) mod tag {
    pub(in crate::vm::native) const BOOL: i64 = 2;
    pub(in crate::vm::native) const NUMBER: i64 = 3;
    pub(in crate::vm::native) const LIST: i64 = 6;
    pub(in crate::vm::native) const HOLE: i64 = 8;
}

/// Bytes of a value, and where in it its contents are.
pub(super) const VALUE: i32 = 16;
pub(super) const CONTENTS: i32 = 8;

/// What a unit answers beside a value's tag: the interpreter goes on.
pub(super) const LEFT: i64 = 16;

/// What was not as expected where machine code was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    Nothing,
    /// An operand is no number.
    Operand,
    /// The result is no whole number.
    Fraction,
    /// This slot holds no number where a loop begins.
    Slot(usize),
}

impl Blame {
    fn code(self) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::Operand => 1,
            Self::Fraction => 2,
            Self::Slot(slot) => 3 + i64::try_from(slot).unwrap_or(i64::MAX - 3),
        }
    }

    /// What this code says.
    pub(super) fn of(code: u64) -> Self {
        match code {
            0 => Self::Nothing,
            1 => Self::Operand,
            2 => Self::Fraction,
            slot => Self::Slot(usize::try_from(slot - 3).unwrap_or(usize::MAX)),
        }
    }
}

/// A way out that is still to be written.
struct Way {
    block: Block,
    at: usize,
    state: State,
    pending: i64,
    blame: Blame,
}

/// The functions of ours that machine code calls.
pub(super) struct Calls {
    pub(super) instruction: SigRef,
    pub(super) unwind: SigRef,
    pub(super) truth: SigRef,
    pub(super) two_numbers: SigRef,
}

/// Writes one unit.
pub(super) struct Emitter<'a, 'f> {
    pub(super) b: FunctionBuilder<'f>,
    pub(super) facts: &'a Facts<'a>,
    pub(super) addresses: &'a Addresses,
    pub(super) calls: Calls,
    /// Units of the program by where they begin, as they can be called.
    pub(super) units: BTreeMap<usize, FuncRef>,
    blocks: BTreeMap<usize, Block>,
    pub(super) numbers: Vec<Option<Variable>>,
    pub(super) wholes: Vec<Option<Variable>>,
    pub(super) bools: Vec<Option<Variable>>,
    pub(super) steps: Variable,
    /// Instructions that `steps` doesn't count yet.
    pub(super) pending: i64,
    pub(super) state: State,
    ways: Vec<Way>,
    pub(super) context: Value,
    pub(super) base: Value,
    pub(super) depth: Value,
    pub(super) fixed: Value,
}

impl<'a, 'f> Emitter<'a, 'f> {
    /// Writes the whole unit; `entries` are the places where it can be entered, by number.
    pub(super) fn unit(
        mut b: FunctionBuilder<'f>,
        facts: &'a Facts<'a>,
        addresses: &'a Addresses,
        calls: Calls,
        units: BTreeMap<usize, FuncRef>,
        entries: &[usize],
    ) -> FunctionBuilder<'f> {
        let start = b.create_block();
        b.append_block_params_for_function_params(start);
        b.switch_to_block(start);
        let [context, base, depth, entry] = b.block_params(start)[..] else {
            unreachable!("a unit has four parameters")
        };
        let steps = b.declare_var(types::I64);
        let reached = facts.known.keys();
        let blocks = reached.map(|leader| (*leader, b.create_block())).collect();
        let count = facts.slots.count();
        let mut emitter = Self {
            facts,
            addresses,
            calls,
            units,
            blocks,
            numbers: vec![None; count],
            wholes: vec![None; count],
            bools: vec![None; count],
            steps,
            pending: 0,
            state: vec![super::facts::Known::MEMORY; count],
            ways: Vec::new(),
            context,
            base,
            depth,
            fixed: context,
            b,
        };
        emitter.fixed = emitter.field(offset_of!(Context, slots), types::I64);
        emitter.begin(entry, entries);
        let leaders: Vec<usize> = facts.known.keys().copied().collect();
        for leader in leaders {
            emitter.block(leader);
        }
        emitter.b.seal_all_blocks();
        emitter.b
    }

    /// Goes to the place where the unit is entered.
    fn begin(&mut self, entry: Value, entries: &[usize]) {
        let steps = self.field(offset_of!(Context, steps), types::I64);
        self.b.def_var(self.steps, steps);
        let late = self.must_pause();
        let (out, within) = (self.way(entries[0], Blame::Nothing), self.b.create_block());
        self.b.ins().brif(late, out, &[], within, &[]);
        self.b.switch_to_block(within);
        let mut switch = Switch::new();
        let ways: Vec<Block> = entries.iter().map(|_| self.b.create_block()).collect();
        for (number, block) in ways.iter().enumerate() {
            switch.set_entry(number as u128, *block);
        }
        // Any other number would be our own mistake; it begins at the beginning.
        switch.emit(&mut self.b, entry, ways[0]);
        for (block, at) in ways.into_iter().zip(entries) {
            self.b.switch_to_block(block);
            self.adapt(*at);
            self.b.ins().jump(self.blocks[at], &[]);
        }
        self.write_ways();
    }

    fn block(&mut self, leader: usize) {
        self.b.switch_to_block(self.blocks[&leader]);
        self.state.clone_from(&self.facts.known[&leader]);
        self.pending = 0;
        let last = self.facts.last(leader);
        for at in leader..=last {
            let generic = self.facts.is_generic(at, &self.state);
            let mut after = self.state.clone();
            self.facts.pass(at, &mut after);
            let ended = if generic { self.generic(at, after) } else { self.instruction(at, after) };
            if !ended && at == last {
                self.pass_on();
                self.go(at, at + 1);
            }
        }
        self.write_ways();
    }

    /// Adds to the count what was not yet counted.
    pub(super) fn pass_on(&mut self) {
        let steps = self.counted();
        self.b.def_var(self.steps, steps);
        self.pending = 0;
    }

    /// The steps taken up to here.
    pub(super) fn counted(&mut self) -> Value {
        let steps = self.b.use_var(self.steps);
        self.b.ins().iadd_imm_s(steps, self.pending)
    }

    /// Whether so many steps were taken that the run must look up.
    pub(super) fn must_pause(&mut self) -> Value {
        let steps = self.b.use_var(self.steps);
        let pause = self.field(offset_of!(Context, pause), types::I64);
        self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, steps, pause)
    }

    // ---- edges

    /// Goes from the instruction `from` to `to`, where slots may be kept in another way.
    pub(super) fn go(&mut self, from: usize, to: usize) {
        if to <= from {
            let late = self.must_pause();
            let (out, within) = (self.way(to, Blame::Nothing), self.b.create_block());
            self.b.ins().brif(late, out, &[], within, &[]);
            self.b.switch_to_block(within);
        }
        self.adapt(to);
        self.b.ins().jump(self.blocks[&to], &[]);
    }

    /// Goes to `yes` if `condition` holds, else to `no`; the instruction was counted.
    pub(super) fn branch(&mut self, at: usize, condition: Value, yes: usize, no: usize) {
        self.pass_on();
        let [a, b] = [self.b.create_block(), self.b.create_block()];
        self.b.ins().brif(condition, a, &[], b, &[]);
        for (block, to) in [(a, yes), (b, no)] {
            self.b.switch_to_block(block);
            let before = self.state.clone();
            self.go(at, to);
            self.state = before;
        }
    }

    /// Brings each slot to where the block at `to` expects it.
    fn adapt(&mut self, to: usize) {
        let expected = &self.facts.known[&to];
        let wanted = self.facts.wanted.at(self.facts.program, self.facts.slots, to);
        for slot in 0..expected.len() {
            let now = self.state[slot];
            match (now.kind, expected[slot].kind) {
                (a, b) if a == b => {}
                (Kind::Whole, Kind::Number) => {
                    let number = self.in_register(slot, Kind::Number);
                    self.define(slot, Kind::Number, number);
                }
                (Kind::Memory, Kind::Number) => {
                    let number = self.guarded(slot, to, Blame::Slot(slot));
                    self.define(slot, Kind::Number, number);
                }
                (Kind::Memory, Kind::Whole) => {
                    let number = self.guarded(slot, to, Blame::Slot(slot));
                    let whole = self.whole_or_out(number, to, Blame::Slot(slot));
                    self.define(slot, Kind::Whole, whole);
                }
                (Kind::Whole | Kind::Number | Kind::Bool, Kind::Memory) => {
                    if now.dirty && wanted[slot] {
                        self.flush(slot);
                    }
                }
                (a, b) => unreachable!("{a:?} and {b:?} don't meet in {b:?}"),
            }
        }
    }

    // ---- ways out

    /// A block that leaves for the interpreter at the instruction `at`.
    pub(super) fn way(&mut self, at: usize, blame: Blame) -> Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        let (state, pending) = (self.state.clone(), self.pending);
        self.ways.push(Way { block, at, state, pending, blame });
        block
    }

    /// Goes on only if `condition` holds, else leaves.
    pub(super) fn guard(&mut self, condition: Value, at: usize, blame: Blame) {
        let (out, within) = (self.way(at, blame), self.b.create_block());
        self.b.ins().brif(condition, within, &[], out, &[]);
        self.b.switch_to_block(within);
    }

    fn write_ways(&mut self) {
        for way in std::mem::take(&mut self.ways) {
            self.b.switch_to_block(way.block);
            self.state = way.state;
            self.pending = way.pending;
            self.flush_all();
            let steps = self.counted();
            self.set_field(offset_of!(Context, steps), steps);
            let at = self.number_of(way.at);
            self.set_field(offset_of!(Context, next), at);
            self.set_field(offset_of!(Context, base), self.base);
            let blame = self.b.ins().iconst(types::I64, way.blame.code());
            self.set_field(offset_of!(Context, blame), blame);
            let left = self.b.ins().iconst(types::I64, LEFT);
            self.b.ins().return_(&[left, left]);
        }
    }

    /// Counts an instruction that goes on behind itself, where this much is known.
    pub(super) fn finish(&mut self, after: State) -> bool {
        self.state = after;
        self.pending += 1;
        false
    }

    /// One instruction that is done here; whether the block is ended.
    fn instruction(&mut self, at: usize, after: State) -> bool {
        match self.facts.program.code[at] {
            I::Move { to, from } => self.copy(to, from, after),
            I::Jump { label } => {
                self.finish(after);
                self.pass_on();
                self.go(at, label.0 as usize);
                true
            }
            I::JumpIf { condition, label } => {
                let holds = self.truth(condition);
                self.finish(after);
                self.branch(at, holds, label.0 as usize, at + 1);
                true
            }
            I::JumpUnless { condition, label } => {
                let holds = self.truth(condition);
                self.finish(after);
                self.branch(at, holds, at + 1, label.0 as usize);
                true
            }
            I::Item { to, list, at: place } => self.item(at, to, list, place, after),
            I::ItemAt { to, list, place } => self.item_at(at, to, list, place, after),
            I::SetItem { list, at: place, value } => self.set_item(at, list, place, value, after),
            I::SetItemAt { list, place, value } => self.set_item_at(at, list, place, value, after),
            I::EachNext { state, list, to } => self.each_next(at, state, list, to, after),
            I::Call { procedure, arguments, to } => self.call(at, procedure, arguments, to, after),
            I::Return { value } => self.give_back(value),
            I::End | I::Stop { .. } | I::Fail { .. } => {
                let out = self.way(at, Blame::Nothing);
                self.b.ins().jump(out, &[]);
                true
            }
            other => self.calculation(at, other, after),
        }
    }

    fn copy(&mut self, to: Slot, from: Slot, after: State) -> bool {
        let slot = self.facts.slots.number(to);
        match self.facts.kind(&self.state, from) {
            Kind::Memory => {
                let (tag, contents) = self.parts(from);
                let place = self.place(slot);
                self.store(tag, place, 0);
                self.store(contents, place, CONTENTS);
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
