//! What a fault tells of the values at its block.
//!
//! Short enough for a line, and read from the machine as it stands: an instruction writes
//! its result last, so whatever fails still has its inputs.

use super::coerce;
use super::heap::Heap;
use super::state::State;
use super::value::Value;
use crate::program::{Instruction as I, Program, Slot};
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::fmt::Write;

/// Characters shown of a text.
const TEXT_SHOWN: usize = 60;
/// Items shown of a list or an object.
const ITEMS_SHOWN: usize = 5;
/// Lists within lists of which items are shown.
const NESTING_SHOWN: usize = 2;

impl State {
    /// The values in the sockets of the block at hand, by the sockets' names.
    pub(super) fn inputs(&self, program: &Program) -> IndexMap<String, String> {
        let Some(instruction) = program.code.get(self.next) else { return IndexMap::new() };
        let binary = |a: Slot, b: Slot| -> Vec<(&str, Slot)> { vec![("A", a), ("B", b)] };
        let slots: Vec<(&str, Slot)> = match *instruction {
            I::Builtin { site, arguments, .. } => {
                let names = program.sites[site.0 as usize].sockets.iter();
                let named = (0..).zip(names).filter(|(_, name)| !name.is_empty());
                named.map(|(n, name)| (&**name, arguments.after(n))).collect()
            }
            I::Add { a, b, .. }
            | I::Subtract { a, b, .. }
            | I::Multiply { a, b, .. }
            | I::Divide { a, b, .. }
            | I::Power { a, b, .. }
            | I::Equal { a, b, .. }
            | I::NotEqual { a, b, .. }
            | I::Less { a, b, .. }
            | I::LessOrEqual { a, b, .. }
            | I::Greater { a, b, .. }
            | I::GreaterOrEqual { a, b, .. }
            | I::UnlessEqual { a, b, .. }
            | I::UnlessNotEqual { a, b, .. }
            | I::UnlessLess { a, b, .. }
            | I::UnlessLessOrEqual { a, b, .. }
            | I::UnlessGreater { a, b, .. }
            | I::UnlessGreaterOrEqual { a, b, .. } => binary(a, b),
            I::Modulo { a, b, .. } => vec![("DIVIDEND", a), ("DIVISOR", b)],
            I::Item { list, at, .. } => vec![("VALUE", list), ("AT", at)],
            I::ItemAt { list, .. } => vec![("VALUE", list)],
            I::SetItem { list, at, value } => vec![("LIST", list), ("AT", at), ("TO", value)],
            I::SetItemAt { list, value, .. } => vec![("LIST", list), ("TO", value)],
            I::Append { value, .. } => vec![("TEXT", value)],
            I::Change { delta, .. } => vec![("DELTA", delta)],
            I::EachNext { list, .. } => vec![("LIST", list)],
            I::ForStart { start, end, step } => vec![("FROM", start), ("TO", end), ("BY", step)],
            I::ForTest { variable, end, .. } | I::ForNext { variable, end, .. } => {
                vec![("VAR", variable), ("TO", end)]
            }
            I::Move { from, .. } => vec![("VALUE", from)],
            I::Not { a, .. } => vec![("BOOL", a)],
            // The socket is called so by most blocks; which one it is isn't kept.
            I::JumpIf { condition, .. } | I::JumpUnless { condition, .. } => {
                vec![("IF", condition)]
            }
            I::RepeatNext { limit, .. } => vec![("TIMES", limit)],
            I::EachStart { list, .. } => vec![("LIST", list)],
            I::Return { value } | I::Stop { value } => vec![("VALUE", value)],
            I::Jump { .. } | I::AppendJoined { .. } | I::Call { .. } | I::End | I::Fail { .. } => {
                Vec::new()
            }
        };
        let value = |slot: Slot| self.slots.get(slot.address(self.base)).copied();
        slots
            .into_iter()
            .filter_map(|(name, slot)| Some((name.to_owned(), shown(&self.heap, value(slot)?))))
            .collect()
    }
}

/// A value on a line: JSON, cut short; `nothing` for what was never set.
pub(super) fn shown(heap: &Heap, value: Value) -> String {
    let mut text = String::new();
    show(heap, value, 0, &mut text);
    text
}

fn show(heap: &Heap, value: Value, depth: usize, into: &mut String) {
    match value {
        Value::Text(text) => {
            let view = heap.view(text);
            let cut = view.slice(0, view.len().min(TEXT_SHOWN)).to_str();
            let _ = write!(into, "{}", Json::String(cut.into_owned()));
            if view.len() > TEXT_SHOWN {
                let _ = write!(into, "… ({} characters)", view.len());
            }
        }
        Value::List(list) => {
            let items = heap.items(list);
            let shown = if depth < NESTING_SHOWN { ITEMS_SHOWN } else { 0 };
            into.push('[');
            for (n, item) in items.iter().take(shown).enumerate() {
                into.push_str(if n > 0 { ", " } else { "" });
                show(heap, *item, depth + 1, into);
            }
            close(items.len(), shown, ']', into);
        }
        Value::Object(object) => {
            let entries = heap.entries(object);
            let shown = if depth < NESTING_SHOWN { ITEMS_SHOWN } else { 0 };
            into.push('{');
            for (n, (key, item)) in entries.iter().take(shown).enumerate() {
                let cut: String = key.chars().take(TEXT_SHOWN).collect();
                into.push_str(if n > 0 { ", " } else { "" });
                let _ = write!(into, "{}: ", Json::String(cut));
                show(heap, *item, depth + 1, into);
            }
            close(entries.len(), shown, '}', into);
        }
        Value::Undefined | Value::Hole => into.push_str("nothing"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Date(_) => {
            if let Ok(text) = coerce::text(heap, value) {
                into.push_str(&text.to_str(heap));
            }
        }
    }
}

fn close(len: usize, shown: usize, bracket: char, into: &mut String) {
    if len > shown {
        into.push_str(if shown > 0 { ", …" } else { "…" });
    }
    into.push(bracket);
    if len > shown {
        let _ = write!(into, " ({len} item{})", if len == 1 { "" } else { "s" });
    }
}
