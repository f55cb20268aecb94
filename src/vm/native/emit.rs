//! Writes a unit's machine code: blocks, and edges between them.
//!
//! What single instructions become is in [`numbers`](super::numbers), [`items`](super::items),
//! [`calls`](super::calls) and [`generic`](super::generic); where slots are kept meanwhile, in
//! [`slots`](super::slots); the ways out are in [`leave`](super::leave).

use super::blame::Blame;
use super::context::{Addresses, Context};
use super::facts::{Facts, Kind, Known, State};
use crate::program::Instruction as I;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, FuncRef, InstBuilder, SigRef, StackSlot, Value, types};
use cranelift_frontend::{FunctionBuilder, Switch, Variable};
use std::collections::BTreeMap;
use std::mem::offset_of;

/// The tags of [`vm::Value`](crate::vm::Value), by the order of its variants.
pub(super) mod tag {
    pub(in crate::vm::native) const BOOL: i64 = 2;
    pub(in crate::vm::native) const NUMBER: i64 = 3;
    pub(in crate::vm::native) const TEXT: i64 = 5;
    pub(in crate::vm::native) const LIST: i64 = 6;
    pub(in crate::vm::native) const HOLE: i64 = 8;
}

/// Bytes of a value, and where in it its contents are.
pub(super) const VALUE: i32 = 16;
pub(super) const CONTENTS: i32 = 8;

/// Bytes of what a register holds where the unit is entered.
const HELD: i32 = 8;

/// What a unit answers beside a value's tag: the interpreter goes on.
pub(super) const LEFT: i64 = 16;

/// Slots whose values memory doesn't have, by number, with these.
pub(super) type Dirty = Vec<(usize, (Kind, Value))>;

/// A way out that is still to be written: for all guards between which nothing changes.
pub(super) struct Way {
    /// Where those go that don't hold, each with what it tells, as [`packed`].
    pub(super) guards: Vec<(Block, i64)>,
    pub(super) steps: Value,
    pub(super) dirty: Dirty,
}

/// Where a procedure that calls has the pointers of its own.
///
/// Registers that outlive a call are saved by each function that uses them: also by one that calls
/// nobody and soon gives something back, and each call then waits for the one before it to have
/// them restored. So none outlives one.
pub(super) struct Kept {
    /// The registers, which change with each call.
    pub(super) registers: [Variable; 3],
    /// The context and the frame on the thread's stack.
    pub(super) stack: StackSlot,
}

/// The functions that machine code calls.
pub(super) struct Calls {
    pub(super) instruction: SigRef,
    pub(super) unwind: SigRef,
    pub(super) truth: SigRef,
    pub(super) two_numbers: SigRef,
    /// Units of the program by where they begin.
    pub(super) units: BTreeMap<usize, FuncRef>,
    /// Whether calls of units look at the thread's stack.
    pub(super) looks_at_stack: bool,
}

/// Writes one unit.
pub(super) struct Emitter<'a, 'f> {
    pub(super) b: FunctionBuilder<'f>,
    pub(super) facts: &'a Facts<'a>,
    pub(super) addresses: &'a Addresses,
    pub(super) calls: Calls,
    blocks: BTreeMap<usize, Block>,
    pub(super) numbers: Vec<Option<Variable>>,
    pub(super) wholes: Vec<Option<Variable>>,
    pub(super) bools: Vec<Option<Variable>>,
    pub(super) steps: Variable,
    /// Instructions that `steps` doesn't count yet.
    pub(super) pending: i64,
    pub(super) state: State,
    pub(super) ways: Vec<Way>,
    /// Where they lead.
    pub(super) exit: Block,
    /// Gives, instead of a value, that the unit was left, once the context says where.
    pub(super) left: Block,
    /// The way out as long as nothing changes, by its number.
    pub(super) way: Option<usize>,
    /// The context, the frame and the slots that all units have.
    pub(super) pointers: [Value; 3],
    /// Where the first two are while a procedure calls.
    pub(super) kept: Option<Kept>,
}

impl<'a, 'f> Emitter<'a, 'f> {
    /// Writes the whole unit; `entries` are the places where it can be entered, by number.
    pub(super) fn unit(
        mut b: FunctionBuilder<'f>,
        facts: &'a Facts<'a>,
        addresses: &'a Addresses,
        calls: Calls,
        entries: &[usize],
    ) -> FunctionBuilder<'f> {
        let start = b.create_block();
        b.append_block_params_for_function_params(start);
        b.switch_to_block(start);
        let [context, base, entry, steps_before] = b.block_params(start)[..] else {
            unreachable!("a unit has four parameters")
        };
        let steps = b.declare_var(types::I64);
        b.def_var(steps, steps_before);
        let compiled = facts.known.keys().filter(|leader| facts.is_compiled(**leader));
        let blocks = compiled.map(|leader| (*leader, b.create_block())).collect();
        let count = facts.slots.count();
        let [exit, left] = std::array::from_fn(|_| b.create_block());
        b.set_cold_block(exit);
        b.set_cold_block(left);
        (0..2).for_each(|_| _ = b.append_block_param(exit, types::I64));
        let mut emitter = Self {
            facts,
            addresses,
            calls,
            blocks,
            numbers: vec![None; count],
            wholes: vec![None; count],
            bools: vec![None; count],
            steps,
            pending: 0,
            state: vec![Known::MEMORY; count],
            ways: Vec::new(),
            exit,
            left,
            way: None,
            pointers: [context, base, context],
            kept: None,
            b,
        };
        emitter.pointers[2] = emitter.slots_of_all();
        emitter.keep_pointers();
        emitter.begin(entry, entries);
        let leaders: Vec<usize> = emitter.blocks.keys().copied().collect();
        for leader in leaders {
            emitter.block(leader);
        }
        emitter.write_exit();
        emitter.b.seal_all_blocks();
        emitter.b
    }

    /// Goes to the place where the unit is entered.
    fn begin(&mut self, entry: Value, entries: &[usize]) {
        let late = self.must_pause();
        self.guard_not(late, entries[0], Blame::Nothing);
        if let [only] = entries {
            self.take_held(*only);
            return self.write_ways();
        }
        let mut switch = Switch::new();
        let ways: Vec<Block> = entries.iter().map(|_| self.b.create_block()).collect();
        (0..).zip(&ways).for_each(|(number, block)| switch.set_entry(number, *block));
        // Any other number would be our own mistake; it begins at the beginning.
        switch.emit(&mut self.b, entry, ways[0]);
        for (block, at) in ways.into_iter().zip(entries) {
            self.b.switch_to_block(block);
            self.take_held(*at);
        }
        self.write_ways();
    }

    /// Goes to the block at `to` with what the context holds for its registers.
    fn take_held(&mut self, to: usize) {
        let held = self.facts.held(to);
        if !held.is_empty() {
            let from = self.field(offset_of!(Context, held), types::I64);
            for (number, (slot, kind)) in (0..).zip(held) {
                let value = self.load(kind.register(), (from, number * HELD), 0);
                self.define(slot, kind, value);
            }
        }
        self.b.ins().jump(self.blocks[&to], &[]);
    }

    fn block(&mut self, leader: usize) {
        self.at_block(self.blocks[&leader], 0, self.facts.known[&leader].clone());
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
        self.set_steps(steps);
    }

    /// Sets the count of steps, nothing pending.
    pub(super) fn set_steps(&mut self, steps: Value) {
        self.b.def_var(self.steps, steps);
        self.pending = 0;
        self.way = None;
    }

    /// Goes on writing at a block, where this much is known.
    pub(super) fn at_block(&mut self, block: Block, pending: i64, state: State) {
        self.b.switch_to_block(block);
        self.pending = pending;
        self.state = state;
        self.way = None;
    }

    /// Notes what is now known of a slot.
    pub(super) fn set_state(&mut self, slot: usize, known: Known) {
        self.state[slot] = known;
        self.way = None;
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
            self.guard_not(late, to, Blame::Nothing);
        }
        let Some(block) = self.blocks.get(&to).copied() else {
            return self.leave(to, Blame::Nothing);
        };
        self.adapt(to);
        self.b.ins().jump(block, &[]);
    }

    /// Goes to `yes` if `condition` holds, else to `no`; the instruction was counted.
    pub(super) fn branch(&mut self, at: usize, condition: Value, yes: usize, no: usize) {
        self.pass_on();
        let ways = [yes, no].map(|to| self.straight(at, to).ok_or(to));
        let [a, b] = ways.map(|way| way.unwrap_or_else(|_| self.b.create_block()));
        self.b.ins().brif(condition, a, &[], b, &[]);
        let before = self.state.clone();
        for (way, block) in ways.into_iter().zip([a, b]) {
            if let Err(to) = way {
                self.b.seal_block(block);
                self.at_block(block, 0, before.clone());
                self.go(at, to);
            }
        }
    }

    /// The block at `to`, if what goes there needs nothing more than to go there.
    fn straight(&self, from: usize, to: usize) -> Option<Block> {
        let block = *self.blocks.get(&to)?;
        let wanted = self.facts.wanted.at(self.facts.program, self.facts.slots, to);
        let fits = |slot: usize| match (self.state[slot], self.facts.known[&to][slot].kind) {
            (now, expected) if now.kind == expected => true,
            (now, Kind::Memory) => !(now.dirty && wanted[slot]),
            _ => false,
        };
        (to > from && (0..self.state.len()).all(fits)).then_some(block)
    }

    /// Two blocks: for when `condition` holds, and for when not. Nobody else leads there.
    pub(super) fn fork(&mut self, condition: Value) -> [Block; 2] {
        let [yes, no] = std::array::from_fn(|_| self.b.create_block());
        self.b.ins().brif(condition, yes, &[], no, &[]);
        // Told now: else each value that is used in them would be looked for in the end.
        self.b.seal_block(yes);
        self.b.seal_block(no);
        [yes, no]
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
                    let number = self.guarded(slot, to, Blame::Slots);
                    self.define(slot, Kind::Number, number);
                }
                (Kind::Memory, Kind::Whole) => {
                    let number = self.guarded(slot, to, Blame::Slots);
                    let whole = self.whole_or_out(number, to, Blame::Slots);
                    self.define(slot, Kind::Whole, whole);
                }
                (Kind::Memory, Kind::Bool) => {
                    let place = self.place(slot);
                    let tag = self.load(types::I64, place, 0);
                    let is_bool = self.b.ins().icmp_imm_s(IntCC::Equal, tag, tag::BOOL);
                    self.guard(is_bool, to, Blame::Slots);
                    let value = self.load(types::I8, place, CONTENTS);
                    self.define(slot, Kind::Bool, value);
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

    /// Counts an instruction that goes on behind itself, where this much is known.
    pub(super) fn finish(&mut self, after: State) -> bool {
        if self.state != after {
            self.state = after;
            self.way = None;
        }
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
            I::Item { to, list, at: place } => {
                let index = self.index(at, place);
                self.item(at, to, list, index, after)
            }
            I::ItemAt { to, list, place } => {
                let index = self.b.ins().iconst(types::I64, i64::from(place));
                self.item(at, to, list, index, after)
            }
            I::SetItem { list, at: place, value } => {
                let index = self.index(at, place);
                self.set_item(at, list, index, value);
                self.finish(after)
            }
            I::SetItemAt { list, place, value } => {
                let index = self.b.ins().iconst(types::I64, i64::from(place));
                self.set_item(at, list, index, value);
                self.finish(after)
            }
            I::EachNext { state, list, to } => self.each_next(at, state, list, to, &after),
            I::Call { procedure, arguments, to } => self.call(at, procedure, arguments, to, &after),
            I::Return { value } => self.give_back(value),
            I::End | I::Stop { .. } | I::Fail { .. } => {
                self.leave(at, Blame::Nothing);
                true
            }
            other => self.calculation(at, other, after),
        }
    }
}
