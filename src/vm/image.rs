//! A program made ready for the machine: names looked up, constants turned to values.

use super::body::Body;
use super::builtins::{self, Builtin};
use super::heap::Heap;
use super::native::Native;
use super::value::{TextBuffer, Value};
use crate::program::{Constant, Program};
use std::sync::Arc;

/// What a call site calls.
#[derive(Clone, Debug)]
pub enum Function {
    /// One of ours.
    Builtin(Builtin),
    /// The body of an author's block.
    Body(Arc<dyn Body>),
}

/// A program with its functions and constants; shared by all its runs.
#[derive(Debug)]
pub struct Image {
    pub(super) program: Program,
    pub(super) texts: Arc<[TextBuffer]>,
    /// Variables (undefined), the event (undefined) and the constants.
    pub(super) fixed: Vec<Value>,
    /// The function of each call site.
    pub(super) functions: Vec<Function>,
    /// Its machine code, once there is some.
    pub(super) native: Native,
}

impl Image {
    /// Links a program to the built-in functions, and to `bodies` by function and the
    /// texts of the block's fields.
    pub fn new(
        program: Program,
        bodies: impl Fn(&str, &[Box<str>]) -> Option<Arc<dyn Body>>,
    ) -> Self {
        let mut texts = Vec::new();
        let constants: Vec<Value> = program
            .constants
            .iter()
            .map(|constant| match constant {
                Constant::Undefined => Value::Undefined,
                Constant::Null => Value::Null,
                Constant::Bool(value) => Value::Bool(*value),
                Constant::Number(bits) => Value::Number(f64::from_bits(*bits)),
                Constant::Text(text) => {
                    texts.push(TextBuffer::from_text(text));
                    Heap::constant(&texts, texts.len() - 1)
                }
            })
            .collect();
        let mut fixed = vec![Value::Undefined; program.variables.len() + 1];
        fixed.extend(constants);
        let functions = program
            .sites
            .iter()
            .map(|site| {
                let builtin = builtins::find(&site.function).map(Function::Builtin);
                let body = || bodies(&site.function, &site.fields).map(Function::Body);
                // Definitions are loaded only with functions that exist.
                builtin.or_else(body).expect("a definition names an existing function")
            })
            .collect();
        Self { texts: texts.into(), fixed, functions, program, native: Native::default() }
    }

    /// Has it compiled to machine code beside whatever else is done, if it may need that: before
    /// the first run that would wait for it.
    pub fn prepare(self: &Arc<Self>) {
        Native::prepare(self);
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }
}
