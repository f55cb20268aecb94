//! Counts of one provider, for the metrics.

use super::breaker::BreakerState;
use crate::store::Kind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the classes of latency, in milliseconds; what is longer is in one more.
pub const BUCKETS_MS: [u64; 12] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 30_000];

/// Counters; they only grow.
#[derive(Default)]
pub(in crate::deliver) struct Meter {
    outcomes: [AtomicU64; Kind::ALL.len()],
    latency: [AtomicU64; BUCKETS_MS.len() + 1],
    elapsed_us: AtomicU64,
}

/// What a provider's counters say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The provider's name.
    pub provider: &'static str,
    /// Answers by what they meant for the device.
    pub outcomes: Vec<(Kind, u64)>,
    /// Answers that took up to so many milliseconds as [`BUCKETS_MS`] says, one class each;
    /// the last is the rest.
    pub latency: Vec<u64>,
    /// Microseconds of all answers together.
    pub elapsed_us: u64,
    /// Whether it is used.
    pub breaker: BreakerState,
}

impl Meter {
    pub(super) fn took(&self, elapsed: Duration) {
        let us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let class = BUCKETS_MS.partition_point(|bound| bound * 1_000 < us);
        self.latency[class].fetch_add(1, Ordering::Relaxed);
        self.elapsed_us.fetch_add(us, Ordering::Relaxed);
    }

    pub(super) fn count(&self, kind: Kind) {
        let place = Kind::ALL.iter().position(|other| *other == kind).unwrap_or_default();
        self.outcomes[place].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn reading(&self, provider: &'static str, breaker: BreakerState) -> Reading {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Reading {
            provider,
            outcomes: Kind::ALL.into_iter().zip(self.outcomes.iter().map(load)).collect(),
            latency: self.latency.iter().map(load).collect(),
            elapsed_us: load(&self.elapsed_us),
            breaker,
        }
    }
}
