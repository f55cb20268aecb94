//! Hints inside the process: something new is worth a look.
//!
//! A hint may be lost, doubled or late; the truth is in the store. Whoever listens
//! also looks now and then without being told.

use crate::limits;
use crate::model::DeviceKey;
use std::sync::Arc;
use tokio::sync::{Notify, broadcast, watch};

/// Carries the hints. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus {
    due: Arc<Notify>,
    inbox: broadcast::Sender<Arc<[DeviceKey]>>,
    progress: Arc<watch::Sender<u64>>,
}

impl Default for Bus {
    fn default() -> Self {
        let inbox = broadcast::Sender::new(limits::HINTS_WAITING_MAX);
        Self { due: Arc::default(), inbox, progress: Arc::default() }
    }
}

impl Bus {
    /// Says that a message may be due.
    pub fn message_due(&self) {
        self.due.notify_one();
    }

    /// Waits until somebody said so since the last wait. For one listener, the engine.
    pub async fn until_message_due(&self) {
        self.due.notified().await;
    }

    /// Says that the inboxes of these devices have grown.
    pub fn inbox_grew(&self, mut devices: Vec<DeviceKey>) {
        devices.sort_unstable();
        // Fails when no phone listens, which is fine.
        let _ = self.inbox.send(devices.into());
    }

    /// A listener for one device's inbox.
    pub fn inbox_of(&self, device: DeviceKey) -> InboxHints {
        InboxHints { device, inbox: self.inbox.subscribe() }
    }

    /// Says that the engine has got on with something.
    pub fn progressed(&self) {
        self.progress.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A listener for [`Bus::progressed`].
    pub fn progress(&self) -> watch::Receiver<u64> {
        self.progress.subscribe()
    }
}

/// Hints for one device's inbox.
pub struct InboxHints {
    device: DeviceKey,
    inbox: broadcast::Receiver<Arc<[DeviceKey]>>,
}

impl InboxHints {
    /// Waits until the inbox may have grown.
    pub async fn until_grown(&mut self) {
        loop {
            match self.inbox.recv().await {
                Ok(devices) if devices.binary_search(&self.device).is_err() => {}
                // Fallen behind: it may have been among the lost ones.
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
