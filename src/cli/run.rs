//! `blockcast run`: one run of a flow, now.

use super::files::{Blocks, read};
use super::target::{Target, TargetArgs};
use super::{Exit, print};
use crate::clock::Clock;
use crate::diag::Diagnostic;
use crate::flow::{self, Event, Flow, LiveWorld, Report, RunLimits, Status};
use crate::limits;
use crate::vm::Limits;
use serde_json::json;
use std::path::PathBuf;

/// Run a flow.
///
/// Hats that match the event are run, or every stack when the flow has no hats.
/// Each line it prints goes to standard output. Its messages go to the server whose
/// data folder is given with --data (a running one is found there), or to another
/// server with --upstream; without either they are accepted in memory and reach no
/// device.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The flow file, or a bare Blockly workspace; `-` reads standard input
    flow: PathBuf,
    /// The event that starts it: {"type", "name", "data", "answers"}
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    #[command(flatten)]
    blocks: Blocks,
    #[command(flatten)]
    target: TargetArgs,
    /// Send nothing; show what would be published, and to whom
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object for programs, and nothing else
    #[arg(long)]
    json: bool,
    /// Steps the run may take
    #[arg(long, value_name = "N", default_value_t = limits::RUN_STEPS)]
    steps: u64,
    /// Milliseconds the run may take
    #[arg(long, value_name = "MS", default_value_t = limits::RUN_WALL_MS)]
    timeout_ms: u64,
}

pub(super) fn main(args: &Args) -> Exit {
    let (flow, event) = match open(args) {
        Ok(opened) => opened,
        Err(problems) => return invalid(args, &problems),
    };
    if !args.json {
        for warning in &flow.warnings {
            print::error(format_args!("{warning}\n"));
        }
    }
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time();
    if args.target.is_elsewhere() {
        // Sockets, and the signals that tokio prepares with them: as long as the rest of a run.
        builder.enable_all();
    }
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let problem = Diagnostic::error("no-runtime", error.to_string(), "try again");
            return invalid(args, &[problem]);
        }
    };
    runtime.block_on(run(args, &flow, &event))
}

fn open(args: &Args) -> Result<(Flow, Event), Vec<Diagnostic>> {
    let (blocks, problems) = args.blocks.load_all();
    if problems.iter().any(Diagnostic::is_error) {
        return Err(problems);
    }
    let text = read(&args.flow).map_err(|problem| vec![*problem])?;
    let name = args.flow.display().to_string();
    let flow = flow::open(&blocks, text, Some(&name)).map_err(|error| error.0)?;
    let event = match &args.event {
        None => Event::default(),
        Some(file) => {
            let text = read(file).map_err(|problem| vec![*problem])?;
            Event::read(&text).map_err(|error| {
                let hint = "write {\"type\", \"name\", \"data\", \"answers\"}, all optional";
                let problem = Diagnostic::error("bad-event", error.to_string(), hint);
                vec![problem.in_file(&file.display().to_string())]
            })?
        }
    };
    Ok((flow, event))
}

/// Tells why there was no run: with --json on standard output, else on standard error.
fn invalid(args: &Args, problems: &[Diagnostic]) -> Exit {
    if args.json {
        let first = problems.iter().find(|problem| problem.is_error());
        print::json(&json!({
            "status": "failed",
            "result": null,
            "prints": [],
            "publishes": [],
            "steps": 0,
            "elapsed_us": 0,
            "error": first.map(|problem| json!({
                "code": problem.code,
                "message": problem.message,
                "block": problem.place.block,
            })),
            "diagnostics": problems,
        }));
    } else {
        for problem in problems {
            print::error(format_args!("{problem}\n"));
        }
    }
    Exit::Invalid
}

async fn run(args: &Args, flow: &Flow, event: &Event) -> Exit {
    let target = match Target::open(&args.target, args.dry_run).await {
        Ok(target) => target,
        Err(problem) => return invalid(args, &[*problem]),
    };
    let show = !args.json;
    let mut on_print = |text: &str| {
        if show {
            print::line(text);
        }
    };
    let clock = Clock::system();
    let mut world = LiveWorld {
        messaging: &target,
        run_id: format!("run-{}", crate::id::fresh_uuid(clock.now())),
        clock,
        published: 0,
        on_print: &mut on_print,
    };
    let limits = RunLimits {
        machine: Limits { steps: args.steps, ..Limits::default() },
        wall_ms: Some(args.timeout_ms),
    };
    let report = flow::run(flow, event, limits, &mut world).await;
    let plans = if args.dry_run { target.plans(&report).await } else { Vec::new() };
    let reaches_nobody = target.reaches_nobody();
    target.close().await;
    tell(args, &report, &plans);
    let completed = report.status == Status::Completed;
    if completed && !args.json && !args.dry_run && !report.publishes.is_empty() {
        let count = report.publishes.len();
        let plural = if count == 1 { "" } else { "s" };
        let note = if reaches_nobody {
            ", in memory: no device gets them; give --data or --upstream"
        } else {
            ""
        };
        print::error(format_args!("published {count} message{plural}{note}"));
    }
    if completed { Exit::Done } else { Exit::Failed }
}

fn tell(args: &Args, report: &Report, plans: &[String]) {
    if args.json {
        let mut answer = json!(report);
        if args.dry_run {
            // For each of `publishes`, whom it would have reached.
            answer["reach"] = json!(plans);
        }
        print::json(&answer);
        return;
    }
    for (publish, plan) in report.publishes.iter().zip(plans) {
        let body = &publish.body;
        match &publish.template {
            None => {
                let channel = &publish.channel;
                print::line(format_args!("would publish to `{channel}`: {body}\n  {plan}"));
            }
            Some(name) => {
                print::line(format_args!("would push the template `{name}`: {body}\n  {plan}"));
            }
        }
    }
    if let Some(fault) = &report.error {
        print::error(fault);
    }
}
