//! Diagnostics: what is wrong, where, and how to mend it.
//!
//! Everything that reads what a person wrote answers with these. How they are
//! found is in the rooms that find them; how they become HTTP is in `server`, and
//! how they are told in other languages in [`sentence`].

pub mod sentence;

pub use sentence::Sentence;
pub(crate) use sentence::{Value, say};

use serde::Serialize;
use std::fmt;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The flow can't run.
    Error,
    /// The flow runs, and probably doesn't do what its author meant.
    Warning,
}

impl Severity {
    /// The word printed in front of a diagnostic.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Where a problem is. Every part is optional: a file that can't be read has no blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The block's id, as in the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// The block's type, for people who don't know ids by heart.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub block_type: Option<String>,
    /// The JSON path from the top of the file, such as `workspace.blocks.blocks[0].inputs.TEXT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The file's name as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(block) = &self.block {
            parts.push(match &self.block_type {
                Some(kind) => format!("block `{block}` ({kind})"),
                None => format!("block `{block}`"),
            });
        }
        if let Some(path) = &self.path {
            parts.push(shortened(path));
        }
        match (&self.file, self.line) {
            (Some(file), Some(line)) => parts.push(format!("{file}:{line}")),
            (Some(file), None) => parts.push(file.clone()),
            (None, Some(line)) => parts.push(format!("line {line}")),
            (None, None) => {}
        }
        f.write_str(&parts.join(", "))
    }
}

/// A path for people: of a very long one the beginning and the end.
fn shortened(path: &str) -> String {
    const SHOWN: usize = 160;
    if path.chars().count() <= SHOWN {
        return path.to_owned();
    }
    let start: String = path.chars().take(SHOWN / 3).collect();
    let skipped = path.chars().count() - SHOWN * 2 / 3;
    let end: String = path.chars().skip(skipped).collect();
    format!("{start} … {end}")
}

/// One problem in what a person wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Whether it keeps the flow from running.
    pub severity: Severity,
    /// A stable kebab-case word: what programs and tests match on.
    pub code: &'static str,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong: lower case, no final period.
    pub message: Sentence,
    /// How to mend it: an instruction.
    pub hint: Sentence,
}

impl Diagnostic {
    /// An error with no place yet; see [`Diagnostic::at`].
    pub fn error(
        code: &'static str,
        message: impl Into<Sentence>,
        hint: impl Into<Sentence>,
    ) -> Self {
        Self::new(Severity::Error, code, message, hint)
    }

    /// A warning with no place yet; see [`Diagnostic::at`].
    pub fn warning(
        code: &'static str,
        message: impl Into<Sentence>,
        hint: impl Into<Sentence>,
    ) -> Self {
        Self::new(Severity::Warning, code, message, hint)
    }

    fn new(
        severity: Severity,
        code: &'static str,
        message: impl Into<Sentence>,
        hint: impl Into<Sentence>,
    ) -> Self {
        let place = Place::default();
        Self { severity, code, place, message: message.into(), hint: hint.into() }
    }

    /// The same problem, at `place`.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same problem, in `file`.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        self.place.file = Some(file.to_owned());
        self
    }

    /// Whether it keeps the flow from running.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// For people, in English: three lines, readable without colour.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity.word(), self.code, self.message.english())?;
        let place = self.place.to_string();
        if !place.is_empty() {
            write!(f, "\n  at {place}")?;
        }
        write!(f, "\n  hint: {}", self.hint.english())
    }
}

/// The known word nearest to a mistyped one, if one is near enough to be meant.
///
/// Damerau's distance (insert, delete, replace, swap neighbours) of at most a
/// third of the word's length, and never more than three.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(steps, _)| *steps <= most)
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    if a.len().abs_diff(b.len()) > 3 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_finds_the_word_that_was_meant_and_nonsense_finds_nothing() {
        let known = ["text_print", "text_join", "math_number"];
        assert_eq!(nearest("text_pritn", known), Some("text_print"));
        assert_eq!(nearest("mathnumber", known), Some("math_number"));
        assert_eq!(nearest("frobnicate", known), None);
        assert_eq!(nearest("", known), None);
    }
}
