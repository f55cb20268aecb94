//! What is live, compiled: once a version, kept until something changes.

use crate::diag::Diagnostic;
use crate::flow::{self, BlockSet, Event, Flow, Waits};
use crate::id::AppId;
use crate::store::{Store, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A live version of a flow, ready to run.
#[derive(Debug)]
pub(super) struct LiveFlow {
    pub(super) id: String,
    pub(super) version: u32,
    pub(super) flow: Flow,
    pub(super) waits: Vec<Waits>,
}

impl LiveFlow {
    /// Whether an event sets it off. A flow without hats is run by hand only.
    pub(super) fn waits_for(&self, event: &Event) -> bool {
        !self.waits.is_empty()
            && self.flow.stacks_for(event.kind.as_deref(), event.name.as_deref()) > 0
    }
}

/// What is live of an application.
#[derive(Debug, Default)]
pub(super) struct Flows {
    /// Those that can run, in the order they were made.
    pub(super) ready: Vec<Arc<LiveFlow>>,
    /// Those that can't run any more, by flow.
    broken: BTreeMap<String, Broken>,
}

/// A live version that could run when it was made live: its blocks are gone since, with a folder
/// of `--blocks`.
#[derive(Debug)]
struct Broken {
    version: u32,
    errors: Vec<Diagnostic>,
}

impl Flows {
    /// Why a version of a flow can't run any more; empty when it can.
    pub(super) fn errors_of(&self, flow: &str, version: u32) -> &[Diagnostic] {
        let broken = self.broken.get(flow).filter(|broken| broken.version == version);
        broken.map_or(&[], |broken| &broken.errors)
    }
}

/// The live flows of all applications that had an event. All clones know the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Live(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    current: BTreeMap<AppId, Arc<Flows>>,
    /// What was current before something changed: most of it still is.
    earlier: BTreeMap<AppId, Arc<Flows>>,
    /// Counts changes, so that what was read before one isn't taken for current.
    changes: u64,
}

impl Live {
    /// Something about an application's live flows has changed.
    pub(super) fn forget(&self, app: &AppId) {
        let mut known = self.known();
        known.changes += 1;
        if let Some(flows) = known.current.remove(app) {
            known.earlier.insert(app.clone(), flows);
        }
    }

    /// An application's live flows.
    pub(super) async fn of(
        &self,
        app: &AppId,
        store: &Store,
        blocks: &BlockSet,
    ) -> Result<Arc<Flows>, StoreError> {
        let (changes, earlier) = {
            let known = self.known();
            if let Some(flows) = known.current.get(app) {
                return Ok(Arc::clone(flows));
            }
            (known.changes, known.earlier.get(app).cloned().unwrap_or_default())
        };
        let mut flows = Flows::default();
        for row in store.live_versions(app).await? {
            let compiled = |one: &&Arc<LiveFlow>| one.id == row.flow && one.version == row.version;
            if let Some(known) = earlier.ready.iter().find(compiled) {
                flows.ready.push(Arc::clone(known));
                continue;
            }
            match flow::open(blocks, row.source.into_bytes(), None) {
                Ok(flow) => {
                    flow.image.prepare();
                    let waits = flow.waits().collect();
                    let (id, version) = (row.flow, row.version);
                    flows.ready.push(Arc::new(LiveFlow { id, version, flow, waits }));
                }
                Err(flow::OpenError(mut errors)) => {
                    errors.retain(Diagnostic::is_error);
                    let (version, why) = (row.version, errors.first().map(ToString::to_string));
                    tracing::error!(
                        flow = row.flow,
                        version,
                        why,
                        "automation: a live flow can't run any more"
                    );
                    flows.broken.insert(row.flow, Broken { version, errors });
                }
            }
        }
        let flows = Arc::new(flows);
        let mut known = self.known();
        if known.changes == changes {
            known.earlier.remove(app);
            known.current.insert(app.clone(), Arc::clone(&flows));
        }
        Ok(flows)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
