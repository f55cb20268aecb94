//! So many a second, evenly: a provider's quota.

use crate::clock::Stopwatch;
use crate::limits;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A pace. Every send has its moment, one after the other at equal distances; who comes
/// early waits, but for a small allowance.
pub(super) struct Pace {
    since: Stopwatch,
    /// Nanoseconds from one to the next.
    apart: u64,
    /// The moment of the next, in nanoseconds since the start.
    next: AtomicU64,
}

impl Pace {
    /// So many a second.
    pub(super) fn new(per_second: u32) -> Self {
        let apart = 1_000_000_000 / u64::from(per_second.max(1));
        Self { since: Stopwatch::start(), apart, next: AtomicU64::new(0) }
    }

    /// Takes the next moment; or says how long to wait before asking again. What is urgent
    /// takes it always, and those after it wait for both.
    pub(super) fn take(&self, urgent: bool) -> Option<Duration> {
        let now = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.take_at(now, urgent)
    }

    fn take_at(&self, now: u64, urgent: bool) -> Option<Duration> {
        let latest = now + limits::PACE_BURST_MS * 1_000_000;
        let taken = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
            let moment = next.max(now);
            (urgent || moment <= latest).then_some(moment + self.apart)
        });
        let moment = taken.err()?;
        // Half of the allowance at least, so that not every send waits by itself.
        let wait = (moment - latest).max(limits::PACE_BURST_MS * 500_000);
        Some(Duration::from_nanos(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;

    /// How many are let through in these milliseconds, asking every millisecond.
    fn passed(pace: &Pace, from_ms: u64, to_ms: u64) -> usize {
        let at = |ms| {
            std::iter::from_fn(move || pace.take_at(ms * 1_000_000, false).is_none().then_some(()))
        };
        (from_ms..to_ms).map(|ms| at(ms).count()).sum()
    }

    #[test]
    fn a_second_lets_its_number_through_and_the_allowance() {
        let pace = Pace::new(1_000);
        assert_eq!(passed(&pace, 0, 1_000), 1_000 + 20);
        assert_eq!(passed(&pace, 1_000, 2_000), 1_000);
    }

    #[test]
    fn what_is_urgent_goes_at_once_and_others_wait_for_it() {
        let pace = Pace::new(1_000);
        assert_eq!(passed(&pace, 0, 1), 21);
        for _ in 0..100 {
            assert_eq!(pace.take_at(0, true), None);
        }
        assert_eq!(passed(&pace, 1, 100), 0);
        assert_eq!(passed(&pace, 100, 200), 99);
    }
}
