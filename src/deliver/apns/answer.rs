//! What APNs' answers mean.
//!
//! Source: Apple, "Handling notification responses from APNs".

use crate::clock::Timestamp;
use crate::deliver::http2::Answer;
use crate::deliver::wait::retry_after;
use crate::deliver::{Outcome, Scope};
use crate::limits;
use serde::Deserialize;
use std::time::Duration;

/// What to do after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// That is it.
    Is(Outcome),
    /// The token doesn't belong to this app or environment: gone, if that can be believed.
    Foreign(String),
    /// Our signed token is too old: make another, and send again.
    Refresh(String),
    /// The connection is to be given up; then the outcome.
    Renew(Outcome),
}

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    reason: String,
    /// Milliseconds since 1970.
    timestamp: Option<i64>,
}

/// Reads an answer.
pub(super) fn verdict(answer: &Answer, now: Timestamp) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Is(Outcome::Accepted);
    }
    let Body { reason, timestamp } = serde_json::from_slice(&answer.body).unwrap_or_default();
    let status = answer.status.as_u16();
    let said = match reason.as_str() {
        "" => format!("APNs answered HTTP {status}"),
        reason => format!("APNs answered {status} {reason}"),
    };
    let after = retry_after(&answer.headers, now);
    let retry = |after, scope| Outcome::Retry { after, scope, reason: said.clone() };
    let misconfigured =
        |hint: &str| Verdict::Is(Outcome::Misconfigured { reason: format!("{said}; {hint}") });
    match (status, reason.as_str()) {
        (400, "BadDeviceToken" | "DeviceTokenNotForTopic") => Verdict::Foreign(said),
        (400, "TopicDisallowed") => misconfigured("check `apns.topic`"),
        (400, "IdleTimeout") => Verdict::Renew(retry(after, Scope::Device)),
        (403, "ExpiredProviderToken") => Verdict::Refresh(said),
        (403, _) => misconfigured(
            "check `apns.key`, `apns.key_id`, `apns.team_id` and `apns.environment`, or \
             `apns.certificate`",
        ),
        (410, _) => Verdict::Is(Outcome::Gone { since: timestamp.map(Timestamp::from_millis) }),
        (429, "TooManyProviderTokenUpdates") => Verdict::Is(retry(after, Scope::Provider)),
        (429, _) => {
            let after = after.or(Some(Duration::from_millis(limits::THROTTLED_MS)));
            Verdict::Is(retry(after, Scope::Device))
        }
        (503, "Shutdown") => Verdict::Renew(retry(after, Scope::Provider)),
        (503, _) => Verdict::Is(retry(after, Scope::Provider)),
        (500.., _) => Verdict::Is(retry(after, Scope::Device)),
        (_, _) => Verdict::Is(Outcome::Rejected { reason: said }),
    }
}
