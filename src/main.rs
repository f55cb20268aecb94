//! The `blockcast` command: reads the command line, turns its outcome into the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    blockcast::cli::main()
}
