//! What stands in when blockcast was built without WebAssembly.

use super::library::{Library, bad};
use crate::diag::Diagnostic;
use std::path::Path;

pub(super) fn open(file: &Path) -> Result<Library, Box<Diagnostic>> {
    let hint = "build it with the feature `wasm`, or take the file away";
    Err(bad(file, "this blockcast was built without WebAssembly", hint))
}
