//! `blockcast bench`: how fast a flow is read and run.

use super::files::{Blocks, read};
use super::{Exit, print};
use crate::clock::Stopwatch;
use crate::diag::Diagnostic;
use crate::flow::{self, Event, Flow, Report, RunLimits, Status};
use crate::limits;
use crate::replay::{RecordedWorld, WorldFile};
use crate::vm::Limits;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// Time a flow: from its file to its first end, and then again and again.
///
/// Nothing is sent; time stands still and chance comes from a seed, so that every run
/// does the same. Before that a small flow of its own is run, as a server does when it starts:
/// the engine's code is in memory then. With --unwoken it is not.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The flow file, or a bare Blockly workspace
    flow: PathBuf,
    /// The event that starts it
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    #[command(flatten)]
    blocks: Blocks,
    /// How long the runs after the first are repeated
    #[arg(long, default_value_t = limits::BENCH_TIME.as_secs_f64())]
    seconds: f64,
    /// Time the flow as the very first that the process runs
    #[arg(long)]
    unwoken: bool,
    /// Print one JSON object for programs
    #[arg(long)]
    json: bool,
}

/// What was measured, in nanoseconds.
#[derive(Serialize)]
struct Timing {
    /// Reading, checking, compiling and running once.
    cold_ns: u64,
    /// The first run alone.
    first_run_ns: u64,
    /// The median of the later half of all further runs.
    warm_ns: u64,
    /// How many further runs there were.
    runs: u64,
    /// Instructions of one run.
    steps: u64,
    /// What a run prints.
    prints: Vec<String>,
}

pub(super) fn main(args: &Args) -> Exit {
    match bench(args) {
        Ok(timing) => {
            if args.json {
                print::json(&timing);
            } else {
                tell(&timing);
            }
            Exit::Done
        }
        Err((exit, problems)) => {
            for problem in problems {
                print::error(format_args!("{problem}\n"));
            }
            exit
        }
    }
}

type Problems = (Exit, Vec<String>);

fn bench(args: &Args) -> Result<Timing, Problems> {
    let time = Duration::try_from_secs_f64(args.seconds)
        .map_err(|_| (Exit::Invalid, vec!["--seconds must be a time, such as 0.5".to_owned()]))?;
    let blocks = args.blocks.load().map_err(|exit| (exit, Vec::new()))?;
    let invalid = |problems: &[Diagnostic]| {
        (Exit::Invalid, problems.iter().map(ToString::to_string).collect())
    };
    let text = read(&args.flow).map_err(|problem| invalid(&[*problem]))?;
    let event = match &args.event {
        None => Event::default(),
        Some(file) => {
            let text = read(file).map_err(|problem| invalid(&[*problem]))?;
            Event::read(&text).map_err(|error| (Exit::Invalid, vec![error.to_string()]))?
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| (Exit::Invalid, vec![error.to_string()]))?;
    let file = WorldFile::default();
    // A benchmark may take longer than a flow.
    let machine = Limits { steps: u64::MAX, ..Limits::default() };
    let limits = RunLimits { machine, wall_ms: None };
    let run = async |flow: &Flow, mut world: RecordedWorld<'_>| -> Result<Report, Problems> {
        let report = flow::run(flow, &event, limits, &mut world).await;
        match (&report.status, &report.error) {
            (Status::Failed, Some(fault)) => Err((Exit::Failed, vec![fault.to_string()])),
            _ => Ok(report),
        }
    };
    if !args.unwoken {
        // A server does that once, however many flows it runs.
        flow::wake(&blocks);
    }
    let name = args.flow.display().to_string();
    let world = RecordedWorld::new(&file);
    let cold = Stopwatch::start();
    let flow = flow::open(&blocks, text, Some(&name)).map_err(|error| invalid(&error.0))?;
    let first = Stopwatch::start();
    let report = runtime.block_on(run(&flow, world))?;
    let first_run_ns = nanoseconds(first.elapsed());
    let cold_ns = nanoseconds(cold.elapsed());
    // Several at once where one is too short for the clock.
    let group = (limits::BENCH_GROUP_NS / first_run_ns.max(1)).clamp(1, limits::BENCH_GROUP_MAX);
    let mut times = Vec::new();
    let all = Stopwatch::start();
    while times.len() < limits::BENCH_RUNS_MIN || all.elapsed() < time {
        let worlds: Vec<_> = (0..group).map(|_| RecordedWorld::new(&file)).collect();
        let watch = Stopwatch::start();
        runtime.block_on(async {
            for world in worlds {
                run(&flow, world).await?;
            }
            Ok(())
        })?;
        times.push(nanoseconds(watch.elapsed()) / group);
    }
    let runs = times.len() as u64 * group;
    let mut later = times.split_off(times.len() / 2);
    later.sort_unstable();
    let warm_ns = later[later.len() / 2];
    let Report { steps, prints, .. } = report;
    let prints = prints.into_iter().map(|print| print.text).collect();
    Ok(Timing { cold_ns, first_run_ns, warm_ns, runs, steps, prints })
}

fn nanoseconds(taken: Duration) -> u64 {
    u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX)
}

fn tell(timing: &Timing) {
    let shown = |ns: u64| format!("{:?}", Duration::from_nanos(ns));
    print::line(format_args!(
        "cold   {:>14}  read, check, compile, first run",
        shown(timing.cold_ns)
    ));
    print::line(format_args!("first  {:>14}  the first run alone", shown(timing.first_run_ns)));
    print::line(format_args!(
        "warm   {:>14}  median of the later half of {} runs of {} steps",
        shown(timing.warm_ns),
        timing.runs,
        timing.steps
    ));
}
