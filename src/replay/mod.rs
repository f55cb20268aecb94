//! Flows as unit tests: a case is a folder with a flow, an event and what must come
//! of it. Offline, with a clock that stands still and chance from a seed.

mod case;
mod diff;
mod recorded;
mod suite;

pub use case::{Case, CaseError, Expected, ExpectedError, WorldFile};
pub use diff::{Difference, diff};
pub use recorded::RecordedWorld;
pub use suite::{Outcome, Verdict, find, run_all};
