//! The keys of the push services' settings, and how the text of each is taken.

use super::draft::{Key, Taken, keep, web_address};
use super::secret::Secret;
use super::services::ProviderKind;
use crate::limits;

/// The keys of the services.
pub(super) static KEYS: [Key; 25] = [
    Key {
        path: "providers.android",
        doc: "who delivers to Android: `fcm`, `webhook`, `virtual` or `off`",
        take: |draft, text| kind(&mut draft.services.android, text),
    },
    Key {
        path: "providers.ios",
        doc: "who delivers to iOS: `apns`, `fcm`, `webhook`, `virtual` or `off`",
        take: |draft, text| kind(&mut draft.services.ios, text),
    },
    Key {
        path: "providers.wp",
        doc: "who delivers to Windows Phone: `webhook`, `virtual` or `off`",
        take: |draft, text| kind(&mut draft.services.wp, text),
    },
    Key {
        path: "providers.osx",
        doc: "who delivers to macOS: `apns`, `webhook`, `virtual` or `off`",
        take: |draft, text| kind(&mut draft.services.osx, text),
    },
    Key {
        path: "providers.web",
        doc: "who delivers to browsers (their token is a push subscription): `webpush`, `off`",
        take: |draft, text| {
            let mut web = ProviderKind::Off;
            kind(&mut web, text)?;
            draft.services.web = Some(web);
            Ok(())
        },
    },
    Key {
        path: "fcm.credentials",
        doc: "the service account's key: the JSON file from Google, or its text",
        take: |draft, text| secret(&mut draft.services.fcm.credentials, text),
    },
    Key {
        path: "fcm.endpoint",
        doc: "an address instead of `https://fcm.googleapis.com`",
        take: |draft, text| https(&mut draft.services.fcm.reached.endpoint, text),
    },
    Key {
        path: "fcm.ca",
        doc: "certificates to trust for FCM instead of the system's: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.fcm.reached.ca, text),
    },
    Key {
        path: "fcm.connections",
        doc: "connections to FCM at most",
        take: |draft, text| connections(&mut draft.services.fcm.reached.connections, text),
    },
    Key {
        path: "apns.key",
        doc: "the signing key: the `.p8` file from Apple, or its text",
        take: |draft, text| secret(&mut draft.services.apns.key, text),
    },
    Key {
        path: "apns.key_id",
        doc: "the signing key's id, ten characters",
        take: |draft, text| ten(&mut draft.services.apns.key_id, text),
    },
    Key {
        path: "apns.team_id",
        doc: "the team's id, ten characters",
        take: |draft, text| ten(&mut draft.services.apns.team_id, text),
    },
    Key {
        path: "apns.certificate",
        doc: "a push certificate with its key instead of a signing key: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.apns.certificate, text),
    },
    Key {
        path: "apns.topic",
        doc: "the app's bundle id",
        take: |draft, text| keep(&mut draft.services.apns.topic, text),
    },
    Key {
        path: "apns.environment",
        doc: "`production`, or `sandbox` for development builds of the app",
        take: |draft, text| {
            draft.services.apns.sandbox = match text {
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
        take: |draft, text| https(&mut draft.services.apns.reached.endpoint, text),
    },
    Key {
        path: "apns.ca",
        doc: "certificates to trust for APNs instead of the system's: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.apns.reached.ca, text),
    },
    Key {
        path: "apns.connections",
        doc: "connections to APNs at most",
        take: |draft, text| connections(&mut draft.services.apns.reached.connections, text),
    },
    Key {
        path: "webpush.key",
        doc: "the VAPID key, P-256 in PKCS 8: a PEM file, or its text",
        take: |draft, text| {
            let key = &mut draft.services.webpush.key;
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
            keep(&mut draft.services.webpush.subject, text)
        },
    },
    Key {
        path: "webpush.allow_private",
        doc: "whether subscriptions may lie on this machine or in a private network",
        take: |draft, text| {
            let allow = text.parse().map_err(|_| "must be `true` or `false`")?;
            draft.services.webpush.allow_private = allow;
            Ok(())
        },
    },
    Key {
        path: "webpush.ca",
        doc: "certificates to trust for Web Push instead of the system's: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.webpush.reached.ca, text),
    },
    Key {
        path: "webhook.url",
        doc: "the address that gets each notification of a platform whose provider is `webhook`",
        take: |draft, text| keep(&mut draft.services.webhook.url, &web_address(text)?),
    },
    Key {
        path: "webhook.secret",
        doc: "what the webhook's requests are signed with",
        take: |draft, text| keep(&mut draft.services.webhook.secret, text),
    },
    Key {
        path: "webhook.ca",
        doc: "certificates to trust for the webhook instead of the system's: a PEM file, or its text",
        take: |draft, text| secret(&mut draft.services.webhook.ca, text),
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
