//! How blocks hang together, and whether Blockly would let them.
//!
//! Source: Blockly's connection checker: two ends fit when either takes any type
//! or they share one.

use super::model::{Block, BlockIndex, Extra, Graph};
use super::shape::holds;
use crate::block::Check;
use crate::diag::{Diagnostic, Sentence, say};
use crate::source::Item;
use std::sync::LazyLock;

/// What takes, and gives, anything.
static ANY: Check = None;
/// What a block gives whose result is read.
static OBJECT: LazyLock<Check> = LazyLock::new(|| Some(vec!["Object".to_owned()]));

/// Where a block goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Link {
    /// It stands for itself.
    Top,
    /// Into a socket.
    Socket { parent: BlockIndex, socket: usize },
    /// Below a statement.
    Next { parent: BlockIndex },
    /// On a block that is not known.
    Nowhere,
}

/// The types a block gives, if it is a value block.
pub(super) fn output<'a>(block: &Block<'a>) -> Option<&'a Check> {
    match block.extra {
        Extra::ReturnsResult => Some(&OBJECT),
        _ if is_turned_statement(block) => None,
        _ => block.kind.shape.output.as_ref(),
    }
}

/// Whether a field value turned this value block into a statement.
fn is_turned_statement(block: &Block<'_>) -> bool {
    block.kind.statement_when.as_ref().is_some_and(|when| holds(block, when))
}

fn previous<'a>(block: &Block<'a>) -> Option<&'a Check> {
    match block.extra {
        Extra::ReturnsResult => None,
        _ if is_turned_statement(block) => Some(&ANY),
        _ => block.kind.shape.previous.as_ref(),
    }
}

fn next<'a>(block: &Block<'a>) -> Option<&'a Check> {
    match block.extra {
        Extra::ReturnsResult => None,
        _ if is_turned_statement(block) => Some(&ANY),
        _ => block.kind.shape.next.as_ref(),
    }
}

/// Whether two ends of a connection fit.
pub(super) fn fits(a: &Check, b: &Check) -> bool {
    match (a, b) {
        (None, _) | (_, None) => true,
        (Some(a), Some(b)) => a.iter().any(|kind| b.contains(kind)),
    }
}

/// The types of a check, for people.
pub(super) fn types(check: &Check) -> Sentence {
    let Some(names) = check else { return say!("anything") };
    let types = names.iter().map(|name| kind(name));
    types.reduce(|types, kind| say!("{types} or {kind}", types, kind)).unwrap_or_default()
}

/// What a type is called where something is given or taken.
fn kind(name: &str) -> Sentence {
    match name {
        "Number" => say!("`Number`"),
        "String" => say!("`String`"),
        "Boolean" => say!("`Boolean`"),
        "Array" => say!("`Array`"),
        "Object" => say!("`Object`"),
        "Date" => say!("`Date`"),
        "Colour" => say!("`Colour`"),
        other => format!("`{other}`").into(),
    }
}

/// Says what is wrong with `block` going where `link` points.
pub(super) fn check_link(
    graph: &Graph<'_>,
    block: &Block<'_>,
    link: Link,
    item: Item<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let wrong = match link {
        Link::Top | Link::Nowhere => None,
        Link::Next { parent } => wrong_below(graph.block(parent), block),
        Link::Socket { parent, socket } => wrong_in_socket(graph.block(parent), socket, block),
    };
    if let Some((message, hint)) = wrong {
        let problem = Diagnostic::error("wrong-connection", message, hint);
        diagnostics.push(problem.at(block.place(item)));
    }
}

fn wrong_below(parent: &Block<'_>, block: &Block<'_>) -> Option<(Sentence, Sentence)> {
    let (upper, lower) = (&parent.kind.name, &block.kind.name);
    let Some(above) = next(parent) else {
        return Some((
            say!("nothing can stand below `{upper}`", upper),
            say!("move `{lower}` elsewhere", lower),
        ));
    };
    let Some(below) = previous(block) else {
        return Some((
            say!("`{lower}` is no statement and can't stand below `{upper}`", lower, upper),
            value_hint(block),
        ));
    };
    (!fits(above, below)).then(|| {
        let message = say!("`{lower}` does not fit below `{upper}`", lower, upper);
        (message, say!("below it goes {wanted}", wanted = types(above)))
    })
}

fn wrong_in_socket(
    parent: &Block<'_>,
    socket: usize,
    block: &Block<'_>,
) -> Option<(Sentence, Sentence)> {
    let (outer, inner) = (&parent.kind.name, &block.kind.name);
    let state = &parent.sockets[socket];
    let name = &state.name;
    let wanted = parent.kind.socket(name).map_or(&None, |socket| &socket.check);
    if state.statement {
        let Some(below) = previous(block) else {
            let message = say!(
                "`{inner}` is no statement and can't stand in `{socket}` of `{outer}`",
                inner,
                socket = name,
                outer
            );
            return Some((message, value_hint(block)));
        };
        return (!fits(wanted, below)).then(|| {
            let message = say!(
                "`{inner}` does not fit into `{socket}` of `{outer}`",
                inner,
                socket = name,
                outer
            );
            (message, say!("it takes {wanted}", wanted = types(wanted)))
        });
    }
    let Some(given) = output(block) else {
        return Some((
            say!(
                "`{inner}` gives no value and can't be plugged into `{socket}` of `{outer}`",
                inner,
                socket = name,
                outer
            ),
            if block.kind.mutation == Some(crate::block::Mutation::ReturnResult) {
                say!("tick *return result* on it (`extraState`: {\"returnResult\": true})")
            } else {
                say!("plug in a block that gives {wanted}", wanted = types(wanted))
            },
        ));
    };
    (!fits(wanted, given)).then(|| {
        let given = types(given);
        let message = say!(
            "`{inner}` gives {given}, and `{socket}` of `{outer}` takes {wanted}",
            inner,
            given,
            socket = name,
            outer,
            wanted = types(wanted)
        );
        (message, say!("plug in a block that gives {wanted}", wanted = types(wanted)))
    })
}

fn value_hint(block: &Block<'_>) -> Sentence {
    if block.extra == Extra::ReturnsResult {
        say!("untick *return result* on it, or plug it into a socket")
    } else {
        say!("plug it into a socket")
    }
}

/// Hangs the block where it goes.
pub(super) fn link(graph: &mut Graph<'_>, index: BlockIndex, link: Link) {
    let at = |index: BlockIndex| index.0 as usize;
    match link {
        Link::Top => graph.tops.push(index),
        Link::Nowhere => {}
        Link::Next { parent } => {
            graph.blocks[at(parent)].next = Some(index);
            graph.blocks[at(index)].parent = Some(parent);
        }
        Link::Socket { parent, socket } => {
            graph.blocks[at(parent)].sockets[socket].block = Some(index);
            graph.blocks[at(index)].parent = Some(parent);
        }
    }
}
