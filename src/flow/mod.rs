//! From an event to a run: opening a flow, driving the machine, performing effects.

mod blocks;
mod check;
mod event;
mod file;
mod live;
#[cfg(test)]
mod machine_tests;
mod open;
mod response;
mod run;
mod trace;
mod wake;
mod world;

pub use blocks::BlockSet;
pub use check::{Checkup, check};
pub use event::{Event, EventError};
pub use file::{FlowFile, FlowOptions};
pub use live::{LiveWorld, Messaging, Refusal};
pub(crate) use live::{publish_answer, status_answer};
pub use open::{Flow, OpenError, Waits, open};
pub(crate) use response::respond_answer;
pub use run::{Publish, Report, RunLimits, Spot, Status, run, run_traced};
pub use trace::{Keyframe, Trace, TraceStep, Tracer};
pub use wake::wake;
pub use world::World;

pub use crate::vm::Response;
