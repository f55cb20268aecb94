//! What is wrong with a template, or doubtful.

use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// Something wrong with, or doubtful about, one place of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TemplateProblem {
    /// Where: `options.android.actions[0].id`.
    pub path: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl TemplateProblem {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path, self.message)
    }
}
