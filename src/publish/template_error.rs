//! Why a template isn't kept, found or pushed.

use super::error::{PublishError, number_of};
use crate::diag::{Sentence, say};
use crate::store::StoreError;
use crate::template::TemplateProblem;
use std::fmt;

/// Why a template isn't kept, found or pushed.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// There is no such template.
    Unknown {
        /// Its name.
        name: String,
    },
    /// Something is wrong with it.
    Invalid(Vec<TemplateProblem>),
    /// Another has its name.
    Exists {
        /// The name.
        name: String,
    },
    /// It would be called otherwise than it is.
    Renamed {
        /// What it is called.
        name: String,
        /// What it would be called.
        given: String,
    },
    /// The values of a push can't be used.
    Values {
        /// The field.
        field: String,
        /// What is wrong and how to mend it.
        problem: Sentence,
    },
    /// Somebody else changed it.
    Stale {
        /// What version it is of.
        version: u64,
    },
    /// Another request had that idempotency key.
    KeyReused,
    /// What it says can't be published.
    Publish(#[from] PublishError),
    /// The store failed.
    Store(#[from] StoreError),
}

/// In English.
impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence().english())
    }
}

impl TemplateError {
    /// What is wrong, and how to mend it.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::Unknown { name } => {
                say!("no push template `{name}` exists; check the name, or save it first", name)
            }
            Self::Invalid(problems) => {
                say!("the template can't be kept: {problems}", problems = listed(problems))
            }
            Self::Exists { name } => say!(
                "a push template `{name}` exists already; change that one, or choose another name",
                name
            ),
            Self::Renamed { name, given } => say!(
                "`name` is `{given}`, and this is the template `{name}`; save it anew to rename it",
                given,
                name
            ),
            Self::Values { field, problem } => say!("`{field}` {problem}", field, problem),
            Self::Stale { version } => say!(
                "the template was changed meanwhile and is of version {version}; read it again",
                version
            ),
            Self::KeyReused => {
                say!("this idempotency key was used for another request; use a new one for each")
            }
            Self::Publish(error) => error.sentence(),
            Self::Store(error) => error.to_string().into(),
        }
    }
}

fn listed(problems: &[TemplateProblem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("; also ")
}

impl TemplateError {
    /// The reason's stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "template-unknown",
            Self::Invalid(_) => "template-invalid",
            Self::Exists { .. } => "exists",
            Self::Renamed { .. } => "template-renamed",
            Self::Values { .. } => "template-values",
            Self::Stale { .. } => "version-stale",
            Self::KeyReused => "idempotency-key-reused",
            Self::Publish(error) => error.code(),
            Self::Store(_) => "store",
        }
    }

    /// The reason's number on the wire.
    pub fn number(&self) -> i64 {
        number_of(self.code())
    }
}
