//! The `blockcast` command: reads the command line, turns its outcome into the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The system gives the first thread a stack of its own size; flows get one of ours.
    let thread = std::thread::Builder::new().stack_size(blockcast::limits::RUN_THREAD_STACK);
    match thread.spawn(blockcast::cli::main).map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // It panicked, and said so; or there is not even a thread.
        Ok(Err(_)) => ExitCode::from(101),
        Err(_) => blockcast::cli::main(),
    }
}
