//! Reads a smart text into its parts.

use super::part::{Part, Place};
use crate::limits;
use std::fmt;

/// An error in a smart text, at a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmartError {
    /// The character, counted from 0.
    pub at: usize,
    /// What is wrong and how to mend it, in one line.
    pub message: String,
}

impl fmt::Display for SmartError {
    /// Characters are counted from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.at + 1, self.message)
    }
}

impl std::error::Error for SmartError {}

type Read<T> = Result<T, SmartError>;

pub(super) fn parts(source: &str) -> Read<Vec<Part>> {
    let mut reader = Reader { rest: source.chars(), at: 0 };
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut places = 0;
    while let Some(c) = reader.next() {
        match c {
            '{' if reader.took('{') => plain.push('{'),
            '{' => {
                if !plain.is_empty() {
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                }
                let at = reader.at - 1;
                parts.push(Part::Place(reader.place()?));
                places += 1;
                if places > limits::SMART_PLACES_MAX {
                    let most = limits::SMART_PLACES_MAX;
                    let message = format!("there are more than {most} places to fill; use fewer");
                    return Err(SmartError { at, message });
                }
            }
            '}' => {
                // One that closes nothing is what it is; people write such faces.
                reader.took('}');
                plain.push('}');
            }
            c => plain.push(c),
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    Ok(parts)
}

struct Reader<'t> {
    rest: std::str::Chars<'t>,
    /// The character that comes next, counted from 0.
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.at += 1;
        Some(c)
    }

    fn took(&mut self, wanted: char) -> bool {
        let next = self.rest.clone().next() == Some(wanted);
        if next {
            self.next();
        }
        next
    }

    /// A place, whose opening brace was just read.
    fn place(&mut self) -> Read<Place> {
        let open = self.at - 1;
        let mut name = String::new();
        let begin = self.at;
        loop {
            let at = self.at;
            match self.next() {
                None => return never_closed(open),
                Some('}') => {
                    return Ok(Place { name: checked(&name, begin, open)?, fallback: None });
                }
                Some('|') => {
                    let name = checked(&name, begin, open)?;
                    return Ok(Place { name, fallback: Some(self.fallback(open)?) });
                }
                Some(c) if is_of_a_name(c) => name.push(c),
                Some(c) => {
                    let message = format!(
                        "`{}` can't be in a name; names have letters, digits, blanks and `_`, `-`, \
                         `.`, `$`. To show a brace, write it twice",
                        c.escape_debug()
                    );
                    return Err(SmartError { at, message });
                }
            }
        }
    }

    /// What stands between the bar and the closing brace.
    fn fallback(&mut self, open: usize) -> Read<String> {
        let mut fallback = String::new();
        loop {
            let at = self.at;
            match self.next() {
                None => return never_closed(open),
                Some('{') if self.took('{') => fallback.push('{'),
                Some('{') => {
                    let message = "a fallback can't have a place in it; to show a brace, write it \
                                   twice";
                    return Err(SmartError { at, message: message.to_owned() });
                }
                Some('}') if self.took('}') => fallback.push('}'),
                Some('}') => return Ok(fallback),
                Some(c) => fallback.push(c),
            }
        }
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | ' ')
}

fn checked(name: &str, begin: usize, open: usize) -> Read<String> {
    let trimmed = name.trim();
    if trimmed.is_empty() {
        let message = "a name is missing between the braces; to show a brace, write it twice";
        return Err(SmartError { at: open, message: message.to_owned() });
    }
    if trimmed.len() > limits::TAG_BYTES_MAX {
        let message = format!("the name is longer than {} bytes", limits::TAG_BYTES_MAX);
        return Err(SmartError { at: begin, message });
    }
    Ok(trimmed.to_owned())
}

fn never_closed<T>(open: usize) -> Read<T> {
    let message = "the brace opened here is never closed; close it with `}`, or write `{{` to show \
                   a brace";
    Err(SmartError { at: open, message: message.to_owned() })
}
