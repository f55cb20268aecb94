//! Compiles what decides where a run goes on: branches, loops, calls and returns.

use super::compile::{Compiler, Loop};
use super::constants::u32_of;
use super::instruction::{Instruction, Label, Slot};
use super::{Constant, KnownFault};
use crate::diag::say;
use crate::graph::{Block, BlockIndex, Extra};

impl<'a> Compiler<'_, 'a> {
    /// if, else if, else.
    pub(super) fn branches(&mut self, block: &Block<'a>, index: BlockIndex) {
        let mut ends = Vec::new();
        for n in 0.. {
            let (test, body) = (format!("IF{n}"), format!("DO{n}"));
            if block.socket(&test).is_none() {
                break;
            }
            let otherwise = self.jump_unless(block, &test);
            self.body(block, &body);
            self.at(index);
            // The last branch runs on into what follows.
            if block.socket(&format!("IF{}", n + 1)).or(block.socket("ELSE")).is_some() {
                ends.push(self.jump());
            }
            self.land(otherwise);
        }
        self.body(block, "ELSE");
        for end in ends {
            self.land(end);
        }
    }

    /// Statements in a socket.
    fn body(&mut self, block: &Block<'a>, socket: &str) {
        self.stack(block.socket(socket).and_then(|socket| socket.block));
    }

    /// repeat N times: a bare variable as N is read anew each time, as in Blockly's
    /// JavaScript; anything else is evaluated once.
    pub(super) fn repeat(&mut self, block: &Block<'a>, index: BlockIndex) {
        let limit = if block.kind.function == "controls_repeat" {
            let times = crate::number::number_of_text(block.field("TIMES"));
            self.constant(Constant::number(times))
        } else {
            self.input(block, "TIMES")
        };
        let count = self.temporary();
        let from = self.constant(Constant::number(-1.0));
        self.emit(Instruction::Move { to: count, from });
        let head = self.here();
        let exit = self.emit(Instruction::RepeatNext { count, limit, exit: Label(0) });
        self.in_loop(block, index, |compiler| {
            compiler.emit(Instruction::Jump { label: head });
        });
        self.land(exit);
        self.leave_loop();
    }

    /// while and until.
    pub(super) fn while_until(&mut self, block: &Block<'a>, index: BlockIndex) {
        let head = self.here();
        let exit = if block.field("MODE") == "UNTIL" {
            let mark = self.mark();
            let condition = self.input(block, "BOOL");
            self.release(mark);
            self.emit(Instruction::JumpIf { condition, label: Label(0) })
        } else {
            self.jump_unless(block, "BOOL")
        };
        self.in_loop(block, index, |compiler| {
            compiler.emit(Instruction::Jump { label: head });
        });
        self.land(exit);
        self.leave_loop();
    }

    /// count with a variable from, to, by: a bare variable as the end is read anew
    /// each time; direction and step are fixed before the loop.
    pub(super) fn count_through(&mut self, block: &Block<'a>, index: BlockIndex) {
        let variable = self.variable(block);
        let (start, from) = self.input_known(block, "FROM");
        let end = self.input(block, "TO");
        let (step, by) = self.input_known(block, "BY");
        self.emit(Instruction::ForStart { start, end, step });
        let step = match (from, self.number_in(end), by) {
            // Between numbers that are known the direction is, too, and nobody needs to look.
            (Some(from), Some(to), Some(by)) => {
                let size = by.abs();
                self.constant(Constant::number(if from > to { -size } else { size }))
            }
            _ => step,
        };
        self.emit(Instruction::Move { to: variable, from: start });
        let head = self.here();
        self.emit(Instruction::ForTest { variable, end, step });
        let exit = self.jump();
        let body = self.here();
        self.in_loop(block, index, |compiler| {
            if end == variable {
                // Up to itself: the end must be read after it has changed.
                compiler.emit(Instruction::Add { to: variable, a: variable, b: step });
                compiler.emit(Instruction::Jump { label: head });
            } else {
                compiler.emit(Instruction::ForNext { variable, end, step });
                compiler.emit(Instruction::Jump { label: body });
            }
        });
        self.land(exit);
        self.leave_loop();
    }

    /// for each item: places are fixed before the loop, items read from the list (a
    /// bare variable: from what it holds by then).
    pub(super) fn each(&mut self, block: &Block<'a>, index: BlockIndex) {
        let to = self.variable(block);
        let list = self.input(block, "LIST");
        let state = self.temporaries(4);
        self.emit(Instruction::EachStart { list, state, strays: true });
        let head = self.here();
        self.emit(Instruction::EachNext { state, list, to });
        let exit = self.jump();
        self.in_loop(block, index, |compiler| {
            compiler.emit(Instruction::Jump { label: head });
        });
        self.land(exit);
        self.leave_loop();
    }

    /// The body of a loop and, where *continue* leads, what follows it each time.
    fn in_loop(&mut self, block: &Block<'a>, index: BlockIndex, next: impl FnOnce(&mut Self)) {
        self.loops.push(Loop::default());
        self.body(block, "DO");
        self.at(index);
        let continues = self.loops.last_mut().map(|l| std::mem::take(&mut l.continues));
        for from in continues.unwrap_or_default() {
            self.land(from);
        }
        next(self);
    }

    /// Lets the loop's breaks end here.
    fn leave_loop(&mut self) {
        for from in self.loops.pop().map(|l| l.breaks).unwrap_or_default() {
            self.land(from);
        }
    }

    /// break and continue.
    pub(super) fn leave(&mut self, block: &Block<'a>) {
        if self.loops.is_empty() {
            let fault = KnownFault {
                code: "break-outside-loop",
                message: say!("the loop is left where there is no loop"),
                hint: say!("move the block into a loop, or delete it"),
            };
            let label = self.fail(fault);
            self.misplaced.get_or_insert(label);
            return;
        }
        let from = self.jump();
        if let Some(innermost) = self.loops.last_mut() {
            let is_break = block.field("FLOW") == "BREAK";
            let list = if is_break { &mut innermost.breaks } else { &mut innermost.continues };
            list.push(from);
        }
    }

    /// A call of a procedure, whose value goes to `to`.
    pub(super) fn call(&mut self, block: &Block<'a>, to: Slot) {
        let Extra::Call { name, .. } = &block.extra else { return };
        let Some(procedure) = self.graph.procedure(name) else {
            // Source: JavaScript looks the function up before it evaluates arguments.
            self.fail(KnownFault {
                code: "unknown-procedure",
                message: say!("there is no function `{name}`", name),
                hint: say!("define it, or delete the call"),
            });
            return;
        };
        let wanted = u32_of(self.graph.procedures[procedure.0 as usize].parameters.len());
        let given = u32_of(block.sockets.len());
        let arguments = self.temporaries(wanted.max(given));
        for n in 0..wanted.max(given) {
            let slot = arguments.after(n);
            if let Some(child) = self.plugged(block, &format!("ARG{n}")) {
                self.value_into(child, slot);
            } else {
                // An empty socket gives null, a missing one undefined.
                let empty = if n < given { Constant::Null } else { Constant::Undefined };
                let from = self.constant(empty);
                self.emit(Instruction::Move { to: slot, from });
            }
        }
        self.emit(Instruction::Call { procedure: procedure.0, arguments, to });
    }

    /// if a condition holds, leave the procedure (outside of one: the flow) with a value.
    pub(super) fn return_if(&mut self, block: &Block<'a>) {
        let skip = self.jump_unless(block, "CONDITION");
        let value = match self.plugged(block, "VALUE") {
            Some(child) => self.value(child),
            None => self.constant(Constant::Null),
        };
        if self.in_procedure {
            self.emit(Instruction::Return { value });
        } else {
            self.emit(Instruction::End);
        }
        self.land(skip);
    }
}
