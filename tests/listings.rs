//! `tests/listings/NAME.txt`: the program of `tests/flows/NAME`, so that a change
//! of the compiler is seen as a diff one can read.

use crate::harness::{compare, entries, name, root};
use blockcast::{block, flow, program, vm};
use libtest_mimic::{Failed, Trial};
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    entries("listings")
        .into_iter()
        .map(|file| Trial::test(format!("listings/{}", name(&file)), move || check(&file)))
        .collect()
}

fn check(file: &Path) -> Result<(), Failed> {
    let folders: [&Path; 0] = [];
    let is_function =
        |name: &str| program::is_instruction(name) || vm::builtins::find(name).is_some();
    let (definitions, problems) = block::load(&folders, &is_function);
    if let Some(problem) = problems.first() {
        return Err(problem.to_string().into());
    }
    let text = std::fs::read(root().join("tests/flows").join(name(file)).join("flow.json"))?;
    let flow = flow::open(&definitions, text, None).map_err(|error| format!("{:?}", error.0))?;
    compare(file, &flow.image.program().to_string())
}
