//! Drives the machine: performs what it needs, and keeps what came of it.

use super::event::Event;
use super::open::Flow;
use super::world::World;
use crate::clock::{Deadline, Stopwatch};
use crate::limits;
use crate::vm::{Answer, Effect, Fault, Limits, Machine, Step, Trigger};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Every stack ran to its end.
    Completed,
    /// It stopped at an error.
    Failed,
}

/// A message that a run published, whatever came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// The channel; none of a template, which has its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// The stored template that is pushed; none when a message is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The body of `POST /messaging/{channel}`, or of `POST /messaging/push/{template}`.
    pub body: Json,
}

/// What came of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// What the flow answered; null when it said nothing.
    pub result: Json,
    /// Lines printed, in order.
    pub prints: Vec<String>,
    /// Messages published, in order.
    pub publishes: Vec<Publish>,
    /// Steps taken: instructions, and what long work inside one counts for.
    pub steps: u64,
    /// Microseconds from start to end.
    pub elapsed_us: u64,
    /// For each line printed the id of the block that printed it.
    #[serde(skip)]
    pub print_blocks: Vec<Arc<str>>,
    /// For each message the id of the block that published it.
    #[serde(skip)]
    pub publish_blocks: Vec<Arc<str>>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
}

/// How far a run may go, the machine's limits and the outside's.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunLimits {
    /// The machine's own.
    pub machine: Limits,
    /// Milliseconds from start to end; none for no such limit, as in a replay.
    pub wall_ms: Option<u64>,
}

/// Runs `flow` for `event` in `world`.
pub async fn run(flow: &Flow, event: &Event, limits: RunLimits, world: &mut impl World) -> Report {
    let watch = Stopwatch::start();
    let mut report = Report {
        status: Status::Completed,
        result: Json::Null,
        prints: Vec::new(),
        publishes: Vec::new(),
        steps: 0,
        elapsed_us: 0,
        print_blocks: Vec::new(),
        publish_blocks: Vec::new(),
        error: None,
    };
    let trigger = Trigger {
        kind: event.kind.as_deref(),
        name: event.name.as_deref(),
        data: event.data.as_ref(),
    };
    let outcome = match Machine::start(flow.image.clone(), trigger, limits.machine) {
        Ok(mut machine) => {
            let wall = limits.wall_ms.map(Duration::from_millis);
            machine.set_deadline(wall.and_then(Deadline::after));
            let outcome = drive(&mut machine, limits, watch, world, &mut report).await;
            report.steps = machine.steps();
            outcome
        }
        Err(fault) => Err(fault),
    };
    match outcome {
        Ok(result) => report.result = result,
        Err(fault) => {
            report.status = Status::Failed;
            report.error = Some(fault);
        }
    }
    report.elapsed_us = u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX);
    report
}

async fn drive(
    machine: &mut Machine,
    limits: RunLimits,
    watch: Stopwatch,
    world: &mut impl World,
    report: &mut Report,
) -> Result<Json, Fault> {
    let mut printed = 0;
    let mut step = machine.go_on(limits::RUN_SLICE);
    loop {
        match step {
            Step::Done => return machine.result(),
            Step::Failed(fault) => return Err(fault),
            Step::Paused => {
                if let Some(wall_ms) = limits.wall_ms
                    && watch.elapsed().as_millis() > u128::from(wall_ms)
                {
                    return Err(machine.fault(Fault::new(
                        "time-limit",
                        format!("the run took longer than {wall_ms} ms"),
                        "do less in one run, or raise the limit",
                    )));
                }
                // Others may have waited for this thread.
                tokio::task::yield_now().await;
                step = machine.go_on(limits::RUN_SLICE);
            }
            Step::Need(effect) => {
                count(&effect, report, &mut printed).map_err(|fault| machine.fault(fault))?;
                let answer: Answer = world.perform(&effect).await;
                note(effect, machine.block(), report);
                step = machine.resume(answer, limits::RUN_SLICE);
            }
        }
    }
}

/// Counts what a run says to the outside, before it is said.
///
/// `printed` counts the bytes printed so far.
fn count(effect: &Effect, report: &Report, printed: &mut usize) -> Result<(), Fault> {
    let over = |what: &str, count: usize| {
        Fault::new(
            "output-limit",
            format!("the run {what} more than {count} times"),
            "look for a loop that never ends",
        )
    };
    match effect {
        Effect::Print { text } => {
            if report.prints.len() >= limits::RUN_PRINTS {
                return Err(over("printed", limits::RUN_PRINTS));
            }
            *printed += text.len();
            if *printed > limits::RUN_PRINT_BYTES {
                let bytes_max = limits::RUN_PRINT_BYTES;
                return Err(Fault::new(
                    "output-limit",
                    format!("the run printed more than {bytes_max} bytes"),
                    "print less, or look for a text that grows without end",
                ));
            }
        }
        Effect::Publish { .. } | Effect::PushTemplate { .. } => {
            if report.publishes.len() >= limits::RUN_PUBLISHES {
                return Err(over("published", limits::RUN_PUBLISHES));
            }
        }
        Effect::Prompt { .. }
        | Effect::Random
        | Effect::Now
        | Effect::MessageStatus { .. }
        | Effect::CancelMessage { .. } => {}
    }
    Ok(())
}

/// Keeps what a run said to the outside.
fn note(effect: Effect, block: Option<&Arc<str>>, report: &mut Report) {
    let block = || block.map_or_else(|| Arc::from(""), Arc::clone);
    match effect {
        Effect::Print { text } => {
            report.print_blocks.push(block());
            report.prints.push(text);
        }
        Effect::Publish { channel, body, .. } => {
            report.publish_blocks.push(block());
            report.publishes.push(Publish { channel, template: None, body });
        }
        Effect::PushTemplate { template, body, .. } => {
            report.publish_blocks.push(block());
            let (channel, template) = (String::new(), Some(template));
            report.publishes.push(Publish { channel, template, body });
        }
        Effect::Prompt { .. }
        | Effect::Random
        | Effect::Now
        | Effect::MessageStatus { .. }
        | Effect::CancelMessage { .. } => {}
    }
}
