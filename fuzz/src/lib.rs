//! What the fuzz targets share: random flows, and how one is run in memory.

mod flows;

pub use flows::{Taste, flow};

use blockcast::flow::{self, BlockSet, Event, Flow, Report, RunLimits};
use blockcast::replay::{RecordedWorld, WorldFile};
use blockcast::vm::Limits;
use std::sync::LazyLock;

/// The bundled blocks.
pub static BLOCKS: LazyLock<BlockSet> = LazyLock::new(|| BlockSet::load(&[]).0);

/// Small, so that the fuzzer tries much in little time.
pub const LIMITS: Limits =
    Limits { steps: 20_000, bytes: 8 << 20, calls: 200, native_after: u64::MAX };

/// Runs a flow in memory: the clock stands still, chance comes from a seed. After so many
/// steps it is compiled to machine code.
pub fn run(flow: &Flow, native_after: u64) -> Report {
    let (event, file) = (Event::default(), WorldFile::default());
    let mut world = RecordedWorld::new(&file);
    let limits = RunLimits { machine: Limits { native_after, ..LIMITS }, wall_ms: None };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(flow::run(flow, &event, limits, &mut world))
}
