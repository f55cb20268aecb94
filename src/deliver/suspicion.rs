//! Whether "this device is gone" may be believed.
//!
//! A token of another environment, topic or project is answered like one that is gone. With
//! wrong settings every device would be forgotten, so such answers count only as long as most
//! devices are reached.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a provider's answers amount to so far.
#[derive(Default)]
pub(super) struct Suspicion {
    reached: AtomicU64,
    foreign: AtomicU64,
}

impl Suspicion {
    /// A device was reached.
    pub(super) fn reached(&self) {
        self.reached.fetch_add(1, Ordering::Relaxed);
    }

    /// A service says that a device isn't one of ours. True when that can be believed: at least
    /// one device was reached, and at most one in ten was answered so, few first ones aside.
    pub(super) fn is_believable(&self) -> bool {
        let foreign = self.foreign.fetch_add(1, Ordering::Relaxed) + 1;
        let reached = self.reached.load(Ordering::Relaxed);
        reached > 0 && (foreign <= 3 || foreign * 10 <= reached + foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::Suspicion;

    #[test]
    fn wrong_settings_forget_no_device() {
        let wrong = Suspicion::default();
        assert!((0..1_000).all(|_| !wrong.is_believable()), "nobody was ever reached");
        let mixed = Suspicion::default();
        mixed.reached();
        let forgotten = (0..1_000).filter(|_| mixed.is_believable()).count();
        assert_eq!(forgotten, 3);
        for _ in 0..100_000 {
            mixed.reached();
        }
        assert!(mixed.is_believable());
    }
}
