//! Whether it can be that so many devices are gone.
//!
//! A token of Apple's sandbox that is sent to production is answered like a device that is
//! gone. Without a guard, one wrong setting would unregister everybody.

use crate::limits;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts answers and bad tokens of a provider.
pub(super) struct Doubt {
    percent: u64,
    answers: AtomicU64,
    gone: AtomicU64,
    told: AtomicBool,
}

impl Doubt {
    pub(super) fn new(percent: u64) -> Self {
        Self {
            percent,
            answers: AtomicU64::new(0),
            gone: AtomicU64::new(0),
            told: AtomicBool::new(false),
        }
    }

    /// An answer that says something of a device.
    pub(super) fn answered(&self) {
        if self.answers.fetch_add(1, Ordering::Relaxed) >= limits::DOUBT_REMEMBERS {
            // What was long ago counts half. A lost count here and there changes nothing.
            self.answers.store(limits::DOUBT_REMEMBERS / 2, Ordering::Relaxed);
            self.gone.store(self.gone.load(Ordering::Relaxed) / 2, Ordering::Relaxed);
        }
    }

    /// A bad token. True when it is believed.
    pub(super) fn gone(&self) -> bool {
        self.gone.fetch_add(1, Ordering::Relaxed);
        !self.is_doubtful()
    }

    pub(super) fn is_doubtful(&self) -> bool {
        let usual = self.answers.load(Ordering::Relaxed) * self.percent / 100;
        self.gone.load(Ordering::Relaxed) > limits::DOUBT_FREE + usual
    }

    /// True once for each time that doubts begin.
    pub(super) fn is_new(&self) -> bool {
        !self.told.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::Doubt;

    fn believed(percent: u64, devices: u64, bad_every: u64) -> u64 {
        let doubt = Doubt::new(percent);
        let mut believed = 0;
        for device in 0..devices {
            doubt.answered();
            believed += u64::from(device % bad_every == 0 && doubt.gone());
        }
        believed
    }

    #[test]
    fn a_few_percent_are_believed_and_all_are_not() {
        assert_eq!(believed(5, 10_000, 50), 200, "2 % are gone, and forgotten");
        assert_eq!(believed(5, 10_000, 1), 21, "everybody is gone: a wrong setting");
        assert!(believed(5, 1_000_000, 10) < 60);
        assert_eq!(believed(30, 10_000, 10), 1_000);
    }
}
