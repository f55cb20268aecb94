//! Which sockets a block has: its definition's, changed by its extra state.
//!
//! Source: `saveExtraState` of Blockly's own blocks, with its older XML texts
//! where they say something that nothing else does.

use super::model::{Block, Extra, SocketState};
use crate::block::{Mutation, When};
use crate::diag::{Diagnostic, say};
use crate::limits;
use crate::source::Item;
use std::borrow::Cow;

/// Gives `block` its sockets; its fields must be read already.
pub(super) fn apply(block: &mut Block<'_>, item: Item<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let extra = item.get("extraState");
    let count = |key: &str, default: u32| match extra.and_then(|extra| extra.get(key)) {
        Some(value) => count_of(value),
        None => Some(default),
    };
    let mut bad = false;
    let mut bounded = |count: Option<u32>| {
        bad |= count.is_none();
        count.unwrap_or(0)
    };
    match &block.kind.mutation {
        None | Some(Mutation::ProcedureDefinition | Mutation::IfReturn) => plain(block),
        Some(Mutation::If) => {
            let else_ifs = bounded(count("elseIfCount", 0));
            for n in 0..=else_ifs {
                add(block, format!("IF{n}"), false);
                add(block, format!("DO{n}"), true);
            }
            let has_else = extra.and_then(|extra| extra.get("hasElse")).and_then(Item::bool);
            if has_else == Some(true) {
                add(block, "ELSE", true);
            }
            block.extra = Extra::Shaped;
        }
        Some(Mutation::Items { input, count: default }) => {
            for n in 0..bounded(count("itemCount", *default)) {
                add(block, format!("{input}{n}"), false);
            }
            block.extra = Extra::Shaped;
        }
        Some(Mutation::Pairs { count: default }) => {
            for n in 0..bounded(count("itemCount", *default)) {
                add(block, format!("VALUE{n}"), false);
            }
            block.extra = Extra::Shaped;
        }
        Some(Mutation::ProcedureCall) => bad |= !call(block, extra),
        Some(Mutation::ReturnResult) => {
            plain(block);
            match extra.and_then(|extra| extra.get("returnResult")) {
                None => {}
                Some(value) => match value.bool() {
                    Some(true) => block.extra = Extra::ReturnsResult,
                    Some(false) => {}
                    None => bad = true,
                },
            }
        }
    }
    if bad {
        diagnostics.push(
            Diagnostic::error(
                "bad-extra-state",
                say!("the extra state of `{block}` can't be read", block = block.kind.name),
                say!(
                    "save the block again; counts are numbers up to {most}, switches true or false",
                    most = limits::BLOCK_SOCKETS_MAX
                ),
            )
            .at(block.place(item)),
        );
    }
}

/// Whether a condition on the block's fields holds.
pub(super) fn holds(block: &Block<'_>, when: &When) -> bool {
    when.values.iter().any(|value| value == block.field(&when.field))
}

fn plain(block: &mut Block<'_>) {
    let kind = block.kind;
    for socket in kind.sockets() {
        if socket.when.as_ref().is_none_or(|when| holds(block, when)) {
            add(block, socket.name.as_str(), socket.statement);
        }
    }
}

fn call(block: &mut Block<'_>, extra: Option<Item<'_>>) -> bool {
    let name = extra.and_then(|extra| extra.get("name")).and_then(Item::text).unwrap_or_default();
    let mut parameters = Vec::new();
    for parameter in extra.and_then(|extra| extra.get("params")).into_iter().flat_map(Item::items) {
        match parameter.text().or_else(|| parameter.get("name").and_then(Item::text)) {
            Some(parameter) => parameters.push(parameter.to_owned()),
            None => return false,
        }
    }
    for n in 0..parameters.len() {
        add(block, format!("ARG{n}"), false);
    }
    block.extra = Extra::Call { name: name.to_owned(), parameters };
    true
}

fn add<'a>(block: &mut Block<'a>, name: impl Into<Cow<'a, str>>, statement: bool) {
    block.sockets.push(SocketState { name: name.into(), statement, block: None });
}

/// A count of sockets; also as text, which Blockly's `Number()` reads.
pub(super) fn count_of(value: Item<'_>) -> Option<u32> {
    let number = value
        .number_value()
        .or_else(|| value.text().and_then(|text| text.trim().parse::<f64>().ok()))?;
    #[expect(clippy::cast_precision_loss, reason = "a small constant")]
    let in_range = (0.0..=limits::BLOCK_SOCKETS_MAX as f64).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range, and a fraction is dropped"
    )]
    in_range.then_some(number as u32)
}
