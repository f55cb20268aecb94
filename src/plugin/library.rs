//! A library that was loaded, and how a file that is none is told.

use crate::diag::{Diagnostic, Sentence};
use crate::vm::Body;
use std::path::Path;
use std::sync::Arc;

/// A library that was loaded.
#[derive(Debug)]
pub struct Library {
    /// Its file, as shown.
    pub file: String,
    /// Its blocks, as a definition file has them.
    pub definitions: String,
    /// For each block its function's name and what runs it.
    pub bodies: Vec<(String, Arc<dyn Body>)>,
}

/// A problem of a library's file.
pub(super) fn bad(file: &Path, message: impl Into<Sentence>, hint: &str) -> Box<Diagnostic> {
    let shown = file.display().to_string();
    Box::new(Diagnostic::error("bad-library", message, hint).in_file(&shown))
}
