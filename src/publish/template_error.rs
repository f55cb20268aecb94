//! Why a template isn't kept, found or pushed.

use super::error::{PublishError, number_of};
use crate::store::StoreError;
use crate::template::TemplateProblem;

/// Why a template isn't kept, found or pushed.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// There is no such template.
    #[error("no push template `{name}` exists; check the name, or save it first")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// Something is wrong with it.
    #[error("the template can't be kept: {}", listed(.0))]
    Invalid(Vec<TemplateProblem>),
    /// Another has its name.
    #[error("a push template `{name}` exists already; change that one, or choose another name")]
    Exists {
        /// The name.
        name: String,
    },
    /// It would be called otherwise than it is.
    #[error("`name` is `{given}`, and this is the template `{name}`; save it anew to rename it")]
    Renamed {
        /// What it is called.
        name: String,
        /// What it would be called.
        given: String,
    },
    /// The values of a push can't be used.
    #[error("`{field}` {problem}")]
    Values {
        /// The field.
        field: String,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// Somebody else changed it.
    #[error("the template was changed meanwhile and is of version {version}; read it again")]
    Stale {
        /// What version it is of.
        version: u64,
    },
    /// Another request had that idempotency key.
    #[error("this idempotency key was used for another request; use a new one for each")]
    KeyReused,
    /// What it says can't be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
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
