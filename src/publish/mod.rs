//! Publishing: a wire body is checked, kept, and answered; the engine does the rest.
//!
//! [`plan`] is pure and the one reader of the wire body. [`Publisher`] keeps what it
//! planned. [`Registry`] does the same for devices, [`Templates`] for push templates. Nothing here knows HTTP or blocks.

mod error;
mod options;
mod preview;
mod registry;
mod template_error;
mod templates;

pub(crate) use error::number_of;
pub use error::{DeviceError, ERRORS, ErrorNumber, PublishError};
pub use options::{Plan, channel_name, plan};
pub use preview::preview;
pub use registry::Registry;
pub use template_error::TemplateError;
pub use templates::{Preview, Sample, Saved, Templates, plan_push};

use crate::bus::Bus;
use crate::clock::Clock;
use crate::id::{AppId, MessageId};
use crate::limits;
use crate::model::{MessageStatus, Receipt};
use crate::store::{Audience, Cancelled, NewMessage, Store};
use serde_json::Value;

/// Takes messages in. Cheap to clone.
#[derive(Clone)]
pub struct Publisher {
    store: Store,
    bus: Bus,
    clock: Clock,
}

impl Publisher {
    /// A publisher into this store.
    pub fn new(store: Store, bus: Bus, clock: Clock) -> Self {
        Self { store, bus, clock }
    }

    /// Publishes; durable when it returns. `body` is the wire body of
    /// `POST /messaging/{channel}`. The same `key` never publishes twice: the receipt
    /// of the first time is returned.
    ///
    /// # Errors
    /// [`PublishError`]; nothing was kept then.
    pub async fn publish(
        &self,
        app: &AppId,
        channel: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Result<Receipt, PublishError> {
        let plan = plan(channel, body, self.clock.now())?;
        self.accept(app, plan, key).await
    }

    /// The same for what is planned already.
    async fn accept(
        &self,
        app: &AppId,
        plan: Plan,
        key: Option<&str>,
    ) -> Result<Receipt, PublishError> {
        if let Some(key) = key
            && (key.is_empty() || key.len() > limits::IDEMPOTENCY_KEY_BYTES_MAX)
        {
            return Err(PublishError::IdempotencyKey { length: key.len() });
        }
        let now = self.clock.now();
        let message = NewMessage {
            app: app.clone(),
            id: MessageId::fresh(now),
            channel: plan.channel,
            publication: plan.publication,
            platforms: plan.platforms,
            delivers_push: plan.delivers_push,
            key: key.map(str::to_owned),
        };
        let id = self.store.accept(message, now).await?;
        // Joins the request, or the run that is in the key, with what is logged of its sending.
        tracing::info!(message = %id, key, "publish: accepted");
        self.bus.message_due();
        Ok(Receipt::accepted(id))
    }

    /// How a message fares. A message nobody knows has the state `Unknown`.
    pub async fn status(&self, app: &AppId, id: &MessageId) -> Result<MessageStatus, PublishError> {
        let status = self.store.status(app, id).await?;
        Ok(status.unwrap_or_else(|| MessageStatus::unknown(id.clone())))
    }

    /// Cancels a message that isn't sent yet, or the further copies of a repeating one.
    ///
    /// # Errors
    /// [`PublishError::NotCancellable`] when it is too late, or there is no such message.
    pub async fn cancel(&self, app: &AppId, id: &MessageId) -> Result<MessageStatus, PublishError> {
        self.cancel_message(app, id, false).await
    }

    /// Cancels a message, also one that is being sent.
    ///
    /// # Errors
    /// [`PublishError::NotCancellable`] when it is done, or there is no such message.
    pub async fn cancel_running(
        &self,
        app: &AppId,
        id: &MessageId,
    ) -> Result<MessageStatus, PublishError> {
        self.cancel_message(app, id, true).await
    }

    async fn cancel_message(
        &self,
        app: &AppId,
        id: &MessageId,
        running: bool,
    ) -> Result<MessageStatus, PublishError> {
        match self.store.cancel(app, id, running, self.clock.now()).await? {
            Cancelled::Done(status) => Ok(status),
            Cancelled::Refused(state) => {
                Err(PublishError::NotCancellable { id: id.clone(), state })
            }
        }
    }

    /// How many devices a push to these platforms (in any form of `pushBroadcast`), this
    /// channel and this segment would reach now.
    ///
    /// # Errors
    /// [`PublishError`], which names the field.
    pub async fn count(
        &self,
        app: &AppId,
        channel: &str,
        platforms: &Value,
        segment: Option<&str>,
    ) -> Result<u64, PublishError> {
        let body = serde_json::json!({
            "message": "", "publishPolicy": "PUSH", "pushBroadcast": platforms,
            "segmentQuery": segment,
        });
        self.audience(app, &plan(channel, &body, self.clock.now())?).await
    }

    /// How many devices a plan would reach now.
    pub async fn audience(&self, app: &AppId, plan: &Plan) -> Result<u64, PublishError> {
        if !plan.delivers_push {
            return Ok(0);
        }
        let audience = Audience {
            app: app.clone(),
            channel: plan.channel.clone(),
            platforms: plan.platforms,
            device_ids: plan.device_ids.clone(),
            segment: plan.segment.clone(),
        };
        Ok(self.store.audience_size(audience, self.clock.now()).await?)
    }
}
