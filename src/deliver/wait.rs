//! `Retry-After`: how long a service wants us to wait.

use crate::clock::Timestamp;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use std::time::Duration;

/// What an answer says, in seconds or as a date, within a second and an hour.
/// Source: RFC 9110, section 10.2.3.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = if let Ok(seconds) = text.parse::<u64>() {
        seconds
    } else {
        let at = httpdate::parse_http_date(text).ok()?;
        let at = at.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
        at.saturating_sub(u64::try_from(now.millis() / 1_000).unwrap_or(0))
    };
    Some(Duration::from_secs(seconds.clamp(1, 3_600)))
}

#[cfg(test)]
mod tests {
    use super::retry_after;
    use crate::clock::Timestamp;
    use http::HeaderMap;
    use std::time::Duration;

    #[test]
    fn seconds_and_dates_are_understood_and_bounded() {
        let now = Timestamp::from_iso("2026-11-25T10:00:00Z").unwrap();
        for (text, seconds) in [
            ("7", Some(7)),
            ("0", Some(1)),
            ("999999", Some(3_600)),
            ("Wed, 25 Nov 2026 10:02:00 GMT", Some(120)),
            ("Wed, 25 Nov 2026 09:00:00 GMT", Some(1)),
            ("soon", None),
        ] {
            let headers =
                HeaderMap::from_iter([(http::header::RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
