//! Drives the machine: performs what it needs, and keeps what came of it.

use super::event::Event;
use super::open::Flow;
use super::trace::{Trace, Tracer};
use super::world::World;
use crate::clock::{Deadline, Stopwatch};
use crate::diag::{Sentence, say};
use crate::limits;
use crate::vm::{Answer, Effect, Fault, Limits, Machine, Print, Response, Step, Trigger};
use serde::{Deserialize, Serialize, Serializer};
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

/// Where in a run something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The id of the block.
    pub block: Arc<str>,
    /// Steps that the run had taken.
    pub step: u64,
}

/// What came of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// What the flow answered; null when it said nothing.
    pub result: Json,
    /// Lines printed, in order: as JSON their texts.
    #[serde(serialize_with = "texts")]
    pub prints: Vec<Print>,
    /// Messages published, in order.
    pub publishes: Vec<Publish>,
    /// Steps taken: instructions, and what long work inside one counts for.
    pub steps: u64,
    /// Microseconds from start to end.
    pub elapsed_us: u64,
    /// For each message where it was published.
    #[serde(skip)]
    pub published_at: Vec<Spot>,
    /// What it answered to the HTTP request that set it off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Box<Response>>,
    /// Where that was.
    #[serde(skip)]
    pub responded_at: Option<Spot>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
}

fn texts<S: Serializer>(prints: &[Print], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(prints.iter().map(|print| &print.text))
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
pub fn run(
    flow: &Flow,
    event: &Event,
    limits: RunLimits,
    world: &mut impl World,
) -> impl Future<Output = Report> {
    // Handed on as it is: put into another future, it would be copied.
    watched(flow, event, limits, world, None)
}

/// The same, told step by step. It takes longer, and comes to the same.
pub async fn run_traced(
    flow: &Flow,
    event: &Event,
    limits: RunLimits,
    world: &mut impl World,
) -> (Report, Trace) {
    let mut trace = Trace::default();
    let report = watched(flow, event, limits, world, Some(&mut trace)).await;
    (report, trace)
}

async fn watched(
    flow: &Flow,
    event: &Event,
    limits: RunLimits,
    world: &mut impl World,
    trace: Option<&mut Trace>,
) -> Report {
    let watch = Stopwatch::start();
    let mut report = Report {
        status: Status::Completed,
        result: Json::Null,
        prints: Vec::new(),
        publishes: Vec::new(),
        steps: 0,
        elapsed_us: 0,
        published_at: Vec::new(),
        response: None,
        responded_at: None,
        error: None,
    };
    let trigger = Trigger {
        kind: event.kind.as_deref(),
        name: event.name.as_deref(),
        data: event.data.as_ref(),
        answers: Some(&event.answers),
    };
    let outcome = match Machine::start(&flow.image, trigger, limits.machine) {
        Ok(mut machine) => {
            let wall = limits.wall_ms.map(Duration::from_millis);
            machine.set_deadline(wall.and_then(Deadline::after));
            let tracer = trace.is_some().then(Box::<Tracer>::default);
            let mut driver = Driver { machine: &mut machine, tracer, limits, watch, unyielded: 0 };
            let outcome = driver.drive(world, &mut report).await;
            report.steps = driver.machine.steps();
            if let (Some(tracer), Some(trace)) = (driver.tracer, trace) {
                *trace = tracer.finish(driver.machine, outcome.is_err());
            }
            machine.end();
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

/// A machine on its way.
struct Driver<'m, 'i> {
    machine: &'m mut Machine<'i>,
    tracer: Option<Box<Tracer>>,
    limits: RunLimits,
    watch: Stopwatch,
    /// Steps since others had this thread.
    unyielded: u64,
}

impl Driver<'_, '_> {
    async fn drive(&mut self, world: &mut impl World, report: &mut Report) -> Result<Json, Fault> {
        let mut step = self.go_on();
        loop {
            for print in self.machine.printed() {
                world.printed(&print.text);
                report.prints.push(print);
            }
            match step {
                Step::Done => return self.machine.result(),
                Step::Failed(fault) => return Err(fault),
                Step::Paused => {
                    if self.unyielded >= limits::RUN_SLICE {
                        self.unyielded = 0;
                        self.in_time()?;
                        // Others may have waited for this thread.
                        tokio::task::yield_now().await;
                    }
                    step = self.go_on();
                }
                Step::Need(effect) => {
                    count(&effect, report).map_err(|fault| self.machine.fault(fault))?;
                    let answer: Answer = world.perform(&effect).await;
                    note(effect, answer.is_refused(), self.machine, report);
                    let slice = if self.tracer.is_some() { 1 } else { limits::RUN_SLICE };
                    self.unyielded += slice;
                    step = self.machine.resume(answer, slice);
                }
            }
        }
    }

    fn go_on(&mut self) -> Step {
        let slice = match &mut self.tracer {
            Some(tracer) => tracer.before(self.machine),
            None => limits::RUN_SLICE,
        };
        self.unyielded += slice;
        self.machine.go_on(slice)
    }

    fn in_time(&self) -> Result<(), Fault> {
        match self.limits.wall_ms {
            Some(wall_ms) if self.watch.elapsed().as_millis() > u128::from(wall_ms) => {
                Err(self.machine.fault(Fault::new(
                    "time-limit",
                    say!("the run took longer than {wall_ms} ms", wall_ms),
                    say!("do less in one run, or raise the limit"),
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Counts what a run says to the outside, before it is said.
fn count(effect: &Effect, report: &Report) -> Result<(), Fault> {
    let over = |message: Sentence| {
        Fault::new("output-limit", message, say!("look for a loop that never ends"))
    };
    match effect {
        Effect::Publish { .. } | Effect::PushTemplate { .. } => {
            if report.publishes.len() >= limits::RUN_PUBLISHES {
                return Err(over(say!(
                    "the run published more than {most} times",
                    most = limits::RUN_PUBLISHES
                )));
            }
        }
        Effect::Respond(_) => {
            if report.response.is_some() {
                return Err(Fault::new(
                    "responded-twice",
                    say!("the request was answered already"),
                    say!("answer once: delete this block, or put the two into an *if*"),
                ));
            }
        }
        Effect::Random
        | Effect::Now
        | Effect::MessageStatus { .. }
        | Effect::CancelMessage { .. } => {}
    }
    Ok(())
}

/// Keeps what a run said to the outside.
fn note(effect: Effect, refused: bool, machine: &Machine<'_>, report: &mut Report) {
    let spot = || {
        let block = machine.block().map_or_else(|| Arc::from(""), Arc::clone);
        Spot { block, step: machine.steps() }
    };
    match effect {
        Effect::Publish { channel, body, .. } => {
            report.published_at.push(spot());
            report.publishes.push(Publish { channel, template: None, body: *body });
        }
        Effect::PushTemplate { template, body, .. } => {
            report.published_at.push(spot());
            let (channel, template) = (String::new(), Some(template));
            report.publishes.push(Publish { channel, template, body: *body });
        }
        Effect::Respond(response) if !refused => {
            report.responded_at = Some(spot());
            report.response = Some(response);
        }
        Effect::Respond(_)
        | Effect::Random
        | Effect::Now
        | Effect::MessageStatus { .. }
        | Effect::CancelMessage { .. } => {}
    }
}
