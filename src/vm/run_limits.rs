//! How far a run may go.

use crate::limits;

/// How far a run may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps: instructions, and what long work inside one counts for.
    pub steps: u64,
    /// Bytes of texts, lists and objects.
    pub bytes: usize,
    /// Procedure calls open at once.
    pub calls: usize,
    /// Steps after which the program is compiled to machine code. No limit, and no
    /// difference to what a run does.
    pub native_after: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: limits::RUN_STEPS,
            bytes: limits::RUN_BYTES,
            calls: limits::RUN_CALLS,
            native_after: limits::NATIVE_AFTER,
        }
    }
}
