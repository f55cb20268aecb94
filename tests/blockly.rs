//! blockcast against Blockly itself: random programs over every core block are run by
//! blockcast and, in Node, as the JavaScript that npm Blockly generates. Both must print
//! the same text, and fail both or neither.
//!
//! `BLOCKCAST_PROGRAMS` and `BLOCKCAST_SEED` change how many and which; `make fuzz-blocks`
//! goes on with new seeds. A failing program is made small and shown; it becomes a case in
//! `tests/flows`.

mod blocks;
mod odd_values;
mod oracle;
mod programs;
mod shapes;

use crate::harness::{root, setting};
use blockcast::flow::{self, BlockSet, Event, RunLimits, World};
use blockcast::vm::{Answer, Answers, Effect, Limits};
use libtest_mimic::{Failed, Trial};
use oracle::{Described, Oracle, Outcome};
use programs::Programs;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, LazyLock};

/// Choices one program may take.
const TAPE_MAX: usize = 500;
/// Of a hundred programs, those that may end at a limit instead of being compared.
const LIMITED_PERCENT: usize = 10;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("blockly/every_core_block_is_known", every_block),
        Trial::test("blockly/random_programs_print_the_same", random_programs),
        Trial::test("blockly/odd_values_mean_the_same", odd_values::trial),
    ]
}

/// Blockly's registry and the blocks that are marked as core name the same types.
fn every_block() -> Result<(), Failed> {
    let theirs: BTreeSet<String> =
        Oracle::start().describe().into_iter().map(|block| block.kind).collect();
    let ours: BTreeSet<String> = BlockSet::load(&[])
        .0
        .definitions()
        .palette()
        .iter()
        .flat_map(blockcast::block::Category::blocks)
        .filter(|entry| entry["blockcast"]["core"] == true)
        .map(|entry| entry["type"].as_str().unwrap_or_default().to_owned())
        .collect();
    if theirs == ours {
        return Ok(());
    }
    Err(format!(
        "only in Blockly: {:?}; only here: {:?}",
        theirs.difference(&ours).collect::<Vec<_>>(),
        ours.difference(&theirs).collect::<Vec<_>>()
    )
    .into())
}

fn random_programs() -> Result<(), Failed> {
    let count = u32::try_from(setting("BLOCKCAST_PROGRAMS", 2_000)).unwrap();
    let seed = setting("BLOCKCAST_SEED", 1);
    let (blocks, _) = BlockSet::load(&[]);
    let oracle = RefCell::new(Oracle::start());
    let registry = oracle.borrow_mut().describe();
    let made: RefCell<BTreeMap<String, usize>> = RefCell::default();
    let limited = RefCell::new(0);
    let compare = |tape: &[u16]| -> Result<(), String> {
        let mut programs = Programs::new(&registry, tape);
        let (workspace, one_based) = programs.workspace();
        let theirs = oracle.borrow_mut().run(&workspace, one_based);
        for (what, times) in &programs.made {
            *made.borrow_mut().entry(what.clone()).or_default() += times;
        }
        // A loop without end in the one is one in the other: no need to wait for it twice.
        let ours = (!theirs.limit).then(|| run(&blocks, &workspace, one_based, u64::MAX, 1));
        let Some(ours) = ours.filter(|ours| !ours.limit) else {
            *limited.borrow_mut() += 1;
            return Ok(());
        };
        let same = theirs.broken.is_none()
            && theirs.prints == ours.prints
            && theirs.error.is_some() == ours.error.is_some();
        if !same {
            return Err(told(&workspace, one_based, &theirs, &ours));
        }
        let compiled = run(&blocks, &workspace, one_based, 0, 1);
        if (&compiled.prints, &compiled.error) != (&ours.prints, &ours.error) {
            let told = told(&workspace, one_based, &ours, &compiled);
            return Err(format!("by machine code otherwise than by the interpreter: {told}"));
        }
        Ok(())
    };
    let config = Config {
        cases: count,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 1_000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config)
        .run(&vec(any::<u16>(), 20..TAPE_MAX), |tape| compare(&tape).map_err(TestCaseError::fail));
    match outcome {
        Err(TestError::Fail(reason, _)) => return Err(format!("seed {seed}: {reason}").into()),
        Err(TestError::Abort(reason)) => return Err(reason.to_string().into()),
        Ok(()) => {}
    }
    let limited = limited.into_inner();
    if limited * 100 > count as usize * LIMITED_PERCENT {
        return Err(format!("{limited} of {count} programs ended at a limit").into());
    }
    covered(&registry, &made.into_inner(), count)
}

/// Writes down how often everything was generated.
///
/// # Errors
/// Something never was.
fn covered(
    registry: &[Described],
    made: &BTreeMap<String, usize>,
    programs: u32,
) -> Result<(), Failed> {
    let wanted = wanted(registry);
    let times = |what: &String| made.get(what).copied().unwrap_or_default();
    let mut table = String::new();
    for what in made.keys().chain(&wanted).collect::<BTreeSet<_>>() {
        writeln!(table, "{:>8} {what}", times(what)).unwrap();
    }
    let file = root().join("target/blockly-coverage.txt");
    std::fs::write(&file, table).unwrap();
    let of = |mark: char| made.keys().filter(|what| what.contains(mark)).count();
    let rarest = wanted.iter().min_by_key(|what| times(what)).unwrap();
    let summary = format!(
        "{programs} programs: {} block types, {} options, {} shapes; the rarest is {rarest}, {} times; all in {}\n",
        made.len() - of('.') - of('+'),
        of('.'),
        of('+'),
        times(rarest),
        file.display(),
    );
    std::io::stdout().write_all(summary.as_bytes()).unwrap();
    let missing: Vec<String> = wanted.into_iter().filter(|what| times(what) == 0).collect();
    if missing.is_empty() || programs < 2_000 {
        return Ok(());
    }
    Err(format!("never generated: {}", missing.join(", ")).into())
}

/// What must have been generated: every type, every option of every dropdown, and every
/// shape that a mutation gives a block.
fn wanted(registry: &[Described]) -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    for block in registry {
        wanted.insert(block.kind.clone());
        for field in &block.fields {
            for option in field.options.iter().flatten() {
                wanted.insert(format!("{}.{}={option}", block.kind, field.name));
            }
        }
    }
    for count in 0..6 {
        wanted.insert(format!("lists_create_with+items={count}"));
        wanted.insert(format!("text_join+items={count}"));
    }
    for more in 0..3 {
        for has_else in [false, true] {
            wanted.insert(format!("controls_if+elseif={more},else={has_else}"));
        }
    }
    for returns in ["noreturn", "return"] {
        for count in 0..3 {
            wanted.insert(format!("procedures_def{returns}+parameters={count}"));
        }
        for difference in ["-1", "+0", "+1"] {
            wanted.insert(format!("procedures_call{returns}+arguments={difference}"));
        }
    }
    for truth in [false, true] {
        wanted.insert(format!("lists_getIndex+statement={truth}"));
        wanted.insert(format!("procedures_ifreturn+value={truth}"));
    }
    let others = ["math_number_property+divisor", "socket+empty", "socket+shadow"];
    wanted.extend(others.map(str::to_owned));
    wanted.extend(["socket+block_above_shadow", "block+disabled"].map(str::to_owned));
    wanted
}

fn told(workspace: &Json, one_based: bool, theirs: &Outcome, ours: &Outcome) -> String {
    if let Some(broken) = &theirs.broken {
        return format!("Blockly can't load this: {broken}\n{workspace}");
    }
    let at = (0..=theirs.prints.len())
        .find(|n| theirs.prints.get(*n) != ours.prints.get(*n))
        .unwrap_or_default();
    format!(
        "line {at}: Blockly {:?}, here {:?}\nerrors: Blockly {:?}, here {:?}\none-based {one_based}\n{}\n{workspace}",
        theirs.prints.get(at),
        ours.prints.get(at),
        theirs.error,
        ours.error,
        theirs.code,
    )
}

/// The world of a random program, the same as in `oracle.mjs`.
struct Sequence {
    random: u64,
}

impl World for Sequence {
    async fn perform(&mut self, effect: &Effect) -> Answer {
        match effect {
            Effect::Random => {
                self.random = self.random * 16_807 % 2_147_483_647;
                #[expect(clippy::cast_precision_loss, reason = "below 2^31")]
                Answer::Number(self.random as f64 / 2_147_483_647.0)
            }
            _ => Answer::Done,
        }
    }
}

/// What prompts get, by their text.
fn answers() -> Arc<Answers> {
    static ANSWERS: LazyLock<Arc<Answers>> = LazyLock::new(|| {
        serde_json::from_str(include_str!("blockly/answers.json")).expect("it is an object")
    });
    Arc::clone(&ANSWERS)
}

/// Runs a program here, compiled to machine code after so many steps; `random` begins the draws.
fn run(
    blocks: &BlockSet,
    workspace: &Json,
    one_based: bool,
    native_after: u64,
    random: u64,
) -> Outcome {
    let file = json!({"workspace": workspace, "options": {"oneBasedIndex": one_based}});
    let flow = match flow::open(blocks, file.to_string().into_bytes(), None) {
        Ok(flow) => flow,
        Err(error) => {
            let errors: Vec<String> = error.0.iter().map(ToString::to_string).collect();
            return Outcome { error: Some(errors.join("\n")), ..Outcome::default() };
        }
    };
    let machine = Limits { steps: 2_000_000, bytes: 64 << 20, calls: 5_000, native_after };
    let limits = RunLimits { machine, wall_ms: None };
    let mut world = Sequence { random };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let event = Event { answers: answers(), ..Event::default() };
    let report = runtime.block_on(flow::run(&flow, &event, limits, &mut world));
    let limit = report.error.as_ref().is_some_and(|fault| fault.code.ends_with("-limit"));
    let prints = report.prints.into_iter().map(|print| print.text).collect();
    let error = report.error.map(|fault| fault.to_string());
    Outcome { prints, error, limit, ..Outcome::default() }
}
