//! Web Push: an encrypted request to the push service that a browser chose for itself.

mod answer;
mod encrypt;
mod guard;
mod origin;
mod payload;
mod stock;
mod subscription;
mod vapid;

pub use encrypt::decrypt;
pub(super) use payload::payload;

use super::drawn::Drawn;
use super::http2::tls_client;
use super::provider::{Outcome, Parcel, Provider, Reach, Scope, Sending};
use super::service::{outcome_of, pem, too_large};
use super::suspicion::Worth;
use super::watched::Watched;
use crate::clock::Clock;
use crate::config::WebPushConfig;
use crate::limits;
use crate::model::Notification;
use answer::{Verdict, verdict};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version};
use origin::{Origin, Origins};
use reqwest::Url;
use std::sync::Arc;
use stock::Stock;
use subscription::{Endpoint, Keys, Subscription, plain};
use vapid::VapidKey;

/// Sends to browsers.
pub(super) struct WebPush {
    key: Watched<VapidKey>,
    subject: String,
    origins: Origins,
    drawn: Drawn<Ready>,
    stock: Arc<Stock>,
    /// In a closed network, subscriptions aren't written by strangers.
    trusts_any: bool,
    clock: Clock,
}

/// A notification before it is encrypted.
struct Ready {
    headers: HeaderMap,
    /// The JSON, or why there is none.
    plain: Result<Vec<u8>, String>,
}

/// Where at which service.
struct Place {
    origin: Arc<Origin>,
    path: String,
}

impl WebPush {
    /// From the settings. `Ok(None)`: there is no key. The error says which setting is wrong and
    /// how to mend it.
    pub(super) fn open(config: &WebPushConfig, clock: Clock) -> Result<Option<Self>, String> {
        let Some(key) = &config.key else { return Ok(None) };
        let key = Watched::open("webpush.key", key, clock.clone(), VapidKey::parse)?;
        let subject = config.subject.clone().ok_or(
            "`webpush.subject` is missing: whom a push service may write to, like \
             `mailto:ops@example.com`",
        )?;
        let ca = pem("webpush.ca", config.reached.ca.as_ref())?;
        let tls =
            tls_client(ca.as_deref(), None).map_err(|error| format!("`webpush.ca` {error}"))?;
        let may_reach = if config.allow_private { |_| true } else { guard::is_public };
        Ok(Some(Self {
            key,
            subject,
            origins: Origins::new(tls, may_reach, clock.clone()),
            drawn: Drawn::default(),
            stock: Arc::default(),
            trusts_any: config.allow_private,
            clock,
        }))
    }

    /// The key that pages subscribe with, in base64url.
    pub(super) fn public_key(&self) -> String {
        self.key.get().public.clone()
    }

    async fn deliver(&self, parcel: &Parcel) -> Outcome {
        let Some((device, notification)) = &parcel.to else {
            return Outcome::Rejected { reason: "Web Push takes one device at a time".to_owned() };
        };
        let ready = self.drawn.of(notification, || ready(notification));
        let text = match &ready.plain {
            Ok(text) => text,
            Err(reason) => return Outcome::Rejected { reason: reason.clone() },
        };
        let read = Subscription::parse(&device.token)
            .and_then(|subscription| Ok((self.place(&subscription.address)?, subscription.keys)));
        let (place, keys) = match read {
            Ok(read) => read,
            Err(reason) => return Outcome::Rejected { reason },
        };
        if let Some(pause) = self.pause(&place.origin) {
            return pause;
        }
        let Some(body) = self.sealed(text, &keys) else {
            let reason = "`p256dh` of its subscription is no point of P-256".to_owned();
            return Outcome::Rejected { reason };
        };
        self.exchange(place, &ready.headers, &Bytes::from(body)).await
    }

    /// The body for one browser; by a key of its own, as RFC 8291 wants.
    fn sealed(&self, plain: &[u8], keys: &Keys) -> Option<Vec<u8>> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).ok()?;
        encrypt::encrypt(plain, keys, &self.stock.take()?, salt)
    }

    /// Where an address leads.
    fn place(&self, address: &str) -> Result<Place, String> {
        if let Some((origin, path)) = plain(address)
            && let Some(origin) = self.origins.known(origin)
        {
            return Ok(Place { origin, path: path.to_owned() });
        }
        Ok(self.place_of(Endpoint::parse(address)?))
    }

    fn place_of(&self, endpoint: Endpoint) -> Place {
        Place { origin: self.origins.of(&endpoint), path: endpoint.path }
    }

    /// What it means that a service wants us to wait, if it does.
    fn pause(&self, origin: &Origin) -> Option<Outcome> {
        let left = origin.pause_left(self.clock.now())?;
        let reason = format!("{} wants us to wait", origin.name);
        Some(Outcome::NotTried { after: left, scope: Scope::Device, reason })
    }

    /// Sends, and once more where a redirection leads.
    async fn exchange(&self, first: Place, headers: &HeaderMap, body: &Bytes) -> Outcome {
        let mut place = first;
        for _ in 0..2 {
            let origin = &place.origin;
            if let Some(pause) = self.pause(origin) {
                return pause;
            }
            let said = match self.ask(&place, headers, body).await {
                Ok(said) => said,
                Err(outcome) => return outcome,
            };
            match said {
                Verdict::Is(outcome) => {
                    origin.took_one();
                    if outcome == Outcome::Accepted {
                        origin.suspicion.reached();
                    }
                    return outcome;
                }
                Verdict::Foreign(reason) => return self.foreign(origin, &reason),
                Verdict::Pause(length, reason) => {
                    origin.throttled(length, self.clock.now());
                    let scope = Scope::Device;
                    return Outcome::Retry { after: Some(length), scope, reason };
                }
                Verdict::Moved(to) => match moved(&place, &to) {
                    Ok(next) => place = self.place_of(next),
                    Err(reason) => return Outcome::Rejected { reason },
                },
            }
        }
        Outcome::Rejected { reason: format!("{} redirects twice", place.origin.name) }
    }

    /// A service refuses who we are. Only one that everybody knows may stop all of Web Push by
    /// that: others are named by strangers, in their devices' tokens.
    fn foreign(&self, origin: &Origin, reason: &str) -> Outcome {
        let hint = "check that `webpush.key` is the key that pages subscribe with, and \
                    `webpush.subject`";
        let reason = format!("{reason}; {hint}");
        match origin.suspicion.foreign() {
            Worth::Believed => Outcome::Gone { since: None },
            Worth::NobodyReached if self.trusts_any || origin.is_well_known() => {
                Outcome::Misconfigured { reason }
            }
            Worth::NobodyReached | Worth::Doubtful => Outcome::Rejected { reason },
        }
    }

    async fn ask(
        &self,
        Place { origin, path }: &Place,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Verdict, Outcome> {
        let token = origin.token(&self.key.get(), &self.subject, &self.clock).ok_or_else(|| {
            Outcome::Misconfigured { reason: "`webpush.key` can't sign".to_owned() }
        })?;
        let uri = Uri::try_from(format!("{}{path}", origin.name)).map_err(|error| {
            Outcome::Rejected { reason: format!("the endpoint of its subscription: {error}") }
        })?;
        let request = || {
            let mut request = Request::new(());
            *request.method_mut() = Method::POST;
            *request.version_mut() = Version::HTTP_2;
            *request.uri_mut() = uri.clone();
            *request.headers_mut() = headers.clone();
            request.headers_mut().insert(AUTHORIZATION, token.clone());
            request
        };
        match origin.pool.send(request, body).await {
            Ok(answer) => Ok(verdict(&answer, &origin.name, self.clock.now())),
            // The device's own service, so no setting of ours: nobody else is concerned.
            Err(fault) => Err(match outcome_of(&fault) {
                Outcome::Misconfigured { reason } => Outcome::Rejected { reason },
                Outcome::Retry { after, reason, .. } => {
                    Outcome::Retry { after, scope: Scope::Device, reason }
                }
                // Counted: nothing else gives up a service that takes nothing ever.
                Outcome::NotTried { reason, .. } => {
                    Outcome::Retry { after: None, scope: Scope::Device, reason }
                }
                outcome => outcome,
            }),
        }
    }
}

impl Provider for WebPush {
    fn name(&self) -> &'static str {
        "webpush"
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(self.deliver(parcel))
    }
}

/// Where a redirection leads, checked as the subscription's own address is.
fn moved(from: &Place, to: &str) -> Result<Endpoint, String> {
    let origin = &from.origin.name;
    let base = Url::parse(&format!("{origin}{}", from.path));
    let to = base.and_then(|base| base.join(to));
    let to = to.map_err(|error| format!("{origin} redirects to no address: {error}"))?;
    Endpoint::of(&to)
}

fn ready(notification: &Arc<Notification>) -> Ready {
    let drawn = payload(notification);
    let mut headers = HeaderMap::with_capacity(drawn.headers.len() + 3);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("aes128gcm"));
    for (name, value) in drawn.headers {
        // Numbers, fixed words, and a topic of base64url.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    let plain = drawn.json.to_string().into_bytes();
    let plain = match plain.len() {
        0..=limits::WEB_PUSH_PLAIN_MAX => Ok(plain),
        size => Err(too_large("webpush", size, limits::WEB_PUSH_PLAIN_MAX)),
    };
    Ready { headers, plain }
}
