//! What FCM's answers mean.
//!
//! Source: Firebase, `ErrorCode` of the HTTP v1 API, and "Scale FCM messages". Read in the order
//! that Google gives: the error's own code, then its status, then HTTP's.

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
    /// The token belongs to no app of this project: gone, if that can be believed.
    Foreign(String),
    /// Our access token is over: get another, and send again.
    Refresh(String),
}

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Fault,
}

#[derive(Default, Deserialize)]
struct Fault {
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    error_code: Option<String>,
    #[serde(default)]
    field_violations: Vec<Violation>,
}

#[derive(Deserialize)]
struct Violation {
    #[serde(default)]
    field: String,
}

/// Reads an answer.
pub(super) fn verdict(answer: &Answer, now: Timestamp) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Is(Outcome::Accepted);
    }
    let Body { error } = serde_json::from_slice(&answer.body).unwrap_or_default();
    let http = answer.status.as_u16();
    let code = error.details.iter().find_map(|detail| detail.error_code.as_deref()).unwrap_or("");
    let status = error.status.as_str();
    let said = said(http, status, code, &error.message);
    let after = retry_after(&answer.headers, now);
    let retry = |least: u64, scope| {
        let after = after.or(Some(Duration::from_millis(least)));
        Verdict::Is(Outcome::Retry { after, scope, reason: said.clone() })
    };
    let misconfigured =
        |hint: &str| Verdict::Is(Outcome::Misconfigured { reason: format!("{said}; {hint}") });
    match (code, status, http) {
        ("UNREGISTERED", _, _) => Verdict::Is(Outcome::Gone { since: None }),
        ("SENDER_ID_MISMATCH", _, _) => Verdict::Foreign(said),
        ("THIRD_PARTY_AUTH_ERROR", _, _) => misconfigured(
            "the APNs key or the VAPID key that is stored at Firebase is bad; put a good one there",
        ),
        ("QUOTA_EXCEEDED", _, _) | (_, "RESOURCE_EXHAUSTED", _) | (_, _, 429) => {
            retry(limits::THROTTLED_MS, Scope::Provider)
        }
        ("UNAVAILABLE", _, _) | (_, "UNAVAILABLE", _) | (_, _, 503) => {
            retry(limits::FCM_RETRY_MS, Scope::Provider)
        }
        ("INTERNAL", _, _) | (_, "INTERNAL", _) | (_, _, 500..) => {
            retry(limits::FCM_RETRY_MS, Scope::Device)
        }
        ("INVALID_ARGUMENT", _, _) | (_, "INVALID_ARGUMENT", _) => invalid(&error, said),
        (_, "UNAUTHENTICATED", _) | (_, _, 401) => Verdict::Refresh(said),
        (_, "PERMISSION_DENIED", _) | (_, _, 403) => misconfigured(
            "enable the Firebase Cloud Messaging API of the project, and give the service account a \
             role that may send",
        ),
        (_, "NOT_FOUND", _) | (_, _, 404) => {
            misconfigured("check the `project_id` in `fcm.credentials`, and `fcm.endpoint`")
        }
        (_, _, _) => Verdict::Is(Outcome::Rejected { reason: said }),
    }
}

fn said(http: u16, status: &str, code: &str, message: &str) -> String {
    let mut said = format!("FCM answered {http}");
    for part in [status, if code == status { "" } else { code }] {
        if !part.is_empty() {
            said.push(' ');
            said.push_str(part);
        }
    }
    if !message.is_empty() {
        let end = message.floor_char_boundary(limits::REASON_BYTES_MAX);
        said.push_str(": ");
        said.push_str(&message[..end]);
    }
    said
}

/// An argument is wrong: the token, or something that is the same for all devices.
fn invalid(error: &Fault, said: String) -> Verdict {
    let mut fields = error.details.iter().flat_map(|detail| &detail.field_violations).peekable();
    let token = if fields.peek().is_some() {
        fields.all(|violation| violation.field == "message.token")
    } else {
        error.message.contains("registration token")
    };
    if token { Verdict::Foreign(said) } else { Verdict::Is(Outcome::Rejected { reason: said }) }
}
