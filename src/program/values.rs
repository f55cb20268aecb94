//! Compiles value blocks.
//!
//! A value ends up in the slot of a variable or constant where it already lies, or
//! in a slot of the frame. Operands are evaluated from left to right, as in the
//! JavaScript that Blockly generates.

use super::Constant;
use super::compile::Compiler;
use super::instruction::{Instruction, Slot};
use crate::graph::{Block, BlockIndex};
use crate::number::number_of_text;
use serde_json::Value as Json;

impl<'a> Compiler<'_, 'a> {
    /// The slot of the value that `index` gives. It may be a variable's own: whoever
    /// evaluates something else before using it asks for [`Compiler::input_kept`].
    pub(super) fn value(&mut self, index: BlockIndex) -> Slot {
        let block = self.graph.block(index);
        if let Some(slot) = self.lying(block) {
            return slot;
        }
        let to = self.temporary();
        self.value_into(index, to);
        to
    }

    /// The slot of a value that needs no instruction.
    fn lying(&mut self, block: &Block<'a>) -> Option<Slot> {
        let constant = match block.kind.function.as_str() {
            "variables_get" => return Some(self.variable(block)),
            "trigger_data" => return Some(self.event()),
            "text" => Constant::Text(block.field("TEXT").into()),
            "math_number" => Constant::number(number_of_text(block.field("NUM"))),
            "logic_boolean" => Constant::Bool(block.field("BOOL") == "TRUE"),
            "logic_null" => Constant::Null,
            _ => return None,
        };
        Some(self.constant(constant))
    }

    /// Compiles the value `index` into `to`.
    pub(super) fn value_into(&mut self, index: BlockIndex, to: Slot) {
        let graph = self.graph;
        let block = graph.block(index);
        let before = self.at(index);
        let mark = self.mark();
        if let Some(from) = self.lying(block) {
            self.emit(Instruction::Move { to, from });
        } else {
            match block.kind.function.as_str() {
                "logic_compare" => self.compare(block, to),
                "logic_operation" => self.both_or_either(block, to),
                "logic_negate" => {
                    let a = self.input_or(block, "BOOL", &Json::Bool(true));
                    self.emit(Instruction::Not { to, a });
                }
                "logic_ternary" => self.ternary(block, to),
                "logic_default" => self.or_else(block, to),
                "lists_map" => self.map(block, to),
                "lists_filter" => self.filter(block, to),
                "lists_find" => self.find(block, to),
                "lists_any_all" => self.any_all(block, to),
                "lists_reduce" => self.reduce(block, to),
                "math_arithmetic" => self.arithmetic(block, to),
                "math_modulo" => {
                    let (a, b) = self.pair(block, "DIVIDEND", "DIVISOR");
                    self.emit(Instruction::Modulo { to, a, b });
                }
                "lists_getIndex" if is_plain_get(block) => {
                    let (list, at) = self.pair(block, "VALUE", "AT");
                    self.emit(match self.known_place(at) {
                        Some(place) => Instruction::ItemAt { to, list, place },
                        None => Instruction::Item { to, list, at },
                    });
                }
                "procedures_callreturn" => self.call(block, to),
                _ => self.builtin(block, to),
            }
        }
        self.release(mark);
        self.back_at(before);
    }

    // ---- sockets

    /// The block in a socket, unless it is disabled.
    pub(super) fn plugged(&self, block: &Block<'_>, socket: &str) -> Option<BlockIndex> {
        let child = block.socket(socket)?.block?;
        (!self.graph.block(child).disabled).then_some(child)
    }

    /// The value in a socket; what the definition says when there is none.
    pub(super) fn input(&mut self, block: &Block<'a>, socket: &str) -> Slot {
        match self.plugged(block, socket) {
            Some(child) => self.value(child),
            None => self.default(block, socket),
        }
    }

    /// As [`Compiler::input`], with another default.
    pub(super) fn input_or(&mut self, block: &Block<'a>, socket: &str, default: &Json) -> Slot {
        match self.plugged(block, socket) {
            Some(child) => self.value(child),
            None => self.json(default),
        }
    }

    /// The value in a socket, in a slot that nothing else changes.
    pub(super) fn input_kept(&mut self, block: &Block<'a>, socket: &str) -> Slot {
        let to = self.temporary();
        self.input_into(block, socket, to);
        to
    }

    /// As [`Compiler::input_kept`], and the number it is, if that is known.
    pub(super) fn input_known(&mut self, block: &Block<'a>, socket: &str) -> (Slot, Option<f64>) {
        let before = self.here();
        let kept = self.input_kept(block, socket);
        let number = match *self.since(before) {
            [Instruction::Move { to, from }] if to == kept => self.number_in(from),
            _ => None,
        };
        (kept, number)
    }

    /// Compiles the value in a socket into `to`.
    pub(super) fn input_into(&mut self, block: &Block<'a>, socket: &str, to: Slot) {
        if let Some(child) = self.plugged(block, socket) {
            self.value_into(child, to);
        } else {
            let from = self.default(block, socket);
            self.emit(Instruction::Move { to, from });
        }
    }

    fn default(&mut self, block: &Block<'a>, socket: &str) -> Slot {
        // Joining wants a list; the definition's default is the text of splitting.
        let joins = block.kind.function == "lists_split" && block.field("MODE") == "JOIN";
        if joins && socket == "INPUT" {
            return self.made_by("lists_create_with");
        }
        match block.kind.socket(socket).and_then(|socket| socket.default.as_ref()) {
            // A place that nobody chose is the first, which definitions count from 1.
            Some(_) if matches!(socket, "AT" | "AT1" | "AT2") && !self.graph.one_based => {
                self.constant(Constant::number(0.0))
            }
            Some(default) => self.json(default),
            None => self.constant(Constant::Undefined),
        }
    }

    /// A slot with a definition's default; a list or object is made anew each time.
    fn json(&mut self, json: &Json) -> Slot {
        let constant = match json {
            Json::Null => Constant::Null,
            Json::Bool(value) => Constant::Bool(*value),
            Json::Number(number) => Constant::number(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Constant::Text(text.as_str().into()),
            Json::Array(_) => return self.made_by("lists_create_with"),
            Json::Object(_) => return self.made_by("objects_create"),
        };
        self.constant(constant)
    }

    fn made_by(&mut self, function: &str) -> Slot {
        let to = self.temporary();
        self.call_internal(function, 0, &[], to, to);
        to
    }

    /// Where a block changes its variable, whose value is read before what is in the socket
    /// is evaluated: a copy if a function called there may set it.
    pub(super) fn read_before(&mut self, block: &Block<'a>, socket: &str, variable: Slot) -> Slot {
        if !self.plugged(block, socket).is_some_and(|b| self.has_calls[b.0 as usize]) {
            return variable;
        }
        let to = self.temporary();
        self.emit(Instruction::Move { to, from: variable });
        to
    }

    /// Puts what was changed where [`Compiler::read_before`] took it from.
    pub(super) fn write_after(&mut self, variable: Slot, changed: Slot) {
        if changed != variable {
            self.emit(Instruction::Move { to: variable, from: changed });
        }
    }

    /// Two operands. The left one is copied if evaluating the right one may change it.
    fn pair(&mut self, block: &Block<'a>, left: &str, right: &str) -> (Slot, Slot) {
        let changes = self.plugged(block, right).is_some_and(|b| self.has_calls[b.0 as usize]);
        let a = if changes { self.input_kept(block, left) } else { self.input(block, left) };
        (a, self.input(block, right))
    }

    // ---- operators

    fn compare(&mut self, block: &Block<'a>, to: Slot) {
        let (a, b) = self.pair(block, "A", "B");
        self.emit(match block.field("OP") {
            "EQ" => Instruction::Equal { to, a, b },
            "NEQ" => Instruction::NotEqual { to, a, b },
            "LT" => Instruction::Less { to, a, b },
            "LTE" => Instruction::LessOrEqual { to, a, b },
            "GT" => Instruction::Greater { to, a, b },
            _ => Instruction::GreaterOrEqual { to, a, b },
        });
    }

    /// A jump that is taken unless the condition in a socket holds; its end is not
    /// known yet. A comparison there is done by the jump itself.
    pub(super) fn jump_unless(&mut self, block: &Block<'a>, socket: &str) -> usize {
        let graph = self.graph;
        let label = super::Label(0);
        let mark = self.mark();
        let plugged = self.plugged(block, socket);
        let comparison = plugged.filter(|c| graph.block(*c).kind.function == "logic_compare");
        let jump = if let Some(index) = comparison {
            let comparison = graph.block(index);
            let before = self.at(index);
            let (a, b) = self.pair(comparison, "A", "B");
            let jump = self.emit(match comparison.field("OP") {
                "EQ" => Instruction::UnlessEqual { a, b, label },
                "NEQ" => Instruction::UnlessNotEqual { a, b, label },
                "LT" => Instruction::UnlessLess { a, b, label },
                "LTE" => Instruction::UnlessLessOrEqual { a, b, label },
                "GT" => Instruction::UnlessGreater { a, b, label },
                _ => Instruction::UnlessGreaterOrEqual { a, b, label },
            });
            self.back_at(before);
            jump
        } else {
            let condition = self.input(block, socket);
            self.emit(Instruction::JumpUnless { condition, label })
        };
        self.release(mark);
        jump
    }

    /// Gives one of its operands, as JavaScript's `&&` and `||`. With both sockets
    /// empty it is false; a single empty one doesn't decide.
    fn both_or_either(&mut self, block: &Block<'a>, to: Slot) {
        // The second operand may read the variable that the result goes to.
        if self.is_variable(to) {
            let result = self.temporary();
            self.both_or_either(block, result);
            self.emit(Instruction::Move { to, from: result });
            return;
        }
        let is_and = block.field("OP") == "AND";
        let empty = self.plugged(block, "A").is_none() && self.plugged(block, "B").is_none();
        let neutral = Json::Bool(is_and && !empty);
        let from = self.input_or(block, "A", &neutral);
        self.emit(Instruction::Move { to, from });
        let label = super::Label(0);
        let skip = self.emit(if is_and {
            Instruction::JumpUnless { condition: to, label }
        } else {
            Instruction::JumpIf { condition: to, label }
        });
        let from = self.input_or(block, "B", &neutral);
        self.emit(Instruction::Move { to, from });
        self.land(skip);
    }

    fn ternary(&mut self, block: &Block<'a>, to: Slot) {
        let otherwise = self.jump_unless(block, "IF");
        self.input_into(block, "THEN", to);
        let done = self.jump();
        self.land(otherwise);
        self.input_into(block, "ELSE", to);
        self.land(done);
    }

    fn arithmetic(&mut self, block: &Block<'a>, to: Slot) {
        let op = block.field("OP").to_owned();
        let changes = self.plugged(block, "B").is_some_and(|b| self.has_calls[b.0 as usize]);
        let a = if changes { self.input_kept(block, "A") } else { self.input(block, "A") };
        self.operand(block, "B", &op, a, to);
    }

    /// `to` = `a` op (what is in the socket).
    fn operand(&mut self, block: &Block<'a>, socket: &str, op: &str, a: Slot, to: Slot) {
        match self.plugged(block, socket) {
            Some(right) if matches!(op, "ADD" | "MULTIPLY") => self.chained(right, op, a, to),
            _ => {
                let b = self.input(block, socket);
                self.emit(operation(op, to, a, b));
            }
        }
    }

    /// `to` = `a` op `right`, for a sum or a product.
    ///
    /// Blockly writes `a + ((b + c) + d)` without the parentheses, so it is evaluated from
    /// the left; the same for products.
    fn chained(&mut self, right: BlockIndex, op: &str, a: Slot, to: Slot) {
        let inner = self.graph.block(right);
        if inner.kind.function == "math_arithmetic" && inner.field("OP") == op {
            let before = self.at(right);
            let sum = self.temporary();
            self.operand(inner, "A", op, a, sum);
            self.operand(inner, "B", op, sum, to);
            self.back_at(before);
        } else if op == "ADD" && self.is_place(inner) {
            let (sum, place) = (self.temporary(), self.place(right));
            self.emit(Instruction::Add { to: sum, a, b: place });
            self.add_one(to, sum);
        } else {
            let b = self.value(right);
            self.emit(operation(op, to, a, b));
        }
    }

    /// Whether Blockly writes it as `place + 1`.
    fn is_place(&self, block: &Block<'_>) -> bool {
        let finds = matches!(block.kind.function.as_str(), "text_indexOf" | "lists_indexOf");
        finds && self.graph.one_based
    }

    /// The place that such a block finds, counted from 0.
    fn place(&mut self, index: BlockIndex) -> Slot {
        let (place, one) = (self.temporary(), self.constant(Constant::number(1.0)));
        self.value_into(index, place);
        self.emit(Instruction::Subtract { to: place, a: place, b: one });
        place
    }

    fn add_one(&mut self, to: Slot, a: Slot) {
        let b = self.constant(Constant::number(1.0));
        self.emit(Instruction::Add { to, a, b });
    }

    /// change: a delta that is a sum is added part by part, as Blockly writes it.
    pub(super) fn change(&mut self, block: &Block<'a>) {
        let variable = self.variable(block);
        let delta = self.plugged(block, "DELTA");
        let Some(delta) = delta.filter(|delta| self.is_sum(self.graph.block(*delta))) else {
            let sum = self.read_before(block, "DELTA", variable);
            let delta = self.input(block, "DELTA");
            self.emit(Instruction::Change { variable: sum, delta });
            self.write_after(variable, sum);
            return;
        };
        let sum = self.temporary();
        self.emit(Instruction::Move { to: sum, from: variable });
        self.change_by(sum, delta);
        self.emit(Instruction::Move { to: variable, from: sum });
    }

    /// Whether Blockly writes it as a sum.
    fn is_sum(&self, block: &Block<'_>) -> bool {
        let adds = block.kind.function == "math_arithmetic" && block.field("OP") == "ADD";
        adds || self.is_place(block)
    }

    /// Adds to `sum` the parts of `delta`: to the first, what is no number counts as 0.
    fn change_by(&mut self, sum: Slot, delta: BlockIndex) {
        let inner = self.graph.block(delta);
        if self.is_place(inner) {
            let place = self.place(delta);
            self.emit(Instruction::Change { variable: sum, delta: place });
            self.add_one(sum, sum);
        } else if self.is_sum(inner) {
            let before = self.at(delta);
            if let Some(first) = self.plugged(inner, "A") {
                self.change_by(sum, first);
            } else {
                let delta = self.input(inner, "A");
                self.emit(Instruction::Change { variable: sum, delta });
            }
            self.operand(inner, "B", "ADD", sum, sum);
            self.back_at(before);
        } else {
            let delta = self.value(delta);
            self.emit(Instruction::Change { variable: sum, delta });
        }
    }
}

/// Getting by a place counted from the start: the one way of many that loops use.
fn is_plain_get(block: &Block<'_>) -> bool {
    (block.field("MODE"), block.field("WHERE")) == ("GET", "FROM_START")
}

fn operation(op: &str, to: Slot, a: Slot, b: Slot) -> Instruction {
    match op {
        "ADD" => Instruction::Add { to, a, b },
        "MINUS" => Instruction::Subtract { to, a, b },
        "MULTIPLY" => Instruction::Multiply { to, a, b },
        "DIVIDE" => Instruction::Divide { to, a, b },
        _ => Instruction::Power { to, a, b },
    }
}
