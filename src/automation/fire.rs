//! Events: each starts every live flow of the application that waits for it, and each run is
//! kept before anything is answered.

use super::live::LiveFlow;
use super::record::{Record, RunReport};
use super::world::Recording;
use super::{Automation, AutomationError};
use crate::flow::{self, Event, LiveWorld, RunLimits, Status};
use crate::id::{AppId, fresh_uuid};
use crate::limits;
use crate::model::{RunOutcome, RunRecord};
use crate::vm::{Limits, Response};
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A run that has begun.
#[derive(Debug)]
pub struct Firing {
    /// The run's id.
    pub run: String,
    /// The flow's id.
    pub flow: String,
    /// Comes when the flow answers an HTTP request; goes away when it ends without.
    pub responded: oneshot::Receiver<Response>,
    ended: JoinHandle<Ended>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// What came of it.
    pub report: RunReport,
}

impl Firing {
    /// How it ends, once it does and that is kept; none when the server stops before.
    pub async fn ended(self) -> Option<Ended> {
        self.ended.await.ok()
    }
}

impl Automation {
    /// Starts every live flow that waits for a custom event of this name. When this returns,
    /// each run is kept, and goes on by itself.
    ///
    /// # Errors
    /// [`AutomationError::NobodyWaits`], the store's.
    pub async fn emit(
        &self,
        app: &AppId,
        name: &str,
        data: serde_json::Value,
    ) -> Result<Vec<Firing>, AutomationError> {
        let event = Event {
            kind: Some("custom".to_owned()),
            name: Some(name.to_owned()),
            data: Some(data),
            ..Event::default()
        };
        let firings = self.fire(app, &event).await?;
        if firings.is_empty() {
            let name = name.chars().take(100).collect();
            return Err(AutomationError::NobodyWaits { name });
        }
        Ok(firings)
    }

    /// Starts every live flow that waits for this event; none is fine.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn fire(
        &self,
        app: &AppId,
        event: &Event,
    ) -> Result<Vec<Firing>, AutomationError> {
        let live = self.live.of(app, &self.store, &self.blocks).await?;
        let mut firings = Vec::new();
        for flow in live.ready.iter().filter(|flow| flow.waits_for(event)) {
            firings.extend(self.begin(app, flow, event).await?);
        }
        Ok(firings)
    }

    /// Keeps a run and starts it; none when the flow was removed meanwhile.
    async fn begin(
        &self,
        app: &AppId,
        flow: &Arc<LiveFlow>,
        event: &Event,
    ) -> Result<Option<Firing>, AutomationError> {
        let now = self.clock.now();
        let run = RunRecord {
            id: format!("run_{}", fresh_uuid(now).to_lowercase()),
            app: app.clone(),
            flow: flow.id.clone(),
            flow_name: String::new(),
            version: flow.version,
            started_at: now,
            event_type: event.kind.clone().unwrap_or_default(),
            event_name: event.name.clone(),
            outcome: RunOutcome::Running,
            elapsed_us: None,
            steps: None,
            publishes: 0,
            error: None,
            record: Record::begun(event).kept(),
        };
        if !self.store.begin_run(run.clone()).await? {
            return Ok(None);
        }
        let (respond, responded) = oneshot::channel();
        let (id, flow_id) = (run.id.clone(), run.flow.clone());
        let (automation, flow, event) = (self.clone(), Arc::clone(flow), event.clone());
        let ended =
            tokio::spawn(async move { automation.carry_out(run, &flow, &event, respond).await });
        Ok(Some(Firing { run: id, flow: flow_id, responded, ended }))
    }

    async fn carry_out(
        &self,
        run: RunRecord,
        flow: &LiveFlow,
        event: &Event,
        respond: oneshot::Sender<Response>,
    ) -> Ended {
        let _one = self.running.acquire().await;
        let messaging = self.messaging(&run.app);
        let inner = LiveWorld {
            messaging: &messaging,
            clock: self.clock.clone(),
            run_id: run.id.clone(),
            published: 0,
            on_print: &mut |_| {},
        };
        let mut world = Recording::new(inner, Some(respond));
        let machine = Limits::default();
        let limits = RunLimits { machine, wall_ms: Some(limits::RUN_WALL_MS) };
        let report = flow::run(&flow.flow, event, limits, &mut world).await;
        let report = RunReport::of(report, std::mem::take(&mut world.message_ids));
        let sent = report.publishes.iter().filter(|sent| sent.message_id.is_some()).count();
        let error = report.error.as_ref().map(serde_json::to_string);
        let over = RunRecord {
            outcome: match report.status {
                Status::Completed => RunOutcome::Completed,
                Status::Failed => RunOutcome::Failed,
            },
            elapsed_us: Some(report.elapsed_us),
            steps: Some(report.steps),
            publishes: sent as u64,
            error: error.and_then(Result::ok),
            record: Record::ended(event, world, report.clone()).kept(),
            ..run
        };
        let id = over.id.clone();
        if let Err(error) = self.store.end_run(over).await {
            tracing::error!(%error, id, "automation: a run's end is not kept");
        }
        Ended { report }
    }
}
