//! A condition as a tree, and how it is printed.

use super::comparison::Comparison;
use super::lexer;
use crate::smart::SmartText;
use std::fmt;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// At least one holds; there are two or more.
    Or(Vec<Tree>),
    /// All hold; there are two or more.
    And(Vec<Tree>),
    /// It doesn't hold.
    Not(Box<Tree>),
    /// `a < b`
    Compare(Operand, Comparison, Operand),
    /// `a IN (b, c)`
    In(Operand, Vec<Operand>),
    /// `a BETWEEN b AND c`, both included.
    Between(Operand, Operand, Operand),
    /// `a LIKE 'b%'`
    Like(Operand, Pattern),
    /// `a IS NULL`
    IsNull(Operand),
}

/// One side of a comparison, and where it stands. Equal when the terms are, wherever they stand.
#[derive(Clone, Debug)]
pub struct Operand {
    /// The character, counted from 0.
    pub at: usize,
    /// What it is.
    pub term: Term,
}

impl PartialEq for Operand {
    fn eq(&self, other: &Self) -> bool {
        self.term == other.term
    }
}

/// A name or a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A name.
    Name(Name),
    /// `'text'`
    Text(String),
    /// A number; never infinite.
    Number(f64),
    /// `TRUE` or `FALSE`
    Bool(bool),
    /// `NULL`, which is neither equal nor unequal to anything.
    Null,
    /// `{name}` or `'a {name}'`: a value that isn't known yet. Only in what
    /// [`Condition::parse_open`](super::Condition::parse_open) reads.
    Hole(Box<Hole>),
}

/// A value that isn't known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// What it is filled by; there is at least one place in it.
    pub text: SmartText,
    /// Whether it stood in quotes: then it becomes a text whatever fills it, else what its only
    /// place is filled by.
    pub quoted: bool,
}

/// A name of one or more parts: `city`, `user.name`, `"with space"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    parts: Vec<String>,
    full: String,
}

impl Name {
    pub(super) fn new(parts: Vec<String>) -> Self {
        let full = parts.join(".");
        Self { parts, full }
    }

    /// Its parts; there is at least one.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// All of it, its parts joined with dots.
    pub fn full(&self) -> &str {
        &self.full
    }
}

/// What a text is like: `%` stands for any characters, `_` for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As it was written.
    pub text: String,
    /// The character that takes the meaning from the next one.
    pub escape: Option<char>,
    /// The text with its places, when some are to be filled before it is a pattern.
    pub open: Option<Box<SmartText>>,
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(all) => joined(f, all, " OR "),
            Self::And(all) => joined(f, all, " AND "),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                inside(f, inner)
            }
            Self::Compare(left, comparison, right) => {
                write!(f, "{left} {} {right}", comparison.sign())
            }
            Self::In(what, list) => {
                write!(f, "{what} IN (")?;
                for (index, item) in list.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            Self::Between(what, low, high) => write!(f, "{what} BETWEEN {low} AND {high}"),
            Self::Like(what, pattern) => {
                write!(f, "{what} LIKE {}", quoted(&pattern.text, '\''))?;
                match pattern.escape {
                    Some(escape) => {
                        write!(f, " ESCAPE {}", quoted(escape.encode_utf8(&mut [0; 4]), '\''))
                    }
                    None => Ok(()),
                }
            }
            Self::IsNull(what) => write!(f, "{what} IS NULL"),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, all: &[Tree], word: &str) -> fmt::Result {
    for (index, one) in all.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { word })?;
        inside(f, one)?;
    }
    Ok(())
}

/// In parentheses if it could be read otherwise without them.
fn inside(f: &mut fmt::Formatter<'_>, tree: &Tree) -> fmt::Result {
    match tree {
        Tree::Or(_) | Tree::And(_) => write!(f, "({tree})"),
        _ => write!(f, "{tree}"),
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Name(name) => write!(f, "{name}"),
            Term::Text(text) => f.write_str(&quoted(text, '\'')),
            Term::Number(number) => f.write_str(&crate::number::number_text(*number)),
            Term::Bool(true) => f.write_str("TRUE"),
            Term::Bool(false) => f.write_str("FALSE"),
            Term::Null => f.write_str("NULL"),
            Term::Hole(hole) if hole.quoted => f.write_str(&quoted(&hole.text.to_string(), '\'')),
            Term::Hole(hole) => write!(f, "{}", hole.text),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "." })?;
            if lexer::is_plain_name(part) {
                f.write_str(part)?;
            } else {
                f.write_str(&quoted(part, '"'))?;
            }
        }
        Ok(())
    }
}

/// In quotes, with those inside it doubled.
fn quoted(text: &str, quote: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for c in text.chars() {
        quoted.push(c);
        if c == quote {
            quoted.push(c);
        }
    }
    quoted.push(quote);
    quoted
}
