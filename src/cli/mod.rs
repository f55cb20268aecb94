//! The command line: one file a subcommand.
//!
//! Exit codes are one table for all of them: [`Exit`].

mod apps;
mod backup;
mod bench;
mod blocks;
mod check;
mod devices;
mod emit;
mod files;
mod keys;
mod link;
mod memory;
mod messages;
mod operator;
mod print;
mod providers;
mod publish;
mod run;
mod runtime;
mod send_test;
mod serve;
mod simulate;
mod target;
mod templates;
mod test;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The flow, a case or a publish failed.
    Failed = 1,
    /// The input is invalid or can't be read; also what clap answers to a wrong flag.
    Invalid = 2,
}

/// Block flows that publish push notifications.
#[derive(Parser)]
#[command(name = "blockcast", version, about, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  blockcast serve                              start the server on ./data; it prints where to look
  blockcast run flow.json --data data          run a flow; its messages go to the phones
  blockcast run flow.json --dry-run            show what would be published, and to whom
  blockcast check flow.json                    say what is wrong with a flow
  blockcast test tests/flows                   run case folders
  blockcast blocks text_join                   tell all about a block
  blockcast publish default Hello --data data  publish without a flow

Exit codes: 0 done, 1 the flow or a case failed, 2 the input is invalid or unreadable.";

#[derive(Subcommand)]
enum Command {
    Run(run::Args),
    Check(check::Args),
    Test(test::Args),
    Blocks(blocks::Args),
    Publish(publish::Args),
    Bench(bench::Args),
    Serve(serve::Args),
    Providers(providers::Args),
    SendTest(send_test::Args),
    Simulate(simulate::Args),
    Emit(emit::Args),
    Link(link::Args),
    Apps(apps::Args),
    Keys(keys::Args),
    Messages(messages::Args),
    Backup(backup::BackupArgs),
    Verify(backup::VerifyArgs),
    Devices(devices::Args),
    Templates(templates::Args),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    memory::keep();
    let exit = match Cli::parse().command {
        Command::Run(args) => run::main(&args),
        Command::Check(args) => check::main(&args),
        Command::Test(args) => test::main(&args),
        Command::Blocks(args) => blocks::main(&args),
        Command::Publish(args) => publish::main(&args),
        Command::Bench(args) => bench::main(&args),
        Command::Serve(args) => serve::main(args),
        Command::Providers(args) => providers::main(&args),
        Command::SendTest(args) => send_test::main(&args),
        Command::Simulate(args) => simulate::main(&args),
        Command::Emit(args) => emit::main(&args),
        Command::Link(args) => link::main(args),
        Command::Apps(args) => apps::main(args),
        Command::Keys(args) => keys::main(args),
        Command::Messages(args) => messages::main(args),
        Command::Backup(args) => backup::back_up(&args),
        Command::Verify(args) => backup::verify(&args),
        Command::Devices(args) => devices::main(&args),
        Command::Templates(args) => templates::main(args),
    };
    ExitCode::from(exit as u8)
}
