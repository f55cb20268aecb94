//! Firebase Cloud Messaging, HTTP v1: a request a device, by a service account's access token.

mod answer;
mod oauth;
mod payload;

pub(super) use payload::payload;

use super::drawn::Drawn;
use super::http2::{Pool, Request, Target, tls_client};
use super::provider::{Outcome, Parcel, Provider, Reach, Scope, Sending};
use super::service::{Address, outcome_of, pem};
use super::suspicion::{Suspicion, Worth};
use super::watched::Watched;
use crate::clock::Clock;
use crate::config::FcmConfig;
use crate::limits;
use crate::model::Notification;
use answer::{Verdict, verdict};
use oauth::{Account, Refusal, Tokens};
use std::sync::Arc;

/// Sends through Firebase.
pub(super) struct Fcm {
    pool: Pool,
    tokens: Arc<Tokens>,
    drawn: Drawn<Ready>,
    suspicion: Suspicion,
    clock: Clock,
}

/// What follows the token in the body, or why there is none.
type Ready = Result<String, String>;

/// What stands before the token.
const BEFORE: &str = r#"{"message":{"token":""#;

impl Fcm {
    /// From the settings. `Ok(None)`: there are no credentials. The error says which setting is
    /// wrong and how to mend it.
    pub(super) fn open(config: &FcmConfig, clock: Clock) -> Result<Option<Self>, String> {
        let Some(credentials) = &config.credentials else { return Ok(None) };
        let account =
            Watched::open("fcm.credentials", credentials, clock.clone(), Account::from_json)?;
        let ca = pem("fcm.ca", config.reached.ca.as_ref())?;
        let bad_ca = |error| format!("`fcm.ca` {error}");
        let tls = tls_client(ca.as_deref(), None).map_err(bad_ca)?;
        let address = Address::of(&config.reached, "fcm.googleapis.com");
        let authority = address.authority();
        let target = Target {
            host: address.host,
            port: address.port,
            tls,
            may_reach: |_| true,
            connections_max: config.reached.connections.unwrap_or(limits::CONNECTIONS),
        };
        let tokens = Tokens::new(account, authority, ca.as_deref(), clock.clone());
        Ok(Some(Self {
            pool: Pool::new(target, clock.clone()),
            tokens: Arc::new(tokens.map_err(bad_ca)?),
            drawn: Drawn::default(),
            suspicion: Suspicion::default(),
            clock,
        }))
    }

    async fn deliver(&self, parcel: &Parcel) -> Outcome {
        let Some((device, notification)) = &parcel.to else {
            return Outcome::Rejected { reason: "FCM takes one device at a time".to_owned() };
        };
        let ready = self.drawn.of(notification, || ready(notification));
        let after = match ready.as_ref() {
            Ok(after) => after,
            Err(reason) => return Outcome::Rejected { reason: reason.clone() },
        };
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        if device.token.is_empty() || !device.token.bytes().all(plain) {
            let reason = "its token is none of FCM (a word of letters, digits, `-`, `_` and `:`)";
            return Outcome::Rejected { reason: reason.to_owned() };
        }
        let body = [BEFORE, &device.token, after].map(str::as_bytes);
        self.exchange(&body).await
    }

    /// Sends, and once more with a new access token if the one it had is over.
    async fn exchange(&self, body: &[&[u8]]) -> Outcome {
        let mut refreshed = false;
        loop {
            let head = match self.tokens.current().await {
                Ok(head) => head,
                Err(Refusal::Bad(reason)) => return Outcome::Misconfigured { reason },
                Err(Refusal::Later(reason)) => {
                    return Outcome::Retry { after: None, scope: Scope::Provider, reason };
                }
            };
            let request = Request { path: &[], shared: &[&head], own: None, body };
            let answer = match self.pool.send(&request).await {
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
                Verdict::Foreign(_) if self.suspicion.foreign() == Worth::Believed => {
                    return Outcome::Gone { since: None };
                }
                Verdict::Foreign(reason) => {
                    let hint = "the device is kept, for so few are reached that `fcm.credentials` \
                                may be of another project";
                    return Outcome::Rejected { reason: format!("{reason}; {hint}") };
                }
                Verdict::Refresh(reason) if refreshed => {
                    let hint = "a new access token didn't help: check `fcm.credentials`";
                    return Outcome::Misconfigured { reason: format!("{reason}; {hint}") };
                }
                Verdict::Refresh(_) => {
                    self.tokens.forget(&head);
                    refreshed = true;
                }
            }
        }
    }
}

impl Provider for Fcm {
    fn name(&self) -> &'static str {
        "fcm"
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(self.deliver(parcel))
    }

    fn pace(&self) -> Option<u32> {
        Some(limits::PACE_FCM)
    }
}

/// The message's JSON from behind the token on: everything that is the same for all devices.
fn ready(notification: &Notification) -> Ready {
    let message = payload(notification)?.to_string();
    let rest = message.strip_prefix('{').unwrap_or(&message);
    Ok(format!("\",{rest}}}"))
}
