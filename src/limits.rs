//! Every bound blockcast holds to, with its unit and the reason for it.
//!
//! A number that limits something lives here and nowhere else; the error that
//! reports a limit names it and the value that went over it.

/// Bytes of a flow file, event file or block definition file that will be read.
///
/// A flow of ten thousand blocks is about 3 MB; a hundred times that is a mistake.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

// ---- one run

/// Instructions a run may take when nothing else is said.
///
/// A second or so of a busy loop: far more than a flow needs, and soon over.
pub const RUN_STEPS: u64 = 100_000_000;
/// Bytes of texts, lists and objects a run may hold when nothing else is said.
pub const RUN_BYTES: usize = 256 * 1024 * 1024;
/// Procedure calls that may be open at once: what V8's default stack roughly allows.
pub const RUN_CALLS: usize = 10_000;
/// Lines a run may print.
pub const RUN_PRINTS: usize = 100_000;
/// UTF-16 units of one text: V8's own bound (2^29 - 24).
pub const TEXT_UNITS_MAX: usize = (1 << 29) - 24;
/// Lists and objects inside one another that can be shown, compared or sent.
///
/// Showing recurses, a few hundred bytes a level, on threads of 2 MiB.
pub const VALUE_NESTING_MAX: usize = 500;

// ---- one flow

/// Blocks of a flow: a hundred times the largest that people draw.
pub const BLOCKS_MAX: usize = 1_000_000;
/// Blocks inside one another (in sockets; stacks below one another don't count).
///
/// The compiler recurses once a level, on threads of 2 MiB; people get to about 20.
pub const BLOCK_NESTING_MAX: usize = 300;
/// Sockets that a mutation may give one block.
pub const BLOCK_SOCKETS_MAX: usize = 10_000;
/// Open calls that a fault tells, innermost first.
pub const FAULT_CALLS: usize = 20;
/// Messages one run may publish.
pub const RUN_PUBLISHES: usize = 100_000;
/// Instructions between two looks at the clock: a few milliseconds.
pub const RUN_SLICE: u64 = 500_000;
/// Milliseconds a run from the command line may take when nothing else is said.
pub const RUN_WALL_MS: u64 = 60_000;
/// Differences of a failing case that are shown.
pub const DIFFERENCES_SHOWN: usize = 8;
