//! The breaker: a provider that doesn't work isn't asked for each of a million devices.
//!
//! It opens when the credentials are wrong, or after a run of failures without a success
//! between. After a while one parcel may probe; its answer closes the breaker or opens it for
//! twice as long.

use super::leave::Leave;
use crate::clock::Timestamp;
use crate::limits;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Whether a provider is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It is.
    Closed,
    /// It isn't.
    Open {
        /// When it is tried again.
        until: Timestamp,
        /// What is wrong.
        reason: String,
    },
    /// One parcel tries whether it works again.
    Probing {
        /// What was wrong.
        reason: String,
    },
}

pub(in crate::deliver) struct Breaker {
    provider: &'static str,
    /// Failures since the last success.
    run: AtomicU32,
    /// False: closed. What is asked for every send needs no lock.
    open: AtomicBool,
    state: Mutex<Opened>,
}

struct Opened {
    state: BreakerState,
    /// When it became so.
    since: Timestamp,
    /// How often it has opened since it worked last.
    times: u32,
    /// When the probe counts as lost.
    probe_until: Timestamp,
}

impl Opened {
    /// Whether that moment is still to come; not when the clock was set back since it was set.
    fn awaits(&self, until: Timestamp, now: Timestamp) -> bool {
        self.since <= now && now < until
    }
}

/// How long others wait before they look at a probe's result again.
const PROBE_LOOK: Duration = Duration::from_millis(10);

impl Breaker {
    pub(super) fn new(provider: &'static str) -> Self {
        let state = Opened {
            state: BreakerState::Closed,
            since: Timestamp::from_millis(0),
            times: 0,
            probe_until: Timestamp::from_millis(0),
        };
        Self {
            provider,
            run: AtomicU32::new(0),
            open: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Opened> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when it is closed. The first one after its time may go, as the probe.
    pub(super) fn leave(&self, now: Timestamp) -> Option<Leave> {
        if !self.open.load(Ordering::Relaxed) {
            return None;
        }
        let mut opened = self.lock();
        let probe = match &opened.state {
            BreakerState::Closed => return None,
            BreakerState::Open { until, reason } if opened.awaits(*until, now) => {
                return Some(Leave::Refused { until: *until, reason: reason.clone() });
            }
            BreakerState::Probing { .. } if opened.awaits(opened.probe_until, now) => {
                return Some(Leave::Later(PROBE_LOOK));
            }
            BreakerState::Open { reason, .. } | BreakerState::Probing { reason } => reason.clone(),
        };
        opened.state = BreakerState::Probing { reason: probe };
        opened.since = now;
        opened.probe_until =
            now.plus_millis(limits::SEND_MS.cast_signed() + limits::ANSWER_LATE_MS);
        Some(Leave::Go)
    }

    /// Until when nothing may be sent, and why; `None` when something may, be it a probe.
    pub(super) fn refusal(&self, now: Timestamp) -> Option<(Timestamp, String)> {
        if !self.open.load(Ordering::Relaxed) {
            return None;
        }
        let opened = self.lock();
        match &opened.state {
            BreakerState::Open { until, reason } if opened.awaits(*until, now) => {
                Some((*until, reason.clone()))
            }
            BreakerState::Closed | BreakerState::Open { .. } | BreakerState::Probing { .. } => None,
        }
    }

    pub(super) fn state(&self) -> BreakerState {
        if !self.open.load(Ordering::Relaxed) {
            return BreakerState::Closed;
        }
        self.lock().state.clone()
    }

    /// An answer that shows that the provider works.
    pub(super) fn works(&self) {
        if self.run.load(Ordering::Relaxed) != 0 {
            self.run.store(0, Ordering::Relaxed);
        }
        if !self.open.load(Ordering::Relaxed) {
            return;
        }
        let mut opened = self.lock();
        opened.state = BreakerState::Closed;
        opened.times = 0;
        self.open.store(false, Ordering::Relaxed);
        tracing::info!(provider = self.provider, "engine: the provider works again");
    }

    /// Its first probe comes soon: credentials are read again when their file changes.
    pub(super) fn misconfigured(&self, reason: &str, now: Timestamp) {
        self.open(reason, limits::BREAKER_MISCONFIGURED_MS, now);
    }

    pub(super) fn failed(&self, reason: &str, after: Option<Duration>, now: Timestamp) {
        let run = self.run.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let probing = self.open.load(Ordering::Relaxed);
        if run < limits::BREAKER_RUN && !probing {
            return;
        }
        let asked = after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
        self.open(reason, asked.min(limits::RETRY_ASKED_MS), now);
    }

    /// Opens it, or for longer. What was sent before it opened doesn't count twice.
    fn open(&self, reason: &str, at_least: i64, now: Timestamp) {
        let mut opened = self.lock();
        if let BreakerState::Open { until, .. } = &opened.state
            && *until >= now.plus_millis(at_least)
            && opened.awaits(*until, now)
        {
            return;
        }
        let doubled = limits::BREAKER_FIRST_MS.saturating_mul(1 << opened.times.min(20));
        let until = now.plus_millis(doubled.min(limits::BREAKER_LAST_MS).max(at_least));
        if !matches!(opened.state, BreakerState::Open { .. }) {
            opened.times = opened.times.saturating_add(1);
        }
        opened.state = BreakerState::Open { until, reason: reason.to_owned() };
        opened.since = now;
        self.open.store(true, Ordering::Relaxed);
        tracing::warn!(provider = self.provider, reason, %until, "engine: the provider is out of order");
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, BreakerState, Leave};
    use crate::clock::Timestamp;
    use crate::limits;
    use std::time::Duration;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_run_of_failures_opens_it_and_a_success_between_does_not() {
        let breaker = Breaker::new("p");
        for _ in 0..limits::BREAKER_RUN * 3 {
            breaker.failed("busy", None, at(0));
            breaker.works();
        }
        assert_eq!(breaker.leave(at(0)), None);
        for _ in 0..limits::BREAKER_RUN {
            breaker.failed("busy", None, at(0));
        }
        let refused = Leave::Refused { until: at(1_000), reason: "busy".to_owned() };
        assert_eq!(breaker.leave(at(999)), Some(refused));
    }

    #[test]
    fn one_probes_and_its_answer_decides() {
        let breaker = Breaker::new("p");
        breaker.misconfigured("bad key", at(0));
        assert!(matches!(breaker.state(), BreakerState::Open { until, .. } if until == at(5_000)));
        assert_eq!(breaker.leave(at(5_000)), Some(Leave::Go), "the probe");
        assert_eq!(breaker.leave(at(5_001)), Some(Leave::Later(super::PROBE_LOOK)), "others wait");
        breaker.misconfigured("bad key", at(5_002));
        assert!(matches!(breaker.leave(at(5_003)), Some(Leave::Refused { .. })));
        assert_eq!(breaker.leave(at(200_000)), Some(Leave::Go));
        breaker.works();
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert_eq!(breaker.leave(at(200_001)), None);
    }

    #[test]
    fn each_failed_probe_doubles_the_wait_and_what_was_asked_is_waited_for() {
        let breaker = Breaker::new("p");
        for _ in 0..limits::BREAKER_RUN + 5 {
            breaker.failed("busy", None, at(0));
        }
        for (probe, until) in [(1_000, 3_000), (3_000, 7_000), (7_000, 15_000)] {
            assert_eq!(breaker.leave(at(probe)), Some(Leave::Go));
            breaker.failed("busy", None, at(probe));
            assert_eq!(breaker.refusal(at(probe)), Some((at(until), "busy".to_owned())));
        }
        breaker.failed("quota", Some(Duration::from_secs(90)), at(7_000));
        assert_eq!(breaker.refusal(at(97_000)), None);
        assert_eq!(breaker.refusal(at(7_000)), Some((at(97_000), "quota".to_owned())));
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_it_open_no_longer() {
        let breaker = Breaker::new("p");
        breaker.misconfigured("bad key", at(90_000));
        assert!(breaker.refusal(at(90_001)).is_some());
        assert_eq!(breaker.refusal(at(10)), None);
        assert_eq!(breaker.leave(at(10)), Some(Leave::Go), "the probe");
        breaker.misconfigured("bad key", at(11));
        assert!(matches!(breaker.state(), BreakerState::Open { until, .. } if until == at(5_011)));
    }

    #[test]
    fn a_probe_that_is_lost_is_followed_by_another() {
        let breaker = Breaker::new("p");
        breaker.misconfigured("bad key", at(0));
        assert_eq!(breaker.leave(at(5_000)), Some(Leave::Go));
        assert_eq!(breaker.leave(at(44_999)), Some(Leave::Later(super::PROBE_LOOK)));
        assert_eq!(breaker.leave(at(45_000)), Some(Leave::Go));
    }
}
