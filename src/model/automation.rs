//! Stored flows, their versions and their runs.

use crate::clock::Timestamp;
use crate::id::AppId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A flow that is kept, with its draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRecord {
    /// Its id: `flow_` and a UUID that sorts by time.
    pub id: String,
    /// The application.
    pub app: AppId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The draft: a flow file's text. Empty in lists.
    pub source: String,
    /// Counts changes of name, description and draft.
    pub revision: u64,
    /// The version that the draft is the same as.
    pub draft_of: Option<u32>,
    /// The version that events set off.
    pub live: Option<u32>,
    /// When that went live.
    pub published_at: Option<Timestamp>,
    /// The newest version.
    pub latest: Option<u32>,
    /// Whether events set it off at all.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its draft was changed last.
    pub changed_at: Timestamp,
}

/// What a person may change of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowDraft {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// A flow file's text.
    pub source: String,
}

/// A version of a flow, which never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRecord {
    /// Its number, from 1.
    pub number: u32,
    /// The flow's name at that time.
    pub name: String,
    /// The flow's description at that time.
    pub description: String,
    /// A flow file's text. Empty in lists.
    pub source: String,
    /// What its author said of it.
    pub note: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How a run fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunOutcome {
    /// It is not over.
    Running,
    /// Every stack ran to its end.
    Completed,
    /// It stopped at an error.
    Failed,
    /// The server stopped while it ran.
    Interrupted,
}

impl RunOutcome {
    /// All of them, by the number they are kept as.
    pub const ALL: [Self; 4] = [Self::Running, Self::Completed, Self::Failed, Self::Interrupted];
}

/// A run of a flow's live version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Its id: `run_` and a UUID that sorts by time.
    pub id: String,
    /// The application.
    pub app: AppId,
    /// The flow.
    pub flow: String,
    /// The flow's name now.
    pub flow_name: String,
    /// The version that ran.
    pub version: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// The event's type.
    pub event_type: String,
    /// The event's name.
    pub event_name: Option<String>,
    /// How it fares.
    pub outcome: RunOutcome,
    /// Microseconds it took; none while it runs.
    pub elapsed_us: Option<u64>,
    /// Steps it took; none while it runs.
    pub steps: Option<u64>,
    /// Messages it published.
    pub publishes: u64,
    /// Why it failed: JSON.
    pub error: Option<String>,
    /// What is needed to run it again: JSON. Empty in lists.
    pub record: String,
}

/// Which runs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this flow.
    pub flow: Option<String>,
    /// With this outcome.
    pub outcome: Option<RunOutcome>,
    /// Set off by events of this name.
    pub event: Option<String>,
    /// Begun at that time or later.
    pub since: Option<Timestamp>,
    /// Begun before that time.
    pub until: Option<Timestamp>,
}
