//! Apple's push service: HTTP/2, a request a device, signed by a token or by a certificate.

mod answer;
mod head;
mod payload;
mod token;

pub(super) use payload::payload;

use super::drawn::Drawn;
use super::http2::{Answer, Fault, Fields, Keep, Pool, Request, Target, tls_client};
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
use head::head;
use http::HeaderValue;
use std::sync::Arc;
use token::Tokens;
use uuid::fmt::Hyphenated;

/// Sends to Apple's devices.
pub(super) struct Apns {
    who: Who,
    topic: HeaderValue,
    drawn: Drawn<Ready>,
    suspicion: Suspicion,
    clock: Clock,
}

/// The header with the id of one notification on one device.
const ID: &str = "apns-id";
/// What stands before a device's token in the path.
const PATH: &[u8] = b"/3/device/";

/// Who we are to Apple.
enum Who {
    /// By a token in each request.
    Token { pool: Pool, tokens: Box<Tokens> },
    /// By the certificate of the connections, which are new ones when it changes.
    Certificate { pool: Watched<Pool>, head: Arc<Fields> },
}

/// A notification, ready to be sent to any device.
struct Ready {
    headers: Fields,
    /// The payload, or why there is none.
    body: Result<Vec<u8>, String>,
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
        if !is_plain(&device.token) {
            let reason = "its token is none of APNs (a word of letters and digits)".to_owned();
            return Outcome::Rejected { reason };
        }
        let mut id = [0; Hyphenated::LENGTH];
        parcel_id(parcel, notification, &device.id).hyphenated().encode_lower(&mut id);
        self.exchange(&device.token, &id, &ready.headers, body).await
    }

    /// Sends, and once more with a new token if the one it had is too old.
    async fn exchange(&self, token: &str, id: &[u8], headers: &Fields, body: &[u8]) -> Outcome {
        let mut refreshed = false;
        loop {
            let head = match self.who.head() {
                Ok(head) => head,
                Err(reason) => return Outcome::Misconfigured { reason },
            };
            let request = Request {
                path: &[PATH, token.as_bytes()],
                shared: &[&head, headers],
                own: Some((ID, id)),
                body: &[body],
            };
            let answer = match self.who.ask(&request).await {
                Ok(answer) => answer,
                Err(fault) => return outcome_of(&fault),
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
                    if refreshed || !self.who.refresh(&head) {
                        let hint = "check this machine's clock";
                        return Outcome::Misconfigured { reason: format!("{reason}; {hint}") };
                    }
                    refreshed = true;
                }
            }
        }
    }

    fn foreign(&self, reason: &str) -> Outcome {
        if self.suspicion.foreign() == Worth::Believed {
            return Outcome::Gone { since: None };
        }
        let hint = "the device is kept, for so few are reached that `apns.environment` or \
                    `apns.topic` may be wrong";
        Outcome::Rejected { reason: format!("{reason}; {hint}") }
    }

    fn ready(&self, notification: &Notification) -> Ready {
        let drawn = payload(notification);
        // All are numbers, fixed words, or texts that `collapse_id` has looked at.
        let headers: Vec<_> = drawn
            .headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
            .collect();
        let all = headers.iter().map(|(name, value)| (*name, value));
        let headers = Fields::new(Keep::WhenRepeated, all.chain([("apns-topic", &self.topic)]));
        let body = drawn.json.to_string().into_bytes();
        let body = match body.len() {
            0..=limits::APNS_BYTES_MAX => Ok(body),
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
            let head = Arc::new(head(&address.authority(), None));
            return Ok(Self::Certificate { pool: pools, head });
        }
        let (Some(key), Some(key_id), Some(team_id)) =
            (&config.key, &config.key_id, &config.team_id)
        else {
            return Err("`apns.key` needs `apns.key_id` and `apns.team_id` beside it".to_owned());
        };
        let pool = pool(None).map_err(|problem| format!("`apns.ca` {problem}"))?;
        let key = Watched::open("apns.key", key, clock.clone(), EcKey::from_pem)?;
        let (id, team) = (key_id.clone(), team_id.clone());
        let tokens = Tokens::new(key, id, team, address.authority(), clock.clone());
        Ok(Self::Token { pool, tokens: Box::new(tokens) })
    }

    /// The headers of all requests.
    fn head(&self) -> Result<Arc<Fields>, String> {
        match self {
            Self::Token { tokens, .. } => tokens.current(),
            Self::Certificate { head, .. } => Ok(Arc::clone(head)),
        }
    }

    async fn ask(&self, request: &Request<'_>) -> Result<Answer, Fault> {
        match self {
            Self::Token { pool, .. } => pool.send(request).await,
            Self::Certificate { pool, .. } => pool.get().send(request).await,
        }
    }

    fn renew(&self) {
        match self {
            Self::Token { pool, .. } => pool.renew(),
            Self::Certificate { pool, .. } => pool.get().renew(),
        }
    }

    fn refresh(&self, used: &Arc<Fields>) -> bool {
        match self {
            Self::Token { tokens, .. } => tokens.renew(used),
            Self::Certificate { .. } => false,
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

/// Whether a token can stand in a path.
fn is_plain(token: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=".contains(&byte);
    !token.is_empty() && token.bytes().all(plain)
}
