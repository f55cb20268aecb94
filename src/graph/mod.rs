//! From a workspace to a typed graph, and what is wrong with it.
//!
//! Reading never stops at the first problem: it gives a graph and a list. Only
//! [`Reading::checked`] gives the [`Checked`] graph that can be compiled.
//!
//! Source: Blockly's JSON serialization. What Blockly itself refuses to load is
//! an error; everything else is a warning, and the flow runs.

mod around;
mod check;
mod connect;
mod fields;
mod model;
mod names;
mod parse;
mod reach;
mod shape;
mod types;

pub use model::{
    Block, BlockIndex, Extra, Graph, Procedure, ProcedureIndex, SocketState, Variable,
    VariableIndex,
};
pub use parse::parse;

use crate::diag::Diagnostic;

/// A flow that was read, and everything that is to be said about it.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The flow, as far as it could be understood.
    pub graph: Graph<'a>,
    /// Errors and warnings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'a> Reading<'a> {
    /// The graph, if it can run, with its warnings.
    ///
    /// # Errors
    /// All diagnostics, when one of them is an error.
    pub fn checked(self) -> Result<(Checked<'a>, Vec<Diagnostic>), Vec<Diagnostic>> {
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(self.diagnostics);
        }
        Ok((Checked(self.graph), self.diagnostics))
    }
}

/// A graph without errors: what the compiler takes.
#[derive(Debug)]
pub struct Checked<'a>(Graph<'a>);

impl<'a> std::ops::Deref for Checked<'a> {
    type Target = Graph<'a>;

    fn deref(&self) -> &Graph<'a> {
        &self.0
    }
}
