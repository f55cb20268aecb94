//! What is told of a run, now and later, and what is kept to run it again.

use super::world::Recording;
use crate::diag::Sentence;
use crate::diag::sentence::kept;
use crate::flow::{Event, Publish, Report, Spot, Status};
use crate::language::Language;
use crate::limits;
use crate::vm::{Answer, Fault, Response};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// `completed` or `failed`.
    #[schemars(with = "String")]
    pub status: Status,
    /// What the flow answered; null when it said nothing.
    pub result: Json,
    /// What it answered to an HTTP request.
    pub response: Option<Said>,
    /// Why it failed.
    pub error: Option<RunError>,
    /// Lines printed, in order.
    pub prints: Vec<Line>,
    /// Messages published, in order.
    pub publishes: Vec<Sent>,
    /// Instructions taken.
    pub steps: u64,
    /// Microseconds from start to end.
    pub elapsed_us: u64,
    /// Lines and messages beyond the first 10,000 of each, which are not told.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A printed line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// The line.
    pub text: String,
    /// The id of the block.
    pub block: String,
    /// Instructions that the run had taken.
    pub step: u64,
}

/// An answer to an HTTP request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// Headers by their names.
    pub headers: IndexMap<String, String>,
    /// What is sent.
    pub body: Json,
    /// The id of the block.
    pub block: String,
    /// Instructions that the run had taken.
    pub step: u64,
}

/// A published message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// The channel; empty for a template, which has its own.
    pub channel: String,
    /// The push template, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The body of `POST /messaging/{channel}`, or of `POST /messaging/push/{template}`.
    pub body: Json,
    /// The id of the block.
    pub block: String,
    /// Instructions that the run had taken.
    pub step: u64,
    /// Its id; null when it was refused.
    pub message_id: Option<String>,
    /// In a dry run, of the first 100: whom it would have reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Reach>,
}

/// Whom a message would reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reach {
    /// Devices that it would be pushed to now.
    pub devices: u64,
    /// Why it would be refused.
    #[schemars(with = "Option<String>")]
    pub refused: Option<Sentence>,
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunError {
    /// A stable kebab-case word.
    pub code: String,
    /// What happened.
    #[serde(with = "kept")]
    #[schemars(with = "String")]
    pub message: Sentence,
    /// How to mend it.
    #[serde(with = "kept")]
    #[schemars(with = "String")]
    pub hint: Sentence,
    /// The id of the block.
    pub block: Option<String>,
    /// That block's type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What was in its inputs: short JSON.
    pub inputs: IndexMap<String, String>,
    /// Ids of the procedure-call blocks that led there, innermost first.
    pub calls: Vec<String>,
}

impl RunError {
    /// In the words of a language, as it is answered.
    #[must_use]
    pub fn said(self, language: Language) -> Self {
        let [message, hint] = [&self.message, &self.hint].map(|it| it.said(language).into());
        Self { message, hint, ..self }
    }
}

impl From<&Fault> for RunError {
    fn from(fault: &Fault) -> Self {
        Self {
            code: fault.code.to_owned(),
            message: fault.message.clone(),
            hint: fault.hint.clone(),
            block: fault.block.clone(),
            kind: fault.block_type.clone(),
            inputs: fault.inputs.clone(),
            calls: fault.calls.clone(),
        }
    }
}

/// A line as it is told: cut when it is very long.
fn told(line: String) -> String {
    match line.char_indices().nth(limits::REPORT_LINE_CHARS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

impl RunReport {
    /// In the words of a language, as it is answered.
    #[must_use]
    pub fn said(mut self, language: Language) -> Self {
        for reach in self.publishes.iter_mut().filter_map(|sent| sent.audience.as_mut()) {
            reach.refused = reach.refused.take().map(|why| why.said(language).into());
        }
        Self { error: self.error.map(|error| error.said(language)), ..self }
    }

    /// Of a run's report; `message_ids` has one for each message.
    pub(super) fn of(report: Report, message_ids: Vec<Option<String>>) -> Self {
        let place = |spot: &Spot| (spot.block.to_string(), spot.step);
        let beyond = |count: usize| count.saturating_sub(limits::REPORT_ENTRIES);
        let left_out = beyond(report.prints.len()) + beyond(report.publishes.len());
        let prints = report.prints.into_iter().map(|print| {
            let (block, step) = (print.block.to_string(), print.step);
            Line { text: told(print.text), block, step }
        });
        let sent = report.publishes.into_iter().zip(&report.published_at).zip(message_ids);
        let publishes = sent.map(|((publish, spot), message_id)| {
            let (block, step) = place(spot);
            let Publish { channel, template, body } = publish;
            Sent { channel, template, body, block, step, message_id, audience: None }
        });
        let most = limits::REPORT_ENTRIES;
        let said = report.response.zip(report.responded_at.as_ref());
        Self {
            status: report.status,
            result: report.result,
            response: said.map(|(response, spot)| {
                let Response { status, headers, body } = *response;
                let (block, step) = place(spot);
                Said { status, headers, body, block, step }
            }),
            error: report.error.as_ref().map(RunError::from),
            prints: prints.take(most).collect(),
            publishes: publishes.take(most).collect(),
            left_out,
            steps: report.steps,
            elapsed_us: report.elapsed_us,
        }
    }
}

/// What is kept of a run of a live flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// What set it off.
    pub(super) event: Event,
    /// What the outside answered, in order; none when that is too much to keep.
    #[serde(deserialize_with = "answers")]
    pub(super) answers: Option<Vec<Answer>>,
    /// What came of it; none while it runs.
    pub(super) report: Option<RunReport>,
}

/// An answer as it is kept. Earlier, prompts were answered from outside as well.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answered {
    Now(Answer),
    Earlier {
        #[serde(rename = "text")]
        _text: Json,
    },
}

fn answers<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Answer>>, D::Error> {
    let answers = Option::<Vec<Answered>>::deserialize(from)?;
    Ok(answers.map(|answers| {
        let kept = answers.into_iter().filter_map(|answer| match answer {
            Answered::Now(answer) => Some(answer),
            Answered::Earlier { .. } => None,
        });
        kept.collect()
    }))
}

impl Record {
    /// Of a run that begins.
    pub(super) fn begun(event: &Event) -> Self {
        Self { event: event.clone(), answers: None, report: None }
    }

    /// Of a run that is over.
    pub(super) fn ended<W>(event: &Event, world: Recording<W>, report: RunReport) -> Self {
        Self { event: event.clone(), answers: Some(world.answers), report: Some(report) }
    }

    /// As it is kept: without what would make it too large, or unreadable.
    pub(super) fn kept(mut self) -> String {
        if let Some(text) = self.fitting() {
            return text;
        }
        // Then the run can't be told step by step, but what came of it is.
        self.answers = None;
        if let Some(text) = self.fitting() {
            return text;
        }
        if let Some(report) = &mut self.report {
            report.result = Json::Null;
            report.response = None;
            report.prints.clear();
            report.publishes.clear();
        }
        if let Some(text) = self.fitting() {
            return text;
        }
        self.event = Event { data: None, answers: Arc::default(), ..self.event };
        self.fitting().unwrap_or_else(|| r#"{"event":{},"answers":null,"report":null}"#.to_owned())
    }

    fn fitting(&self) -> Option<String> {
        let text = serde_json::to_string(self).ok()?;
        let fits = text.len() <= limits::RUN_RECORD_BYTES_MAX;
        // What nests too deep can't be read back.
        (fits && Self::read(&text).is_some()).then_some(text)
    }

    /// What was kept; none when that can't be read.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
