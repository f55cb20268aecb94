//! Ways out of machine code: guards, and what they leave behind for the interpreter.

use super::blame::{Blame, PLACE_BITS, packed};
use super::context::Context;
use super::emit::{Dirty, Emitter, LEFT, Way};
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use std::mem::offset_of;

impl Emitter<'_, '_> {
    /// The way out from here.
    pub(super) fn way(&mut self) -> usize {
        if let Some(way) = self.way {
            return way;
        }
        let way =
            Way { guards: Vec::new(), steps: self.b.use_var(self.steps), dirty: self.dirty() };
        self.ways.push(way);
        let number = self.ways.len() - 1;
        self.way = Some(number);
        number
    }

    fn dirty(&mut self) -> Dirty {
        let dirty = (0..self.state.len()).filter(|slot| self.state[*slot].dirty);
        let dirty: Vec<usize> = dirty.collect();
        dirty.into_iter().map(|slot| (slot, self.register(slot))).collect()
    }

    /// Goes on only if `condition` holds, else leaves at the instruction `at`.
    pub(super) fn guard(&mut self, condition: Value, at: usize, blame: Blame) {
        let way = self.way();
        let [within, out] = self.fork(condition);
        self.guarded_by(way, [within, out], at, blame);
    }

    /// Goes on unless `condition` holds, else leaves at the instruction `at`.
    pub(super) fn guard_not(&mut self, condition: Value, at: usize, blame: Blame) {
        let way = self.way();
        let [out, within] = self.fork(condition);
        self.guarded_by(way, [within, out], at, blame);
    }

    /// Goes on writing at `within`; `out` will leave.
    ///
    /// In a block of its own, the number that tells which guard it was is made there: told by the
    /// guard's jump, it would be made by all who pass.
    fn guarded_by(&mut self, way: usize, [within, out]: [Block; 2], at: usize, blame: Blame) {
        self.b.set_cold_block(out);
        self.ways[way].guards.push((out, packed(at, self.pending, blame)));
        self.b.switch_to_block(within);
    }

    /// Leaves at the instruction `at`.
    pub(super) fn leave(&mut self, at: usize, blame: Blame) {
        let (dirty, steps) = (self.dirty(), self.b.use_var(self.steps));
        self.keep(dirty);
        self.exit(packed(at, self.pending, blame), steps);
    }

    /// Writes to memory what it doesn't have.
    fn keep(&mut self, dirty: Dirty) {
        for (slot, (kind, value)) in dirty {
            let value = self.as_in_memory(kind, value);
            self.put(slot, value);
        }
    }

    fn exit(&mut self, told: i64, steps: Value) {
        let told = self.b.ins().iconst(types::I64, told);
        self.b.ins().jump(self.exit, &[told.into(), steps.into()]);
    }

    pub(super) fn write_ways(&mut self) {
        for Way { guards, steps, dirty } in std::mem::take(&mut self.ways) {
            if dirty.is_empty() || guards.len() == 1 {
                for (block, told) in guards {
                    self.b.switch_to_block(block);
                    self.keep(dirty.clone());
                    self.exit(told, steps);
                }
                continue;
            }
            let shared = self.b.create_block();
            self.b.set_cold_block(shared);
            let told = self.b.append_block_param(shared, types::I64);
            for (block, number) in guards {
                self.b.switch_to_block(block);
                let number = self.b.ins().iconst(types::I64, number);
                self.b.ins().jump(shared, &[number.into()]);
            }
            self.b.seal_block(shared);
            self.b.switch_to_block(shared);
            self.keep(dirty);
            self.b.ins().jump(self.exit, &[told.into(), steps.into()]);
        }
    }

    /// Writes where all ways out lead: it tells the interpreter where to go on.
    pub(super) fn write_exit(&mut self) {
        self.b.switch_to_block(self.exit);
        let [which, counted] = self.b.block_params(self.exit)[..] else {
            unreachable!("an exit has two parameters")
        };
        let low = (1 << PLACE_BITS) - 1;
        let at = self.b.ins().band_imm_s(which, low);
        let pending = self.b.ins().ushr_imm_s(which, PLACE_BITS);
        let pending = self.b.ins().band_imm_s(pending, low);
        let steps = self.b.ins().iadd(counted, pending);
        let blame = self.b.ins().ushr_imm_s(which, 2 * PLACE_BITS);
        self.set_field(offset_of!(Context, steps), steps);
        self.set_field(offset_of!(Context, next), at);
        let base = self.base();
        self.set_field(offset_of!(Context, base), base);
        self.set_field(offset_of!(Context, blame), blame);
        self.b.ins().jump(self.left, &[]);
        self.b.switch_to_block(self.left);
        let left = self.b.ins().iconst(types::I64, LEFT);
        let none = self.b.ins().f64const(0.0);
        self.b.ins().return_(&[left, none, left]);
    }
}
