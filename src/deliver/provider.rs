//! What a way to reach devices must be able to do.

use crate::clock::Timestamp;
use crate::id::MessageId;
use crate::model::{Notification, Publication};
use crate::store::Recipient;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A way to reach devices: a push service, the virtual phones, another server.
pub trait Provider: Send + Sync {
    /// Its name, as the settings write it.
    fn name(&self) -> &'static str;

    /// What it takes at a time.
    fn reach(&self) -> Reach;

    /// Sends one parcel. Must come to an end by itself within
    /// [`crate::limits::SEND_MS`], and may be called many times at once.
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a>;

    /// Parcels a second that its service wants at most, when the settings say nothing.
    fn pace(&self) -> Option<u32> {
        None
    }
}

/// The answer of [`Provider::send`], when it comes.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// What a provider takes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// One device; the engine pages through the audience.
    Device,
    /// One device, whose inbox is in our own store: what is sent is kept there in the
    /// same commit as the outcome, so it arrives exactly once.
    Inbox,
    /// A whole message; the audience is the other side's business.
    Message,
}

/// A message on its way out; the same for all its parcels.
#[derive(Debug)]
pub struct Outgoing {
    /// Which message. The same for every attempt, so that the other side can tell doubles.
    pub id: MessageId,
    /// The channel it was published to.
    pub channel: String,
    /// What was published.
    pub publication: Publication,
}

/// What is sent.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The message.
    pub message: Arc<Outgoing>,
    /// To whom and what it shows; `None` when the message is sent whole.
    pub to: Option<(Recipient, Arc<Notification>)>,
}

/// What became of a parcel. Always from an answer, or from the lack of one: a provider never
/// guesses that something was delivered.
///
/// New credentials and what was surely not processed (a stream that was refused, or lies above
/// the last one of a GOAWAY) are the provider's own business: it sends again by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has it.
    Accepted,
    /// The device is gone for good.
    Gone {
        /// When the service noticed, if it says so: a registration after that is another one
        /// and stays.
        since: Option<Timestamp>,
    },
    /// Not now; later it may work.
    Retry {
        /// How long the other side wants us to wait, if it said so.
        after: Option<Duration>,
        /// Who has to wait.
        scope: Scope,
        /// Why.
        reason: String,
    },
    /// Surely not processed: whom it goes to has asked for a pause that isn't over, or takes
    /// nothing now. No attempt of the device.
    NotTried {
        /// How long to wait.
        after: Duration,
        /// Who has to wait.
        scope: Scope,
        /// Why.
        reason: String,
    },
    /// The connection broke after the request had left: it may have arrived or not. Sent
    /// again it is at least once; the collapse id hides the double on the phone.
    Unknown {
        /// What broke.
        reason: String,
    },
    /// Never: this message, or this device, is refused.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Never, before an operator mends the settings: every further parcel of this provider
    /// will fail the same way.
    Misconfigured {
        /// What is wrong.
        reason: String,
    },
}

/// Who has to wait before a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This device alone.
    Device,
    /// Everything that goes through this provider: it is overloaded, or its quota is used up.
    Provider,
}

/// Whether a device's token is a browser's push subscription, which is a JSON object:
/// `{"endpoint": "https://…", "keys": {"p256dh": "…", "auth": "…"}}`. No service's tokens
/// begin so.
pub fn is_subscription(token: &str) -> bool {
    token.trim_start().starts_with('{')
}
