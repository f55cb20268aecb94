//! What is live, compiled: once a version, kept until something changes.

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

/// An application's live flows, in the order they were made.
type Flows = Arc<Vec<Arc<LiveFlow>>>;

/// The live flows of all applications that had an event. All clones know the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Live(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    current: BTreeMap<AppId, Flows>,
    /// What was current before something changed: most of it still is.
    earlier: BTreeMap<AppId, Flows>,
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
    ) -> Result<Flows, StoreError> {
        let (changes, earlier) = {
            let known = self.known();
            if let Some(flows) = known.current.get(app) {
                return Ok(Arc::clone(flows));
            }
            (known.changes, known.earlier.get(app).cloned().unwrap_or_default())
        };
        let mut flows = Vec::new();
        for row in store.live_versions(app).await? {
            let compiled = |one: &&Arc<LiveFlow>| one.id == row.flow && one.version == row.version;
            if let Some(known) = earlier.iter().find(compiled) {
                flows.push(Arc::clone(known));
                continue;
            }
            match flow::open(blocks, row.source.into_bytes(), None) {
                Ok(flow) => {
                    let waits = flow.waits().collect();
                    let (id, version) = (row.flow, row.version);
                    flows.push(Arc::new(LiveFlow { id, version, flow, waits }));
                }
                // It could once: its blocks are gone since, with a folder of `--blocks`.
                Err(error) => {
                    let first = error.0.iter().find(|problem| problem.is_error());
                    let why = first.map(ToString::to_string).unwrap_or_default();
                    tracing::error!(
                        flow = row.flow,
                        version = row.version,
                        why,
                        "automation: a live flow can't run any more"
                    );
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
