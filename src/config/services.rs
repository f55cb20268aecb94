//! The settings of the push services: who delivers to which platform, and by which credentials.

use super::secret::Secret;

/// Who delivers to which platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Providers {
    /// For Android.
    pub android: ProviderKind,
    /// For iOS.
    pub ios: ProviderKind,
    /// For Windows Phone.
    pub wp: ProviderKind,
    /// For macOS.
    pub osx: ProviderKind,
    /// For browsers, which are devices whose token is a push subscription, on any platform;
    /// `None`: the platform's.
    pub web: Option<ProviderKind>,
    /// Firebase Cloud Messaging.
    pub fcm: FcmConfig,
    /// Apple's push service.
    pub apns: ApnsConfig,
    /// Web Push.
    pub webpush: WebPushConfig,
    /// A web address of one's own.
    pub webhook: WebhookConfig,
}

impl Default for Providers {
    fn default() -> Self {
        Self {
            android: ProviderKind::Virtual,
            ios: ProviderKind::Virtual,
            wp: ProviderKind::Virtual,
            osx: ProviderKind::Virtual,
            web: None,
            fcm: FcmConfig::default(),
            apns: ApnsConfig::default(),
            webpush: WebPushConfig::default(),
            webhook: WebhookConfig::default(),
        }
    }
}

/// The kinds of providers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// A phone in a web page: its notifications are kept in an inbox.
    Virtual,
    /// Firebase Cloud Messaging, its HTTP v1 API.
    Fcm,
    /// Apple's push service.
    Apns,
    /// The push services of browsers.
    WebPush,
    /// A web address that gets each notification.
    Webhook,
    /// Nobody: what needs it fails and says so.
    Off,
}

impl ProviderKind {
    /// All of them, as the settings write them.
    pub const ALL: [(&'static str, Self); 6] = [
        ("virtual", Self::Virtual),
        ("fcm", Self::Fcm),
        ("apns", Self::Apns),
        ("webpush", Self::WebPush),
        ("webhook", Self::Webhook),
        ("off", Self::Off),
    ];

    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("off", |(name, _)| name)
    }
}

/// How to reach a service; everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// An address instead of the service's own, `https://HOST:PORT`.
    pub endpoint: Option<String>,
    /// Certificates to trust instead of the system's, in PEM.
    pub ca: Option<Secret>,
    /// Connections at most.
    pub connections: Option<usize>,
}

/// Firebase Cloud Messaging.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FcmConfig {
    /// The service account's key, JSON as Google gives it.
    pub credentials: Option<Secret>,
    /// Where it is.
    pub reached: Reached,
}

/// Apple's push service: by a key (`key`, `key_id`, `team_id`) or by a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApnsConfig {
    /// The signing key, the `.p8` file.
    pub key: Option<Secret>,
    /// The key's ten characters.
    pub key_id: Option<String>,
    /// The team's ten characters.
    pub team_id: Option<String>,
    /// A certificate and its key, both in one PEM.
    pub certificate: Option<Secret>,
    /// The app's bundle id.
    pub topic: Option<String>,
    /// Whether devices are those of development builds.
    pub sandbox: bool,
    /// Where it is.
    pub reached: Reached,
}

/// Web Push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebPushConfig {
    /// The VAPID key, P-256: PEM in PKCS 8.
    pub key: Option<Secret>,
    /// Whom a push service may write to: `mailto:` or `https:`.
    pub subject: Option<String>,
    /// Whether subscriptions may lie on this machine or in a private network.
    pub allow_private: bool,
    /// Certificates to trust, and connections to each service; there is no one endpoint.
    pub reached: Reached,
}

/// A web address that gets each notification.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WebhookConfig {
    /// The address.
    pub url: Option<String>,
    /// What signatures are made with.
    pub secret: Option<String>,
    /// Certificates to trust instead of the system's, in PEM.
    pub ca: Option<Secret>,
}

impl std::fmt::Debug for WebhookConfig {
    /// Without the secret, and without the address: its path may be one, too.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookConfig").field("ca", &self.ca).finish_non_exhaustive()
    }
}
