//! The outside of a case: a clock that stands still, chance from a seed, and a
//! messaging service that accepts what the real one would.

use super::case::WorldFile;
use crate::clock::Timestamp;
use crate::flow::{Refusal, World, publish_answer, respond_answer, status_answer};
use crate::publish::{self, Plan, TemplateError};
use crate::template;
use crate::vm::{Answer, Effect, Status};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

/// The outside of one case.
pub struct RecordedWorld<'c> {
    file: &'c WorldFile,
    now: Timestamp,
    chance: u64,
    /// Messages published so far, with their states.
    messages: IndexMap<String, &'static str>,
}

impl<'c> RecordedWorld<'c> {
    /// The outside that a case's files describe.
    pub fn new(file: &'c WorldFile) -> Self {
        let now = Timestamp::from_iso(&file.now).unwrap_or(Timestamp::from_millis(0));
        Self { file, now, chance: file.seed, messages: IndexMap::new() }
    }

    /// `SplitMix64`: small, and the same everywhere.
    ///
    /// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators".
    fn random(&mut self) -> f64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let number = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
        number
    }

    fn publish(&mut self, channel: &str, body: &Json) -> Result<Status, Refusal> {
        let plan = publish::plan(channel, body, self.now)
            .map_err(|error| Refusal { code: error.code().into(), message: error.sentence() })?;
        self.accept(&plan)
    }

    /// Without `templates` in the case's files every template exists and goes to everybody.
    fn push(&mut self, name: &str, body: &Json) -> Result<Status, Refusal> {
        let refused = |error: &TemplateError| Refusal {
            code: error.code().into(),
            message: error.sentence(),
        };
        let template = match &self.file.templates {
            None => template::read(&json!({ "name": name, "message": name })),
            Some(templates) => match templates.iter().find(|template| template["name"] == name) {
                Some(template) => template::read(template),
                None => return Err(refused(&TemplateError::Unknown { name: name.to_owned() })),
            },
        };
        let template = template.map_err(|problems| refused(&TemplateError::Invalid(problems)))?;
        let plan = publish::plan_push(&template, body, self.now);
        self.accept(&plan.map_err(|error| refused(&error))?)
    }

    fn accept(&mut self, plan: &Plan) -> Result<Status, Refusal> {
        if let Some(reason) = self.file.failing_channels.get(&plan.channel) {
            return Err(Refusal { code: "publish-failed".into(), message: reason.clone().into() });
        }
        let id = format!("message:00000000-0000-0000-0000-{:012}", self.messages.len() + 1);
        let later = plan.publication.publish_at.is_some_and(|at| at > self.now)
            || plan.publication.repeat.is_some();
        self.messages.insert(id.clone(), if later { "SCHEDULED" } else { "PUBLISHED" });
        // Publishing answers before anything is sent, as the real service does.
        Ok(Status { message_id: Some(id), status: "SCHEDULED".into(), error_message: None })
    }

    fn status(&self, id: &str) -> Status {
        let status = self.messages.get(id).copied().unwrap_or("UNKNOWN").to_owned();
        Status { message_id: Some(id.to_owned()), status, error_message: None }
    }

    fn cancel(&mut self, id: &str) -> Status {
        if let Some(state @ &mut "SCHEDULED") = self.messages.get_mut(id) {
            *state = "CANCELLED";
            return self.status(id);
        }
        let reason = "only a message that is still scheduled can be cancelled";
        Status { error_message: Some(reason.into()), ..self.status(id) }
    }
}

impl World for RecordedWorld<'_> {
    /// Never waits, so there is no future to be kept: most runs are over in a microsecond.
    fn perform(&mut self, effect: &Effect) -> impl Future<Output = Answer> + Send {
        std::future::ready(self.answer(effect))
    }
}

impl RecordedWorld<'_> {
    fn answer(&mut self, effect: &Effect) -> Answer {
        match effect {
            Effect::Respond(response) => respond_answer(response),
            Effect::Random => Answer::Number(self.random()),
            #[expect(clippy::cast_precision_loss, reason = "milliseconds are below 2^53")]
            Effect::Now => Answer::Number(self.now.millis() as f64),
            Effect::Publish { channel, body, result } => {
                publish_answer(self.publish(channel, body), *result)
            }
            Effect::PushTemplate { template, body, result } => {
                publish_answer(self.push(template, body), *result)
            }
            Effect::MessageStatus { message_id } => status_answer(Ok(self.status(message_id))),
            Effect::CancelMessage { message_id } => status_answer(Ok(self.cancel(message_id))),
        }
    }
}
