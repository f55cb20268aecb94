//! What a provider's answer means for the device: when to try again, and when to give up.

use super::provider::Outcome;
use crate::clock::Timestamp;
use crate::limits;
use crate::model::DeviceKey;
use crate::store::{Kind, MessageKey};
use std::borrow::Cow;
use std::time::Duration;

/// What became of a message at one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The device's push service has it.
    Accepted,
    /// The device is gone for good.
    Gone {
        /// When its service noticed, if it said so.
        since: Option<Timestamp>,
    },
    /// It will be tried again.
    Waiting {
        /// When.
        until: Timestamp,
        /// Attempts so far.
        attempts: u32,
        /// Why it didn't work yet.
        reason: Reason,
    },
    /// That is the end of it.
    Ended(Kind, Reason),
}

/// A reason in a ledger.
pub(super) type Reason = Cow<'static, str>;

impl Fate {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Accepted => Kind::Accepted,
            Self::Gone { .. } => Kind::Gone,
            Self::Waiting { .. } => Kind::Waiting,
            Self::Ended(kind, _) => *kind,
        }
    }
}

/// One device's tries for one message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    pub(super) message: MessageKey,
    pub(super) device: DeviceKey,
    /// How often it was tried before.
    pub(super) attempts: u32,
    /// Until when it is worth trying.
    pub(super) deadline: Timestamp,
}

impl Tries {
    /// What an answer means for the device.
    pub(super) fn fate(self, outcome: Outcome, now: Timestamp) -> Fate {
        match outcome {
            Outcome::Accepted => Fate::Accepted,
            Outcome::Gone { since } => Fate::Gone { since },
            Outcome::Rejected { reason } => Fate::Ended(Kind::Failed, reason.into()),
            Outcome::Retry { after, reason, .. } => self.again(after, reason, now),
            Outcome::NotTried { after, reason, .. } => {
                let after = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
                self.refused(now.plus_millis(after.min(limits::RETRY_ASKED_MS)), reason, now)
            }
            // With the same collapse id, so that a phone shows it once.
            Outcome::Unknown { reason } => self.again(None, reason, now),
            // Not the device's fault: it waits until somebody has mended it.
            Outcome::Misconfigured { reason } => {
                self.refused(now.plus_millis(limits::BREAKER_MISCONFIGURED_MS), reason, now)
            }
        }
    }

    fn again(self, after: Option<Duration>, reason: String, now: Timestamp) -> Fate {
        let attempts = self.attempts.saturating_add(1);
        if attempts >= limits::DEVICE_ATTEMPTS_MAX {
            let reason = format!("given up after {attempts} attempts: {reason}");
            return Fate::Ended(Kind::Failed, reason.into());
        }
        let until = now.plus_millis(wait(attempts, after, self.chance()));
        self.wait_until(until, attempts, reason)
    }

    /// What it means that the provider is out of order until then: no attempt was made.
    pub(super) fn refused(self, until: Timestamp, reason: String, now: Timestamp) -> Fate {
        // Spread, so that not all come at the moment when it may work again.
        let spread = (until.millis() - now.millis()).clamp(1, limits::BREAKER_LAST_MS);
        let until = until.plus_millis(below(self.chance(), spread));
        self.wait_until(until, self.attempts, reason)
    }

    fn wait_until(self, until: Timestamp, attempts: u32, reason: String) -> Fate {
        if until > self.deadline {
            let reason = format!("its time to live ended before it could be sent: {reason}");
            return Fate::Ended(Kind::Expired, reason.into());
        }
        Fate::Waiting { until, attempts, reason: reason.into() }
    }

    /// A number that looks random, and is the same for the same attempt.
    fn chance(self) -> u64 {
        let mut mixed = self.message.0.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ self.device.0.cast_unsigned().wrapping_mul(0xbf58_476d_1ce4_e5b9)
            ^ u64::from(self.attempts);
        for _ in 0..2 {
            mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
        }
        mixed ^ (mixed >> 32)
    }
}

/// Milliseconds to wait after so many attempts: anything up to a bound that doubles each time,
/// so that a million devices don't come back at once; and never less than was asked for, with
/// up to a fifth on top.
fn wait(attempts: u32, asked: Option<Duration>, chance: u64) -> i64 {
    let bound = doubled(attempts);
    let Some(asked) = asked else { return 1 + below(chance, bound) };
    let asked = i64::try_from(asked.as_millis()).unwrap_or(i64::MAX);
    let asked = asked.clamp(limits::RETRY_FIRST_MS, limits::RETRY_ASKED_MS);
    asked + below(chance, asked / 5)
}

fn doubled(attempts: u32) -> i64 {
    let doubled =
        limits::RETRY_FIRST_MS.saturating_mul(1_i64 << attempts.saturating_sub(1).min(20));
    doubled.min(limits::RETRY_LAST_MS)
}

/// From 0 to less than `bound`, which is at least 1.
fn below(chance: u64, bound: i64) -> i64 {
    let bound = u64::try_from(bound.max(1)).unwrap_or(1);
    i64::try_from(chance % bound).unwrap_or_default()
}

/// What an answer means for a message that is forwarded whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// It is done.
    Done,
    /// It failed.
    Failed(String),
    /// It is tried again.
    Again {
        /// When.
        until: Timestamp,
        /// Why it didn't work.
        reason: String,
    },
}

/// What an answer means for a message that is forwarded whole, after `attempts` earlier ones.
pub(super) fn whole(provider: &str, outcome: Outcome, attempts: u32, now: Timestamp) -> Whole {
    let (after, reason) = match outcome {
        Outcome::Accepted => return Whole::Done,
        Outcome::Gone { .. } => {
            return Whole::Failed(format!("the provider `{provider}` no longer exists"));
        }
        Outcome::Rejected { reason } | Outcome::Misconfigured { reason } => {
            return Whole::Failed(reason);
        }
        Outcome::Retry { after, reason, .. } => (after, reason),
        Outcome::NotTried { after, reason, .. } => (Some(after), reason),
        Outcome::Unknown { reason } => (None, reason),
    };
    let attempts = attempts.saturating_add(1);
    if attempts >= limits::ATTEMPTS_MAX {
        return Whole::Failed(format!("given up after {attempts} attempts: {reason}"));
    }
    let asked = after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
    let wait = doubled(attempts).max(asked).min(limits::RETRY_LAST_MS);
    Whole::Again { until: now.plus_millis(wait), reason }
}

#[cfg(test)]
mod tests {
    use super::{Fate, Tries, Whole, doubled, wait, whole};
    use crate::clock::Timestamp;
    use crate::deliver::{Outcome, Scope};
    use crate::limits;
    use crate::model::DeviceKey;
    use crate::store::{Kind, MessageKey};
    use std::time::Duration;

    fn retry(after: Option<Duration>) -> Outcome {
        Outcome::Retry { after, scope: Scope::Device, reason: "busy".to_owned() }
    }

    fn tries(attempts: u32, deadline: i64) -> Tries {
        let deadline = Timestamp::from_millis(deadline);
        Tries { message: MessageKey(1), device: DeviceKey(2), attempts, deadline }
    }

    #[test]
    fn waits_are_spread_below_a_bound_that_doubles() {
        assert_eq!((1..=5).map(doubled).collect::<Vec<_>>(), [1_000, 2_000, 4_000, 8_000, 16_000]);
        assert_eq!(doubled(200), limits::RETRY_LAST_MS);
        let waits: Vec<_> = (0..1_000).map(|chance| wait(3, None, chance * 7_919)).collect();
        assert!(waits.iter().all(|wait| (1..=4_000).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < 400) && waits.iter().any(|wait| *wait > 3_600));
    }

    #[test]
    fn what_a_service_asks_for_is_waited_for_and_a_little_more() {
        for chance in 0..100 {
            let waited = wait(1, Some(Duration::from_secs(30)), chance * 7_919);
            assert!((30_000..36_000).contains(&waited), "{waited}");
        }
        assert_eq!(wait(1, Some(Duration::ZERO), 0), 1_000);
        assert_eq!(wait(1, Some(Duration::from_secs(999_999)), 0), limits::RETRY_ASKED_MS);
    }

    #[test]
    fn devices_of_one_message_come_back_at_different_times() {
        let waits: std::collections::BTreeSet<_> = (0..1_000)
            .map(|device| Tries { device: DeviceKey(device), ..tries(4, i64::MAX) })
            .map(|tries| format!("{:?}", tries.fate(retry(None), Timestamp::from_millis(0))))
            .collect();
        assert!(waits.len() > 900, "{}", waits.len());
    }

    #[test]
    fn a_device_is_given_up_after_its_last_attempt_or_when_its_time_is_over() {
        let now = Timestamp::from_millis(10);
        assert!(matches!(
            tries(0, i64::MAX).fate(retry(None), now),
            Fate::Waiting { attempts: 1, .. }
        ));
        let last = tries(limits::DEVICE_ATTEMPTS_MAX - 1, i64::MAX).fate(retry(None), now);
        let reason = "given up after 6 attempts: busy".into();
        assert_eq!(last, Fate::Ended(Kind::Failed, reason));
        let late = tries(0, 500).fate(retry(Some(Duration::from_secs(1))), now);
        assert_eq!(late.kind(), Kind::Expired);
    }

    #[test]
    fn a_wrong_credential_is_no_attempt_of_the_device() {
        let outcome = Outcome::Misconfigured { reason: "bad key".to_owned() };
        let fate = tries(5, i64::MAX).fate(outcome, Timestamp::from_millis(0));
        assert!(matches!(fate, Fate::Waiting { attempts: 5, .. }), "{fate:?}");
    }

    #[test]
    fn a_pause_of_its_service_is_no_attempt_of_the_device() {
        let (after, scope) = (Duration::from_secs(9), Scope::Device);
        let paused = Outcome::NotTried { after, scope, reason: "busy".to_owned() };
        let fate = tries(5, i64::MAX).fate(paused, Timestamp::from_millis(0));
        assert!(
            matches!(fate, Fate::Waiting { until, attempts: 5, .. }
                if (9_000..18_000).contains(&until.millis())),
            "{fate:?}"
        );
    }

    #[test]
    fn a_whole_message_is_tried_for_about_a_day() {
        let now = Timestamp::from_millis(10);
        let until = Timestamp::from_millis(1_010);
        let reason = "busy".to_owned();
        assert_eq!(whole("p", retry(None), 0, now), Whole::Again { until, reason });
        let last = whole("p", retry(None), limits::ATTEMPTS_MAX - 1, now);
        assert_eq!(last, Whole::Failed("given up after 300 attempts: busy".to_owned()));
    }
}
