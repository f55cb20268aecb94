//! A case folder, read: `flow.json`, `event.json`, `world.json`, `expected.json`.

use crate::flow::{Event, EventError, Publish, Report, Status};
use crate::vm::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// A case.
#[derive(Debug)]
pub struct Case {
    /// Its folder.
    pub folder: PathBuf,
    /// The flow's text.
    pub flow: Vec<u8>,
    /// The event; an empty one when there is no file.
    pub event: Event,
    /// The outside; the usual one when there is no file.
    pub world: WorldFile,
    /// What must come of it; `None` when it was not accepted yet.
    pub expected: Option<Expected>,
}

/// `expected.json`: what must come of a run. What is left out must not be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// A JSON schema for editors; says nothing to us.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Messages published, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publishes: Vec<Publish>,
    /// Lines printed, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prints: Vec<String>,
    /// What the flow answered.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub result: Json,
    /// What it answered to an HTTP request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Response>,
    /// Why the run failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ExpectedError>,
}

/// The error a run must end with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedError {
    /// Its code.
    pub code: String,
    /// The block it must be told at; any when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// Its whole message; any when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// `world.json`: the outside of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorldFile {
    /// A JSON schema for editors; says nothing to us.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The time, which stands still: ISO 8601.
    pub now: String,
    /// What chance is drawn from.
    pub seed: u64,
    /// Channels on which publishing fails, with the reason.
    pub failing_channels: indexmap::IndexMap<String, String>,
    /// The push templates that exist, each as it is saved; any that is pushed, when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub templates: Option<Vec<Json>>,
}

impl Default for WorldFile {
    fn default() -> Self {
        Self {
            schema: None,
            now: "2026-01-01T00:00:00Z".into(),
            seed: 1,
            failing_channels: indexmap::IndexMap::new(),
            templates: None,
        }
    }
}

/// A case that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file is missing or can't be read.
    #[error("{file} can't be read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// A file is not of its shape.
    #[error("{file}: {error}")]
    Shape {
        /// The file.
        file: String,
        /// Why.
        error: serde_json::Error,
    },
    /// The event can't be used.
    #[error("{file}: {error}")]
    Event {
        /// The file.
        file: String,
        /// Why.
        error: EventError,
    },
    /// `world.json` gives no time.
    #[error("{file}: `now` is no time: `{now}`; write it as 2026-01-01T00:00:00Z")]
    Now {
        /// The file.
        file: String,
        /// What it says.
        now: String,
    },
}

impl Case {
    /// Reads the case in `folder`.
    ///
    /// # Errors
    /// [`CaseError`], naming the file.
    pub fn read(folder: &Path) -> Result<Self, CaseError> {
        let flow = read(&folder.join("flow.json"))?;
        let event_file = folder.join("event.json");
        let event = match read_if_there(&event_file)? {
            None => Event::default(),
            Some(text) => Event::read(&text)
                .map_err(|error| CaseError::Event { file: shown(&event_file), error })?,
        };
        let world_file = folder.join("world.json");
        let world: WorldFile = parse_if_there(&world_file)?.unwrap_or_default();
        if crate::clock::Timestamp::from_iso(&world.now).is_none() {
            return Err(CaseError::Now { file: shown(&world_file), now: world.now });
        }
        let expected = parse_if_there(&folder.join("expected.json"))?;
        Ok(Self { folder: folder.to_owned(), flow, event, world, expected })
    }
}

impl Expected {
    /// What a run came to, as it would be expected of the next one.
    pub fn of(report: &Report) -> Self {
        Self {
            schema: None,
            publishes: report.publishes.clone(),
            prints: report.prints.iter().map(|print| print.text.clone()).collect(),
            result: report.result.clone(),
            response: report.response.as_deref().cloned(),
            error: report.error.as_ref().filter(|_| report.status == Status::Failed).map(|fault| {
                ExpectedError {
                    code: fault.code.to_owned(),
                    block: fault.block.clone(),
                    message: Some(fault.message.english()),
                }
            }),
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, CaseError> {
    std::fs::read(file).map_err(|error| CaseError::Unreadable { file: shown(file), error })
}

fn read_if_there(file: &Path) -> Result<Option<Vec<u8>>, CaseError> {
    match std::fs::read(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CaseError::Unreadable { file: shown(file), error }),
    }
}

fn parse_if_there<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<Option<T>, CaseError> {
    let Some(text) = read_if_there(file)? else { return Ok(None) };
    let parsed = serde_json::from_slice(&text);
    parsed.map(Some).map_err(|error| CaseError::Shape { file: shown(file), error })
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}
