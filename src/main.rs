//! The `blockcast` command: reads the command line, turns its outcome into the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The system gives the first thread a stack of its own size; flows get one of ours. Not by a
    // thread: the allocator grows what others than the first hold page by page, a system call each.
    stacker::grow(blockcast::limits::RUN_THREAD_STACK, blockcast::cli::main)
}
