//! A flow as typed blocks in one flat table, linked by number.

use crate::block::Definition;
use crate::diag::Place;
use crate::source::Item;
use std::borrow::Cow;

/// A block's number in [`Graph::blocks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockIndex(pub u32);

/// A variable's number in [`Graph::variables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariableIndex(pub u32);

/// A procedure's number in [`Graph::procedures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcedureIndex(pub u32);

/// A flow that was read.
#[derive(Debug, Default)]
pub struct Graph<'a> {
    /// What the envelope calls it.
    pub name: Option<String>,
    /// Whether items are counted from 1. Source: Blockly's workspace option, true by default.
    pub one_based: bool,
    /// All blocks; a parent stands before its children.
    pub blocks: Vec<Block<'a>>,
    /// Blocks that stand for themselves, in Blockly's order of running.
    pub tops: Vec<BlockIndex>,
    /// All variables. Names that differ by case only are one variable at run time.
    pub variables: Vec<Variable>,
    /// All procedures, by their definitions' order.
    pub procedures: Vec<Procedure>,
}

impl<'a> Graph<'a> {
    /// The block with this number.
    pub fn block(&self, index: BlockIndex) -> &Block<'a> {
        &self.blocks[index.0 as usize]
    }

    /// All blocks with their numbers.
    pub fn indexed(&self) -> impl Iterator<Item = (BlockIndex, &Block<'a>)> {
        (0..).map(BlockIndex).zip(&self.blocks)
    }

    /// `first` and the statements below it, disabled ones left out.
    pub fn stack(&self, first: Option<BlockIndex>) -> impl Iterator<Item = BlockIndex> {
        std::iter::successors(first, |index| self.block(*index).next)
            .filter(|index| !self.block(*index).disabled)
    }

    /// The procedure a call by this name means: names match without case.
    pub fn procedure(&self, name: &str) -> Option<ProcedureIndex> {
        let wanted = name.to_lowercase();
        let index = self.procedures.iter().position(|p| p.name.to_lowercase() == wanted)?;
        u32::try_from(index).ok().map(ProcedureIndex)
    }
}

/// A block of a flow.
#[derive(Debug)]
pub struct Block<'a> {
    /// Its id in the workspace; unique.
    pub id: Box<str>,
    /// Its type; the definition says all the rest.
    pub kind: &'a Definition,
    /// Where it stands in the source, for diagnostics.
    pub item: u32,
    /// Texts of its fields in the definition's order; a variable field's is empty.
    pub fields: Vec<Box<str>>,
    /// The variables of its variable fields, in order.
    pub variables: Vec<VariableIndex>,
    /// Its sockets in order, empty ones included.
    pub sockets: Vec<SocketState<'a>>,
    /// The statement below.
    pub next: Option<BlockIndex>,
    /// The block it is plugged into or stands below.
    pub parent: Option<BlockIndex>,
    /// It is skipped: a statement goes on below, a value leaves its socket empty.
    pub disabled: bool,
    /// It came with the palette and was not replaced.
    pub shadow: bool,
    /// What its extra state says.
    pub extra: Extra,
}

impl<'a> Block<'a> {
    /// Its place in the flow that `source` is a part of, with its id and type.
    pub fn place(&self, source: Item<'_>) -> Place {
        Place {
            block: Some(self.id.to_string()),
            block_type: Some(self.kind.name.clone()),
            ..source.numbered(self.item).place()
        }
    }

    /// The text of the field `name`; empty when the block has none by this name.
    pub fn field(&self, name: &str) -> &str {
        let index = self.kind.fields().position(|field| field.name == name);
        index.and_then(|index| self.fields.get(index)).map_or("", |text| text)
    }

    /// Its variable: that of its first variable field.
    pub fn variable(&self) -> Option<VariableIndex> {
        self.variables.first().copied()
    }

    /// What is in the socket `name`.
    pub fn socket(&self, name: &str) -> Option<&SocketState<'a>> {
        self.sockets.iter().find(|socket| *socket.name == *name)
    }
}

/// One socket of a block.
#[derive(Debug)]
pub struct SocketState<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Whether it holds statements.
    pub statement: bool,
    /// The first block in it.
    pub block: Option<BlockIndex>,
}

/// A block's extra state, read. Source: Blockly's mutators.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Extra {
    /// There is none, or it says nothing.
    #[default]
    None,
    /// `controls_if`: its sockets tell all.
    Shaped,
    /// A procedure's definition.
    Definition(Option<ProcedureIndex>),
    /// A procedure's call, by name.
    Call {
        /// The name called.
        name: String,
        /// The parameters it gives, in order of its sockets.
        parameters: Vec<String>,
    },
    /// Its result is read: it is a value block.
    ReturnsResult,
}

/// A variable.
#[derive(Debug)]
pub struct Variable {
    /// Its name as first declared.
    pub name: String,
    /// Where it was declared; none when a block made it.
    pub item: Option<u32>,
}

/// A procedure.
#[derive(Debug)]
pub struct Procedure {
    /// Its name, unique without case.
    pub name: String,
    /// Its definition.
    pub block: BlockIndex,
    /// Parameters' names, in order.
    pub parameters: Vec<String>,
}
