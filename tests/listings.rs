//! `tests/listings/NAME.txt`: the program of `tests/flows/NAME`, so that a change
//! of the compiler is seen as a diff one can read.

use crate::harness::{compare, entries, name, root};
use blockcast::flow::{self, BlockSet};
use libtest_mimic::{Failed, Trial};
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    entries("listings")
        .into_iter()
        .map(|file| Trial::test(format!("listings/{}", name(&file)), move || check(&file)))
        .collect()
}

fn check(file: &Path) -> Result<(), Failed> {
    let (blocks, problems) = BlockSet::load(&[]);
    if let Some(problem) = problems.first() {
        return Err(problem.to_string().into());
    }
    let text = std::fs::read(root().join("tests/flows").join(name(file)).join("flow.json"))?;
    let flow = flow::open(&blocks, text, None).map_err(|error| format!("{:?}", error.0))?;
    compare(file, &flow.image.program().to_string())
}
