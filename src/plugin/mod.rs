//! Libraries of blocks in WebAssembly: what they say of their blocks, and running them.
//!
//! A library is a component of the world in `schemas/block-library.wit`. It gets no
//! imports. Without the feature `wasm` its file is refused with an error.

#[cfg(feature = "wasm")]
mod body;
#[cfg(feature = "wasm")]
mod cache;
#[cfg(feature = "wasm")]
mod describe;
#[cfg(feature = "wasm")]
mod engine;
#[cfg(not(feature = "wasm"))]
mod off;

#[cfg(feature = "wasm")]
use engine::open;
#[cfg(not(feature = "wasm"))]
use off::open;

use crate::diag::{Diagnostic, Sentence};
use crate::vm::Body;
use std::path::{Path, PathBuf};
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

/// Loads every `*.wasm` of the folders, in order of their names; what has a problem is
/// left out.
///
/// A folder that can't be read is told by whoever reads its definitions.
pub fn load(folders: &[PathBuf]) -> (Vec<Library>, Vec<Diagnostic>) {
    let (mut libraries, mut problems) = (Vec::new(), Vec::new());
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "wasm"));
        files.sort();
        for file in files {
            match open(&file) {
                Ok(library) => libraries.push(library),
                Err(problem) => problems.push(*problem),
            }
        }
    }
    (libraries, problems)
}

/// A problem of a library's file.
fn bad(file: &Path, message: impl Into<Sentence>, hint: &str) -> Box<Diagnostic> {
    let shown = file.display().to_string();
    Box::new(Diagnostic::error("bad-library", message, hint).in_file(&shown))
}
