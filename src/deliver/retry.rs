//! When to try again, and when to give up.

use super::provider::Outcome;
use crate::clock::Timestamp;
use crate::limits;
use crate::store::Fate;
use std::time::Duration;

/// What a provider's answer means for the device, after `attempts` earlier ones.
pub(super) fn fate(outcome: Outcome, attempts: u32, now: Timestamp) -> Fate {
    match outcome {
        Outcome::Accepted => Fate::Sent,
        Outcome::Gone { since: _ } => Fate::Gone,
        Outcome::Rejected { reason } | Outcome::Misconfigured { reason } => Fate::Failed(reason),
        Outcome::Retry { after, scope: _, reason } => again(attempts, after, reason, now),
        Outcome::Unknown { reason } => again(attempts, None, reason, now),
    }
}

fn again(attempts: u32, after: Option<Duration>, reason: String, now: Timestamp) -> Fate {
    let attempts = attempts.saturating_add(1);
    if attempts >= limits::ATTEMPTS_MAX {
        return Fate::Failed(format!("given up after {attempts} attempts: {reason}"));
    }
    Fate::Waiting { until: now.plus_millis(wait(attempts, after)), attempts, reason }
}

/// Milliseconds to wait after so many attempts: doubled each time, and never less than
/// the other side asked for, within the bounds of [`limits`].
fn wait(attempts: u32, asked: Option<Duration>) -> i64 {
    let doubled =
        limits::RETRY_FIRST_MS.saturating_mul(1_i64 << attempts.saturating_sub(1).min(20));
    let asked = asked.map_or(0, |asked| i64::try_from(asked.as_millis()).unwrap_or(i64::MAX));
    doubled.max(asked).min(limits::RETRY_LAST_MS)
}

#[cfg(test)]
mod tests {
    use super::{fate, wait};
    use crate::clock::Timestamp;
    use crate::deliver::{Outcome, Scope};
    use crate::limits;
    use crate::store::Fate;
    use std::time::Duration;

    #[test]
    fn waits_double_up_to_their_bound_and_honour_what_was_asked() {
        assert_eq!(wait(1, None), 1_000);
        assert_eq!(wait(2, None), 2_000);
        assert_eq!(wait(5, None), 16_000);
        assert_eq!(wait(200, None), limits::RETRY_LAST_MS);
        assert_eq!(wait(1, Some(Duration::from_secs(30))), 30_000);
        assert_eq!(wait(1, Some(Duration::from_secs(999_999))), limits::RETRY_LAST_MS);
    }

    #[test]
    fn a_last_attempt_fails() {
        let retry =
            || Outcome::Retry { after: None, scope: Scope::Device, reason: "busy".to_owned() };
        let now = Timestamp::from_millis(10);
        let waiting = fate(retry(), 0, now);
        let until = Timestamp::from_millis(1_010);
        assert_eq!(waiting, Fate::Waiting { until, attempts: 1, reason: "busy".to_owned() });
        let last = fate(retry(), limits::ATTEMPTS_MAX - 1, now);
        assert_eq!(last, Fate::Failed("given up after 300 attempts: busy".to_owned()));
    }
}
