//! `blockcast check`: what is wrong with flows, without running them.

use super::files::{Blocks, read};
use super::{Exit, print};
use crate::diag::Diagnostic;
use crate::flow;
use serde_json::json;
use std::path::PathBuf;

/// Say what is wrong with flows, without running them.
///
/// Errors keep a flow from running; warnings say what probably isn't meant.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Flow files (or bare Blockly workspaces); `-` reads standard input
    #[arg(required = true, value_name = "FLOW")]
    flows: Vec<PathBuf>,
    #[command(flatten)]
    blocks: Blocks,
    /// Print one JSON object for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn main(args: &Args) -> Exit {
    let blocks = match args.blocks.load() {
        Ok(blocks) => blocks,
        Err(exit) => return exit,
    };
    let mut all = Vec::new();
    for file in &args.flows {
        let name = file.display().to_string();
        match read(file) {
            Err(problem) => all.push(*problem),
            Ok(text) => match flow::open(&blocks, text, Some(&name)) {
                Ok(flow) => all.extend(flow.warnings),
                Err(error) => all.extend(error.0),
            },
        }
    }
    let errors = all.iter().filter(|problem| problem.is_error()).count();
    if args.json {
        print::json(&json!({ "errors": errors, "diagnostics": all }));
    } else {
        for problem in &all {
            print::line(format_args!("{problem}\n"));
        }
        print::line(summary(&all, args.flows.len()));
    }
    if errors > 0 { Exit::Invalid } else { Exit::Done }
}

fn summary(all: &[Diagnostic], flows: usize) -> String {
    let errors = all.iter().filter(|problem| problem.is_error()).count();
    let plural =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!(
        "{}: {}, {}",
        plural(flows, "flow"),
        plural(errors, "error"),
        plural(all.len() - errors, "warning")
    )
}
