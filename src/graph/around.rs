//! What is around each block: the loop and the procedure it stands in.

use super::model::{Block, BlockIndex, Extra, Graph, ProcedureIndex};

/// Blocks whose body can be left with *break* and *continue*.
pub(super) const LOOPS: [&str; 5] = [
    "controls_repeat",
    "controls_repeat_ext",
    "controls_whileUntil",
    "controls_for",
    "controls_forEach",
];

/// What is around a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Around {
    /// It stands in the body of a loop of the same procedure.
    pub(super) in_loop: bool,
    /// The procedure it stands in.
    pub(super) procedure: Option<ProcedureIndex>,
}

/// What is around each block, by its number.
pub(super) fn around(graph: &Graph<'_>) -> Vec<Around> {
    let mut around = vec![Around::default(); graph.blocks.len()];
    // A parent stands before its children, so one pass is enough.
    for (index, block) in graph.indexed() {
        let Some(parent_index) = block.parent else { continue };
        let parent = graph.block(parent_index);
        let mut here = around[parent_index.0 as usize];
        if parent.next != Some(index) {
            here.in_loop |= is_loop(parent)
                && parent.sockets.iter().any(|s| s.statement && s.block == Some(index));
            if let Extra::Definition(Some(procedure)) = parent.extra {
                here = Around { in_loop: false, procedure: Some(procedure) };
            }
        }
        around[index.0 as usize] = here;
    }
    around
}

/// Whether *break* leaves this block.
pub(super) fn is_loop(block: &Block<'_>) -> bool {
    LOOPS.contains(&block.kind.function.as_str())
}

impl Graph<'_> {
    /// The block in a socket, unless there is none or it is disabled.
    pub(super) fn plugged(&self, block: &Block<'_>, socket: &str) -> Option<BlockIndex> {
        let child = block.socket(socket)?.block?;
        (!self.block(child).disabled).then_some(child)
    }
}
