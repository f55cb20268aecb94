//! A browser's push subscription, as its page registers it for a device token.

use crate::deliver::jwt::from_base64url;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use serde::Deserialize;
use std::borrow::Cow;

/// Where a browser takes messages, and by which keys.
#[derive(Debug)]
pub(super) struct Subscription<'t> {
    /// The address, as it was given.
    pub(super) address: Cow<'t, str>,
    pub(super) keys: Keys,
}

/// An address at a push service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) path: String,
}

/// The keys of one browser.
#[derive(Debug)]
pub(super) struct Keys {
    /// Its public point, uncompressed.
    pub(super) p256dh: [u8; 65],
    /// Its secret.
    pub(super) auth: [u8; 16],
}

#[derive(Deserialize)]
struct Json<'t> {
    #[serde(borrow)]
    endpoint: Cow<'t, str>,
    #[serde(borrow)]
    keys: JsonKeys<'t>,
}

#[derive(Deserialize)]
struct JsonKeys<'t> {
    #[serde(borrow)]
    p256dh: Cow<'t, str>,
    #[serde(borrow)]
    auth: Cow<'t, str>,
}

impl<'t> Subscription<'t> {
    /// From a device token: what `JSON.stringify(subscription)` gives in a page. The error says
    /// what is wrong with it.
    pub(super) fn parse(token: &'t str) -> Result<Self, String> {
        let json: Json<'t> = serde_json::from_str(token).map_err(|error| {
            format!(
                "its token is no push subscription: {error}; register what the page's \
                     `JSON.stringify(subscription)` gives"
            )
        })?;
        let p256dh = key("p256dh", &json.keys.p256dh)?
            .filter(|point: &[u8; 65]| point[0] == 4)
            .ok_or("`p256dh` of its subscription is no point of P-256 in 65 bytes")?;
        let auth =
            key("auth", &json.keys.auth)?.ok_or("`auth` of its subscription hasn't 16 bytes")?;
        Ok(Self { address: json.endpoint, keys: Keys { p256dh, auth } })
    }
}

/// A key in base64; `None` when it has another length.
fn key<const N: usize>(name: &str, text: &str) -> Result<Option<[u8; N]>, String> {
    // As browsers write it. Longer than any key, as the decoder rounds up.
    let mut bytes = [0; 96];
    if URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(N) {
        return Ok(bytes.first_chunk().copied());
    }
    let bytes =
        from_base64url(text).ok_or_else(|| format!("`{name}` of its subscription isn't base64"))?;
    Ok(bytes.try_into().ok())
}

impl Endpoint {
    /// Of an address as a subscription gives it.
    pub(super) fn parse(address: &str) -> Result<Self, String> {
        let url = Url::parse(address)
            .map_err(|error| format!("the endpoint of its subscription is no address: {error}"))?;
        Self::of(&url)
    }

    /// Of an address; only https.
    pub(super) fn of(url: &Url) -> Result<Self, String> {
        if url.scheme() != "https" || !url.username().is_empty() || url.password().is_some() {
            return Err("the endpoint of its subscription must be https, without a user".to_owned());
        }
        let host = url.host_str().ok_or("the endpoint of its subscription names no host")?;
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Ok(Self { host: host.to_owned(), port: url.port().unwrap_or(443), path })
    }

    /// The origin, as VAPID names it (RFC 6454).
    pub(super) fn origin(&self) -> String {
        match self.port {
            443 => format!("https://{}", self.host),
            port => format!("https://{}:{port}", self.host),
        }
    }
}

/// Origin and path of an address that needs no more than to be cut, for an origin that was met
/// before: nothing of it is written otherwise than a URL's reader would.
pub(super) fn plain(address: &str) -> Option<(&str, &str)> {
    let rest = address.strip_prefix("https://")?;
    let (origin, path) = address.split_at(address.len() - rest.len() + rest.find('/')?);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_:=+~,;@".contains(byte);
    path.bytes().all(|byte| is_plain(&byte)).then_some((origin, path))
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, Subscription, plain};

    fn subscription(endpoint: &str, p256dh: &str) -> Result<String, String> {
        let token = format!(
            r#"{{"endpoint":"{endpoint}","expirationTime":null,
                "keys":{{"p256dh":"{p256dh}","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}}"#
        );
        let found = Endpoint::parse(&Subscription::parse(&token)?.address)?;
        let read = format!("{} {}", found.origin(), found.path);
        // For an origin that is known by this name.
        if let Some((origin, path)) = plain(endpoint)
            && origin == found.origin()
        {
            assert_eq!(path, found.path, "both readings are the same");
        }
        Ok(read)
    }

    #[test]
    fn what_a_page_gives_is_understood() {
        let key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4=";
        for (endpoint, read) in [
            ("https://push.example.net/push/a?b=c", "https://push.example.net /push/a?b=c"),
            ("https://push.example.net/v2/a:b-c_d=", "https://push.example.net /v2/a:b-c_d="),
            ("https://push.example.net/a/../b", "https://push.example.net /b"),
            ("https://push.example.net/%2E/b", "https://push.example.net /b"),
            ("https://push.example.net/a?b=\u{e9}", "https://push.example.net /a?b=%C3%A9"),
            ("https://PUSH.example.net:443/x", "https://push.example.net /x"),
            ("https://push.example.net:8443/x#y", "https://push.example.net:8443 /x"),
            ("https://2130706433/", "https://127.0.0.1 /"),
            ("https://[::1]/", "https://[::1] /"),
        ] {
            assert_eq!(subscription(endpoint, key).as_deref(), Ok(read));
        }
        for (endpoint, key, error) in [
            ("http://a/", key, "must be https"),
            ("https://u:p@a/", key, "without a user"),
            ("nowhere", key, "is no address"),
            ("https://a/", "BCVx", "no point"),
            ("https://a/", "%", "base64"),
        ] {
            let found = subscription(endpoint, key).unwrap_err();
            assert!(found.contains(error), "{found}");
        }
        assert!(Subscription::parse("{}").unwrap_err().contains("JSON.stringify"));
    }
}
