//! Writing to standard output and standard error; a reader that went away is no error.

use std::fmt::Display;
use std::io::Write;

/// A line on standard output, at once.
pub(super) fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    // When nobody reads any more there is nobody to tell.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A line on standard error.
pub(super) fn error(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// One JSON value on standard output.
pub(super) fn json(value: &impl serde::Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => line(text),
        Err(problem) => error(format_args!("error: the answer can't be written: {problem}")),
    }
}
