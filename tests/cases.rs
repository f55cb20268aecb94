//! Every test that runs the real binary or reads its cases from files.
//!
//! One binary, so that blockcast is linked once; each folder under `tests/` has a
//! module here that turns its files into named trials.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod access;
mod automation;
mod bad;
mod blockly;
mod cli;
mod crash;
mod elementary;
mod errors;
mod flows;
mod harness;
mod ledger;
mod libraries;
mod listings;
mod mutations;
mod openapi;
mod operations;
mod payloads;
mod phone;
mod providers;
mod reference;
mod schedules;
mod schemas;
mod sdk;
mod stream;
mod templates;
mod tidy;
mod tiers;
mod upstream;
mod wire;
mod words;

use libtest_mimic::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let trials = [
        tidy::trials(),
        schemas::trials(),
        listings::trials(),
        bad::trials(),
        elementary::trials(),
        errors::trials(),
        blockly::trials(),
        cli::trials(),
        reference::trials(),
        wire::trials(),
        words::trials(),
        templates::trials(),
        access::trials(),
        automation::trials(),
        openapi::trials(),
        operations::trials(),
        sdk::trials(),
        phone::trials(),
        stream::trials(),
        upstream::trials(),
        payloads::trials(),
        providers::trials(),
        mutations::trials(),
        schedules::trials(),
        crash::trials(),
        ledger::trials(),
        libraries::trials(),
        flows::trials(),
        tiers::trials(),
    ];
    libtest_mimic::run(&args, trials.into_iter().flatten().collect()).exit_code()
}
