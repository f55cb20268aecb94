//! All of the outside that a run can see.

use crate::vm::{Answer, Effect};

/// Performs effects: for real in [`live`](super::live), from files in
/// [`replay`](crate::replay).
pub trait World: Send {
    /// Hears a line that the run printed.
    fn printed(&mut self, _line: &str) {}

    /// Performs one effect and tells what came of it.
    fn perform(&mut self, effect: &Effect) -> impl Future<Output = Answer> + Send;
}
