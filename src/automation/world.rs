//! The outside of recorded runs: what a run got is written down, and given again later.

use crate::diag::{Sentence, say};
use crate::flow::{Messaging, Refusal, World, respond_answer};
use crate::id::{AppId, MessageId};
use crate::model::MessageStatus;
use crate::publish::{Publisher, Templates};
use crate::vm::{Answer, Effect, Response, Status};
use serde_json::Value as Json;
use tokio::sync::oneshot;

/// Publishes for the flows of one application.
pub(super) struct AppMessaging {
    pub(super) publisher: Publisher,
    pub(super) templates: Templates,
    pub(super) app: AppId,
}

impl Messaging for AppMessaging {
    async fn publish(&self, channel: &str, body: &Json, key: &str) -> Result<Status, Refusal> {
        let receipt = self.publisher.publish(&self.app, channel, body, Some(key)).await;
        told(receipt.map_err(|error| refused(error.code(), error.sentence())))
    }

    async fn push(&self, template: &str, body: &Json, key: &str) -> Result<Status, Refusal> {
        let receipt = self.templates.push(&self.app, template, body, Some(key)).await;
        told(receipt.map_err(|error| refused(error.code(), error.sentence())))
    }

    async fn status(&self, message_id: &str) -> Result<Status, Refusal> {
        let status = self.publisher.status(&self.app, &MessageId::new(message_id)).await;
        told(status.map_err(|error| refused(error.code(), error.sentence())))
    }

    async fn cancel(&self, message_id: &str) -> Result<Status, Refusal> {
        let status = self.publisher.cancel(&self.app, &MessageId::new(message_id)).await;
        told(status.map_err(|error| refused(error.code(), error.sentence())))
    }
}

fn told(outcome: Result<MessageStatus, Refusal>) -> Result<Status, Refusal> {
    outcome.map(|status| Status {
        message_id: Some(status.message_id.as_str().to_owned()),
        status: status.state.upper().to_owned(),
        error_message: status.error_message,
    })
}

fn refused(code: &str, message: Sentence) -> Refusal {
    Refusal { code: code.to_owned(), message }
}

/// Another outside, whose answers are written down.
pub(super) struct Recording<W> {
    inner: W,
    /// Everything it answered, in order.
    pub(super) answers: Vec<Answer>,
    /// The id of each message published; none when that failed.
    pub(super) message_ids: Vec<Option<String>>,
    /// Who waits for an answer to an HTTP request.
    respond: Option<oneshot::Sender<Response>>,
}

impl<W> Recording<W> {
    pub(super) fn new(inner: W, respond: Option<oneshot::Sender<Response>>) -> Self {
        Self { inner, answers: Vec::new(), message_ids: Vec::new(), respond }
    }
}

impl<W: World> World for Recording<W> {
    fn printed(&mut self, line: &str) {
        self.inner.printed(line);
    }

    async fn perform(&mut self, effect: &Effect) -> Answer {
        let answer = self.inner.perform(effect).await;
        match (effect, &answer) {
            (Effect::Publish { .. } | Effect::PushTemplate { .. }, Answer::Status(status)) => {
                self.message_ids.push(status.message_id.clone());
            }
            (Effect::Publish { .. } | Effect::PushTemplate { .. }, _) => {
                self.message_ids.push(None);
            }
            (Effect::Respond(response), Answer::Done) => {
                if let Some(waiting) = self.respond.take() {
                    // Whoever asked may be gone.
                    let _ = waiting.send((**response).clone());
                }
            }
            _ => {}
        }
        self.answers.push(answer.clone());
        answer
    }
}

/// What was written down, given again.
pub(super) struct Replaying {
    answers: std::vec::IntoIter<Answer>,
}

impl Replaying {
    pub(super) fn new(answers: Vec<Answer>) -> Self {
        Self { answers: answers.into_iter() }
    }
}

/// Whether it can be what an effect got.
fn fits(effect: &Effect, answer: &Answer) -> bool {
    matches!(effect, Effect::Respond(_)) || !matches!(answer, Answer::Done)
}

impl World for Replaying {
    async fn perform(&mut self, effect: &Effect) -> Answer {
        // Records of earlier have one for each line printed as well, which fits nothing else.
        let answer = self.answers.find(|answer| fits(effect, answer));
        match (answer, effect) {
            (Some(answer), _) => answer,
            (None, Effect::Respond(response)) => respond_answer(response),
            (None, _) => Answer::Refused {
                code: "record-over".into(),
                message: say!("the recorded run ended here"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Record;
    use super::Replaying;
    use crate::flow::World;
    use crate::vm::{Answer, Effect};

    #[tokio::test]
    async fn records_of_earlier_are_told_though_prompts_and_prints_were_answered_then() {
        let kept = r#"{"event": {}, "report": null, "answers": [
            {"text": "Ann"}, "done", {"number": 0.5}, {"text": null}, "done", "done", {"number": 7.0}
        ]}"#;
        let record = Record::read(kept).expect("it can still be read");
        let mut world = Replaying::new(record.answers.expect("they are there"));
        let drawn = world.perform(&Effect::Random).await;
        let now = world.perform(&Effect::Now).await;
        assert_eq!((drawn, now), (Answer::Number(0.5), Answer::Number(7.0)));
        assert!(world.perform(&Effect::Now).await.is_refused(), "nothing is left");
    }
}
