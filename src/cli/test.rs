//! `blockcast test`: flows as unit tests, from folders.

use super::files::Blocks;
use super::{Exit, print};
use crate::clock::Stopwatch;
use crate::limits;
use crate::replay::{self, Outcome, Verdict};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// Run case folders, offline: a flow, an event, and what must come of them.
///
/// A case is a folder with flow.json and expected.json, and if need be event.json and
/// world.json (the time, a seed, channels on which publishing fails). Folders are
/// searched for cases.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Case folders, or folders with case folders somewhere below
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    blocks: Blocks,
    /// Write what came of each case as what is expected of it
    #[arg(long)]
    accept: bool,
    /// Print one JSON object for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn main(args: &Args) -> Exit {
    let blocks = match args.blocks.load() {
        Ok(blocks) => blocks,
        Err(exit) => return exit,
    };
    let watch = Stopwatch::start();
    let folders = match replay::find(&args.paths, args.accept) {
        Ok(folders) => folders,
        Err((folder, error)) => {
            print::error(format_args!("error: {} can't be listed: {error}", folder.display()));
            return Exit::Invalid;
        }
    };
    if folders.is_empty() {
        print::error(
            "error: there is no case\n  \
             hint: a case is a folder with flow.json and expected.json; --accept writes the latter",
        );
        return Exit::Invalid;
    }
    let outcomes = replay::run_all(&blocks, &folders, args.accept);
    let failed = outcomes.iter().filter(|outcome| !outcome.is_good()).count();
    let passed = outcomes.len() - failed;
    let elapsed_ms = watch.elapsed().as_millis();
    if args.json {
        let cases: Vec<Json> = outcomes.iter().map(as_json).collect();
        print::json(&json!({ "passed": passed, "failed": failed, "cases": cases }));
    } else {
        for outcome in outcomes.iter().filter(|outcome| !outcome.is_good()) {
            print::line(format_args!("FAIL {}", outcome.folder.display()));
            for line in explain(&outcome.verdict).lines() {
                print::line(format_args!("     {line}"));
            }
        }
        print::line(format_args!("{passed} passed, {failed} failed in {elapsed_ms} ms"));
    }
    if failed == 0 { Exit::Done } else { Exit::Failed }
}

fn explain(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed | Verdict::Accepted => String::new(),
        Verdict::Unreadable(reason) => reason.clone(),
        Verdict::Invalid(problems) => {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            problems.join("\n")
        }
        Verdict::Differs { differences, block } => {
            let shown = limits::DIFFERENCES_SHOWN;
            let mut lines: Vec<String> =
                differences.iter().take(shown).map(ToString::to_string).collect();
            if differences.len() > shown {
                lines.push(format!("and {} more differences", differences.len() - shown));
            }
            if let Some(block) = block {
                lines.push(format!("at block `{block}`"));
            }
            lines.join("\n")
        }
    }
}

fn as_json(outcome: &Outcome) -> Json {
    let details = match &outcome.verdict {
        Verdict::Differs { differences, .. } => differences
            .iter()
            .map(|d| json!({ "path": d.path, "expected": d.expected, "actual": d.actual }))
            .collect(),
        Verdict::Passed | Verdict::Accepted => Json::Null,
        other => Json::String(explain(other)),
    };
    json!({
        "case": outcome.folder,
        "passed": outcome.is_good(),
        "differences": details,
        "block": match &outcome.verdict {
            Verdict::Differs { block, .. } => block.clone(),
            _ => None,
        },
    })
}
