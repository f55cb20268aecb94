//! Machine code that calls the interpreter's function for one instruction.

use super::blame::Blame;
use super::context::Context;
use super::emit::Emitter;
use super::facts::State;
use super::unit::next;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, types};
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
        let arguments = [self.context(), number, self.base(), steps];
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
        let base = self.base();
        self.set_field(offset_of!(Context, base), base);
        let blame = self.b.ins().iconst(types::I64, 0);
        self.set_field(offset_of!(Context, blame), blame);
        self.b.ins().jump(self.left, &[]);
        self.b.switch_to_block(within);
    }
}
