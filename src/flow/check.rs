//! What is wrong with a flow, and what it waits for, without running it.

use super::blocks::BlockSet;
use super::open::Waits;
use crate::diag::Diagnostic;
use crate::graph;
use crate::source::Source;

/// What is to be said of a flow.
#[derive(Clone, Debug, Default)]
pub struct Checkup {
    /// Errors and warnings, in the order of the file.
    pub problems: Vec<Diagnostic>,
    /// What its hats wait for, as far as it could be read.
    pub waits: Vec<Waits>,
}

impl Checkup {
    /// How many of its problems keep it from running.
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.is_error()).count()
    }
}

/// Checks a flow: what [`open`](super::open) finds, and its hats even when there are errors.
pub fn check(blocks: &BlockSet, text: Vec<u8>) -> Checkup {
    let source = match Source::parse(text, None) {
        Ok(source) => source,
        Err(problem) => return Checkup { problems: vec![*problem], waits: Vec::new() },
    };
    let reading = graph::parse(blocks.definitions(), &source);
    let hats = reading.graph.tops.iter().map(|top| reading.graph.block(*top));
    let waits = hats.filter(|block| !block.disabled).filter_map(|block| {
        let event = block.kind.event.as_ref()?;
        let names: Vec<&str> = event.name_fields.iter().map(|name| block.field(name)).collect();
        Some(Waits { kind: event.kind.clone(), name: names.join(" "), block: (*block.id).into() })
    });
    let waits = waits.collect();
    let problems = match reading.checked() {
        Err(problems) => problems,
        Ok((checked, mut warnings)) => {
            warnings.extend(blocks.bodies(&checked, &source).err().unwrap_or_default());
            warnings
        }
    };
    Checkup { problems, waits }
}
