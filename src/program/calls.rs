//! Compiles calls of built-in functions: which values they get, in which order.

use super::compile::Compiler;
use super::constants::u32_of;
use super::instruction::{Instruction, Slot};
use super::{BY_FUNCTION, CallSite, Constant, RETURNS_RESULT};
use crate::graph::{Block, Extra};

impl<'a> Compiler<'_, 'a> {
    /// Whether Blockly takes this part of a text or list, from a place counted from its end, by
    /// a function of its own. In that one the place is a number, and an end that is undefined
    /// none; `slice` takes that for the end, and one more than the text `2` is 21.
    ///
    /// Source: Blockly's generators of `lists_getSublist` and `text_getSubstring`.
    fn is_sliced_by_function(&self, block: &Block<'_>) -> bool {
        let socket = match block.kind.function.as_str() {
            "lists_getSublist" => "LIST",
            "text_getSubstring" => "STRING",
            _ => return false,
        };
        if block.field("WHERE1") != "FROM_END" {
            return false;
        }
        let Some(child) = self.plugged(block, socket) else { return true };
        let child = self.graph.block(child);
        match child.kind.function.as_str() {
            "variables_get" => false,
            "text" if socket == "STRING" => {
                let text = child.field("TEXT");
                text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            }
            _ => true,
        }
    }

    /// The socket whose value Blockly's program asks for a member (`.slice`, `.length`) before
    /// it evaluates the others: where that is nothing, functions called there never run.
    ///
    /// Source: Blockly's generators of these blocks.
    fn subject(&self, block: &Block<'_>) -> Option<&'static str> {
        let field = |name| block.field(name);
        let is_variable = |socket| {
            let child = self.plugged(block, socket)?;
            Some(self.graph.block(child).kind.function == "variables_get")
        };
        match block.kind.function.as_str() {
            "text_indexOf" | "lists_indexOf" | "text_charAt" | "lists_getIndex" => Some("VALUE"),
            "lists_split" => Some("INPUT"),
            "lists_setIndex" => {
                let plain =
                    field("MODE") == "SET" && matches!(field("WHERE"), "FROM_START" | "FIRST");
                (!plain).then_some("LIST")
            }
            "lists_getSublist" => {
                let inline = field("WHERE1") != "FROM_END" && field("WHERE2") == "FROM_START";
                (inline || is_variable("LIST") == Some(true)).then_some("LIST")
            }
            "text_getSubstring" => {
                let from_start = |end| matches!(field(end), "FROM_START" | "FIRST");
                let inline = from_start("WHERE1") && from_start("WHERE2");
                (inline || is_variable("STRING") == Some(true)).then_some("STRING")
            }
            _ => None,
        }
    }

    /// A call of the block's built-in function.
    pub(super) fn builtin(&mut self, block: &Block<'a>, to: Slot) {
        let mut fields: Vec<Box<str>> = block.fields.clone();
        if block.extra == Extra::ReturnsResult {
            fields.push(RETURNS_RESULT.into());
        }
        if self.is_sliced_by_function(block) {
            fields.push(BY_FUNCTION.into());
        }
        let sockets: Vec<&str> = if block.extra == Extra::Shaped {
            block.sockets.iter().map(|socket| &*socket.name).collect()
        } else {
            block.kind.sockets().map(|socket| socket.name.as_str()).collect()
        };
        let calls = |compiler: &Self, socket: &str| {
            let child = compiler.plugged(block, socket);
            child.is_some_and(|child| compiler.has_calls[child.0 as usize])
        };
        let subject = self.subject(block);
        let subject = subject.filter(|subject| {
            sockets.iter().any(|socket| socket != subject && calls(self, socket))
        });
        let count = u32_of(sockets.len());
        let arguments = self.temporaries(count.max(1));
        let mut order: Vec<(u32, &str)> = (0..).zip(sockets.iter().copied()).collect();
        order.sort_by_key(|(_, socket)| evaluated_at(&block.kind.function, socket));
        for (n, socket) in order {
            if block.socket(socket).is_some() {
                self.input_into(block, socket, arguments.after(n));
                if Some(socket) == subject {
                    let kept = arguments.after(n);
                    self.call_internal("value_with_members", 1, &[socket], kept, kept);
                }
            } else if (&*block.kind.function, socket) == ("lists_setIndex", "AT")
                && block.field("WHERE") == "RANDOM"
            {
                let place = arguments.after(n);
                self.call_internal("lists_random_place", 1, &["LIST"], arguments, place);
            } else {
                // A socket that the fields' values do away with.
                let from = self.constant(Constant::Undefined);
                self.emit(Instruction::Move { to: arguments.after(n), from });
            }
        }
        let fields = fields.into();
        let function = block.kind.function.as_str().into();
        let named = |name: &&str| -> Box<str> {
            if self.plugged(block, name).is_some() { (*name).into() } else { "".into() }
        };
        let sockets = sockets.iter().map(named).collect();
        let site = self.site(CallSite { function, arguments: count, sockets, fields });
        self.emit(Instruction::Builtin { site, arguments, to });
    }
}

/// When a socket is evaluated, for blocks whose program has them in another order than
/// the block: what comes first may ask or change what the next one reads.
///
/// Source: Blockly's generators: `textReplace(TEXT, FROM, TO)`, `textCount(TEXT, SUB)`,
/// `Math.atan2(Y, X)`.
fn evaluated_at(function: &str, socket: &str) -> u8 {
    let is_first =
        matches!((function, socket), ("text_replace" | "text_count", "TEXT") | ("math_atan2", "Y"));
    u8::from(!is_first)
}
