//! From a flow's text to something that can be run.

use super::blocks::BlockSet;
use crate::diag::Diagnostic;
use crate::source::Source;
use crate::vm::Image;
use crate::{graph, program};
use std::sync::Arc;

/// A flow ready to run.
#[derive(Clone, Debug)]
pub struct Flow {
    /// What it is called, if it says so.
    pub name: Option<String>,
    /// Its program.
    pub image: Arc<Image>,
    /// What is doubtful in it.
    pub warnings: Vec<Diagnostic>,
}

/// An event that a flow waits for, as one of its hats says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// The event's type.
    pub kind: String,
    /// The event's name; empty when any will do.
    pub name: String,
    /// The id of the hat.
    pub block: Arc<str>,
}

impl Flow {
    /// What its hats wait for, in order. Without any, every event runs it.
    pub fn waits(&self) -> impl Iterator<Item = Waits> {
        self.image.program().stacks.iter().filter_map(|stack| {
            let hat = stack.hat.as_ref()?;
            let (kind, name) = (hat.event.kind.clone(), hat.name.clone());
            Some(Waits { kind, name, block: Arc::clone(&hat.block) })
        })
    }

    /// How many stacks an event of this type and name runs.
    pub fn stacks_for(&self, kind: Option<&str>, name: Option<&str>) -> usize {
        self.image.program().stacks_for(kind, name).len()
    }
}

/// A flow that can't run: all that is wrong with it, warnings included.
#[derive(Debug, thiserror::Error)]
#[error("the flow has errors")]
pub struct OpenError(pub Vec<Diagnostic>);

/// Reads, checks and compiles a flow; `file` is the name shown in diagnostics.
///
/// # Errors
/// [`OpenError`] when there is an error among the diagnostics.
pub fn open(blocks: &BlockSet, text: Vec<u8>, file: Option<&str>) -> Result<Flow, OpenError> {
    let source = Source::parse(text, file).map_err(|problem| OpenError(vec![*problem]))?;
    let reading = graph::parse(blocks.definitions(), &source);
    let (checked, warnings) = reading.checked().map_err(OpenError)?;
    let bodies = match blocks.bodies(&checked, &source) {
        Ok(bodies) => bodies,
        Err(problems) => return Err(OpenError(warnings.into_iter().chain(problems).collect())),
    };
    let program = program::compile(&checked);
    let image = Image::new(program, |function, fields| bodies.find(function, fields));
    Ok(Flow { name: checked.name.clone(), image: Arc::new(image), warnings })
}
