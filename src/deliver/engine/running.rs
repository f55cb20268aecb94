//! The messages that are being sent now: how they are told to stop, and how fast they are.

use crate::clock::Stopwatch;
use crate::store::{MessageKey, Tally};
use indexmap::IndexMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// All of them. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Running {
    messages: Arc<Mutex<IndexMap<MessageKey, Arc<Message>>>>,
}

struct Message {
    held: watch::Sender<bool>,
    rate: Mutex<Rate>,
}

/// How many devices a second, of about the last second.
struct Rate {
    since: Stopwatch,
    devices: u64,
    per_second: u64,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, IndexMap<MessageKey, Arc<Message>>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message begins to be sent; it also stops when `stopping` says so.
    pub(super) fn begin(&self, key: MessageKey, stopping: watch::Receiver<bool>) -> Held {
        let rate = Rate { since: Stopwatch::start(), devices: 0, per_second: 0 };
        let message = Arc::new(Message { held: watch::Sender::new(false), rate: Mutex::new(rate) });
        self.lock().insert(key, Arc::clone(&message));
        let told = message.held.subscribe();
        Held { key, running: self.clone(), message, told, stopping }
    }

    /// Stops a message if it is being sent.
    pub(super) fn hold(&self, key: MessageKey) {
        if let Some(message) = self.lock().get(&key) {
            message.held.send_replace(true);
        }
    }

    /// Devices a second of a message that is being sent.
    pub(super) fn rate(&self, key: MessageKey) -> Option<u64> {
        let message = self.lock().get(&key).cloned()?;
        let rate = message.rate.lock().unwrap_or_else(PoisonError::into_inner);
        Some(rate.per_second)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }
}

/// A message's end of it; gone from the list when dropped.
pub(super) struct Held {
    key: MessageKey,
    running: Running,
    message: Arc<Message>,
    told: watch::Receiver<bool>,
    stopping: watch::Receiver<bool>,
}

impl Held {
    /// Whether it is to go no further.
    pub(super) fn is_held(&self) -> bool {
        *self.told.borrow() || *self.stopping.borrow()
    }

    /// Waits until it is to go no further.
    pub(super) async fn changed(&self) {
        let (mut held, mut stopping) = (self.told.clone(), self.stopping.clone());
        // An error means that nobody can say so any more.
        tokio::select! {
            true = was_told(&mut held) => {}
            true = was_told(&mut stopping) => {}
            else => std::future::pending().await,
        }
    }

    /// Takes note of what was sent.
    pub(super) fn note(&self, tally: &Tally) {
        let mut rate = self.message.rate.lock().unwrap_or_else(PoisonError::into_inner);
        rate.devices += (tally.sent + tally.failed + tally.skipped).max(0).unsigned_abs();
        let elapsed = rate.since.elapsed();
        if elapsed >= Duration::from_secs(1) {
            let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            rate.per_second = rate.devices.saturating_mul(1_000) / millis.max(1);
            (rate.since, rate.devices) = (Stopwatch::start(), 0);
        }
    }
}

/// Waits until it is said. False when nobody can say it any more.
async fn was_told(said: &mut watch::Receiver<bool>) -> bool {
    said.wait_for(|said| *said).await.is_ok()
}

impl Drop for Held {
    fn drop(&mut self) {
        self.running.lock().swap_remove(&self.key);
    }
}
