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
mod library;
#[cfg(not(feature = "wasm"))]
mod off;
#[cfg(feature = "wasm")]
mod world;

pub use library::Library;

#[cfg(feature = "wasm")]
use engine::open;
#[cfg(not(feature = "wasm"))]
use off::open;

use crate::diag::Diagnostic;
use std::path::PathBuf;

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
