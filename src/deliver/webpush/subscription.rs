//! A browser's push subscription, as its page registers it for a device token.

use crate::deliver::jwt::from_base64url;
use reqwest::Url;
use serde::Deserialize;

/// Where a browser takes messages, and by which keys.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) endpoint: Endpoint,
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
struct Json {
    endpoint: String,
    keys: JsonKeys,
}

#[derive(Deserialize)]
struct JsonKeys {
    p256dh: String,
    auth: String,
}

impl Subscription {
    /// From a device token: what `JSON.stringify(subscription)` gives in a page. The error says
    /// what is wrong with it.
    pub(super) fn parse(token: &str) -> Result<Self, String> {
        let json: Json = serde_json::from_str(token).map_err(|error| {
            format!(
                "its token is no push subscription: {error}; register what the page's \
                     `JSON.stringify(subscription)` gives"
            )
        })?;
        let key = |name: &str, text: &str| {
            from_base64url(text).ok_or_else(|| format!("`{name}` of its subscription isn't base64"))
        };
        let p256dh = key("p256dh", &json.keys.p256dh)?;
        let auth = key("auth", &json.keys.auth)?;
        let keys = Keys {
            p256dh: p256dh
                .try_into()
                .ok()
                .filter(|point: &[u8; 65]| point[0] == 4)
                .ok_or("`p256dh` of its subscription is no point of P-256 in 65 bytes")?,
            auth: auth.try_into().map_err(|_| "`auth` of its subscription hasn't 16 bytes")?,
        };
        let url = Url::parse(&json.endpoint)
            .map_err(|error| format!("the endpoint of its subscription is no address: {error}"))?;
        Ok(Self { endpoint: Endpoint::of(&url)?, keys })
    }
}

impl Endpoint {
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

#[cfg(test)]
mod tests {
    use super::Subscription;

    fn subscription(endpoint: &str, p256dh: &str) -> Result<String, String> {
        let token = format!(
            r#"{{"endpoint":"{endpoint}","expirationTime":null,
                "keys":{{"p256dh":"{p256dh}","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}}"#
        );
        Subscription::parse(&token)
            .map(|found| format!("{} {}", found.endpoint.origin(), found.endpoint.path))
    }

    #[test]
    fn what_a_page_gives_is_understood() {
        let key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4=";
        for (endpoint, read) in [
            ("https://push.example.net/push/a?b=c", "https://push.example.net /push/a?b=c"),
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
