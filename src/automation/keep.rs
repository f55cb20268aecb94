//! Keeping flows: making, saving, versions, what is live. A change is in force when the call
//! that made it returns.

use super::{Automation, AutomationError};
use crate::diag::{Diagnostic, Sentence, say};
use crate::id::{AppId, fresh_uuid};
use crate::limits;
use crate::model::{FlowDraft, FlowRecord, VersionRecord};
use crate::store::{Made, Once, Saved};

impl Automation {
    /// Keeps a new flow; a repeated `once` gives the one it made. Returns whether it is new.
    ///
    /// # Errors
    /// [`AutomationError::Field`], [`AutomationError::KeyReused`], the store's.
    pub async fn create(
        &self,
        app: &AppId,
        draft: FlowDraft,
        once: Option<Once>,
    ) -> Result<(FlowRecord, bool), AutomationError> {
        let draft = checked(draft)?;
        let now = self.clock.now();
        let flow = FlowRecord {
            id: format!("flow_{}", fresh_uuid(now).to_lowercase()),
            app: app.clone(),
            name: draft.name,
            description: draft.description,
            source: draft.source,
            revision: 1,
            draft_of: None,
            live: None,
            published_at: None,
            latest: None,
            enabled: true,
            created_at: now,
            changed_at: now,
        };
        match self.store.add_flow(flow.clone(), once).await? {
            Made::New => Ok((flow, true)),
            Made::Before(id) => Ok((self.flow(app, &id).await?, false)),
            Made::Clash => Err(AutomationError::KeyReused),
        }
    }

    /// A flow with its draft.
    ///
    /// # Errors
    /// [`AutomationError::Unknown`], the store's.
    pub async fn flow(&self, app: &AppId, id: &str) -> Result<FlowRecord, AutomationError> {
        self.store.flow(app, id).await?.ok_or_else(|| unknown(say!("flow"), id))
    }

    /// Why what is live of a flow can't run any more; empty when it can, or when nothing is live.
    ///
    /// # Errors
    /// The store's.
    pub async fn broken(&self, flow: &FlowRecord) -> Result<Vec<Diagnostic>, AutomationError> {
        let Some(version) = flow.live.filter(|_| flow.enabled) else { return Ok(Vec::new()) };
        let live = self.live.of(&flow.app, &self.store, &self.blocks).await?;
        Ok(live.errors_of(&flow.id, version).to_vec())
    }

    /// A version of a flow.
    ///
    /// # Errors
    /// [`AutomationError::Unknown`], the store's.
    pub async fn version(
        &self,
        app: &AppId,
        flow: &str,
        number: u32,
    ) -> Result<VersionRecord, AutomationError> {
        let found = self.store.version(app, flow, number).await?;
        found.ok_or_else(|| unknown(say!("version"), &number.to_string()))
    }

    /// Saves the draft of a flow that is of `revision`; `None` takes any. What has errors is
    /// saved as well.
    ///
    /// # Errors
    /// [`AutomationError::Stale`], [`AutomationError::Unknown`], [`AutomationError::Field`],
    /// the store's.
    pub async fn save(
        &self,
        app: &AppId,
        id: &str,
        revision: Option<u64>,
        draft: FlowDraft,
    ) -> Result<FlowRecord, AutomationError> {
        let (draft, now) = (checked(draft)?, self.clock.now());
        saved(self.store.save_flow(app, id, revision, draft, None, now).await?, id)
    }

    /// Makes a version the draft again.
    ///
    /// # Errors
    /// As [`Automation::save`].
    pub async fn restore(
        &self,
        app: &AppId,
        id: &str,
        revision: Option<u64>,
        number: u32,
    ) -> Result<FlowRecord, AutomationError> {
        let flow = self.flow(app, id).await?;
        let source = self.version(app, id, number).await?.source;
        let draft = FlowDraft { name: flow.name, description: flow.description, source };
        let now = self.clock.now();
        saved(self.store.save_flow(app, id, revision, draft, Some(number), now).await?, id)
    }

    /// Makes a version of the draft. Returns its number, and whether it is new.
    ///
    /// # Errors
    /// As [`Automation::save`].
    pub async fn keep_version(
        &self,
        app: &AppId,
        id: &str,
        revision: Option<u64>,
        note: &str,
    ) -> Result<(u32, bool), AutomationError> {
        let (note, now) = (checked_text("note", note)?, self.clock.now());
        saved(self.store.add_version(app, id, revision, note, false, now).await?, id)
    }

    /// Makes a version of the draft, and makes it live.
    ///
    /// # Errors
    /// [`AutomationError::Invalid`] when the draft has errors; as [`Automation::save`].
    pub async fn publish_draft(
        &self,
        app: &AppId,
        id: &str,
        revision: Option<u64>,
        note: &str,
    ) -> Result<FlowRecord, AutomationError> {
        let note = checked_text("note", note)?;
        let flow = self.flow(app, id).await?;
        self.must_run(&flow.source)?;
        // What was looked at is what goes live, whatever somebody saves in between.
        let looked_at = Some(revision.unwrap_or(flow.revision));
        let now = self.clock.now();
        saved(self.store.add_version(app, id, looked_at, note, true, now).await?, id)?;
        self.make_ready(app);
        self.flow(app, id).await
    }

    /// Makes a version live that there is: rolls back, or forward.
    ///
    /// # Errors
    /// [`AutomationError::Invalid`] when it has errors, [`AutomationError::Unknown`], the
    /// store's.
    pub async fn publish_version(
        &self,
        app: &AppId,
        id: &str,
        number: u32,
    ) -> Result<FlowRecord, AutomationError> {
        self.flow(app, id).await?;
        self.must_run(&self.version(app, id, number).await?.source)?;
        self.set_live(app, id, Some(number)).await
    }

    /// Lets no version of a flow be live.
    ///
    /// # Errors
    /// [`AutomationError::Unknown`], the store's.
    pub async fn take_down(&self, app: &AppId, id: &str) -> Result<FlowRecord, AutomationError> {
        self.set_live(app, id, None).await
    }

    async fn set_live(
        &self,
        app: &AppId,
        id: &str,
        number: Option<u32>,
    ) -> Result<FlowRecord, AutomationError> {
        let flow = saved(self.store.set_live(app, id, number, self.clock.now()).await?, id)?;
        self.make_ready(app);
        Ok(flow)
    }

    /// Lets events set a flow off, or not.
    ///
    /// # Errors
    /// [`AutomationError::Unknown`], the store's.
    pub async fn enable(
        &self,
        app: &AppId,
        id: &str,
        enabled: bool,
    ) -> Result<FlowRecord, AutomationError> {
        let flow = saved(self.store.enable_flow(app, id, enabled).await?, id)?;
        self.live.forget(app);
        Ok(flow)
    }

    /// Removes a flow with its versions and runs.
    ///
    /// # Errors
    /// [`AutomationError::Unknown`], the store's.
    pub async fn remove(&self, app: &AppId, id: &str) -> Result<(), AutomationError> {
        if !self.store.remove_flow(app, id).await? {
            return Err(unknown(say!("flow"), id));
        }
        self.live.forget(app);
        Ok(())
    }

    fn must_run(&self, source: &str) -> Result<(), AutomationError> {
        let checkup = self.check(source);
        if checkup.errors() > 0 {
            return Err(AutomationError::Invalid(checkup.problems));
        }
        Ok(())
    }
}

pub(super) fn unknown(kind: Sentence, id: &str) -> AutomationError {
    AutomationError::Unknown { kind, id: id.chars().take(100).collect() }
}

fn saved<T>(saved: Saved<T>, id: &str) -> Result<T, AutomationError> {
    match saved {
        Saved::Done(done) => Ok(done),
        Saved::Missing => Err(unknown(say!("flow"), id)),
        Saved::Stale(theirs) => Err(AutomationError::Stale(theirs)),
    }
}

fn checked(draft: FlowDraft) -> Result<FlowDraft, AutomationError> {
    let name = draft.name.trim().to_owned();
    let refused = |field, problem: Sentence| Err(AutomationError::Field { field, problem });
    if name.is_empty() || name.len() > limits::NAME_BYTES_MAX {
        let most = limits::NAME_BYTES_MAX;
        return refused(
            "name",
            say!("has {bytes} bytes; use 1 to {most}", bytes = name.len(), most),
        );
    }
    if name.chars().any(char::is_control) {
        return refused("name", say!("has a control character in it; leave it out"));
    }
    let (bytes, most) = (draft.source.len(), limits::FLOW_BYTES_MAX);
    if bytes > most {
        let problem =
            say!("has {bytes} bytes, more than {most}; split the flow in two", bytes, most);
        return refused("source", problem);
    }
    let description = checked_text("description", &draft.description)?;
    Ok(FlowDraft { name, description, source: draft.source })
}

fn checked_text(field: &'static str, text: &str) -> Result<String, AutomationError> {
    let (bytes, most) = (text.len(), limits::NOTE_BYTES_MAX);
    if bytes > most {
        let problem = say!("has {bytes} bytes, more than {most}; be shorter", bytes, most);
        return Err(AutomationError::Field { field, problem });
    }
    Ok(text.to_owned())
}
