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
