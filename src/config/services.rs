//! The settings of the push services: who delivers to which platform, and by which credentials.

use super::Secret;
use super::file::{Key, keep};
use crate::limits;

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

/// What the settings say of the services, before it is checked together.
#[derive(Clone, Debug)]
pub(super) struct ServicesDraft(Providers);

impl Default for ServicesDraft {
    fn default() -> Self {
        Self(Providers {
            android: ProviderKind::Virtual,
            ios: ProviderKind::Virtual,
            wp: ProviderKind::Virtual,
            osx: ProviderKind::Virtual,
            web: None,
            fcm: FcmConfig::default(),
            apns: ApnsConfig::default(),
            webpush: WebPushConfig::default(),
            webhook: WebhookConfig::default(),
        })
    }
}

impl ServicesDraft {
    pub(super) fn finish(self) -> Providers {
        self.0
    }
}

type Taken = Result<(), String>;

/// The keys of the services.
pub(super) static KEYS: [Key; 25] = [
    Key {
        path: "providers.android",
        doc: "who delivers to Android: `fcm`, `webhook`, `virtual` or `off`",
        take: |draft, text| kind(&mut draft.services.0.android, text),
    },
    Key {
        path: "providers.ios",
        doc: "who delivers to iOS: `apns`, `fcm`, `webhook`, `virtual` or `off`",
        take: |draft, text| kind(&mut draft.services.0.ios, text),
    },
    Key {
        path: "providers.wp",
        doc: "who delivers to Windows Phone: `webhook`, `virtual` or `off`",
        take: |draft, text| kind(&mut draft.services.0.wp, text),
    },
    Key {
        path: "providers.osx",
        doc: "who delivers to macOS: `apns`, `webhook`, `virtual` or `off`",
        take: |draft, text| kind(&mut draft.services.0.osx, text),
    },
    Key {
        path: "providers.web",
        doc: "who delivers to browsers (their token is a push subscription): `webpush`, `off`",
        take: |draft, text| {
            let mut web = ProviderKind::Off;
            kind(&mut web, text)?;
            draft.services.0.web = Some(web);
            Ok(())
        },
    },
    Key {
        path: "fcm.credentials",
        doc: "the service account's key: the JSON file from Google, or its text",
        take: |draft, text| secret(&mut draft.services.0.fcm.credentials, text),
    },
    Key {
        path: "fcm.endpoint",
        doc: "an address instead of `https://fcm.googleapis.com`",
        take: |draft, text| https(&mut draft.services.0.fcm.reached.endpoint, text),
    },
    Key {
        path: "fcm.ca",
        doc: "certificates to trust for FCM instead of the system's: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.0.fcm.reached.ca, text),
    },
    Key {
        path: "fcm.connections",
        doc: "connections to FCM at most",
        take: |draft, text| connections(&mut draft.services.0.fcm.reached.connections, text),
    },
    Key {
        path: "apns.key",
        doc: "the signing key: the `.p8` file from Apple, or its text",
        take: |draft, text| secret(&mut draft.services.0.apns.key, text),
    },
    Key {
        path: "apns.key_id",
        doc: "the signing key's id, ten characters",
        take: |draft, text| ten(&mut draft.services.0.apns.key_id, text),
    },
    Key {
        path: "apns.team_id",
        doc: "the team's id, ten characters",
        take: |draft, text| ten(&mut draft.services.0.apns.team_id, text),
    },
    Key {
        path: "apns.certificate",
        doc: "a push certificate with its key instead of a signing key: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.0.apns.certificate, text),
    },
    Key {
        path: "apns.topic",
        doc: "the app's bundle id",
        take: |draft, text| keep(&mut draft.services.0.apns.topic, text),
    },
    Key {
        path: "apns.environment",
        doc: "`production`, or `sandbox` for development builds of the app",
        take: |draft, text| {
            draft.services.0.apns.sandbox = match text {
                "production" => false,
                "sandbox" => true,
                _ => return Err("must be `production` or `sandbox`".to_owned()),
            };
            Ok(())
        },
    },
    Key {
        path: "apns.endpoint",
        doc: "an address instead of Apple's",
        take: |draft, text| https(&mut draft.services.0.apns.reached.endpoint, text),
    },
    Key {
        path: "apns.ca",
        doc: "certificates to trust for APNs instead of the system's: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.0.apns.reached.ca, text),
    },
    Key {
        path: "apns.connections",
        doc: "connections to APNs at most",
        take: |draft, text| connections(&mut draft.services.0.apns.reached.connections, text),
    },
    Key {
        path: "webpush.key",
        doc: "the VAPID key, P-256 in PKCS 8: a PEM file, or its text",
        take: |draft, text| {
            let key = &mut draft.services.0.webpush.key;
            // The private number itself, as `web-push generate-vapid-keys` prints it.
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            if text.len() == 43 && text.bytes().all(plain) {
                *key = Some(Secret::Text(text.to_owned()));
                return Ok(());
            }
            secret(key, text)
        },
    },
    Key {
        path: "webpush.subject",
        doc: "whom a browser's push service may write to: `mailto:ADDRESS` or `https://…`",
        take: |draft, text| {
            if !text.starts_with("mailto:") && !text.starts_with("https:") {
                return Err("must start with `mailto:` or `https:`".to_owned());
            }
            keep(&mut draft.services.0.webpush.subject, text)
        },
    },
    Key {
        path: "webpush.allow_private",
        doc: "whether subscriptions may lie on this machine or in a private network",
        take: |draft, text| {
            let allow = text.parse().map_err(|_| "must be `true` or `false`")?;
            draft.services.0.webpush.allow_private = allow;
            Ok(())
        },
    },
    Key {
        path: "webpush.ca",
        doc: "certificates to trust for Web Push instead of the system's: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.0.webpush.reached.ca, text),
    },
    Key {
        path: "webhook.url",
        doc: "the address that gets each notification of a platform whose provider is `webhook`",
        take: |draft, text| {
            keep(&mut draft.services.0.webhook.url, &super::file::web_address(text)?)
        },
    },
    Key {
        path: "webhook.secret",
        doc: "what the webhook's requests are signed with",
        take: |draft, text| keep(&mut draft.services.0.webhook.secret, text),
    },
    Key {
        path: "webhook.ca",
        doc: "certificates to trust for the webhook instead of the system's: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.0.webhook.ca, text),
    },
];

fn kind(slot: &mut ProviderKind, text: &str) -> Taken {
    let Some((_, kind)) = ProviderKind::ALL.iter().find(|(name, _)| *name == text) else {
        let names: Vec<_> = ProviderKind::ALL.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(format!(
            "names the unknown provider `{text}`; use one of {}",
            names.join(", ")
        ));
    };
    *slot = *kind;
    Ok(())
}

fn secret(slot: &mut Option<Secret>, text: &str) -> Taken {
    let mut whole = None;
    keep(&mut whole, text)?;
    *slot = whole.as_deref().map(Secret::new);
    Ok(())
}

fn https(slot: &mut Option<String>, text: &str) -> Taken {
    let address = text.trim_end_matches('/');
    match address.strip_prefix("https://") {
        Some(host) if !host.is_empty() && !host.contains('/') => keep(slot, address),
        Some(_) | None => Err("must be `https://HOST` or `https://HOST:PORT`".to_owned()),
    }
}

fn connections(slot: &mut Option<usize>, text: &str) -> Taken {
    let number = text.parse().ok().filter(|number| (1..=limits::CONNECTIONS_MAX).contains(number));
    *slot = Some(
        number.ok_or_else(|| format!("must be a number from 1 to {}", limits::CONNECTIONS_MAX))?,
    );
    Ok(())
}

fn ten(slot: &mut Option<String>, text: &str) -> Taken {
    if text.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("must be ten letters and digits, as Apple's developer page shows it".to_owned());
    }
    keep(slot, text)
}
