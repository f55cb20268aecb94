//! The language of conditions: where clauses of segments, selectors of subscribers.
//!
//! It is the condition part of SQL-92's `WHERE`: comparisons, `AND`, `OR`, `NOT`, `IN`,
//! `BETWEEN`, `LIKE`, `IS NULL`, with SQL's three-valued logic. [`Condition::parse`] reads
//! it, [`Condition::holds`] tests it on headers. What a name means to a device is none of
//! its business: who makes a database query of it walks [`Condition::tree`].

mod bind;
mod comparison;
mod error;
mod eval;
mod lexer;
mod like;
mod parse;
#[cfg(test)]
mod tests;
mod tree;

pub use bind::Unfilled;
pub use comparison::Comparison;
pub use error::ConditionError;
pub use tree::{Hole, Name, Operand, Pattern, Term, Tree};

use std::fmt;

/// A condition that was read without an error.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    tree: Tree,
}

impl Condition {
    /// Reads a condition, such as `city = 'Kyiv' AND n > 3`.
    ///
    /// # Errors
    /// [`ConditionError`]: the character, what was found there and what was expected.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        parse::parse(text, false).map(|tree| Self { tree })
    }

    /// Reads a condition in which values may be open: `city = {city|Kyiv} AND age > {least}`.
    /// They are filled by [`Condition::bound`]; until then nothing is known of them.
    ///
    /// # Errors
    /// As [`Condition::parse`].
    pub fn parse_open(text: &str) -> Result<Self, ConditionError> {
        parse::parse(text, true).map(|tree| Self { tree })
    }

    /// Whether it holds for these headers; `header` gives the text of the header of that
    /// name. What is unknown, since a header is missing, doesn't hold.
    ///
    /// A header compares as a number with a number and as text with a text; two headers
    /// compare as numbers when both are. Text is compared by its letters, case included.
    pub fn holds<'h>(&self, header: &dyn Fn(&str) -> Option<&'h str>) -> bool {
        eval::truth(&self.tree, header) == Some(true)
    }

    /// The condition as a tree; no deeper than [`crate::limits::CONDITION_NESTING_MAX`].
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}

impl fmt::Display for Condition {
    /// In one form of several: what is printed reads as the same condition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.fmt(f)
    }
}
