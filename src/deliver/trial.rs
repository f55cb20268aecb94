//! Trying a provider without the engine: what it would send, whether its credentials are good,
//! and one notification sent to one device.

use super::provider::{Outcome, Outgoing, Parcel, Provider};
use super::providers::{ProvidersError, open};
use super::webpush::WebPush;
use super::{apns, fcm, webpush};
use crate::clock::Clock;
use crate::config::{ProviderKind, Providers};
use crate::id::DeviceId;
use crate::limits;
use crate::model::{DeviceKey, Notification, Publication};
use crate::store::Recipient;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What a provider sends for a notification: `headers` and `body`, before it is encrypted, with
/// `TOKEN` for the device's token.
///
/// # Errors
/// The payload is larger than the service takes; the text says how large.
pub fn payload_of(kind: ProviderKind, notification: &Notification) -> Result<Value, String> {
    let request = |headers: Vec<(&'static str, String)>, body: Value| {
        let headers: Map<String, Value> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        json!({ "headers": headers, "body": body })
    };
    let (size, allowed, request) = match kind {
        ProviderKind::Fcm => {
            let mut message = fcm::payload(notification)?;
            if let Some(message) = message.as_object_mut() {
                message.shift_insert(0, "token".to_owned(), json!("TOKEN"));
            }
            return Ok(request(Vec::new(), json!({ "message": message })));
        }
        ProviderKind::Apns => {
            let payload = apns::payload(notification);
            let size = payload.json.to_string().len();
            (size, limits::APNS_BYTES_MAX, request(payload.headers, payload.json))
        }
        ProviderKind::WebPush => {
            let payload = webpush::payload(notification);
            let size = payload.json.to_string().len();
            (size, limits::WEB_PUSH_PLAIN_MAX, request(payload.headers, payload.json))
        }
        ProviderKind::Webhook | ProviderKind::Virtual => return Ok(json!(notification)),
        ProviderKind::Off => return Err("the provider `off` sends nothing".to_owned()),
    };
    if size > allowed {
        return Err(super::service::too_large(kind.name(), size, allowed));
    }
    Ok(request)
}

/// Whether a provider's credentials are good, as far as can be seen without a device: the text
/// says what was tried. Sends a message to a token that no device has.
///
/// # Errors
/// What is wrong, and how to mend it.
pub async fn check(
    kind: ProviderKind,
    settings: &Providers,
    clock: &Clock,
) -> Result<String, String> {
    let token = match kind {
        // Well-formed, and of no device.
        ProviderKind::Apns => "0".repeat(64),
        ProviderKind::Fcm => "blockcast-check".to_owned(),
        ProviderKind::WebPush => {
            let web = WebPush::open(&settings.webpush, clock.clone())?;
            let web = web.ok_or("no credentials; set `webpush.key`")?;
            let key = web.public_key();
            return Ok(format!(
                "the key can sign; pages subscribe with it as `applicationServerKey`: {key}"
            ));
        }
        ProviderKind::Webhook => "blockcast-check".to_owned(),
        ProviderKind::Virtual => return Ok("nothing to check".to_owned()),
        ProviderKind::Off => return Err("nobody delivers".to_owned()),
    };
    let now = clock.now();
    let notification: Notification = serde_json::from_value(json!({
        "messageId": crate::id::MessageId::fresh(now), "channel": "default", "os": "IOS",
        "publishedAt": now, "ios": {}, "message": "check", "headers": {}
    }))
    .map_err(|error| error.to_string())?;
    let trial = Trial::open(kind, settings, clock).map_err(|error| error.to_string())?;
    match trial.send(&token, &Arc::new(notification)).await {
        Outcome::Accepted => Ok("a message was accepted".to_owned()),
        Outcome::Gone { .. } | Outcome::Rejected { .. } => {
            Ok("connected; who we are is accepted, a made-up device is not".to_owned())
        }
        Outcome::Retry { reason, .. }
        | Outcome::NotTried { reason, .. }
        | Outcome::Unknown { reason }
        | Outcome::Misconfigured { reason } => Err(reason),
    }
}

/// One provider, by itself.
pub struct Trial(Arc<dyn Provider>);

impl Trial {
    /// Sets it up.
    ///
    /// # Errors
    /// [`ProvidersError`], when its credentials can't be used.
    pub fn open(
        kind: ProviderKind,
        settings: &Providers,
        clock: &Clock,
    ) -> Result<Self, ProvidersError> {
        open(kind, settings, clock).map(Self)
    }

    /// Sends a notification to one device, once.
    pub async fn send(&self, token: &str, notification: &Arc<Notification>) -> Outcome {
        self.0.send(&parcel(token, notification)).await
    }
}

/// The parcel of a notification for a device that isn't registered.
fn parcel(token: &str, notification: &Arc<Notification>) -> Parcel {
    // As it is read from the store, so that what it doesn't say is what it is there.
    let publication: Publication = serde_json::from_value(json!({
        "message": notification.message, "headers": notification.headers
    }))
    .expect("a message and headers make a publication");
    let message = Outgoing {
        id: notification.message_id.clone(),
        channel: notification.channel.clone(),
        publication,
    };
    let device = Recipient {
        key: DeviceKey(0),
        id: DeviceId::new("send-test"),
        token: token.to_owned(),
        os: notification.os,
        attempts: 0,
        person: None,
    };
    Parcel { message: Arc::new(message), to: Some((device, Arc::clone(notification))) }
}
