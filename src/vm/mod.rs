//! The machine that runs a program, and the values it works on.
//!
//! It knows neither time, nor network, nor publishing: what it wants from outside
//! it yields as an [`Effect`], and goes on with the [`Answer`]. It never blocks and
//! never recurses, so ten thousand waiting runs cost memory, not threads.

mod allocation;
mod ascii;
pub mod body;
pub mod builtins;
mod bytes;
pub mod coerce;
mod console;
mod date;
pub mod effect;
mod entries;
pub mod explain;
mod fault;
pub mod heap;
mod image;
pub mod json;
mod loops;
mod machine;
#[cfg(feature = "native")]
mod native;
#[cfg(not(feature = "native"))]
#[path = "native/off.rs"]
mod native;
mod quick;
mod run_limits;
mod search;
mod state;
mod steps;
pub mod value;
mod view;
#[cfg(test)]
mod weighing;

pub use body::{Allowance, Body};
pub use console::{Answers, Console, Print};
pub use effect::{Answer, Effect, Response, Status};
pub use fault::Fault;
pub use image::{Function, Image};
pub use machine::{Machine, Step, Trigger};
pub use native::wake;
pub use run_limits::Limits;
pub use value::Value;
pub use view::{Standing, Work};
