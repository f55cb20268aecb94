//! Stored flows at work: what is live is compiled once, events start it, and each run is
//! recorded so that it can be looked at afterwards.
//!
//! [`Automation`] is what the server holds. How a flow is drawn, sent or signed in for is not
//! known here; rows are the [`store`](crate::store)'s.

mod diff;
mod error;
mod fire;
mod gallery;
mod keep;
mod live;
mod record;
mod route;
mod run;
mod world;

pub use diff::{BlockChange, Change, Diff, Moved, Place, Renamed, Stood, diff};
pub use error::AutomationError;
pub use fire::{Ended, Firing};
pub use gallery::{Example, gallery};
pub use record::{Line, Reach, RunError, RunReport, Said, Sent};
pub use route::{Call, Routed};
pub use run::{Order, RunAnswer};

use crate::clock::Clock;
use crate::flow::{self, BlockSet, Checkup};
use crate::id::AppId;
use crate::limits;
use crate::publish::{Publisher, Templates};
use crate::store::Store;
use live::Live;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use world::AppMessaging;

/// Keeps flows and runs them. Cheap to clone.
#[derive(Clone)]
pub struct Automation {
    store: Store,
    clock: Clock,
    publisher: Publisher,
    templates: Templates,
    blocks: Arc<BlockSet>,
    live: Live,
    /// One permit a run.
    running: Arc<Semaphore>,
}

impl Automation {
    /// Stored flows of this store, which publish by `publisher`, push `templates` and know these
    /// blocks.
    pub fn new(
        store: Store,
        clock: Clock,
        publisher: Publisher,
        templates: Templates,
        blocks: Arc<BlockSet>,
    ) -> Self {
        let running = Arc::new(Semaphore::new(limits::RUNS_AT_ONCE));
        Self { store, clock, publisher, templates, blocks, live: Live::default(), running }
    }

    /// Brings the engine into memory, on a thread of its own: the first event needn't wait for it.
    pub fn wake(&self) {
        let blocks = Arc::clone(&self.blocks);
        let thread = std::thread::Builder::new().name("blockcast-wake".into());
        if let Err(error) = thread.spawn(move || flow::wake(&blocks)) {
            tracing::debug!(%error, "automation: the engine is fetched by the first run");
        }
    }

    /// What is live of an application has changed: it is compiled before an event asks for it.
    fn make_ready(&self, app: &AppId) {
        self.live.forget(app);
        let (live, store) = (self.live.clone(), self.store.clone());
        let (blocks, app) = (Arc::clone(&self.blocks), app.clone());
        tokio::spawn(async move {
            // A failure is told to whoever runs a flow next.
            let _ = live.of(&app, &store, &blocks).await;
        });
    }

    /// Who publishes for the flows of an application.
    fn messaging(&self, app: &AppId) -> AppMessaging {
        AppMessaging {
            publisher: self.publisher.clone(),
            templates: self.templates.clone(),
            app: app.clone(),
        }
    }

    /// The same with other blocks. Nothing may run yet.
    #[must_use]
    pub fn with_blocks(self, blocks: Arc<BlockSet>) -> Self {
        Self { blocks, live: Live::default(), ..self }
    }

    /// The blocks that flows are made of.
    pub fn blocks(&self) -> &BlockSet {
        &self.blocks
    }

    /// What is wrong with a flow, and what it waits for.
    pub fn check(&self, source: &str) -> Checkup {
        flow::check(&self.blocks, source.as_bytes().to_vec())
    }

    /// Waits until no run is left, but not longer than a stop may take.
    pub async fn stop(&self) {
        let all = u32::try_from(limits::RUNS_AT_ONCE).unwrap_or(u32::MAX);
        let patience = Duration::from_millis(limits::STOP_MS.unsigned_abs());
        if tokio::time::timeout(patience, self.running.acquire_many(all)).await.is_err() {
            tracing::warn!("automation: runs are cut off because the server stops");
        }
    }
}
