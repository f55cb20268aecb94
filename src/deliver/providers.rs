//! Which provider serves which platform, opened by the settings.

use super::apns::Apns;
use super::fcm::Fcm;
use super::off::Off;
use super::provider::{Provider, Reach, is_subscription};
use super::virtual_device::VirtualDevice;
use super::webhook::Webhook;
use super::webpush::WebPush;
use crate::clock::Clock;
use crate::config::ProviderKind;
use crate::model::Os;
use crate::store::Recipient;
use std::sync::Arc;

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
