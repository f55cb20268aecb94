//! The JSON of stored flows, their versions and problems.

use super::super::found::ProblemAt;
use super::super::problem::Problem;
use crate::automation::Diff;
use crate::clock::Timestamp;
use crate::diag::Diagnostic;
use crate::flow::{Checkup, Waits};
use crate::model::{FlowDraft, FlowRecord, VersionRecord};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A flow file or a bare workspace, as the text it came as: it may nest without bound.
pub(in crate::server) type Source = Box<RawValue>;

/// A stored flow.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Flow {
    id: String,
    name: String,
    description: String,
    /// Whether events set it off.
    enabled: bool,
    /// Counts changes of name, description and draft; the `ETag`.
    revision: u64,
    /// Milliseconds since 1970.
    created_at: Timestamp,
    /// When the draft was changed last.
    changed_at: Timestamp,
    live: Option<LiveNow>,
    /// The newest version; null when there is none.
    latest_version: Option<u32>,
    /// Whether the draft differs from what is live.
    changed_since_live: bool,
    /// The draft and what is to be said of it; not in lists.
    #[serde(flatten)]
    draft: Option<Draft>,
}

/// The version that events set off.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LiveNow {
    version: u32,
    /// Milliseconds since 1970.
    published_at: Timestamp,
    /// Why it can't run any more: its blocks are gone. Absent when it can.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<ProblemAt>,
}

/// A draft, checked.
#[derive(Serialize, JsonSchema)]
struct Draft {
    #[schemars(with = "Map<String, Value>")]
    source: Source,
    #[serde(flatten)]
    checked: Checked,
}

/// What is to be said of a flow.
#[derive(Serialize, JsonSchema)]
pub(in crate::server) struct Checked {
    /// How many of the problems keep it from running.
    errors: usize,
    problems: Vec<ProblemAt>,
    /// What its hats wait for.
    triggers: Vec<Trigger>,
}

/// What a hat waits for.
#[derive(Serialize, JsonSchema)]
struct Trigger {
    /// `start`, `custom` or `http`.
    #[serde(rename = "type")]
    kind: String,
    /// The event's name; of `http` the method and the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The hat's id.
    block: String,
}

impl From<Waits> for Trigger {
    fn from(waits: Waits) -> Self {
        let (kind, block) = (waits.kind, waits.block.to_string());
        let route = waits.name.split_once(' ').filter(|_| kind == "http");
        let (method, path) = match route {
            Some((method, path)) => (Some(method.to_owned()), Some(path.to_owned())),
            None => (None, None),
        };
        let name = Some(waits.name).filter(|name| !name.is_empty());
        Self { kind, name, method, path, block }
    }
}

impl From<Checkup> for Checked {
    fn from(checkup: Checkup) -> Self {
        Self {
            errors: checkup.errors(),
            problems: checkup.problems.into_iter().map(ProblemAt::from).collect(),
            triggers: checkup.waits.into_iter().map(Trigger::from).collect(),
        }
    }
}

impl Flow {
    /// As it is in lists; `broken` is why what is live of it can't run any more.
    pub(super) fn listed(flow: FlowRecord, broken: &[Diagnostic]) -> Self {
        let live = flow.live.zip(flow.published_at).map(|(version, published_at)| LiveNow {
            version,
            published_at,
            problems: broken.iter().cloned().map(ProblemAt::from).collect(),
        });
        Self {
            changed_since_live: flow.live.is_some() && flow.draft_of != flow.live,
            id: flow.id,
            name: flow.name,
            description: flow.description,
            enabled: flow.enabled,
            revision: flow.revision,
            created_at: flow.created_at,
            changed_at: flow.changed_at,
            live,
            latest_version: flow.latest,
            draft: None,
        }
    }

    /// With its draft.
    pub(super) fn whole(mut flow: FlowRecord, checkup: Checkup, broken: &[Diagnostic]) -> Self {
        let source = raw(std::mem::take(&mut flow.source));
        let draft = Some(Draft { source, checked: checkup.into() });
        Self { draft, ..Self::listed(flow, broken) }
    }
}

/// A stored text as JSON. It was JSON when it was kept.
pub(super) fn raw(text: String) -> Source {
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A version of a flow.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    number: u32,
    /// The flow's name at that time.
    name: String,
    description: String,
    note: String,
    /// Milliseconds since 1970.
    created_at: Timestamp,
    /// Whether events set it off.
    live: bool,
    /// Not in lists.
    #[schemars(with = "Option<Map<String, Value>>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
}

impl Version {
    /// As it is in lists, when `live` is the number of the live one.
    pub(super) fn listed(version: VersionRecord, live: Option<u32>) -> Self {
        Self {
            live: live == Some(version.number),
            number: version.number,
            name: version.name,
            description: version.description,
            note: version.note,
            created_at: version.created_at,
            source: None,
        }
    }

    /// With its source.
    pub(super) fn whole(mut version: VersionRecord, live: Option<u32>) -> Self {
        let source = Some(raw(std::mem::take(&mut version.source)));
        Self { source, ..Self::listed(version, live) }
    }
}

/// A flow that is to be made or saved.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FlowSent {
    /// What people call it; of a new one the flow file's own name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// A flow file, or a bare workspace.
    #[schemars(with = "Map<String, Value>")]
    source: Source,
}

/// What a flow file says of itself.
#[derive(Default, Deserialize)]
struct Envelope {
    name: Option<String>,
    description: Option<String>,
}

impl FlowSent {
    /// What is to be kept; what is left out is taken from what is there, or from the file.
    pub(super) fn draft(self, there: Option<&FlowRecord>) -> Result<FlowDraft, Problem> {
        let source = object(self.source)?;
        let file: Envelope = serde_json::from_str(&source).unwrap_or_default();
        let (name, description) = match there {
            Some(flow) => (Some(flow.name.clone()), Some(flow.description.clone())),
            None => (file.name, file.description),
        };
        let name = self.name.or(name).unwrap_or_else(|| "Untitled".to_owned());
        let description = self.description.or(description).unwrap_or_default();
        Ok(FlowDraft { name, description, source })
    }
}

/// The text of something that must be an object.
pub(in crate::server) fn object(source: Source) -> Result<String, Problem> {
    let text: String = Box::<str>::from(source).into();
    if text.starts_with('{') {
        return Ok(text);
    }
    let message = "`source` is no object; send a flow file or a workspace as Blockly saves it";
    Err(Problem::new(StatusCode::BAD_REQUEST, "flow-field", message))
}

/// What somebody learns whose save came second.
#[derive(Serialize)]
pub(super) struct Conflict {
    pub(super) theirs: Flow,
    pub(super) yours: FlowSent,
    /// From theirs to yours.
    pub(super) diff: Diff,
}

impl Conflict {
    pub(super) fn new(theirs: Flow, source: &str, yours: FlowDraft) -> Self {
        let diff = crate::automation::diff(source, &yours.source);
        let yours = FlowSent {
            name: Some(yours.name),
            description: Some(yours.description),
            source: raw(yours.source),
        };
        Self { theirs, yours, diff }
    }
}
