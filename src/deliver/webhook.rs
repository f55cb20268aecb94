//! A web address of the operator's own that gets each notification: signed as the Standard
//! Webhooks specification says (standardwebhooks.com), for which every language has a library.
//!
//! `POST` of JSON with `messageId`, `channel`, `deviceId`, `deviceToken`, `os` and `notification`
//! and three headers: `webhook-id`, the same for each attempt; `webhook-timestamp`, seconds since
//! 1970; `webhook-signature`, `v1,` and base64 of the HMAC-SHA256 of `ID.TIMESTAMP.BODY`.

use super::identity::parcel_id;
use super::provider::{Outcome, Parcel, Provider, Reach, Scope, Sending};
use super::service::pem;
use super::wait::retry_after;
use crate::clock::Clock;
use crate::config::WebhookConfig;
use crate::limits;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Certificate, Response, StatusCode, Url};
use serde_json::json;
use std::time::Duration;

/// Sends to a web address.
pub(super) struct Webhook {
    client: reqwest::Client,
    url: Url,
    key: hmac::Key,
    clock: Clock,
}

impl Webhook {
    /// From the settings. `Ok(None)`: there is no address. The error says which setting is wrong
    /// and how to mend it.
    pub(super) fn open(config: &WebhookConfig, clock: Clock) -> Result<Option<Self>, String> {
        let Some(url) = &config.url else { return Ok(None) };
        let url =
            Url::parse(url).map_err(|error| format!("`webhook.url` is no address: {error}"))?;
        let secret = config
            .secret
            .as_ref()
            .ok_or("`webhook.secret` is missing: what requests are signed with")?;
        let mut client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(limits::CONNECT_MS))
            .timeout(Duration::from_millis(limits::ANSWER_MS))
            .user_agent(concat!("blockcast/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = pem("webhook.ca", config.ca.as_ref())? {
            let certificates = Certificate::from_pem_bundle(pem.as_bytes())
                .map_err(|error| format!("`webhook.ca` holds no certificate in PEM: {error}"))?;
            client = client.tls_certs_only(certificates);
        }
        let client = client.build().map_err(|error| format!("`webhook`: {error}"))?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key_bytes(secret));
        Ok(Some(Self { client, url, key, clock }))
    }

    async fn deliver(&self, parcel: &Parcel) -> Outcome {
        let Some((device, notification)) = &parcel.to else {
            return Outcome::Rejected { reason: "a webhook takes one device at a time".to_owned() };
        };
        let id = parcel_id(parcel, notification, &device.id).to_string();
        let body = json!({
            "messageId": notification.message_id,
            "channel": notification.channel,
            "deviceId": device.id.as_str(),
            "deviceToken": device.token,
            "os": device.os,
            "notification": notification.as_ref(),
        })
        .to_string();
        let seconds = (self.clock.now().millis() / 1_000).to_string();
        let signature = signature(&self.key, &id, &seconds, &body);
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .body(body);
        match request.send().await {
            Ok(answer) => self.outcome(&answer),
            Err(error) => {
                let left = !error.is_connect() && !error.is_builder();
                // Without the address: its path may be a secret.
                let reason = format!("the webhook gave no answer: {}", error.without_url());
                if left {
                    return Outcome::Unknown { reason };
                }
                Outcome::Retry { after: None, scope: Scope::Provider, reason }
            }
        }
    }

    fn outcome(&self, answer: &Response) -> Outcome {
        let status = answer.status();
        let after = retry_after(answer.headers(), self.clock.now());
        let reason = format!("the webhook answered {status}");
        match status {
            status if status.is_success() => Outcome::Accepted,
            StatusCode::GONE => {
                let hint = "410 says that the hook is no longer there: change `webhook.url`";
                Outcome::Misconfigured { reason: format!("{reason}; {hint}") }
            }
            StatusCode::TOO_MANY_REQUESTS => {
                let after = after.or(Some(Duration::from_millis(limits::THROTTLED_MS)));
                Outcome::Retry { after, scope: Scope::Provider, reason }
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => {
                Outcome::Retry { after, scope: Scope::Device, reason }
            }
            status if status.is_server_error() => {
                Outcome::Retry { after, scope: Scope::Provider, reason }
            }
            _ => Outcome::Rejected { reason },
        }
    }
}

impl Provider for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(self.deliver(parcel))
    }
}

/// `whsec_` and base64, as the specification writes secrets; any other text is taken as it is.
fn key_bytes(secret: &str) -> Vec<u8> {
    secret
        .strip_prefix("whsec_")
        .and_then(|text| STANDARD.decode(text).ok())
        .unwrap_or_else(|| secret.as_bytes().to_vec())
}

fn signature(key: &hmac::Key, id: &str, seconds: &str, body: &str) -> String {
    let mut context = hmac::Context::with_key(key);
    for part in [id, ".", seconds, ".", body] {
        context.update(part.as_bytes());
    }
    format!("v1,{}", STANDARD.encode(context.sign().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::{key_bytes, signature};
    use aws_lc_rs::hmac;

    /// The example of the Standard Webhooks specification's libraries.
    #[test]
    fn a_signature_is_what_the_specification_says() {
        let secret = key_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let body = r#"{"test": 2432232314}"#;
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(key_bytes("plain"), b"plain");
    }
}
