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
    believed: AtomicU64,
}

/// What "it isn't one of ours" is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// The device is gone.
    Believed,
    /// Too many devices were answered so; this one is kept.
    Doubtful,
    /// Nobody was reached yet, so our settings may be at fault.
    NobodyReached,
}

impl Suspicion {
    /// A device was reached.
    pub(super) fn reached(&self) {
        self.reached.fetch_add(1, Ordering::Relaxed);
    }

    /// A service says that a device isn't one of ours. It is believed as long as somebody was
    /// reached, and at most one in ten was answered so, the first few aside.
    pub(super) fn foreign(&self) -> Worth {
        let foreign = self.foreign.fetch_add(1, Ordering::Relaxed) + 1;
        let reached = self.reached.load(Ordering::Relaxed);
        if reached == 0 {
            return Worth::NobodyReached;
        }
        let believed = self.believed.load(Ordering::Relaxed);
        if believed >= 3 && foreign * 10 > reached + foreign {
            return Worth::Doubtful;
        }
        self.believed.fetch_add(1, Ordering::Relaxed);
        Worth::Believed
    }
}

#[cfg(test)]
mod tests {
    use super::{Suspicion, Worth};

    #[test]
    fn wrong_settings_forget_no_device() {
        let mixed = Suspicion::default();
        assert!((0..1_000).all(|_| mixed.foreign() == Worth::NobodyReached));
        mixed.reached();
        let forgotten = (0..1_000).filter(|_| mixed.foreign() == Worth::Believed).count();
        assert_eq!(forgotten, 3);
        assert_eq!(mixed.foreign(), Worth::Doubtful);
        for _ in 0..100_000 {
            mixed.reached();
        }
        assert_eq!(mixed.foreign(), Worth::Believed);
    }
}
