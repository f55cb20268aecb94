//! The block reference: a page for each block type, made of its definition alone.
//!
//! One [`Page`] is shown in the terminal ([`text`]), as HTML by the server and in files
//! ([`html`]), and as JSON. What a block does is not known here, only what is said of it.

mod example;
pub mod html;
mod look;
mod page;
mod palette;
pub mod text;

pub use example::flow;
pub use look::{Look, Piece, look};
pub use page::{Argument, Kind, Page, Shown};
pub use palette::palette;

use crate::block::{Definitions, Outcome};
use std::fmt::Write;

/// The path below which the server has the pages.
pub const PATH: &str = "/docs/blocks";

/// Errors that any block can end a run with, by code, each with when it does.
pub const GENERAL_ERRORS: [(&str, &str); 5] = [
    ("step-limit", "The run has taken all its steps."),
    ("time-limit", "The run has taken all its time."),
    ("memory-limit", "The run's texts, lists and objects need more memory than it may have."),
    ("output-limit", "The run prints or publishes more than it may."),
    (
        "value-nesting",
        "A list or object is nested too deep to be written out; most often it contains itself.",
    ),
];

/// All pages, in palette order.
pub fn pages(definitions: &Definitions) -> Vec<Page<'_>> {
    definitions.iter().map(|definition| Page::new(definitions, definition)).collect()
}

/// A block's name as a part of a path: anything but letters, digits, `_`, `-` and `.` by
/// its bytes, each behind `mark`.
fn encoded(name: &str, mark: char) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"_-.".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "{mark}{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_is_safe_in_a_path() {
        assert_eq!(super::encoded("text_print", '%'), "text_print");
        assert_eq!(super::encoded("../ä", '%'), "..%2F%C3%A4");
        assert_eq!(super::encoded("a b", '~'), "a~20b");
    }
}
