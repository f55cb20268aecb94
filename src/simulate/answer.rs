//! What each service answers: to good requests, to bad ones, and by a token's fault.

use super::checks::{Checks, verified};
use super::fault::Fault;
use super::keys::PROJECT;
use super::log::Answered;
use super::world::{Options, World};
use crate::clock::Timestamp;
use crate::deliver::web_push_decrypt;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

/// Which service a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Apns,
    Fcm,
    WebPush,
    /// Google's token endpoint.
    OAuth,
    /// None: there is nothing at that path.
    Nothing,
}

impl Service {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Apns => "apns",
            Self::Fcm => "fcm",
            Self::WebPush => "webpush",
            Self::OAuth => "oauth",
            Self::Nothing => "nothing",
        }
    }
}

/// A request.
pub(super) struct Asked<'a> {
    pub(super) service: Service,
    pub(super) token: String,
    headers: &'a HeaderMap,
    body: &'a Bytes,
    /// Whether the connection showed a certificate of ours.
    known: bool,
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What a request gets.
pub(super) enum How {
    Answer(Reply),
    Slow(Reply),
    Reset,
    Refuse,
    GoAway,
    Cut,
    Stall,
}

impl How {
    /// As it is counted.
    pub(super) fn counted(&self) -> Answered {
        match self {
            Self::Answer(reply) | Self::Slow(reply) => Answered::Status(reply.status.as_u16()),
            Self::Reset => Answered::Fault("reset"),
            Self::Refuse => Answered::Fault("refused"),
            Self::GoAway => Answered::Fault("goaway"),
            Self::Cut => Answered::Fault("cut"),
            Self::Stall => Answered::Fault("stall"),
        }
    }

    pub(super) fn wait_ms(&self, options: &Options) -> i64 {
        if matches!(self, Self::Slow(_)) { options.slow_ms } else { options.latency_ms }
    }
}

impl<'a> Asked<'a> {
    pub(super) fn new(path: &str, headers: &'a HeaderMap, body: &'a Bytes, known: bool) -> Self {
        let (service, token) = if let Some(token) = path.strip_prefix("/3/device/") {
            (Service::Apns, token.to_owned())
        } else if path
            .strip_prefix("/v1/projects/")
            .is_some_and(|path| path.ends_with("/messages:send"))
        {
            (Service::Fcm, fcm_token(body))
        } else if let Some(token) = path.strip_prefix("/push/") {
            (Service::WebPush, token.to_owned())
        } else if path == "/token" {
            (Service::OAuth, String::new())
        } else {
            (Service::Nothing, String::new())
        };
        Self { service, token, headers, body, known }
    }

    /// Whether it is a message for a device.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.service, Service::Apns | Service::Fcm | Service::WebPush)
    }

    /// The text of a Web Push message, if it is for a subscription of ours.
    pub(super) fn plain(&self, world: &World) -> Option<Vec<u8>> {
        let browser = &world.checks.browser;
        let encrypted = self.service == Service::WebPush;
        encrypted.then(|| web_push_decrypt(self.body, &browser.private, &browser.auth)).flatten()
    }

    fn header(&self, name: &str) -> &[u8] {
        self.headers.get(name).map_or(b"", HeaderValue::as_bytes)
    }

    /// What a later one replaces.
    fn collapse_id(&self) -> Vec<u8> {
        match self.service {
            Service::Apns => self.header("apns-collapse-id").to_vec(),
            Service::WebPush => self.header("topic").to_vec(),
            Service::Fcm => {
                let body: Value = serde_json::from_slice(self.body).unwrap_or_default();
                let message = &body["message"];
                let android = &message["android"]["notification"]["tag"];
                let apple = &message["apns"]["headers"]["apns-collapse-id"];
                android.as_str().or(apple.as_str()).unwrap_or_default().as_bytes().to_vec()
            }
            Service::OAuth | Service::Nothing => Vec::new(),
        }
    }

    fn is_allowed(&self, checks: &Checks, url: &str, now: Timestamp) -> bool {
        let header = self.headers.get(AUTHORIZATION);
        match self.service {
            Service::Apns => {
                self.known
                    || checks.is_good(header, now, |text| {
                        let token = text.strip_prefix("bearer ")?;
                        let claims = verified(token, &ECDSA_P256_SHA256_FIXED, &checks.apns)?;
                        let at = Timestamp::from_millis(claims["iat"].as_i64()? * 1_000);
                        Some(at.plus_millis(3_600_000))
                    })
            }
            Service::Fcm => checks.is_given(header, now),
            Service::WebPush => checks.is_good(header, now, |text| {
                let (token, key) = text.strip_prefix("vapid t=")?.split_once(", k=")?;
                let key = URL_SAFE_NO_PAD.decode(key).ok()?;
                let claims = verified(token, &ECDSA_P256_SHA256_FIXED, &key)?;
                let until = Timestamp::from_millis(claims["exp"].as_i64()? * 1_000);
                let day = now.plus_millis(24 * 3_600_000);
                (claims["aud"] == url && claims["sub"].is_string() && until <= day).then_some(until)
            }),
            Service::OAuth | Service::Nothing => true,
        }
    }
}

/// The token that a message to FCM names: found without reading all of its JSON.
fn fcm_token(body: &Bytes) -> String {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let after = text.split_once(r#""token":""#).map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default().to_owned()
}

/// What a request gets; notes it in the log.
pub(super) fn decide(world: &World, asked: &Asked<'_>) -> How {
    let now = world.clock.now();
    match asked.service {
        Service::OAuth => return How::Answer(oauth(world, asked, now)),
        Service::Nothing => return How::Answer(error(asked, 404, "BadPath", "", now)),
        Service::Apns | Service::Fcm | Service::WebPush => {}
    }
    let count = world.log.request(&asked.token);
    if !asked.is_allowed(&world.checks, &world.url, now) {
        let denied = match asked.service {
            Service::Apns => error(asked, 403, "InvalidProviderToken", "", now),
            Service::Fcm => error(asked, 401, "UNAUTHENTICATED", "", now),
            _ => error(asked, 401, "", "", now),
        };
        return How::Answer(denied);
    }
    if let Some(reply) = refused(asked, now) {
        return How::Answer(reply);
    }
    if let Some(exact) = asked.token.strip_prefix("answer:") {
        return How::Answer(exactly(world, asked, exact, now));
    }
    let fault = Fault::of(&asked.token);
    if fault.is_once() && count > 1 {
        return How::Answer(taken(world, asked));
    }
    faulty(world, asked, fault, now)
}

/// What is wrong with a message itself, as the services look at it.
fn refused(asked: &Asked<'_>, now: Timestamp) -> Option<Reply> {
    let size = asked.body.len();
    match asked.service {
        Service::Apns if size > 4_096 => Some(error(asked, 413, "PayloadTooLarge", "", now)),
        Service::Apns if asked.header("apns-topic").is_empty() => {
            Some(error(asked, 400, "MissingTopic", "", now))
        }
        Service::WebPush if asked.header("ttl").is_empty() => Some(error(asked, 400, "", "", now)),
        Service::WebPush if size > 4_096 => Some(error(asked, 413, "", "", now)),
        _ => None,
    }
}

fn faulty(world: &World, asked: &Asked<'_>, fault: Fault, now: Timestamp) -> How {
    let apns_fcm_web = |apns: (u16, &str), fcm: (u16, &str, &str), web: u16| {
        How::Answer(match asked.service {
            Service::Apns => error(asked, apns.0, apns.1, "", now),
            Service::Fcm => error(asked, fcm.0, fcm.1, fcm.2, now),
            _ => error(asked, web, "", "", now),
        })
    };
    match fault {
        Fault::None => How::Answer(taken(world, asked)),
        Fault::Slow => How::Slow(taken(world, asked)),
        Fault::Gone => apns_fcm_web((410, "Unregistered"), (404, "NOT_FOUND", "UNREGISTERED"), 410),
        Fault::Foreign => apns_fcm_web(
            (400, "BadDeviceToken"),
            (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
            403,
        ),
        Fault::Invalid => apns_fcm_web((400, "BadTopic"), (400, "INVALID_ARGUMENT", ""), 400),
        Fault::Retry | Fault::Down => {
            apns_fcm_web((503, "ServiceUnavailable"), (503, "UNAVAILABLE", "UNAVAILABLE"), 503)
        }
        Fault::Expired => {
            apns_fcm_web((403, "ExpiredProviderToken"), (401, "UNAUTHENTICATED", ""), 401)
        }
        Fault::Denied => {
            apns_fcm_web((403, "InvalidProviderToken"), (403, "PERMISSION_DENIED", ""), 403)
        }
        Fault::Throttled => {
            let mut how = apns_fcm_web(
                (429, "TooManyRequests"),
                (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
                429,
            );
            if let How::Answer(reply) = &mut how {
                reply.headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            how
        }
        Fault::Reset => {
            accept(world, asked);
            How::Reset
        }
        Fault::Cut => {
            accept(world, asked);
            How::Cut
        }
        Fault::Refused => How::Refuse,
        Fault::GoAway => How::GoAway,
        Fault::Stall => How::Stall,
    }
}

fn accept(world: &World, asked: &Asked<'_>) {
    world.log.accepted(&asked.token, &asked.collapse_id(), asked.header("apns-id"));
}

/// Takes the message.
fn taken(world: &World, asked: &Asked<'_>) -> Reply {
    accept(world, asked);
    let mut headers = HeaderMap::new();
    match asked.service {
        Service::Apns => {
            if let Some(id) = asked.headers.get("apns-id") {
                let mut id = id.clone();
                id.set_sensitive(true);
                headers.insert("apns-id", id);
            }
            Reply { status: StatusCode::OK, headers, body: Bytes::new() }
        }
        Service::WebPush => Reply { status: StatusCode::CREATED, headers, body: Bytes::new() },
        Service::Fcm | Service::OAuth | Service::Nothing => {
            let name = format!("projects/{PROJECT}/messages/0:simulated");
            json_reply(StatusCode::OK, &json!({ "name": name }))
        }
    }
}

/// `answer:STATUS:REASON:CODE:…`: exactly this answer.
fn exactly(world: &World, asked: &Asked<'_>, exact: &str, now: Timestamp) -> Reply {
    let mut parts = exact.split(':');
    let status = parts.next().and_then(|status| status.parse().ok()).unwrap_or(500);
    let (reason, code) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if (200..300).contains(&status) {
        return Reply {
            status: StatusCode::from_u16(status).unwrap_or_default(),
            ..taken(world, asked)
        };
    }
    error(asked, status, reason, code, now)
}

/// An error in the service's own words: for APNs its reason, for FCM its status and code.
fn error(asked: &Asked<'_>, status: u16, reason: &str, code: &str, now: Timestamp) -> Reply {
    let http = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match asked.service {
        Service::Apns if status == 410 => {
            json_reply(http, &json!({ "reason": reason, "timestamp": now.millis() }))
        }
        Service::Apns => json_reply(http, &json!({ "reason": reason })),
        Service::Fcm => {
            let kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
            let details = match code {
                "" | "not-a-token" => json!([]),
                // A field, not a code: what Google's BadRequest names.
                field if field.starts_with("message.") => json!([{
                    "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": [{ "field": field, "description": "invalid" }],
                }]),
                code => json!([{ "@type": kind, "errorCode": code }]),
            };
            // What Google says of a token that is none.
            let message = match code {
                "not-a-token" => "The registration token is not a valid FCM registration token",
                _ => "simulated",
            };
            let error = json!({
                "code": status, "message": message, "status": reason, "details": details
            });
            json_reply(http, &json!({ "error": error }))
        }
        Service::WebPush | Service::OAuth | Service::Nothing => {
            Reply { status: http, headers: HeaderMap::new(), body: Bytes::from(reason.to_owned()) }
        }
    }
}

/// Google's token endpoint (RFC 7523).
fn oauth(world: &World, asked: &Asked<'_>, now: Timestamp) -> Reply {
    let text = std::str::from_utf8(asked.body).unwrap_or_default();
    let assertion = text.split('&').find_map(|part| part.strip_prefix("assertion="));
    let claims = assertion
        .and_then(|assertion| verified(assertion, &RSA_PKCS1_2048_8192_SHA256, &world.checks.fcm));
    let scope = "https://www.googleapis.com/auth/firebase.messaging";
    let seconds = now.millis() / 1_000;
    let fits = claims.is_some_and(|claims| {
        claims["aud"] == format!("{}/token", world.url)
            && claims["scope"] == scope
            && claims["exp"].as_i64().is_some_and(|end| (seconds..=seconds + 3_660).contains(&end))
    });
    world.log.answered("oauth", Answered::Status(if fits { 200 } else { 400 }));
    if !fits {
        return json_reply(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_grant" }));
    }
    let token = world.checks.give(now);
    let lasts = world.options.token_seconds;
    json_reply(
        StatusCode::OK,
        &json!({ "access_token": token, "expires_in": lasts, "token_type": "Bearer" }),
    )
}

fn json_reply(status: StatusCode, body: &Value) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Reply { status, headers, body: Bytes::from(body.to_string()) }
}
