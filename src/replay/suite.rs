//! Finds cases below folders and runs them all, several at once.

use super::case::{Case, Expected};
use super::diff::{Difference, diff};
use super::recorded::RecordedWorld;
use crate::diag::Diagnostic;
use crate::flow::{self, BlockSet, Report, RunLimits};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What came of a case.
#[derive(Debug)]
pub struct Outcome {
    /// Its folder.
    pub folder: PathBuf,
    /// How it went.
    pub verdict: Verdict,
}

/// How a case went.
#[derive(Debug)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Otherwise than expected.
    Differs {
        /// Where.
        differences: Vec<Difference>,
        /// The block that the first difference comes from, if one is to blame.
        block: Option<String>,
    },
    /// What it expects was written anew.
    Accepted,
    /// Its files can't be read.
    Unreadable(String),
    /// Its flow has errors.
    Invalid(Vec<Diagnostic>),
}

impl Outcome {
    /// Whether nothing is to be mended.
    pub fn is_good(&self) -> bool {
        matches!(self.verdict, Verdict::Passed | Verdict::Accepted)
    }
}

/// All case folders at or below `paths`, in order of their names.
///
/// A case folder has a `flow.json` and an `expected.json`; when accepting, the
/// `flow.json` is enough.
///
/// # Errors
/// A folder that can't be listed.
pub fn find(paths: &[PathBuf], accept: bool) -> Result<Vec<PathBuf>, (PathBuf, std::io::Error)> {
    let mut waiting: Vec<PathBuf> = paths.to_vec();
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        let there = |name: &str| folder.join(name).is_file();
        if there("flow.json") && (accept || there("expected.json")) {
            found.push(folder);
            continue;
        }
        let entries = std::fs::read_dir(&folder).map_err(|error| (folder.clone(), error))?;
        for entry in entries.flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(entry.path());
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Runs the cases in `folders`, as many at once as there are cores; outcomes are in
/// the order of `folders`.
pub fn run_all(blocks: &BlockSet, folders: &[PathBuf], accept: bool) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(folders.len());
    let mut outcomes: Vec<(usize, Outcome)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(folder) = folders.get(index) else { return done };
                        let verdict = run_case(blocks, folder, accept);
                        done.push((index, Outcome { folder: folder.clone(), verdict }));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn run_case(blocks: &BlockSet, folder: &Path, accept: bool) -> Verdict {
    let case = match Case::read(folder) {
        Ok(case) => case,
        Err(error) => return Verdict::Unreadable(error.to_string()),
    };
    let file = folder.join("flow.json").display().to_string();
    let flow = match flow::open(blocks, case.flow, Some(&file)) {
        Ok(flow) => flow,
        Err(error) => return Verdict::Invalid(error.0),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime,
        Err(error) => return Verdict::Unreadable(format!("no runtime: {error}")),
    };
    let mut world = RecordedWorld::new(&case.world);
    let report = runtime.block_on(flow::run(&flow, &case.event, RunLimits::default(), &mut world));
    let actual = Expected::of(&report);
    if accept {
        return match write(folder, &actual) {
            Ok(()) => Verdict::Accepted,
            Err(error) => Verdict::Unreadable(error.to_string()),
        };
    }
    judge(&case.expected.unwrap_or_default(), actual, &report)
}

fn write(folder: &Path, expected: &Expected) -> std::io::Result<()> {
    let mut text = serde_json::to_string_pretty(expected)?;
    text.push('\n');
    std::fs::write(folder.join("expected.json"), text)
}

fn judge(expected: &Expected, mut actual: Expected, report: &Report) -> Verdict {
    actual.schema.clone_from(&expected.schema);
    // What an expected error leaves open is not compared.
    if let (Some(expected), Some(actual)) = (&expected.error, &mut actual.error) {
        if expected.block.is_none() {
            actual.block = None;
        }
        if expected.message.is_none() {
            actual.message = None;
        }
    }
    let json = |value: &Expected| serde_json::to_value(value).unwrap_or(Json::Null);
    let differences = diff(&json(expected), &json(&actual));
    let Some(first) = differences.first() else { return Verdict::Passed };
    let block = blamed(&first.path, report);
    Verdict::Differs { differences, block }
}

/// The block that made what stands at `path`.
fn blamed(path: &str, report: &Report) -> Option<String> {
    let number = |list: &str| -> Option<usize> {
        path.strip_prefix(list)?.strip_prefix('[')?.split(']').next()?.parse().ok()
    };
    if let Some(index) = number("publishes") {
        return report.published_at.get(index).map(|spot| spot.block.to_string());
    }
    if let Some(index) = number("prints") {
        return report.prints.get(index).map(|print| print.block.to_string());
    }
    path.starts_with("error").then(|| report.error.as_ref()?.block.clone()).flatten()
}
