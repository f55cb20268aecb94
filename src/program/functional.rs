//! Compiles the blocks that evaluate an expression once for each item of a list, and
//! those that evaluate a value only if it is wanted.
//!
//! A variable of such a block holds the item while its expression is evaluated, and has
//! its old value again afterwards: an expression leaves no traces.

use super::compile::Compiler;
use super::instruction::{Instruction, Label, Slot};
use super::{CallSite, Constant};
use crate::graph::Block;

/// A walk being compiled.
struct Walk {
    /// Where it goes on.
    head: Label,
    /// The jump that ends it.
    exit: usize,
    /// The block's variable, and its value from before.
    variable: (Slot, Slot),
}

impl<'a> Compiler<'_, 'a> {
    /// A list of what the expression gives for each item.
    pub(super) fn map(&mut self, block: &Block<'a>, to: Slot) {
        let list = self.walked(block);
        let made = self.new_list();
        let walk = self.begin_walk(self.variable(block), list, made.after(1));
        self.input_into(block, "VALUE", made.after(1));
        self.push(made);
        self.end_walk(&walk);
        self.emit(Instruction::Move { to, from: made });
    }

    /// A list of the items for which the condition holds.
    pub(super) fn filter(&mut self, block: &Block<'a>, to: Slot) {
        let list = self.walked(block);
        let made = self.new_list();
        let walk = self.begin_walk(self.variable(block), list, made.after(1));
        let skip = self.jump_unless(block, "IF");
        self.push(made);
        self.land(skip);
        self.end_walk(&walk);
        self.emit(Instruction::Move { to, from: made });
    }

    /// The first item for which the condition holds.
    pub(super) fn find(&mut self, block: &Block<'a>, to: Slot) {
        let list = self.walked(block);
        let (found, item) = (self.temporary(), self.temporary());
        let nothing = self.constant(Constant::Undefined);
        self.emit(Instruction::Move { to: found, from: nothing });
        let walk = self.begin_walk(self.variable(block), list, item);
        let skip = self.jump_unless(block, "IF");
        self.emit(Instruction::Move { to: found, from: item });
        let done = self.jump();
        self.land(skip);
        self.leave_walk(&walk, &[done]);
        self.emit(Instruction::Move { to, from: found });
    }

    /// Whether the condition holds for one item, for all, or for none.
    pub(super) fn any_all(&mut self, block: &Block<'a>, to: Slot) {
        let list = self.walked(block);
        let (answer, item) = (self.temporary(), self.temporary());
        let mode = block.field("MODE");
        // What it is when no item decides.
        let undecided = self.constant(Constant::Bool(mode != "ANY"));
        let decided = self.constant(Constant::Bool(mode == "ANY"));
        self.emit(Instruction::Move { to: answer, from: undecided });
        let walk = self.begin_walk(self.variable(block), list, item);
        let fails = self.jump_unless(block, "IF");
        if mode == "ALL" {
            self.emit(Instruction::Jump { label: walk.head });
            self.land(fails);
            self.emit(Instruction::Move { to: answer, from: decided });
            let done = self.jump();
            self.leave_walk(&walk, &[done]);
        } else {
            self.emit(Instruction::Move { to: answer, from: decided });
            let done = self.jump();
            self.land(fails);
            self.leave_walk(&walk, &[done]);
        }
        self.emit(Instruction::Move { to, from: answer });
    }

    /// One value from all items: the first variable holds what there is so far.
    pub(super) fn reduce(&mut self, block: &Block<'a>, to: Slot) {
        let list = self.walked(block);
        let so_far = self.input_kept(block, "FROM");
        let (accumulator, variable) = (self.variable_at(block, 0), self.variable_at(block, 1));
        let before = self.temporary();
        self.emit(Instruction::Move { to: before, from: accumulator });
        let item = self.temporary();
        let walk = self.begin_walk(variable, list, item);
        self.emit(Instruction::Move { to: accumulator, from: so_far });
        self.input_into(block, "VALUE", so_far);
        self.end_walk(&walk);
        self.emit(Instruction::Move { to: accumulator, from: before });
        self.emit(Instruction::Move { to, from: so_far });
    }

    /// The first value unless it is nothing, else the second, evaluated only then.
    pub(super) fn or_else(&mut self, block: &Block<'a>, to: Slot) {
        // The second may read the variable that the result goes to.
        let result = self.input_kept(block, "VALUE");
        let null = self.constant(Constant::Null);
        let label = Label(0);
        let done = self.emit(Instruction::UnlessEqual { a: result, b: null, label });
        self.input_into(block, "ELSE", result);
        self.land(done);
        self.emit(Instruction::Move { to, from: result });
    }

    // ---- parts

    /// The value in LIST, which must be something that has items.
    fn walked(&mut self, block: &Block<'a>) -> Slot {
        let list = self.input_kept(block, "LIST");
        self.call_internal("lists_walked", 1, &["LIST"], list, list);
        list
    }

    /// A new list, with a slot behind it for what is put in.
    fn new_list(&mut self) -> Slot {
        let made = self.temporaries(2);
        self.call_internal("lists_create_with", 0, &[], made, made);
        made
    }

    /// Appends what lies behind the list.
    fn push(&mut self, made: Slot) {
        self.call_internal("lists_push", 2, &[], made, made);
    }

    /// A call of a function that no block is named by.
    ///
    /// `sockets` are those that its arguments come from, as far as they come from any.
    pub(super) fn call_internal(
        &mut self,
        function: &str,
        count: u32,
        sockets: &[&str],
        arguments: Slot,
        to: Slot,
    ) {
        let site = CallSite {
            function: function.into(),
            arguments: count,
            sockets: sockets.iter().map(|name| (*name).into()).collect(),
            fields: Box::from([]),
        };
        let site = self.site(site);
        self.emit(Instruction::Builtin { site, arguments, to });
    }

    /// Begins a walk; each item is kept in `item`, where no call in the expression reaches it.
    fn begin_walk(&mut self, variable: Slot, list: Slot, item: Slot) -> Walk {
        let before = self.temporary();
        self.emit(Instruction::Move { to: before, from: variable });
        let state = self.temporaries(4);
        self.emit(Instruction::EachStart { list, state, strays: false });
        let head = self.here();
        self.emit(Instruction::EachNext { state, list, to: item });
        let exit = self.jump();
        self.emit(Instruction::Move { to: variable, from: item });
        Walk { head, exit, variable: (variable, before) }
    }

    fn end_walk(&mut self, walk: &Walk) {
        self.leave_walk(walk, &[]);
    }

    /// Goes on with the next item; jumps that leave the walk early end behind it.
    fn leave_walk(&mut self, walk: &Walk, early: &[usize]) {
        self.emit(Instruction::Jump { label: walk.head });
        self.land(walk.exit);
        for jump in early {
            self.land(*jump);
        }
        let (to, from) = walk.variable;
        self.emit(Instruction::Move { to, from });
    }
}
