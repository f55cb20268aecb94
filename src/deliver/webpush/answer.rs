//! What a browser's push service means by its answer.
//!
//! Source: RFC 8030, and what Mozilla's, Google's and Microsoft's services document.

use crate::clock::Timestamp;
use crate::deliver::http2::Answer;
use crate::deliver::wait::retry_after;
use crate::deliver::{Outcome, Scope};
use crate::limits;
use http::header::LOCATION;
use std::time::Duration;

/// What to do after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// That is it.
    Is(Outcome),
    /// It refuses who we are: for one browser its subscription is of another key, for all of
    /// them the key is wrong.
    Foreign(String),
    /// This origin wants us to wait.
    Pause(Duration, String),
    /// It moved.
    Moved(String),
}

/// Reads an answer.
pub(super) fn verdict(answer: &Answer, origin: &str, now: Timestamp) -> Verdict {
    let status = answer.status.as_u16();
    let said = || {
        let body = String::from_utf8_lossy(&answer.body);
        let end = body.floor_char_boundary(limits::REASON_BYTES_MAX);
        match body[..end].trim() {
            "" => format!("{origin} answered {status}"),
            text => format!("{origin} answered {status}: {text}"),
        }
    };
    let after = retry_after(&answer.headers, now);
    match status {
        200..=299 => Verdict::Is(Outcome::Accepted),
        404 | 410 => Verdict::Is(Outcome::Gone { since: None }),
        401 | 403 => Verdict::Foreign(said()),
        400 if answer.body.windows(19).any(|part| part == b"VapidPkHashMismatch") => {
            Verdict::Foreign(said())
        }
        // 406 is how Windows' service says that it throttles.
        406 | 429 => {
            Verdict::Pause(after.unwrap_or(Duration::from_millis(limits::THROTTLED_MS)), said())
        }
        307 | 308 => match answer.headers.get(LOCATION).and_then(|to| to.to_str().ok()) {
            Some(to) => Verdict::Moved(to.to_owned()),
            None => Verdict::Is(Outcome::Rejected { reason: said() }),
        },
        500.. => Verdict::Is(Outcome::Retry { after, scope: Scope::Device, reason: said() }),
        _ => Verdict::Is(Outcome::Rejected { reason: said() }),
    }
}
