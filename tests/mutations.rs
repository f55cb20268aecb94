//! Flows from `tests/flows/`, broken at random: whatever stands in a file, it is an
//! error, a warning or a run, and never a panic or a hang.

use crate::harness::{entries, name};
use blockcast::flow::{self, BlockSet, Event, RunLimits};
use blockcast::replay::{RecordedWorld, WorldFile};
use blockcast::vm::Limits;
use libtest_mimic::{Failed, Trial};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Broken copies of each flow.
const COPIES: u64 = 40;

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("mutations/a_broken_flow_never_panics", || {
        let (blocks, _) = BlockSet::load(&[]);
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        for folder in entries("flows") {
            check(&blocks, &runtime, &folder)?;
        }
        Ok(())
    })]
}

fn check(
    blocks: &BlockSet,
    runtime: &tokio::runtime::Runtime,
    folder: &Path,
) -> Result<(), Failed> {
    let whole: Json = serde_json::from_slice(&std::fs::read(folder.join("flow.json"))?)?;
    let (event, world) = (Event::default(), WorldFile::default());
    for seed in 0..COPIES {
        let mut chance = Chance(seed);
        let mut broken = whole.clone();
        for _ in 0..=chance.below(3) {
            break_one(&mut broken, &mut chance);
        }
        let text = broken.to_string();
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let Ok(flow) = flow::open(blocks, text.clone().into_bytes(), None) else { return };
            let machine = Limits { steps: 20_000, bytes: 4 << 20, calls: 100, ..Limits::default() };
            let limits = RunLimits { machine, wall_ms: None };
            let mut world = RecordedWorld::new(&world);
            runtime.block_on(flow::run(&flow, &event, limits, &mut world));
        }));
        if done.is_err() {
            return Err(format!("{} with seed {seed} panics:\n{text}", name(folder)).into());
        }
    }
    Ok(())
}

/// Breaks one value somewhere in the file.
fn break_one(json: &mut Json, chance: &mut Chance) {
    let count = size(json);
    let spare = nth(json, &mut chance.below(count)).clone();
    let wounded = nth(json, &mut chance.below(count));
    *wounded = match chance.below(8) {
        0 => Json::Null,
        1 => json!(-1),
        2 => json!(1e300),
        3 => json!("\u{1f600}"),
        4 => json!([spare]),
        5 => json!({ "block": spare }),
        _ => spare,
    };
}

fn size(json: &Json) -> usize {
    1 + match json {
        Json::Array(items) => items.iter().map(size).sum(),
        Json::Object(entries) => entries.values().map(size).sum(),
        _ => 0,
    }
}

/// The `n`th value, counted from the outside in.
fn nth<'a>(json: &'a mut Json, n: &mut usize) -> &'a mut Json {
    if *n == 0 {
        return json;
    }
    *n -= 1;
    let inner: Vec<&'a mut Json> = match json {
        Json::Array(items) => items.iter_mut().collect(),
        Json::Object(entries) => entries.values_mut().collect(),
        _ => unreachable!("there are as many values as were counted"),
    };
    for value in inner {
        let count = size(value);
        if *n < count {
            return nth(value, n);
        }
        *n -= count;
    }
    unreachable!("there are as many values as were counted")
}

/// Numbers from a seed, so that a failure can be repeated. `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % (end as u64)).unwrap_or(0)
    }
}
