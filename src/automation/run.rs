//! Runs that a person asks for: of any flow, dry or real, told step by step; and runs of the
//! past, run again to be looked at.

use super::keep::unknown;
use super::record::{Reach, Record, RunReport, Sent};
use super::world::{Recording, Replaying};
use super::{Automation, AutomationError};
use crate::diag::{Sentence, say};
use crate::flow::{self, Event, Flow, LiveWorld, Report, RunLimits, Trace, World};
use crate::id::{AppId, fresh_uuid};
use crate::limits;
use crate::model::{RunOutcome, RunRecord};
use crate::publish::{self, TemplateError};
use crate::replay::{RecordedWorld, WorldFile};
use crate::vm::Limits;

/// A run that a person asks for.
#[derive(Clone, Debug)]
pub struct Order {
    /// The flow file's text.
    pub source: String,
    /// What sets it off.
    pub event: Event,
    /// Publish nothing; the clock stands still, and chance is the same each time.
    pub dry: bool,
    /// Tell it step by step.
    pub trace: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct RunAnswer {
    /// What came of it.
    pub report: RunReport,
    /// Step by step, if that was wanted.
    pub trace: Option<Trace>,
    /// Stacks of the flow that the event started.
    pub stacks: usize,
}

impl Automation {
    /// Runs a flow now. Nothing is recorded.
    ///
    /// # Errors
    /// [`AutomationError::Invalid`], the store's.
    pub async fn run(&self, app: &AppId, order: Order) -> Result<RunAnswer, AutomationError> {
        let opened = flow::open(&self.blocks, order.source.into_bytes(), None);
        let flow = opened.map_err(|error| AutomationError::Invalid(error.0))?;
        let event = &order.event;
        let stacks = flow.stacks_for(event.kind.as_deref(), event.name.as_deref());
        let _one = self.running.acquire().await;
        let now = self.clock.now();
        let (report, trace, ids) = if order.dry {
            let templates = Some(self.templates(app).await?);
            let file = WorldFile { now: now.to_string(), templates, ..WorldFile::default() };
            let world = Recording::new(RecordedWorld::new(&file), None);
            go(&flow, event, order.trace, world).await
        } else {
            let messaging = self.messaging(app);
            let inner = LiveWorld {
                messaging: &messaging,
                clock: self.clock.clone(),
                run_id: format!("run-{}", fresh_uuid(now)),
                published: 0,
                on_print: &mut |_| {},
            };
            go(&flow, event, order.trace, Recording::new(inner, None)).await
        };
        let mut report = RunReport::of(report, ids);
        if order.dry {
            for (number, sent) in report.publishes.iter_mut().enumerate() {
                sent.message_id = None;
                if number < limits::REACHES_COUNTED {
                    sent.audience = Some(self.reach(app, sent).await?);
                }
            }
        }
        Ok(RunAnswer { report, trace, stacks })
    }

    async fn reach(&self, app: &AppId, sent: &Sent) -> Result<Reach, AutomationError> {
        let refused = |why: Sentence| Reach { devices: 0, refused: Some(why) };
        if let Some(template) = &sent.template {
            return match self.templates.audience(app, template, &sent.body).await {
                Ok(devices) => Ok(Reach { devices, refused: None }),
                Err(TemplateError::Store(error)) => Err(error.into()),
                Err(error) => Ok(refused(error.sentence())),
            };
        }
        let plan = match publish::plan(&sent.channel, &sent.body, self.clock.now()) {
            Ok(plan) => plan,
            Err(error) => return Ok(refused(error.sentence())),
        };
        match self.publisher.audience(app, &plan).await {
            Ok(devices) => Ok(Reach { devices, refused: None }),
            Err(publish::PublishError::Store(error)) => Err(error.into()),
            Err(error) => Ok(refused(error.sentence())),
        }
    }

    /// The application's push templates, as a dry run knows them.
    async fn templates(&self, app: &AppId) -> Result<Vec<serde_json::Value>, AutomationError> {
        let most = usize::try_from(limits::TEMPLATES_MAX).unwrap_or(usize::MAX);
        let records = self.store.templates(app, String::new(), most).await?;
        Ok(records
            .iter()
            .filter_map(|record| serde_json::to_value(&record.template).ok())
            .collect())
    }

    /// A recorded run, with the event that set it off and what came of it; none of that when
    /// it was too much to keep.
    ///
    /// # Errors
    /// [`AutomationError::Unknown`], the store's.
    pub async fn recorded(
        &self,
        app: &AppId,
        id: &str,
    ) -> Result<(RunRecord, Option<Event>, Option<RunReport>), AutomationError> {
        let run = self.store.run(app, id).await?.ok_or_else(|| unknown(say!("run"), id))?;
        let record = Record::read(&run.record);
        let (event, report) = record.map_or((None, None), |kept| (Some(kept.event), kept.report));
        Ok((run, event, report))
    }

    /// A recorded run step by step, with the flow file that ran: it is run again, with the event
    /// and the answers of then, and says nothing to the outside.
    ///
    /// # Errors
    /// [`AutomationError::NoTrace`], [`AutomationError::Unknown`], the store's.
    pub async fn retrace(&self, app: &AppId, id: &str) -> Result<(String, Trace), AutomationError> {
        let run = self.store.run(app, id).await?.ok_or_else(|| unknown(say!("run"), id))?;
        match run.outcome {
            RunOutcome::Running => {
                return Err(AutomationError::NoTrace(say!("it is not over yet")));
            }
            RunOutcome::Interrupted => {
                return Err(AutomationError::NoTrace(say!(
                    "the server stopped while it ran, and what it got is not known"
                )));
            }
            RunOutcome::Completed | RunOutcome::Failed => {}
        }
        let record = Record::read(&run.record);
        let kept = record.and_then(|record| Some((record.event, record.answers?)));
        let Some((event, answers)) = kept else {
            return Err(AutomationError::NoTrace(say!("it got or said too much to be kept")));
        };
        let steps = run.steps.unwrap_or(0);
        if steps > limits::TRACED_RUN_STEPS {
            return Err(AutomationError::NoTrace(say!(
                "it took too many steps to be told one by one"
            )));
        }
        let source = self.version(app, &run.flow, run.version).await?.source;
        let flow = flow::open(&self.blocks, source.clone().into_bytes(), None).map_err(|_| {
            AutomationError::NoTrace(say!("the version that ran uses blocks that are gone since"))
        })?;
        let _one = self.running.acquire().await;
        // A run that was stopped for its time must not go further than it went.
        let limits = RunLimits {
            machine: Limits { steps: steps + 1, ..Limits::default() },
            wall_ms: Some(limits::RUN_WALL_MS),
        };
        let (_, trace) =
            flow::run_traced(&flow, &event, limits, &mut Replaying::new(answers)).await;
        Ok((source, trace))
    }
}

/// Runs a flow; gives the ids of its messages, too.
async fn go<W: World>(
    flow: &Flow,
    event: &Event,
    trace: bool,
    mut world: Recording<W>,
) -> (Report, Option<Trace>, Vec<Option<String>>) {
    let steps = if trace { limits::TRACED_RUN_STEPS } else { limits::RUN_STEPS };
    let machine = Limits { steps, ..Limits::default() };
    let limits = RunLimits { machine, wall_ms: Some(limits::RUN_WALL_MS) };
    let (report, trace) = if trace {
        let (report, trace) = flow::run_traced(flow, event, limits, &mut world).await;
        (report, Some(trace))
    } else {
        (flow::run(flow, event, limits, &mut world).await, None)
    };
    (report, trace, world.message_ids)
}
