//! What a way to reach devices must be able to do.

use super::virtual_device::VirtualDevice;
use crate::id::MessageId;
use crate::model::{Notification, Os, Publication};
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

/// What became of a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has it.
    Accepted,
    /// The device is gone for good.
    Gone,
    /// Not now; later it may work.
    Retry {
        /// How long the other side wants us to wait, if it said so.
        after: Option<Duration>,
        /// Why.
        reason: String,
    },
    /// Never: this message, or this device, is refused.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Never, before an operator mends the settings.
    Misconfigured {
        /// What is wrong.
        reason: String,
    },
}

/// Which provider serves which platform.
#[derive(Clone)]
pub enum Providers {
    /// One a platform.
    Devices(ByPlatform),
    /// Every message goes to one provider, whole.
    Whole(Arc<dyn Provider>),
}

/// One provider a platform.
#[derive(Clone)]
pub struct ByPlatform {
    android: Arc<dyn Provider>,
    ios: Arc<dyn Provider>,
    wp: Arc<dyn Provider>,
    osx: Arc<dyn Provider>,
}

impl ByPlatform {
    /// The provider of that platform.
    pub fn of(&self, os: Os) -> &Arc<dyn Provider> {
        match os {
            Os::Android => &self.android,
            Os::Ios => &self.ios,
            Os::Wp => &self.wp,
            Os::Osx => &self.osx,
        }
    }
}

impl Providers {
    /// The providers that the settings name, one a platform.
    pub fn from_settings(settings: &crate::config::Providers) -> Self {
        let provider = |kind| -> Arc<dyn Provider> {
            match kind {
                crate::config::ProviderKind::Virtual => Arc::new(VirtualDevice),
            }
        };
        Self::Devices(ByPlatform {
            android: provider(settings.android),
            ios: provider(settings.ios),
            wp: provider(settings.wp),
            osx: provider(settings.osx),
        })
    }

    /// The same provider for every platform.
    pub fn same(provider: Arc<dyn Provider>) -> Self {
        if provider.reach() == Reach::Message {
            return Self::Whole(provider);
        }
        Self::Devices(ByPlatform {
            android: Arc::clone(&provider),
            ios: Arc::clone(&provider),
            wp: Arc::clone(&provider),
            osx: provider,
        })
    }
}
