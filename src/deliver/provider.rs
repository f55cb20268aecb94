//! What a way to reach devices must be able to do.

use super::apns::Apns;
use super::fcm::Fcm;
use super::off::Off;
use super::virtual_device::VirtualDevice;
use super::webhook::Webhook;
use super::webpush::WebPush;
use crate::clock::{Clock, Timestamp};
use crate::config::ProviderKind;
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
    web: Option<Arc<dyn Provider>>,
}

impl ByPlatform {
    /// The provider of that device: a browser's, if its token is a push subscription and a
    /// provider for browsers is set, whatever system it runs on; else that of its platform.
    pub fn for_device(&self, device: &Recipient) -> &Arc<dyn Provider> {
        match &self.web {
            Some(web) if is_subscription(&device.token) => web,
            Some(_) | None => self.of(device.os),
        }
    }

    /// The same, with another provider for browsers.
    #[cfg(test)]
    pub(super) fn with_web(self, web: Arc<dyn Provider>) -> Self {
        Self { web: Some(web), ..self }
    }

    /// The provider of browsers, if there is one.
    pub fn web(&self) -> Option<&Arc<dyn Provider>> {
        self.web.as_ref()
    }

    /// All of them; one that serves several platforms is among them as often.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        [&self.android, &self.ios, &self.wp, &self.osx].into_iter().chain(&self.web)
    }

    /// The provider of that platform, for devices that are no browsers.
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
    /// The providers that the settings name, one a platform. A provider without credentials is
    /// off: what needs it fails and says which settings are missing.
    ///
    /// # Errors
    /// [`ProvidersError`], when credentials are there and can't be used.
    pub fn from_settings(
        settings: &crate::config::Providers,
        clock: &Clock,
    ) -> Result<Self, ProvidersError> {
        let mut made: Vec<(ProviderKind, Arc<dyn Provider>)> = Vec::new();
        let mut provider = |kind| {
            if let Some((_, provider)) = made.iter().find(|(known, _)| *known == kind) {
                return Ok(Arc::clone(provider));
            }
            let provider = open(kind, settings, clock)?;
            made.push((kind, Arc::clone(&provider)));
            Ok(provider)
        };
        Ok(Self::Devices(ByPlatform {
            android: provider(settings.android)?,
            ios: provider(settings.ios)?,
            wp: provider(settings.wp)?,
            osx: provider(settings.osx)?,
            web: settings.web.map(provider).transpose()?,
        }))
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
            web: None,
        })
    }
}

/// Why the providers can't be set up: which setting, what is wrong, how to mend it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ProvidersError(String);

pub(super) fn open(
    kind: ProviderKind,
    settings: &crate::config::Providers,
    clock: &Clock,
) -> Result<Arc<dyn Provider>, ProvidersError> {
    let clock = clock.clone();
    let off = |missing: &str| -> Arc<dyn Provider> {
        let name = kind.name();
        Arc::new(Off { reason: format!("the provider `{name}` has no credentials; set {missing}") })
    };
    let opened = match kind {
        ProviderKind::Virtual => Ok(Arc::new(VirtualDevice) as Arc<dyn Provider>),
        ProviderKind::Fcm => Fcm::open(&settings.fcm, clock)
            .map(|fcm| fcm.map_or_else(|| off("`fcm.credentials`"), |fcm| Arc::new(fcm))),
        ProviderKind::Apns => Apns::open(&settings.apns, clock).map(|apns| {
            let missing = "`apns.key` with `apns.key_id` and `apns.team_id`, or `apns.certificate`";
            apns.map_or_else(|| off(missing), |apns| Arc::new(apns))
        }),
        ProviderKind::WebPush => WebPush::open(&settings.webpush, clock)
            .map(|web| web.map_or_else(|| off("`webpush.key`"), |web| Arc::new(web))),
        ProviderKind::Webhook => Webhook::open(&settings.webhook, clock)
            .map(|hook| hook.map_or_else(|| off("`webhook.url`"), |hook| Arc::new(hook))),
        ProviderKind::Off => {
            let reason = "its platform's provider is `off` in the settings".to_owned();
            Ok(Arc::new(Off { reason }) as Arc<dyn Provider>)
        }
    };
    opened.map_err(ProvidersError)
}

/// Whether a device's token is a browser's push subscription, which is a JSON object:
/// `{"endpoint": "https://…", "keys": {"p256dh": "…", "auth": "…"}}`. No service's tokens
/// begin so.
pub fn is_subscription(token: &str) -> bool {
    token.trim_start().starts_with('{')
}
