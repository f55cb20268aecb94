//! Why a stored flow can't be kept, found or run.

use crate::diag::{Diagnostic, Sentence, say};
use crate::model::FlowRecord;
use crate::store::StoreError;
use std::fmt;

/// Why a stored flow can't be kept, found or run.
#[derive(Debug, thiserror::Error)]
pub enum AutomationError {
    /// Nothing of that kind and id.
    Unknown {
        /// What it would be: a flow, a version, a run.
        kind: Sentence,
        /// Its id.
        id: String,
    },
    /// Something that is to be kept can't be.
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong and how to mend it.
        problem: Sentence,
    },
    /// Somebody else changed the flow.
    Stale(Box<FlowRecord>),
    /// A flow with errors can't go live or run.
    Invalid(Vec<Diagnostic>),
    /// No live flow waits for that event.
    NobodyWaits {
        /// The event's name.
        name: String,
    },
    /// Another request had this idempotency key.
    KeyReused,
    /// A run can't be told step by step any more: why not.
    NoTrace(Sentence),
    /// The store failed.
    Store(#[from] StoreError),
}

/// In English.
impl fmt::Display for AutomationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence().english())
    }
}

impl AutomationError {
    /// What is wrong, and how to mend it.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::Unknown { kind, id } => {
                say!("there is no {kind} `{id}`; list them to see those that are there", kind, id)
            }
            Self::Field { field, problem } => say!("`{field}` {problem}", field, problem),
            Self::Stale(theirs) => say!(
                "the flow was changed by somebody else and is of revision {revision} now; nothing \
                 was saved: compare the two, then save again",
                revision = theirs.revision,
            ),
            Self::Invalid(problems) => {
                let count = problems.iter().filter(|problem| problem.is_error()).count();
                if count == 1 {
                    say!("the flow has 1 error and can't run; mend what is told at its blocks")
                } else {
                    say!(
                        "the flow has {count} errors and can't run; mend what is told at its blocks",
                        count,
                    )
                }
            }
            Self::NobodyWaits { name } => say!(
                "no live flow waits for the event `{name}`; make one live that begins with its hat",
                name,
            ),
            Self::KeyReused => {
                say!("this `Idempotency-Key` was used for another request; use a new one")
            }
            Self::NoTrace(why) => say!("the run can't be traced: {why}", why),
            Self::Store(error) => error.to_string().into(),
        }
    }

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
