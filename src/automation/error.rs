//! Why a stored flow can't be kept, found or run.

use crate::diag::Diagnostic;
use crate::model::FlowRecord;
use crate::store::StoreError;

/// Why a stored flow can't be kept, found or run.
#[derive(Debug, thiserror::Error)]
pub enum AutomationError {
    /// Nothing of that kind and id.
    #[error("there is no {kind} `{id}`; list them to see those that are there")]
    Unknown {
        /// What it would be.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// Something that is to be kept can't be.
    #[error("`{field}` {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// Somebody else changed the flow.
    #[error(
        "the flow was changed by somebody else and is of revision {} now; nothing was saved: compare \
         the two, then save again", .0.revision
    )]
    Stale(Box<FlowRecord>),
    /// A flow with errors can't go live or run.
    #[error("the flow has {} and can't run; mend what is told at its blocks", errors(.0))]
    Invalid(Vec<Diagnostic>),
    /// No live flow waits for that event.
    #[error("no live flow waits for the event `{name}`; make one live that begins with its hat")]
    NobodyWaits {
        /// The event's name.
        name: String,
    },
    /// Another request had this idempotency key.
    #[error("this `Idempotency-Key` was used for another request; use a new one")]
    KeyReused,
    /// A run can't be told step by step any more.
    #[error("the run can't be traced: {0}")]
    NoTrace(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn errors(problems: &[Diagnostic]) -> String {
    let count = problems.iter().filter(|problem| problem.is_error()).count();
    format!("{count} error{}", if count == 1 { "" } else { "s" })
}

impl AutomationError {
    /// The reason's stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "flow-unknown",
            Self::Field { .. } => "flow-field",
            Self::Stale(_) => "flow-stale",
            Self::Invalid(_) => "flow-invalid",
            Self::NobodyWaits { .. } => "event-unknown",
            Self::KeyReused => "idempotency-key-reused",
            Self::NoTrace(_) => "trace-gone",
            Self::Store(StoreError::Full { .. }) => "full",
            Self::Store(_) => "store",
        }
    }
}
