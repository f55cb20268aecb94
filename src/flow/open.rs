//! From a flow's text to something that can be run.

use crate::block::Definitions;
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
pub fn open(
    definitions: &Definitions,
    text: Vec<u8>,
    file: Option<&str>,
) -> Result<Flow, OpenError> {
    let source = Source::parse(text, file).map_err(|problem| OpenError(vec![*problem]))?;
    let reading = graph::parse(definitions, &source);
    let (checked, warnings) = reading.checked().map_err(OpenError)?;
    let program = program::compile(&checked);
    Ok(Flow { name: checked.name.clone(), image: Arc::new(Image::new(program)), warnings })
}
