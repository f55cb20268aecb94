//! What was found wrong in a flow or template, as the JSON of an answer.

use super::language::spoken;
use crate::diag::{Diagnostic, Severity};
use schemars::JsonSchema;
use serde::Serialize;

/// A problem and where it is.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProblemAt {
    /// `error` or `warning`.
    #[schemars(with = "String")]
    severity: Severity,
    /// A stable kebab-case word.
    code: &'static str,
    /// What is wrong.
    message: String,
    /// How to mend it.
    hint: String,
    /// The block's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<String>,
    /// The block's type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// The JSON path in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The line in the source, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

impl From<Diagnostic> for ProblemAt {
    fn from(diagnostic: Diagnostic) -> Self {
        let Diagnostic { severity, code, place, message, hint } = diagnostic;
        let (block, kind, path, line) = (place.block, place.block_type, place.path, place.line);
        let [message, hint] = [message, hint].map(|sentence| sentence.said(spoken()));
        Self { severity, code, message, hint, block, kind, path, line }
    }
}
