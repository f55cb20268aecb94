//! The real outside of a run: the clock, chance, and a messaging service.

use super::response::respond_answer;
use super::world::World;
use crate::clock::Clock;
use crate::diag::Sentence;
use crate::vm::{Answer, Effect, Status};
use serde_json::Value as Json;

/// Whoever publishes for flows: this process, a server, or nobody in a dry run.
pub trait Messaging: Send + Sync {
    /// Publishes a wire body. The same `key` never publishes twice.
    fn publish(
        &self,
        channel: &str,
        body: &Json,
        key: &str,
    ) -> impl Future<Output = Result<Status, Refusal>> + Send;

    /// Pushes a stored template; `body` is what `POST /messaging/push/{template}` takes. The
    /// same `key` never pushes twice.
    fn push(
        &self,
        template: &str,
        body: &Json,
        key: &str,
    ) -> impl Future<Output = Result<Status, Refusal>> + Send;

    /// How a message fares.
    fn status(&self, message_id: &str) -> impl Future<Output = Result<Status, Refusal>> + Send;

    /// Cancels a scheduled message.
    fn cancel(&self, message_id: &str) -> impl Future<Output = Result<Status, Refusal>> + Send;
}

/// Why messaging could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A stable kebab-case word.
    pub code: String,
    /// What happened and how to mend it.
    pub message: Sentence,
}

/// The real outside of one run.
pub struct LiveWorld<'w, M> {
    /// Who publishes.
    pub messaging: &'w M,
    /// Tells the time.
    pub clock: Clock,
    /// Names the run in idempotency keys.
    pub run_id: String,
    /// Publishes so far: the other half of the key.
    pub published: u64,
    /// Shows a printed line at once.
    pub on_print: &'w mut (dyn FnMut(&str) + Send),
}

impl<M> LiveWorld<'_, M> {
    /// The idempotency key of the next publish.
    fn next_key(&mut self) -> String {
        self.published += 1;
        format!("{}/{}", self.run_id, self.published)
    }
}

impl<M: Messaging> World for LiveWorld<'_, M> {
    fn printed(&mut self, line: &str) {
        (self.on_print)(line);
    }

    async fn perform(&mut self, effect: &Effect) -> Answer {
        match effect {
            Effect::Respond(response) => respond_answer(response),
            Effect::Random => Answer::Number(chance()),
            #[expect(clippy::cast_precision_loss, reason = "milliseconds are below 2^53")]
            Effect::Now => Answer::Number(self.clock.now().millis() as f64),
            Effect::Publish { channel, body, result } => {
                let key = self.next_key();
                publish_answer(self.messaging.publish(channel, body, &key).await, *result)
            }
            Effect::PushTemplate { template, body, result } => {
                let key = self.next_key();
                publish_answer(self.messaging.push(template, body, &key).await, *result)
            }
            Effect::MessageStatus { message_id } => {
                status_answer(self.messaging.status(message_id).await)
            }
            Effect::CancelMessage { message_id } => {
                match self.messaging.cancel(message_id).await {
                    Ok(status) => Answer::Status(Box::new(status)),
                    // It goes on faring as it did; the reason says why.
                    Err(refusal) => match self.messaging.status(message_id).await {
                        Ok(status) => Answer::Status(Box::new(Status {
                            error_message: Some(refusal.message.english()),
                            ..status
                        })),
                        Err(refusal) => status_answer(Err(refusal)),
                    },
                }
            }
        }
    }
}

/// What a publish block gets: a failure is a result where somebody reads it, and
/// otherwise ends the run.
pub(crate) fn publish_answer(outcome: Result<Status, Refusal>, result: bool) -> Answer {
    match outcome {
        Ok(status) => Answer::Status(Box::new(status)),
        Err(refusal) if result => Answer::Status(Box::new(Status {
            message_id: None,
            status: "FAILED".into(),
            error_message: Some(refusal.message.english()),
        })),
        Err(refusal) => status_answer(Err(refusal)),
    }
}

pub(crate) fn status_answer(outcome: Result<Status, Refusal>) -> Answer {
    match outcome {
        Ok(status) => Answer::Status(Box::new(status)),
        Err(Refusal { code, message }) => Answer::Refused { code, message },
    }
}

/// A double drawn evenly from 0 (included) to 1 (not).
fn chance() -> f64 {
    // The low 62 bits of a version 4 UUID are random; a double has 53.
    let bits = uuid::Uuid::new_v4().as_u128() & ((1 << 53) - 1);
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    let number = bits as f64 / (1_u64 << 53) as f64;
    number
}
