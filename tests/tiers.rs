//! Machine code and the interpreter do the same: every flow of `tests/flows` and
//! `benches/workloads` is run by either, and twice more with machine code as it is after what
//! the first run taught it. Same prints, publishes, result, error and steps.

use crate::harness::{entries, name, root};
use blockcast::flow::{self, BlockSet, Event, Flow, Report, RunLimits};
use blockcast::replay::{Case, RecordedWorld, WorldFile};
use blockcast::vm::Limits;
use libtest_mimic::{Failed, Trial};
use std::path::PathBuf;
use std::sync::OnceLock;

pub(crate) fn trials() -> Vec<Trial> {
    let flows = entries("flows").into_iter();
    let trial = |folder: PathBuf| {
        Trial::test(format!("tiers/{}", name(&folder)), move || {
            let case = Case::read(&folder)?;
            check(&case, Limits::default())
        })
    };
    let limits = [
        ("few_steps", Limits { steps: 500, ..Limits::default() }),
        ("no_calls", Limits { calls: 0, ..Limits::default() }),
        ("few_calls", Limits { calls: 3, ..Limits::default() }),
        ("a_dozen_calls", Limits { calls: 12, ..Limits::default() }),
        ("little_memory", Limits { bytes: 2_000, ..Limits::default() }),
    ];
    let limited = limits.into_iter().map(|(limit, limits)| {
        Trial::test(format!("tiers/all_flows_with_{limit}"), move || {
            entries("flows").iter().try_for_each(|folder| {
                check(&Case::read(folder)?, limits)
                    .map_err(|failed| format!("{}: {failed:?}", name(folder)).into())
            })
        })
    });
    let workloads = Trial::test("tiers/workloads_up_to_a_limit", || {
        // Where they are stopped must be the same place, too.
        let limits = Limits { steps: 200_000, ..Limits::default() };
        entries("../benches/workloads").iter().try_for_each(|file| {
            let event = root().join("benches").join(format!("{}.event.json", name(file)));
            let event = std::fs::read(event)
                .map_or_else(|_| Ok(Event::default()), |text| Event::read(&text));
            let case = Case {
                folder: file.clone(),
                flow: std::fs::read(file)?,
                event: event?,
                world: WorldFile::default(),
                expected: None,
            };
            check(&case, limits)
        })
    });
    flows.map(trial).chain(limited).chain([workloads]).collect()
}

fn blocks() -> &'static BlockSet {
    static BLOCKS: OnceLock<BlockSet> = OnceLock::new();
    BLOCKS.get_or_init(|| BlockSet::load(&[]).0)
}

fn check(case: &Case, limits: Limits) -> Result<(), Failed> {
    let open = || flow::open(blocks(), case.flow.clone(), None);
    let open = || open().map_err(|error| format!("{:?}", error.0));
    let interpreted = run(&open()?, case, Limits { native_after: u64::MAX, ..limits });
    let compiled = open()?;
    for time in ["first", "second", "third"] {
        let report = run(&compiled, case, Limits { native_after: 0, ..limits });
        for (what, there, here) in [
            ("prints", format!("{:#?}", interpreted.prints), format!("{:#?}", report.prints)),
            ("result", interpreted.result.to_string(), report.result.to_string()),
            ("error", format!("{:#?}", interpreted.error), format!("{:#?}", report.error)),
            ("steps", interpreted.steps.to_string(), report.steps.to_string()),
            (
                "publishes",
                format!("{:#?}", interpreted.publishes),
                format!("{:#?}", report.publishes),
            ),
        ] {
            if there != here {
                return Err(format!(
                    "{what}: the interpreter has {there}, the {time} run by machine code {here}"
                )
                .into());
            }
        }
    }
    Ok(())
}

fn run(flow: &Flow, case: &Case, machine: Limits) -> Report {
    let mut world = RecordedWorld::new(&case.world);
    let limits = RunLimits { machine, wall_ms: None };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(flow::run(flow, &case.event, limits, &mut world))
}
