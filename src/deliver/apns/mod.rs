//! Apple's push service: HTTP/2, a request a device, signed by a token or by a certificate.

mod answer;
mod payload;
mod token;

pub(super) use payload::payload;

use super::drawn::Drawn;
use super::http2::{Answer, Fault, Pool, Target, tls_client};
use super::identity::parcel_id;
use super::jwt::EcKey;
use super::provider::{Outcome, Parcel, Provider, Reach, Sending};
use super::service::{Address, outcome_of, pem, too_large};
use super::suspicion::{Suspicion, Worth};
use super::watched::Watched;
use crate::clock::Clock;
use crate::config::ApnsConfig;
use crate::limits;
use crate::model::Notification;
use answer::{Verdict, verdict};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};
use token::Tokens;

/// Sends to Apple's devices.
pub(super) struct Apns {
    who: Who,
    authority: Authority,
    topic: HeaderValue,
    drawn: Drawn<Ready>,
    suspicion: Suspicion,
    clock: Clock,
}

/// The header with the id of one notification on one device.
const ID: HeaderName = HeaderName::from_static("apns-id");

/// Who we are to Apple.
enum Who {
    /// By a token in each request.
    Token { pool: Pool, tokens: Box<Tokens> },
    /// By the certificate of the connections, which are new ones when it changes.
    Certificate(Watched<Pool>),
}

/// A notification, ready to be sent to any device.
struct Ready {
    headers: HeaderMap,
    /// The payload, or why there is none.
    body: Result<Bytes, String>,
}

impl Apns {
    /// From the settings. `Ok(None)`: there are no credentials. The error says which setting is
    /// wrong and how to mend it.
    pub(super) fn open(config: &ApnsConfig, clock: Clock) -> Result<Option<Self>, String> {
        if config.key.is_none() && config.certificate.is_none() {
            return Ok(None);
        }
        let host = if config.sandbox { "api.sandbox.push.apple.com" } else { "api.push.apple.com" };
        let address = Address::of(&config.reached, host);
        let topic = config.topic.as_ref().ok_or("`apns.topic` is missing: the app's bundle id")?;
        let topic = HeaderValue::try_from(topic.as_str())
            .map_err(|_| "`apns.topic` must be a bundle id like `com.example.app`")?;
        Ok(Some(Self {
            who: Who::open(config, &address, &clock)?,
            authority: address.authority(),
            topic,
            drawn: Drawn::default(),
            suspicion: Suspicion::default(),
            clock,
        }))
    }

    async fn deliver(&self, parcel: &Parcel) -> Outcome {
        let Some((device, notification)) = &parcel.to else {
            return Outcome::Rejected { reason: "APNs takes one device at a time".to_owned() };
        };
        let ready = self.drawn.of(notification, || self.ready(notification));
        let body = match &ready.body {
            Ok(body) => body,
            Err(reason) => return Outcome::Rejected { reason: reason.clone() },
        };
        let Some(path) = path(&device.token) else {
            let reason = "its token is none of APNs (a word of letters and digits)".to_owned();
            return Outcome::Rejected { reason };
        };
        let mut id =
            HeaderValue::from_str(&parcel_id(parcel, notification, &device.id).to_string())
                .unwrap_or_else(|_| HeaderValue::from_static(""));
        // Each is sent once: kept out of the table of headers, it displaces none there.
        id.set_sensitive(true);
        let request = |token: Option<&HeaderValue>| {
            let mut request = Request::new(());
            *request.method_mut() = Method::POST;
            *request.version_mut() = Version::HTTP_2;
            *request.uri_mut() = self.uri(&path);
            *request.headers_mut() = ready.headers.clone();
            request.headers_mut().insert(ID, id.clone());
            if let Some(token) = token {
                request.headers_mut().insert(AUTHORIZATION, token.clone());
            }
            request
        };
        self.exchange(request, body).await
    }

    /// Sends, and once more with a new token if the one it had is too old.
    async fn exchange(
        &self,
        request: impl Fn(Option<&HeaderValue>) -> Request<()>,
        body: &Bytes,
    ) -> Outcome {
        let mut refreshed = false;
        loop {
            let (answer, used) = match self.ask(&request, body).await {
                Ok(answered) => answered,
                Err(outcome) => return outcome,
            };
            match verdict(&answer, self.clock.now()) {
                Verdict::Is(outcome) => {
                    if outcome == Outcome::Accepted {
                        self.suspicion.reached();
                    }
                    return outcome;
                }
                Verdict::Renew(outcome) => {
                    self.who.renew();
                    return outcome;
                }
                Verdict::Foreign(reason) => return self.foreign(&reason),
                Verdict::Refresh(reason) => {
                    if refreshed || !self.who.refresh(used.as_ref()) {
                        let hint = "check this machine's clock";
                        return Outcome::Misconfigured { reason: format!("{reason}; {hint}") };
                    }
                    refreshed = true;
                }
            }
        }
    }

    async fn ask(
        &self,
        request: &impl Fn(Option<&HeaderValue>) -> Request<()>,
        body: &Bytes,
    ) -> Result<(Answer, Option<HeaderValue>), Outcome> {
        let sent = match &self.who {
            Who::Token { pool, tokens } => {
                let token = tokens.current().map_err(|reason| Outcome::Misconfigured { reason })?;
                let answer = pool.send(|| request(Some(&token)), body).await;
                answer.map(|answer| (answer, Some(token)))
            }
            Who::Certificate(pool) => {
                let answer = pool.get().send(|| request(None), body).await;
                answer.map(|answer| (answer, None))
            }
        };
        sent.map_err(|fault: Fault| outcome_of(&fault))
    }

    fn foreign(&self, reason: &str) -> Outcome {
        if self.suspicion.foreign() == Worth::Believed {
            return Outcome::Gone { since: None };
        }
        let hint = "the device is kept, for so few are reached that `apns.environment` or \
                    `apns.topic` may be wrong";
        Outcome::Rejected { reason: format!("{reason}; {hint}") }
    }

    fn uri(&self, path: &PathAndQuery) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path.clone());
        Uri::from_parts(parts).unwrap_or_default()
    }

    fn ready(&self, notification: &Notification) -> Ready {
        let drawn = payload(notification);
        let mut headers = HeaderMap::with_capacity(drawn.headers.len() + 3);
        // Places of what is put in for each request, so that a copy needn't grow.
        headers.insert(ID, HeaderValue::from_static(""));
        if matches!(self.who, Who::Token { .. }) {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(""));
        }
        headers.insert("apns-topic", self.topic.clone());
        for (name, value) in drawn.headers {
            // All are numbers, fixed words, or texts that `collapse_id` has looked at.
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        let body = drawn.json.to_string();
        let body = match body.len() {
            0..=limits::APNS_BYTES_MAX => Ok(Bytes::from(body)),
            size => Err(too_large("apns", size, limits::APNS_BYTES_MAX)),
        };
        Ready { headers, body }
    }
}

impl Who {
    fn open(config: &ApnsConfig, address: &Address, clock: &Clock) -> Result<Self, String> {
        let ca = pem("apns.ca", config.reached.ca.as_ref())?;
        let connections_max = config.reached.connections.unwrap_or(limits::CONNECTIONS);
        let (host, port, time) = (address.host.clone(), address.port, clock.clone());
        let pool = move |identity: Option<&str>| {
            let tls = tls_client(ca.as_deref(), identity).map_err(|error| error.to_string())?;
            let host = host.clone();
            let target = Target { host, port, tls, may_reach: |_| true, connections_max };
            Ok::<_, String>(Pool::new(target, time.clone()))
        };
        if let Some(certificate) = &config.certificate {
            let make = move |pem: &str| pool(Some(pem));
            let pools = Watched::open("apns.certificate", certificate, clock.clone(), make)?;
            return Ok(Self::Certificate(pools));
        }
        let (Some(key), Some(key_id), Some(team_id)) =
            (&config.key, &config.key_id, &config.team_id)
        else {
            return Err("`apns.key` needs `apns.key_id` and `apns.team_id` beside it".to_owned());
        };
        let pool = pool(None).map_err(|problem| format!("`apns.ca` {problem}"))?;
        let key = Watched::open("apns.key", key, clock.clone(), EcKey::from_pem)?;
        let tokens = Tokens::new(key, key_id.clone(), team_id.clone(), clock.clone());
        Ok(Self::Token { pool, tokens: Box::new(tokens) })
    }

    fn renew(&self) {
        match self {
            Self::Token { pool, .. } => pool.renew(),
            Self::Certificate(pool) => pool.get().renew(),
        }
    }

    fn refresh(&self, used: Option<&HeaderValue>) -> bool {
        match (self, used) {
            (Self::Token { tokens, .. }, Some(used)) => tokens.renew(used),
            (Self::Token { .. } | Self::Certificate(_), _) => false,
        }
    }
}

impl Provider for Apns {
    fn name(&self) -> &'static str {
        "apns"
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(self.deliver(parcel))
    }
}

/// The path of a device; `None` when its token can't stand in one.
fn path(token: &str) -> Option<PathAndQuery> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=".contains(&byte);
    if token.is_empty() || !token.bytes().all(plain) {
        return None;
    }
    let path = ["/3/device/", token].concat();
    PathAndQuery::from_maybe_shared(Bytes::from(path)).ok()
}
